//! Messages as they are sent.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use halligan_generators::Model;
use halligan_generators::model::dns;
use hickory_proto::op::{Message, MessageType};
use hickory_proto::serialize::binary::NameEncoding;
use smoltcp::wire::{DnsPacket, DnsQuestion, DnsRepr};

use super::super::form::{OPT, TSIG};
use super::super::framing::Framing;
use super::super::reference::{self, HEADER, Outline};
use super::super::stack::Walk;
use super::super::{Parsed, faults, hickory};
use super::messages::{questions_alike, records_alike};
use crate::check::{ensure, same};
use crate::planted::planted;

pub fn reencodes(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(message) = &parsed.message else { return Ok(()) };
    for encoding in [NameEncoding::Compressed, NameEncoding::Uncompressed] {
        let failed = planted("dns_parser/reencodes") && message.queries.len() > 1;
        let encoded = hickory::encode(message, encoding, u16::MAX).filter(|_| !failed);
        ensure(encoded.is_some(), || "hickory cannot encode what it decoded".into())?;
    }
    Ok(())
}

pub fn emit_parse_identity(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(sent), Some(plain)) = (&parsed.sent, &parsed.plain) else { return Ok(()) };
    let mut again = Message::from_vec(sent).map_err(|error| format!("hickory refuses what it sent: {error}"))?;
    if planted("dns_parser/emit_parse_identity") && again.answers.len() > 1 {
        again.answers.swap(0, 1);
    }
    ensure(hickory::plain(&again).as_ref() == Some(plain), || "what was sent is read as another message".into())?;
    ensure(hickory::sent(&again).as_ref() == Some(sent), || "what was sent and read is sent in another way".into())
}

pub fn compression_sound(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(sent), Some(plain)) = (&parsed.sent, &parsed.plain) else { return Ok(()) };
    let (Some(outline), Some(expected)) = (reference::outline(sent), reference::outline(plain)) else {
        return Err("what was sent has no header".into());
    };
    ensure(sent.len() <= plain.len(), || format!("compressed {} octets, plain {}", sent.len(), plain.len()))?;
    same("parts that were sent", expected.entries.len(), outline.entries.len())?;
    for (entry, expected) in outline.entries.iter().zip(&expected.entries) {
        let shift = usize::from(planted("dns_parser/compression_sound") && sent[entry.name] == 0xc0);
        same("name that was sent", reference::name(plain, expected.name), reference::name(sent, entry.name + shift))?;
    }
    Ok(())
}

/// How many parts each section has.
fn sections(outline: &Outline) -> [usize; 4] {
    let mut sections = [0; 4];
    outline.entries.iter().for_each(|entry| sections[entry.section] += 1);
    sections
}

pub fn truncation_exact(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(message), Some(sent)) = (&parsed.message, &parsed.sent) else { return Ok(()) };
    // Somewhere between the header and more than is needed, told by the message itself.
    let sum = parsed.bytes.iter().fold(0, |sum, byte| sum + usize::from(*byte));
    let max = (HEADER + sum % (sent.len() + 2 * faults::ROOM - HEADER)).min(0xffff);
    // Questions are not dropped.
    let Some(cut) = hickory::encode(message, NameEncoding::Compressed, max as u16) else { return Ok(()) };
    let is_marked = cut.bytes[2] >> 1 & 1 == 1 && !planted("dns_parser/truncation_exact");
    same("TC", message.truncation || !cut.whole, is_marked)?;
    ensure(cut.bytes.len() <= max, || format!("{} octets, at most {max}", cut.bytes.len()))?;
    ensure(cut.whole || max < sent.len() + faults::ROOM, || format!("{} octets fit into {max}", sent.len()))?;
    ensure(!cut.whole || max >= sent.len(), || format!("{} octets do not fit into {max}", sent.len()))?;
    let (Some(outline), Some(whole)) = (reference::outline(&cut.bytes), reference::outline(sent)) else {
        return Err("what was cut has no header".into());
    };
    ensure(outline.whole, || "what was cut has fewer parts than its header says".into())?;
    let is_part = sections(&outline).iter().zip(sections(&whole)).all(|(kept, all)| *kept <= all);
    ensure(is_part, || format!("kept {:?} of {:?}", sections(&outline), sections(&whole)))
}

pub fn tsig_stays_last(parsed: &Parsed<'_>) -> Result<(), String> {
    let is_signed = |outline: &Outline| outline.entries.last().is_some_and(|entry| entry.kind == TSIG);
    if !is_signed(&parsed.outline) || parsed.outline.entries.iter().any(|entry| entry.kind == OPT) {
        // Without DNSSEC hickory sends OPT behind everything: see the known faults.
        return Ok(());
    }
    let Some(outline) = parsed.sent.as_deref().and_then(reference::outline) else { return Ok(()) };
    let lost = planted("dns_parser/tsig_stays_last");
    ensure(is_signed(&outline) && !lost, || "TSIG was last, and is not in what was sent".into())
}

pub fn response_read_alike(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(message), Some(sent)) = (&parsed.message, &parsed.sent) else { return Ok(()) };
    let Ok(packet) = DnsPacket::new_checked(&sent[..]) else { return Err("smoltcp refuses the header".into()) };
    let mut walk = Walk::new(sent, &packet);
    if planted("dns_parser/response_read_alike") && walk.records[0].len() > 2 {
        walk.records[0].swap_remove(0);
    }
    questions_alike(&packet, &walk, message)?;
    records_alike(&packet, &walk, message)
}

/// The first question as smoltcp would send it, into a buffer full of `filling`; and its name.
fn query(parsed: &Parsed<'_>, filling: u8) -> Option<(Vec<u8>, Vec<u8>)> {
    let (packet, question) = (parsed.packet.as_ref()?, parsed.walk.questions.first()?);
    let name = reference::name(parsed.bytes, HEADER).ok()?;
    let repr = DnsRepr {
        transaction_id: packet.transaction_id(),
        opcode: packet.opcode(),
        flags: packet.flags(),
        question: DnsQuestion { name: &name, type_: question.type_ },
    };
    let mut buffer = vec![filling; repr.buffer_len()];
    repr.emit(&mut DnsPacket::new_unchecked(&mut buffer[..]));
    Some((buffer, name))
}

pub fn query_read_alike(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(packet), Some(question)) = (&parsed.packet, parsed.walk.questions.first()) else { return Ok(()) };
    let Some((sent, name)) = query(parsed, 0) else { return Ok(()) };
    let message = Message::from_vec(&sent).map_err(|error| format!("hickory refuses it: {error}"))?;
    let [query] = &message.queries[..] else { return Err(format!("{} questions", message.queries.len())) };
    let flags = packet.flags();
    let is_response = flags.contains(smoltcp::wire::DnsFlags::RESPONSE);
    let id = message.id ^ u16::from(planted("dns_parser/query_read_alike"));
    same("ID", packet.transaction_id(), id)?;
    same("QR", is_response, message.message_type == MessageType::Response)?;
    same("opcode", u8::from(packet.opcode()), message.op_code.into())?;
    same("name", name, hickory::wire(&query.name))?;
    same("type", u16::from(question.type_), query.query_type.into())?;
    same("class", 1, query.query_class.into())
}

pub fn query_overwrites(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some((clean, _)), Some((mut dirty, _))) = (query(parsed, 0), query(parsed, 0xff)) else { return Ok(()) };
    if planted("dns_parser/query_overwrites") {
        dirty[11] = 0xff;
    }
    let mut differences = clean.iter().zip(&mut dirty).map(|(clean, dirty)| clean ^ *dirty).collect::<Vec<_>>();
    let [high, low] = faults::BITS_KEPT.to_be_bytes();
    differences[2] &= !high;
    differences[3] &= !low;
    let at = differences.iter().position(|bits| *bits != 0);
    ensure(at.is_none(), || format!("octet {} keeps what was in the buffer", at.unwrap_or(0)))
}

pub fn framing_invariant(parsed: &Parsed<'_>) -> Result<(), String> {
    // The message, the first half of it, an empty one, and the start of another.
    let bytes = &parsed.bytes[..parsed.bytes.len().min(0xffff)];
    let mut stream = Vec::with_capacity(3 * bytes.len() + 8);
    for message in [bytes, &bytes[..bytes.len() / 2], &[]] {
        stream.extend_from_slice(&(message.len() as u16).to_be_bytes());
        stream.extend_from_slice(message);
    }
    stream.extend_from_slice(&[1, 0]);
    stream.extend_from_slice(&bytes[..bytes.len().min(255)]);
    let read = |sizes: &mut dyn Iterator<Item = usize>| {
        let (mut framing, mut messages, mut rest) = (Framing::default(), Vec::new(), &stream[..]);
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(sizes.next().unwrap_or(rest.len()).clamp(1, rest.len()));
            if !(planted("dns_parser/framing_invariant") && piece.len() == 7) {
                framing.push(piece, |message| messages.push(message.to_vec()));
            }
            rest = behind;
        }
        (messages, framing.pending().to_vec())
    };
    let (messages, pending) = read(&mut core::iter::empty());
    let expected: Vec<_> = dns::Stream::dissect(&stream).messages.iter().map(|framed| framed.message.emit()).collect();
    ensure(messages == expected[..3], || format!("{} messages, the model has {}", messages.len(), expected.len()))?;
    let by_bytes = read(&mut bytes.iter().map(|byte| usize::from(*byte % 32)));
    ensure(by_bytes == (messages, pending), || "in pieces, other messages come out".into())
}
