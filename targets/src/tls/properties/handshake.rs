//! Properties of handshakes.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use halligan_generators::Model;
use halligan_generators::model::tls::extension::ExtensionData;
use halligan_generators::model::tls::handshake::{ClientHello, Message, MessageData};
use rustls::ProtocolVersion;

use crate::check::{ensure, same};
use crate::planted::planted;
use crate::tls::grammar::Handshake;
use crate::tls::play::Role;
use crate::tls::reading::{
    client_hello, emit, extensions, is_aligned, is_cut, is_retry, kinds, messages, selected_version, server_hellos,
};
use crate::tls::{Parsed, Stream, faults, oracle};

/// Types of extensions (RFC 8446 section 4.2).
const PRE_SHARED_KEY: u16 = 41;
const SUPPORTED_VERSIONS: u16 = 43;
const COOKIE: u16 = 44;
const KEY_SHARE: u16 = 51;
const RENEGOTIATION_INFO: u16 = 0xff01;

const TLS13: u16 = 0x0304;

/// Every message of the stream with the version that rustls would read it as.
fn each_message(
    parsed: &Parsed<'_>,
    mut check: impl FnMut(&Message, &[u8], ProtocolVersion) -> Result<(), String>,
) -> Result<(), String> {
    let mut wire = Vec::new();
    for (protected, message) in messages(&parsed.stream) {
        wire.clear();
        emit(message, &mut wire);
        let version = if protected { ProtocolVersion::TLSv1_3 } else { ProtocolVersion::TLSv1_2 };
        check(message, &wire, version)?;
    }
    Ok(())
}

pub fn handshakes_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    each_message(parsed, |message, wire, version| {
        let Some(rewritten) = oracle::rewritten(wire, version) else { return Ok(()) };
        // tls-parser reads what TLS 1.3 and later extensions changed in other ways: hellos are alike.
        let is_hello = matches!(message.data, MessageData::ClientHello(_) | MessageData::ServerHello(_));
        if !is_hello || wire.len().max(rewritten.len()) > oracle::LONGEST_WHOLE {
            return Ok(());
        }
        for oracle in oracle::ORACLES {
            let (expected, mut seen) = ((oracle.hello)(wire), (oracle.hello)(&rewritten));
            if planted("tls_parser/handshakes_agree") {
                seen = seen.filter(|_| parsed.role == Role::Server);
            }
            // What an oracle refuses both as it came and as rustls writes it, it reads alike.
            ensure(expected == seen, || format!("{} reads {expected:?}, of what rustls writes {seen:?}", oracle.name))?;
        }
        Ok(())
    })
}

pub fn parse_emit_stable(parsed: &Parsed<'_>) -> Result<(), String> {
    each_message(parsed, |_, wire, version| {
        let Some(once) = oracle::rewritten(wire, version) else { return Ok(()) };
        let mut twice = oracle::rewritten(&once, version);
        if planted("tls_parser/parse_emit_stable") && once.len() > 100 {
            twice = None;
        }
        ensure(twice.as_ref() == Some(&once) || faults::writes_empty_list(&once), || {
            let twice = twice.as_deref().unwrap_or_default();
            let at = once.iter().zip(twice).take_while(|(left, right)| left == right).count();
            format!("byte {at}: written {:02x?}, then {:02x?}", &once[at..], twice.get(at..))
        })
    })
}

pub fn handshake_in_order(parsed: &Parsed<'_>) -> Result<(), String> {
    let Parsed { role, setup, version: Some(version), kind: Some(kind), .. } = *parsed else { return Ok(()) };
    if !parsed.seen.completed || !parsed.is_open() {
        return Ok(());
    }
    let sent = Stream::dissect(&parsed.seen.sent);
    let server = if role == Role::Server { &sent } else { &parsed.stream };
    let retried = server_hellos(server).next().is_some_and(is_retry);
    let handshake = Handshake { role, setup, version, kind, retried };
    let mut admitted = handshake.admits(&parsed.stream);
    if planted("tls_parser/handshake_in_order") && role == Role::Client {
        admitted = false;
    }
    ensure(admitted, || {
        let kinds: Vec<u8> = messages(&parsed.stream).map(|(_, message)| message.data.kind()).collect();
        format!("{kind:?} {version:?} complete after messages {kinds:?}")
    })
}

pub fn key_change_aligned(parsed: &Parsed<'_>) -> Result<(), String> {
    let seen = &parsed.seen;
    if !seen.completed || !parsed.is_open() || !parsed.is_tls13() || seen.closed || seen.error.is_some() {
        return Ok(());
    }
    // What a record that is not whole holds was not read.
    let read = parsed.stream.units.len() - usize::from(is_cut(&parsed.stream) && !parsed.stream.units.is_empty());
    let mut aligned = parsed.stream.units[..read].iter().all(|unit| is_aligned(unit, &[1, 2, 5, 20, 24]));
    if planted("tls_parser/key_change_aligned") && parsed.role == Role::Server {
        aligned = false;
    }
    ensure(aligned, || "a message in front of a key change shares its record with another".into())
}

/// The client's hello that this end, a client, has written.
fn own_hello(parsed: &Parsed<'_>) -> (Stream, Stream) {
    (Stream::dissect(&parsed.seen.sent), Stream::dissect(parsed.bytes))
}

/// The groups of the keys that a client offers, and those that it has.
fn groups(hello: &ClientHello) -> (Vec<u16>, Vec<u16>) {
    let (mut shares, mut supported) = (Vec::new(), Vec::new());
    for extension in extensions(&hello.extensions) {
        match &extension.data {
            ExtensionData::KeyShares(keys) => shares.extend(keys.items.iter().map(|key| key.group.0)),
            ExtensionData::SupportedGroups(groups) => supported.extend(groups.items.iter().map(|group| group.0)),
            _ => {}
        }
    }
    (shares, supported)
}

pub fn server_hello_checked(parsed: &Parsed<'_>) -> Result<(), String> {
    if parsed.role == Role::Server || !parsed.seen.completed {
        return Ok(());
    }
    let (sent, received) = own_hello(parsed);
    let Some(offer) = client_hello(&sent) else { return Err("completed without a hello".into()) };
    let answers: Vec<_> = server_hellos(&received).collect();
    let retried = answers.first().is_some_and(|first| is_retry(first));
    let handshake = &answers[..answers.len().min(1 + usize::from(retried))];
    let suite = handshake.first().map(|hello| hello.cipher_suite);
    for hello in handshake {
        let version = selected_version(hello);
        if !faults::heeds_legacy_version(hello) {
            same("version", parsed.version.map(u16::from), Some(version))?;
        }
        same("cipher suite of a hello and its retry", suite, Some(hello.cipher_suite))?;
        ensure(offer.cipher_suites.items.contains(&hello.cipher_suite), || {
            format!("cipher suite {:#x} was not offered", hello.cipher_suite.0)
        })?;
        if version == TLS13 && !faults::overlooks_echo(hello) {
            same("session ID", &offer.legacy_session_id.bytes, &hello.legacy_session_id_echo.bytes)?;
        }
        let planted = u8::from(planted("tls_parser/server_hello_checked"));
        same("compression method", 0, hello.legacy_compression_method | planted)?;
        let (_, supported) = groups(offer);
        for extension in extensions(&hello.extensions) {
            if let ExtensionData::KeyShareServer(share) = &extension.data {
                ensure(supported.contains(&share.group.0), || format!("group {:#x} was not offered", share.group.0))?;
            }
        }
    }
    Ok(())
}

pub fn unsolicited_extension_aborts(parsed: &Parsed<'_>) -> Result<(), String> {
    if parsed.role == Role::Server || !parsed.seen.completed || !parsed.is_open() {
        return Ok(());
    }
    let (sent, received) = own_hello(parsed);
    let Some(offer) = client_hello(&sent) else { return Ok(()) };
    let mut offered = kinds(extensions(&offer.extensions));
    if planted("tls_parser/unsolicited_extension_aborts") {
        offered.retain(|kind| *kind != 16 && *kind != KEY_SHARE);
    }
    let until_finished = messages(&received).take_while(|(_, message)| message.data.kind() != 20);
    for (_, message) in until_finished {
        let (seen, misplaced): (_, fn(u16) -> bool) = match &message.data {
            MessageData::ServerHello(hello) if is_retry(hello) => {
                (kinds(extensions(&hello.extensions)), |kind| !matches!(kind, SUPPORTED_VERSIONS | COOKIE | KEY_SHARE))
            }
            MessageData::ServerHello(hello) if parsed.is_tls13() => (kinds(extensions(&hello.extensions)), |kind| {
                !matches!(kind, SUPPORTED_VERSIONS | PRE_SHARED_KEY | KEY_SHARE)
                    && !faults::overlooks_in_server_hello(kind)
            }),
            MessageData::ServerHello(hello) => {
                (kinds(extensions(&hello.extensions)), |kind| matches!(kind, PRE_SHARED_KEY | KEY_SHARE))
            }
            MessageData::EncryptedExtensions(list) => (kinds(&list.items), |kind| {
                matches!(kind, SUPPORTED_VERSIONS | PRE_SHARED_KEY | KEY_SHARE | COOKIE | 13 | 45)
                    && !faults::overlooks_in_encrypted_extensions(kind)
            }),
            MessageData::Certificate(certificate) => {
                let entries = certificate.entries.items.iter();
                (entries.flat_map(|entry| kinds(&entry.extensions.items)).collect(), |kind| !matches!(kind, 5 | 18))
            }
            _ => continue,
        };
        for kind in seen {
            // A cookie is asked of the client, and a renegotiation is offered by a cipher suite (RFC 5746 section 3.3).
            let allowed = offered.contains(&kind) || matches!(kind, COOKIE | RENEGOTIATION_INFO);
            ensure(allowed, || format!("{} with extension {kind}, which was not offered", message.data.name()))?;
            ensure(!misplaced(kind), || format!("{} with extension {kind}, which is misplaced", message.data.name()))?;
        }
    }
    Ok(())
}

pub fn client_hello_answered(parsed: &Parsed<'_>) -> Result<(), String> {
    if parsed.role == Role::Client {
        return Ok(());
    }
    let sent = Stream::dissect(&parsed.seen.sent);
    let Some(offer) = client_hello(&parsed.stream) else {
        return ensure(server_hellos(&sent).next().is_none(), || "a hello without a client's".into());
    };
    let offered = kinds(extensions(&offer.extensions));
    let (shares, supported) = groups(offer);
    let retried = server_hellos(&sent).next().is_some_and(is_retry);
    for hello in server_hellos(&sent) {
        let version = selected_version(hello);
        // Behind a retry the client has another offer.
        let answers_first = is_retry(hello) || !retried;
        ensure(!answers_first || offer.cipher_suites.items.contains(&hello.cipher_suite), || {
            format!("cipher suite {:#x} was not offered", hello.cipher_suite.0)
        })?;
        let mut echo = hello.legacy_session_id_echo.bytes.clone();
        if planted("tls_parser/client_hello_answered") {
            echo.push(0);
        }
        if version == TLS13 && answers_first {
            same("session ID", &offer.legacy_session_id.bytes, &echo)?;
        }
        for extension in extensions(&hello.extensions).iter().filter(|_| answers_first) {
            let kind = extension.data.kind();
            ensure(offered.contains(&kind) || matches!(kind, COOKIE | RENEGOTIATION_INFO), || {
                format!("extension {kind} was not offered")
            })?;
            match &extension.data {
                ExtensionData::KeyShareServer(share) => {
                    ensure(shares.contains(&share.group.0), || format!("no key of group {:#x}", share.group.0))?;
                }
                ExtensionData::KeyShareGroup(group) => {
                    let asked = supported.contains(&group.0) && !shares.contains(&group.0);
                    ensure(asked, || format!("group {:#x} needs no retry", group.0))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}
