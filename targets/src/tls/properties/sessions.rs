//! Properties of whole connections.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use halligan_generators::Model;
use halligan_generators::model::tls::codes::KeyUpdateRequest;
use halligan_generators::model::tls::handshake::MessageData;
use halligan_generators::model::tls::record::{Content, Unit};
use rustls::Error;

use crate::check::{ensure, same};
use crate::planted::planted;
use crate::tls::play::{FAREWELL, Player, Role, Wire, ends};
use crate::tls::provider::Suites;
use crate::tls::reading::{self, alerts, messages};
use crate::tls::setup::Setup;
use crate::tls::{Parsed, Stream, difference, digest, faults};

pub fn emitted_well_formed(parsed: &Parsed<'_>) -> Result<(), String> {
    if !parsed.is_open() {
        return Ok(());
    }
    let mut sent = [&parsed.seen.sent[..], &parsed.farewell].concat();
    if planted("tls_parser/emitted_well_formed") && parsed.seen.completed {
        sent.pop();
    }
    let stream = Stream::dissect(&sent);
    same("lies in what was written", 0, stream.lies())?;
    for unit in &stream.units {
        match unit {
            Unit::Record { content: Content::Opaque { content_type, .. }, .. } => {
                return Err(format!("a record of type {content_type} was written"));
            }
            Unit::Handshake { messages, .. } if messages.is_empty() => return Err("an empty record was written".into()),
            _ => {}
        }
    }
    let other = messages(&stream).find(|(_, message)| matches!(message.data, MessageData::Other { .. }));
    ensure(other.is_none(), || format!("an unknown message was written: {other:?}"))
}

pub fn error_told_once(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(error) = &parsed.seen.error else { return Ok(()) };
    if !parsed.is_open() {
        return Ok(());
    }
    let sent = Stream::dissect(&parsed.seen.sent);
    let fatal = alerts(&sent).iter().filter(|(level, _)| *level == 2).count();
    let mut expected = usize::from(!matches!(error, Error::AlertReceived(_)));
    if planted("tls_parser/error_told_once") {
        expected += usize::from(parsed.seen.completed);
    }
    let enough = fatal == expected || expected == 0 && fatal == 1 || faults::is_silent(parsed, error) && fatal == 0;
    ensure(enough, || format!("{error:?}: {fatal} fatal alerts"))?;
    let last = matches!(sent.units.last(), Some(Unit::Record { content: Content::Alert { .. }, .. }));
    ensure(last || fatal == 0, || format!("{error:?}: something was written behind the alert"))?;
    same("bytes written when it had failed", 0, parsed.farewell.len())
}

pub fn data_after_finished(parsed: &Parsed<'_>) -> Result<(), String> {
    let seen = &parsed.seen;
    let mut received = seen.received.len();
    if planted("tls_parser/data_after_finished") && !seen.completed {
        received += 1;
    }
    ensure(seen.completed || received == 0, || format!("{received} bytes before the end of the handshake"))?;
    let asked = parsed.role == Role::Server && parsed.setup.has(Setup::EARLY_DATA);
    ensure(asked || seen.early.is_empty(), || format!("{} bytes of early data, not asked for", seen.early.len()))?;
    ensure(seen.early.len() <= 1024, || format!("{} bytes of early data, beyond the limit", seen.early.len()))
}

pub fn key_update_answered(parsed: &Parsed<'_>) -> Result<(), String> {
    let seen = &parsed.seen;
    if !parsed.is_tls13() || !parsed.is_open() || seen.error.is_some() || !seen.completed {
        return Ok(());
    }
    // What is behind a close_notify is ignored.
    let mut open = Stream::default();
    open.units.extend(parsed.stream.units.iter().take_while(|unit| !is_close(unit)).cloned());
    let requested = messages(&open).any(|(protected, message)| {
        protected && !message.length.is_lie() && message.data == MessageData::KeyUpdate(KeyUpdateRequest(1))
    });
    if !requested || reading::is_cut(&parsed.stream) {
        return Ok(());
    }
    let written = Stream::dissect(&[&seen.sent[..], &parsed.farewell].concat());
    let mut updates =
        messages(&written).filter(|(_, message)| matches!(message.data, MessageData::KeyUpdate(_))).count();
    if planted("tls_parser/key_update_answered") {
        updates = 0;
    }
    ensure(updates > 0, || "no update of keys in front of the data".into())
}

/// Whether a unit is a close_notify.
fn is_close(unit: &Unit) -> bool {
    matches!(unit, Unit::Record { content: Content::Alert { description, .. }, .. } if description.0 == 0)
}

pub fn close_notify_final(parsed: &Parsed<'_>) -> Result<(), String> {
    if !parsed.seen.closed {
        return Ok(());
    }
    let is_close = |unit: &Unit| matches!(unit, Unit::Record { content: Content::Alert { description, .. }, .. } if description.0 == 0);
    let closes = parsed.stream.units.iter().zip(reading::ends(&parsed.stream)).filter(|(unit, _)| is_close(unit));
    for (_, end) in closes {
        let mut seen = parsed.replay([&parsed.bytes[..end]]);
        if seen.closed {
            if planted("tls_parser/close_notify_final") {
                seen.received.push(0);
            }
            return difference(&seen, &parsed.seen)
                .map_or(Ok(()), |difference| Err(format!("behind it: {difference}")));
        }
    }
    ensure(!parsed.is_open(), || "closed without a close_notify".into())
}

/// Both ends of a sealed connection. It takes two handshakes, so not every stream has one.
fn sealed(parsed: &Parsed<'_>, turn: u64) -> Option<(Player, Player)> {
    if digest(parsed.bytes) % 8 != turn {
        return None;
    }
    ends(parsed.setup, Suites::Sealed).ok()
}

pub fn injection_refused(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some((client, server)) = sealed(parsed, 0) else { return Ok(()) };
    let mut wire = Wire::new(client, server);
    wire.carry(<[u8]>::to_vec);
    for mut player in [wire.client, wire.server] {
        let before = player.seen.received.len();
        player.feed(parsed.bytes);
        let mut injected = player.seen.received.len() - before;
        if planted("tls_parser/injection_refused") {
            injected += 1;
        }
        ensure(injected == 0 && !player.seen.closed, || {
            format!("{injected} bytes of data injected, closed: {}", player.seen.closed)
        })?;
    }
    Ok(())
}

pub fn peers_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some((client, server)) = sealed(parsed, 1) else { return Ok(()) };
    // Some byte of either direction is changed.
    let number = digest(parsed.bytes) >> 3;
    let (place, mask) = ((number >> 8) as usize % 1400, 1u8 << (number & 7));
    let (mut at, mut changed) = (0, false);
    let mut arrives = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        if let Some(byte) = place.checked_sub(at).and_then(|place| bytes.get_mut(place)) {
            *byte ^= mask;
            changed = true;
        }
        at += bytes.len();
        bytes
    };
    let mut wire = Wire::new(client, server);
    wire.carry(&mut arrives);
    wire.say_farewell();
    wire.carry(&mut arrives);
    let Wire { client, server, .. } = wire;
    let view = |player: &Player| {
        let state = player.state();
        (
            state.protocol_version(),
            state.negotiated_cipher_suite().map(|suite| suite.suite()),
            state.alpn_protocol().map(<[u8]>::to_vec),
            player.secret(),
        )
    };
    let (left, mut right) = (view(&client), view(&server));
    if planted("tls_parser/peers_agree") {
        right.3 = None;
    }
    if client.seen.completed && server.seen.completed {
        same("client's and server's view", left, right)?;
    } else {
        ensure(changed, || format!("an honest handshake fails: {:?}, {:?}", client.seen.error, server.seen.error))?;
    }
    let read: Vec<&[u8]> = [&client, &server].iter().map(|player| &player.seen.received[..]).collect();
    ensure(read.iter().all(|data| FAREWELL.starts_with(data)), || format!("read {read:02x?}"))
}
