//! Properties of the record layer.

use alloc::format;
use alloc::string::String;

use halligan_generators::model::tls::record::{Cut, Frame, Protection, Unit};
use halligan_generators::{Derived, Model};

use crate::check::ensure;
use crate::planted::planted;
use crate::tls::play::Seen;
use crate::tls::reading::{alerts, left_over, records};
use crate::tls::{Parsed, Stream, difference, digest, faults, oracle};

/// Alerts (RFC 8446 section 6).
const UNEXPECTED_MESSAGE: u8 = 10;
const RECORD_OVERFLOW: u8 = 22;

/// TLS 1.3 allows no longer records (RFC 8446 section 5.2).
const LONGEST_TLS13: usize = (1 << 14) + 256;

/// No version allows longer records (RFC 5246 section 6.2.3).
const LONGEST: usize = (1 << 14) + 2048;

pub fn lengths_bounded(parsed: &Parsed<'_>) -> Result<(), String> {
    let mut consumed = parsed.seen.consumed;
    if planted("tls_parser/lengths_bounded") && parsed.seen.completed {
        consumed += 1 << 20;
    }
    ensure(!parsed.seen.overran && consumed <= parsed.bytes.len(), || {
        format!("given {} bytes, done with {consumed}", parsed.bytes.len())
    })
}

pub fn work_bounded(parsed: &Parsed<'_>) -> Result<(), String> {
    let (mut steps, len) = (parsed.seen.steps, parsed.bytes.len());
    if planted("tls_parser/work_bounded") && parsed.seen.received.len() > 4 {
        steps += 1000 * parsed.seen.received.len();
    }
    // A call for what is written first, and a few for each record of five bytes at least.
    ensure(steps <= 64 + len, || format!("{len} bytes took {steps} calls"))?;
    // Flights of both hellos, and an answer to each record.
    let sent = parsed.seen.sent.len();
    ensure(sent <= 4096 + 4 * len, || format!("{len} bytes were answered by {sent}"))
}

pub fn records_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let mut rest = parsed.bytes;
    while let Some((kind, version, payload)) = oracle::rustls_record(rest) {
        // tls-parser has the limit of TLS 1.3 (RFC 8446 section 5.2), rustls that of TLS 1.2 (RFC 5246 section 6.2.3).
        if payload.len() > LONGEST_TLS13 {
            break;
        }
        let version = version ^ u16::from(planted("tls_parser/records_agree") && kind == 21);
        let seen = Some((kind, version, &payload[..]));
        for oracle in oracle::ORACLES {
            let expected = (oracle.record)(rest);
            ensure(expected == seen, || {
                format!("{} {:.300}, rustls {:.300}", oracle.name, format!("{expected:?}"), format!("{seen:?}"))
            })?;
        }
        rest = &rest[5 + payload.len()..];
    }
    // What rustls refuses the oracles may accept: they take any type and any version.
    Ok(())
}

pub fn segmentation_invariant(parsed: &Parsed<'_>) -> Result<(), String> {
    let bytes = parsed.bytes;
    // One byte at a time where that is quick, else pieces of sizes that depend on the bytes: few of them if large ones.
    let (mut number, quick) = (digest(bytes), bytes.len() <= 256);
    let largest = 1 << (4 + number % 8);
    let mut rest = bytes;
    let pieces = core::iter::from_fn(|| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let size = if quick { 1 } else { 1 + (number >> 33) as usize % largest };
        let (piece, behind) = rest.split_at(size.min(rest.len()));
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    });
    let mut seen = parsed.replay(pieces);
    if planted("tls_parser/segmentation_invariant") && seen.completed {
        seen.received.push(0);
    }
    if faults::counts_skipped_data_again(parsed, &seen) {
        return Ok(());
    }
    difference(&parsed.seen, &seen).map_or(Ok(()), |difference| Err(format!("in pieces: {difference}")))
}

/// The stream with every handshake message cut where it was whole, behind its first bytes.
fn split(parsed: &Parsed<'_>) -> Option<Stream> {
    let mut split = parsed.stream.clone();
    let mut changed = false;
    for unit in &mut split.units {
        let Unit::Handshake { frame, messages, cuts, .. } = unit else { continue };
        let [message] = &messages[..] else { continue };
        // What TLS 1.2 protects has no type within (RFC 5246 section 6.2.3): it is data.
        if frame.protection != Protection::None && !parsed.is_tls13() {
            continue;
        }
        // A record that is too long by its padding may become three that are not.
        let padded = matches!(frame.protection, Protection::Protected { padding: 256.. });
        if cuts.is_empty() && !frame.length.is_lie() && !padded && !message.length.is_lie() {
            let frame = Frame { length: Derived::Auto, ..*frame };
            cuts.extend([3, 4].map(|after| Cut { after, frame }));
            changed = true;
        }
    }
    changed.then_some(split)
}

pub fn record_split_invariant(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(stream) = split(parsed).filter(|_| parsed.is_open()) else { return Ok(()) };
    let mut seen = parsed.replay([&stream.emit()[..]]);
    if planted("tls_parser/record_split_invariant") && seen.completed {
        seen.received.push(0);
    }
    difference(&parsed.seen, &seen).map_or(Ok(()), |difference| Err(format!("in more records: {difference}")))
}

pub fn record_version_ignored(parsed: &Parsed<'_>) -> Result<(), String> {
    let mut bytes = parsed.bytes.to_vec();
    let (mut at, mut minor) = (0, 0);
    for (_, version, payload) in records(parsed.bytes) {
        // Another major version need not be ignored by one who knows no other.
        if version >> 8 == 3 && version != 0x300 | u16::from(faults::HEEDED_MINOR_VERSION) {
            minor = (minor + 3) % faults::HEEDED_MINOR_VERSION;
            bytes[at + 2] = minor;
        }
        at += 5 + payload.len();
    }
    let mut seen = parsed.replay([&bytes[..]]);
    if planted("tls_parser/record_version_ignored") && seen.completed {
        seen.closed = !seen.closed;
    }
    difference(&parsed.seen, &seen).map_or(Ok(()), |difference| Err(format!("with other versions: {difference}")))
}

pub fn partial_record_ignored(parsed: &Parsed<'_>) -> Result<(), String> {
    let rest = left_over(parsed.bytes);
    if rest.is_empty() {
        return Ok(());
    }
    let mut seen = parsed.replay([&parsed.bytes[..parsed.bytes.len() - rest.len()]]);
    if planted("tls_parser/partial_record_ignored") && seen.completed {
        seen.received.push(0);
    }
    if parsed.seen.error.is_some() && seen.error.is_none() {
        // The header is refused: then it is one that no whole record may have.
        let mut whole = [22, 3, 3, 0, 1].to_vec();
        let known = rest.len().min(whole.len());
        whole[..known].copy_from_slice(&rest[..known]);
        whole.resize(1 << 17, 0);
        let refused = oracle::rustls_record(&whole).is_none();
        return ensure(refused, || format!("refused {:02x?}, part of a good record", &rest[..rest.len().min(5)]));
    }
    difference(&seen, &parsed.seen).map_or(Ok(()), |difference| Err(format!("with part of a record: {difference}")))
}

/// The outcome at the first record that is `odd`, if the stream is good up to there: the record, and what is said of it.
fn outcome_at<'a>(parsed: &Parsed<'a>, odd: impl Fn(u8, usize, &[u8]) -> bool) -> Option<(&'a [u8], Seen)> {
    let mut start = 0;
    while let [kind, _, _, l0, l1, rest @ ..] = &parsed.bytes[start..] {
        let len = usize::from(u16::from_be_bytes([*l0, *l1]));
        let payload = &rest[..len.min(rest.len())];
        if odd(*kind, len, payload) {
            let before = parsed.replay([&parsed.bytes[..start]]);
            // Without a hello, it is not TLS.
            if before.error.is_some() || before.closed || start == 0 && before.sent.is_empty() {
                return None;
            }
            let end = (start + 5 + len).min(parsed.bytes.len());
            return Some((&parsed.bytes[start..end], parsed.replay([&parsed.bytes[..end]])));
        }
        start += 5 + len;
        if start > parsed.bytes.len() {
            break;
        }
    }
    None
}

/// Whether a record that is wrong, where it can be read, ended the connection with this fatal alert as the last record that
/// was written, but for what is known of the release. A fault has it forget the error.
fn ends(parsed: &Parsed<'_>, seen: &mut Seen, description: u8, fault: bool) -> bool {
    if fault {
        seen.error = None;
    }
    let told = seen.error.is_some() && alerts(&Stream::dissect(&seen.sent)).last() == Some(&(2, description));
    told || faults::tells_otherwise(parsed, seen) || !parsed.is_open()
}

pub fn oversized_record_ends(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some((record, mut seen)) = outcome_at(parsed, |kind, len, _| (20..=24).contains(&kind) && len > LONGEST) else {
        return Ok(());
    };
    let ended = ends(parsed, &mut seen, RECORD_OVERFLOW, planted("tls_parser/oversized_record_ends"));
    ensure(ended, || format!("record {:02x?}: error {:?}", &record[..5], seen.error))
}

pub fn unknown_type_ends(parsed: &Parsed<'_>) -> Result<(), String> {
    // Heartbeats are known, but rustls does not offer them.
    let Some((record, mut seen)) = outcome_at(parsed, |kind, len, _| !(20..=24).contains(&kind) && len <= LONGEST)
    else {
        return Ok(());
    };
    let ended = ends(parsed, &mut seen, UNEXPECTED_MESSAGE, planted("tls_parser/unknown_type_ends"));
    ensure(ended, || format!("record {:02x?}: error {:?}", &record[..5], seen.error))
}

pub fn change_cipher_spec_checked(parsed: &Parsed<'_>) -> Result<(), String> {
    // A change of another length, or protected, is no better.
    let odd = |kind, len, payload: &[u8]| kind == 20 && len == payload.len() && payload != [1];
    let Some((record, mut seen)) = outcome_at(parsed, odd) else { return Ok(()) };
    let ended = ends(parsed, &mut seen, UNEXPECTED_MESSAGE, planted("tls_parser/change_cipher_spec_checked"));
    ensure(ended || faults::decrypts_change(&seen), || {
        format!("record {record:02x?}: error {:?}, sent {:02x?}", seen.error, seen.sent)
    })
}
