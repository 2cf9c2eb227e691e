//! Messages as they are read: by both decoders, the referee and the model.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use halligan_generators::model::dns;
use halligan_generators::{Derived, Model};
use hickory_proto::op::{Message, MessageType};
use hickory_proto::rr::{RData, Record};
use smoltcp::wire::{DnsFlags, DnsPacket, DnsRecord, DnsRecordData};

use super::super::form::{self, Form, OPT, TXT};
use super::super::reference::{Entry, HEADER};
use super::super::stack::{self, Walk};
use super::super::{Parsed, faults, hickory};
use crate::check::{ensure, same};
use crate::planted::planted;

pub fn header_length(parsed: &Parsed<'_>) -> Result<(), String> {
    same("smoltcp accepts the header", parsed.bytes.len() >= HEADER, parsed.packet.is_some())?;
    same("hickory accepts the header", parsed.bytes.len() >= HEADER, parsed.header.is_some())
}

pub fn header_agrees(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(packet), Some(header)) = (&parsed.packet, &parsed.header) else { return Ok(()) };
    let (flags, counts) = (packet.flags(), header.counts);
    let flag = |flag: DnsFlags| flags.contains(flag);
    let authentic = header.authentic_data && !planted("dns_parser/header_agrees");
    same("ID", header.id, packet.transaction_id())?;
    same("QR", header.message_type == MessageType::Response, flag(DnsFlags::RESPONSE))?;
    same("opcode", u8::from(header.op_code), packet.opcode().into())?;
    same("AA", header.authoritative, flag(DnsFlags::AUTHORITATIVE))?;
    same("TC", header.truncation, flag(DnsFlags::TRUNCATED))?;
    same("RD", header.recursion_desired, flag(DnsFlags::RECURSION_DESIRED))?;
    same("RA", header.recursion_available, flag(DnsFlags::RECURSION_AVAILABLE))?;
    same("AD", authentic, flag(DnsFlags::AUTHENTIC_DATA))?;
    same("CD", header.checking_disabled, flag(DnsFlags::CHECK_DISABLED))?;
    same("response code", header.response_code.low(), packet.rcode().into())?;
    same("question count", counts.queries, packet.question_count())?;
    same("answer count", counts.answers, packet.answer_record_count())?;
    same("authority count", counts.authorities, packet.authority_record_count())?;
    same("additional count", counts.additionals, packet.additional_record_count())
}

/// Compares what smoltcp gave with what hickory did. smoltcp stops where a class is not IN; what it gave up to there counts.
pub fn questions_alike(packet: &DnsPacket<&[u8]>, walk: &Walk<'_>, message: &Message) -> Result<(), String> {
    for (question, query) in walk.questions.iter().zip(&message.queries) {
        let name = stack::name(packet, question.name);
        same("name of a question", Some(hickory::wire(&query.name)), name)?;
        same("type of a question", u16::from(query.query_type), question.type_.into())?;
    }
    Ok(())
}

/// As [`questions_alike`].
pub fn records_alike(packet: &DnsPacket<&[u8]>, walk: &Walk<'_>, message: &Message) -> Result<(), String> {
    // hickory takes OPT out of the additional records.
    let additionals = if message.edns.is_some() { &[][..] } else { &message.additionals };
    for (records, theirs) in walk.records.iter().zip([&message.answers[..], &message.authorities, additionals]) {
        for (ours, theirs) in records.iter().zip(theirs) {
            record_alike(packet, ours, theirs)?;
        }
    }
    Ok(())
}

fn record_alike(packet: &DnsPacket<&[u8]>, ours: &DnsRecord<'_>, theirs: &Record) -> Result<(), String> {
    same("name of a record", Some(hickory::wire(&theirs.name)), stack::name(packet, ours.name))?;
    same("time to live", theirs.ttl, ours.ttl)?;
    let kind = u16::from(theirs.record_type());
    match (&ours.data, &theirs.data) {
        (DnsRecordData::A(ours), RData::A(theirs)) => same("address", theirs.0.octets(), ours.octets()),
        (DnsRecordData::Aaaa(ours), RData::AAAA(theirs)) => same("address", theirs.0.octets(), ours.octets()),
        (DnsRecordData::Cname(ours), RData::CNAME(theirs)) => {
            same("alias", Some(hickory::wire(&theirs.0)), stack::name(packet, ours))
        }
        // The data of an update may be missing (RFC 2136 section 2.4).
        (DnsRecordData::Cname([]), RData::Update0(_)) => same("type of a record", kind, 5),
        (DnsRecordData::Other(ours, data), theirs) => {
            same("type of a record", kind, (*ours).into())?;
            let RData::Unknown { rdata, .. } = theirs else { return Ok(()) };
            ensure(rdata.anything == *data, || format!("data of type {kind}: {:?}, {data:?}", rdata.anything))
        }
        (ours, theirs) => Err(format!("smoltcp {ours:?}, hickory {theirs:?}")),
    }
}

pub fn questions_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(packet), Some(message)) = (&parsed.packet, &parsed.message) else { return Ok(()) };
    questions_alike(packet, &parsed.walk, message)
}

pub fn records_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(packet), Some(message)) = (&parsed.packet, &parsed.message) else { return Ok(()) };
    records_alike(packet, &parsed.walk, message)
}

pub fn stack_acceptance_exact(parsed: &Parsed<'_>) -> Result<(), String> {
    if parsed.packet.is_none() {
        return Ok(());
    }
    // smoltcp supports the Internet only (RFC 1035 section 3.2.4): so it refuses OPT, multicast's QU and cache flush too.
    let is_taken = |entry: &Entry| {
        let length = match (entry.section, entry.kind) {
            (1.., 1) => Some(4),
            (1.., 28) => Some(16),
            _ => None,
        };
        entry.class == 1 && length.is_none_or(|length| length == entry.data.len())
    };
    let expected = parsed.outline.whole && parsed.outline.entries.iter().all(is_taken);
    let lost = planted("dns_parser/stack_acceptance_exact") && !parsed.walk.records[1].is_empty();
    same("smoltcp takes the message", expected, parsed.walk.whole && !lost)
}

pub fn counts_equal(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(header), Some(message)) = (&parsed.header, &parsed.message) else { return Ok(()) };
    let counts = header.counts;
    let special = usize::from(message.edns.is_some() && !planted("dns_parser/counts_equal"))
        + usize::from(message.signature.is_some());
    same("questions", counts.queries.into(), message.queries.len())?;
    same("answers", counts.answers.into(), message.answers.len())?;
    same("authority records", counts.authorities.into(), message.authorities.len())?;
    same("additional records", counts.additionals.into(), message.additionals.len() + special)
}

/// The records of an accepted message as the referee and as hickory read them, OPT left out.
fn records<'p>(parsed: &'p Parsed<'_>) -> impl Iterator<Item = (&'p Entry, &'p Record)> {
    let entries = parsed.outline.entries.iter().filter(|entry| entry.section > 0 && entry.kind != OPT);
    entries.zip(parsed.message.iter().flat_map(Message::all_sections))
}

pub fn record_fields_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    for (entry, record) in records(parsed) {
        let ttl = record.ttl & if planted("dns_parser/record_fields_agree") { 0x7fff_ffff } else { u32::MAX };
        same("type", entry.kind, record.record_type().into())?;
        same("class", entry.class, record.dns_class.into())?;
        same("time to live", entry.ttl, ttl)?;
    }
    Ok(())
}

/// How many OPT records the additional section has.
fn opts(parsed: &Parsed<'_>) -> usize {
    parsed.outline.entries.iter().filter(|entry| entry.section == 3 && entry.kind == OPT).count()
}

pub fn wellformed_accepted(parsed: &Parsed<'_>) -> Result<(), String> {
    let outline = &parsed.outline;
    if parsed.header.is_none()
        || form::message(parsed.bytes, outline, parsed.is_update()) != Form::Good
        || opts(parsed) > 1
        || outline.entries.iter().any(|entry| faults::hickory_refuses(parsed.bytes, entry))
    {
        return Ok(());
    }
    let refused = planted("dns_parser/wellformed_accepted")
        && outline.entries.iter().any(|entry| entry.kind == 33 && entry.section == 1);
    ensure(parsed.message.is_some() && !refused, || match Message::from_vec(parsed.bytes) {
        Ok(_) => "hickory refuses it".into(),
        Err(error) => format!("hickory refuses it: {error}"),
    })
}

pub fn malformed_refused(parsed: &Parsed<'_>) -> Result<(), String> {
    let outline = &parsed.outline;
    let Form::Bad(what) = form::message(parsed.bytes, outline, parsed.is_update()) else { return Ok(()) };
    if outline.entries.iter().any(|entry| faults::hickory_accepts(parsed.bytes, entry)) {
        return Ok(());
    }
    let accepted = planted("dns_parser/malformed_refused") && !outline.whole;
    ensure(parsed.message.is_none() && !accepted, || format!("hickory accepts it, though malformed: {what}"))
}

pub fn opt_single(parsed: &Parsed<'_>) -> Result<(), String> {
    if opts(parsed) < 2 {
        return Ok(());
    }
    let accepted = parsed.message.is_some() || planted("dns_parser/opt_single");
    ensure(!accepted, || format!("hickory accepts {} OPT records", opts(parsed)))
}

pub fn opt_fields_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(message) = &parsed.message else { return Ok(()) };
    let Some(edns) = &message.edns else { return Ok(()) };
    let Some(entry) = parsed.outline.entries.iter().find(|entry| entry.section == 3 && entry.kind == OPT) else {
        return Err("hickory found an OPT record where there is none".into());
    };
    let [rcode, version, high, low] = entry.ttl.to_be_bytes();
    let flags = u16::from_be_bytes([high, low]);
    let version_seen = edns.version() & if planted("dns_parser/opt_fields_agree") { 0x7f } else { 0xff };
    // RFC 6891 section 6.2.3: a size below 512 counts as 512.
    same("payload size", entry.class.max(512), edns.max_payload())?;
    same("extended response code", rcode, edns.rcode_high())?;
    let low = parsed.header.as_ref().map_or(0, |header| header.response_code.low());
    same("response code", u16::from(rcode) << 4 | u16::from(low), message.response_code.into())?;
    same("version", version, version_seen)?;
    same("DO", flags >> 15 == 1, edns.flags().dnssec_ok)?;
    same("flags", flags & 0x7fff, edns.flags().z)?;
    if faults::hickory_accepts(parsed.bytes, entry) {
        return Ok(());
    }
    let expected: Vec<u16> = form::tagged(&parsed.bytes[entry.data.clone()]).flatten().map(|(code, _)| code).collect();
    let seen: Vec<u16> = edns.options().as_ref().iter().map(|(code, _)| (*code).into()).collect();
    same("codes of the options", expected, seen)
}

pub fn txt_exact(parsed: &Parsed<'_>) -> Result<(), String> {
    for (entry, record) in records(parsed).filter(|(entry, _)| entry.kind == TXT) {
        let RData::TXT(text) = &record.data else { continue };
        let mut joined = Vec::new();
        for string in &text.txt_data {
            joined.push(string.len() as u8);
            joined.extend_from_slice(string);
        }
        if planted("dns_parser/txt_exact") && text.txt_data.len() > 1 {
            joined.pop();
        }
        let data = &parsed.bytes[entry.data.clone()];
        ensure(joined == data, || format!("expected \"{}\", saw \"{}\"", data.escape_ascii(), joined.escape_ascii()))?;
    }
    Ok(())
}

/// The message that hickory has to make of this one when nothing is compressed: what is behind the records is left out, OPT
/// goes to the end with a payload size of at least 512 (RFC 6891 section 6.2.3), what is reserved is zero. Nothing where names or
/// lengths lie.
fn normal(model: &dns::Message) -> Option<dns::Message> {
    let mut model = model.uncompressed()?;
    let dns::Message::Whole { header, answers, authorities, additionals, trailer, .. } = &mut model else {
        return None;
    };
    *trailer = Derived::Auto;
    header.reserved = Derived::Auto;
    let honest = |record: &dns::Record| match record {
        dns::Record::Data { length, data, .. } => !length.is_lie() && data.kind() != OPT,
        dns::Record::Opt { length, .. } => !length.is_lie(),
    };
    let mut others = answers.iter().chain(&*authorities);
    if !others.all(|record| honest(record) && record.kind() != OPT) || !additionals.iter().all(honest) {
        return None;
    }
    let (mut last, rest): (Vec<_>, _) = additionals.drain(..).partition(|record| record.kind() == OPT);
    *additionals = rest;
    if let [dns::Record::Opt { payload_size, .. }] = &mut last[..] {
        *payload_size = (*payload_size).max(512);
    }
    additionals.append(&mut last);
    (header.lies() == 0).then_some(model)
}

pub fn data_kept(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(message), Some(plain)) = (&parsed.message, &parsed.plain) else { return Ok(()) };
    if parsed.outline.entries.iter().any(|entry| faults::hickory_changes(parsed.bytes, entry)) {
        return Ok(());
    }
    let Some(expected) = normal(&parsed.model) else { return Ok(()) };
    let expected = expected.emit();
    let lost = planted("dns_parser/data_kept").then(|| reversed(message)).flatten();
    let seen = lost.as_ref().unwrap_or(plain);
    let at = expected.iter().zip(seen).position(|(expected, seen)| expected != seen);
    let at = at.unwrap_or(expected.len().min(seen.len()));
    ensure(*seen == expected, || {
        let around = |bytes: &[u8]| {
            let part = bytes.get(at.saturating_sub(4)..).unwrap_or_default();
            format!("\"{}\"", part[..part.len().min(24)].escape_ascii())
        };
        format!("at {at}, expected .. {}, saw .. {}", around(&expected), around(seen))
    })
}

/// A planted fault: data of unknown types are read backward.
fn reversed(message: &Message) -> Option<Vec<u8>> {
    let mut message = message.clone();
    for record in &mut message.answers {
        if let RData::Unknown { rdata, .. } = &mut record.data {
            rdata.anything.reverse();
        }
    }
    hickory::plain(&message)
}

pub fn decompression_equal(parsed: &Parsed<'_>) -> Result<(), String> {
    // Where a length is beyond the message, decompression would make up for it.
    if !parsed.outline.whole || parsed.outline.entries.iter().any(|entry| entry.kind == faults::ANAME) {
        return Ok(());
    }
    let Some(plain) = parsed.model.uncompressed().map(|model| model.emit()) else { return Ok(()) };
    if plain.len() > 0xffff || parsed.message.is_some() && parsed.plain.is_none() {
        return Ok(());
    }
    let mut again = Message::from_vec(&plain).ok();
    if let Some(again) = again.as_mut().filter(|_| planted("dns_parser/decompression_equal")) {
        again.authorities.clear();
    }
    same("hickory accepts it without compression", parsed.message.is_some(), again.is_some())?;
    let (Some(_), Some(again)) = (&parsed.message, again) else { return Ok(()) };
    ensure(hickory::plain(&again) == parsed.plain, || "hickory reads another message without compression".into())
}

pub fn cost_bounded(parsed: &Parsed<'_>) -> Result<(), String> {
    // A question of a pointer, a type and a class, 6 octets, is 259 octets long.
    const FACTOR: usize = 44;
    let Some(plain) = &parsed.plain else { return Ok(()) };
    let cost = plain.len() * if planted("dns_parser/cost_bounded") { 40 } else { 1 };
    let limit = FACTOR * parsed.bytes.len();
    ensure(cost <= limit, || format!("{cost} octets of {}", parsed.bytes.len()))
}
