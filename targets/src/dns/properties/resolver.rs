//! smoltcp's resolver: what it makes of a message that comes in answer to the message's own question.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::{DNSClass, RData};
use smoltcp::wire::DnsRecordData;

use super::super::Parsed;
use super::super::reference;
use super::super::resolver::{Answer, RIGHT, Resolver, SERVER, STRANGER, right_answer};
use crate::check::{ensure, same};
use crate::planted::planted;

/// The message's first question, with its name uncompressed. Nothing where a name may point to the ID, which is the
/// resolver's to choose.
fn question(parsed: &Parsed<'_>) -> Option<(Vec<u8>, u16)> {
    if parsed.bytes.windows(2).any(|pair| matches!(pair, [0xc0, 0 | 1])) {
        return None;
    }
    let entry = parsed.outline.entries.first().filter(|entry| entry.section == 0)?;
    Some((reference::name(parsed.bytes, entry.name).ok()?, entry.kind))
}

/// What a resolver that asks `name` and `kind` makes of a message.
fn heard(name: &[u8], kind: u16, message: &[u8]) -> Option<Answer> {
    let mut resolver = Resolver::asking(name, kind)?;
    resolver.hear(SERVER, 53, message);
    Some(resolver.answer())
}

/// What hickory's reading of the message says, where smoltcp has to say the same: one address, as it keeps one, and
/// aliases in the order in which they are followed (RFC 1034 section 3.6.2).
fn expected(message: &Message) -> Option<Answer> {
    let [query] = &message.queries[..] else { return None };
    let is_answer = message.message_type == MessageType::Response && message.op_code == OpCode::Query;
    let is_internet = |class: DNSClass| class == DNSClass::IN;
    // It supports the Internet only, and does not look at answers where there are others.
    if !is_answer
        || !is_internet(query.query_class)
        || !message.answers.iter().all(|answer| is_internet(answer.dns_class))
    {
        return None;
    }
    if message.response_code.low() == ResponseCode::NXDomain.low() {
        return Some(Answer::Failed);
    }
    let mut name = &query.name;
    let mut address = None;
    for answer in &message.answers {
        // smoltcp takes names in another case for other names: see the known faults.
        if answer.name == *name && !answer.name.eq_case(name) {
            return None;
        }
        if answer.name != *name {
            continue;
        }
        match &answer.data {
            RData::A(found) => address = address.or(Some(Answer::Address(found.0.into()))),
            RData::AAAA(found) => address = address.or(Some(Answer::Address(found.0.into()))),
            RData::CNAME(alias) => name = &alias.0,
            _ => {}
        }
    }
    Some(address.unwrap_or(Answer::Failed))
}

pub fn resolver_answers_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(expected) = parsed.message.as_ref().and_then(expected) else { return Ok(()) };
    let Some((name, kind)) = question(parsed) else { return Ok(()) };
    let Some(mut answer) = heard(&name, kind, parsed.bytes) else { return Ok(()) };
    if planted("dns_parser/resolver_answers_agree") && parsed.walk.records[0].len() > 1 {
        answer = Answer::Failed;
    }
    same("answer", expected, answer)
}

pub fn resolver_ignores_queries(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some((name, kind)) = question(parsed) else { return Ok(()) };
    let mut message = parsed.bytes.to_vec();
    if !planted("dns_parser/resolver_ignores_queries") {
        message[2] &= 0x7f;
    }
    let answer = heard(&name, kind, &message).unwrap_or(Answer::Pending);
    ensure(answer == Answer::Pending, || format!("a message that is no response gives {answer:?}"))
}

pub fn resolver_matches_question(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some((name, kind)) = question(parsed) else { return Ok(()) };
    // smoltcp does not look at the question where the response code is NXDOMAIN: see the known faults.
    if parsed.bytes[3] & 0xf == 3 {
        return Ok(());
    }
    let same_name = planted("dns_parser/resolver_matches_question");
    let longer = [b"\x01x", &name[..]].concat();
    for (name, kind) in [(if same_name { &name } else { &longer }, kind), (&name, kind.wrapping_add(1))] {
        let answer = heard(name, kind, parsed.bytes).unwrap_or(Answer::Pending);
        ensure(answer == Answer::Pending, || format!("an answer to another question gives {answer:?}"))?;
    }
    Ok(())
}

pub fn resolver_checks_source(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some((name, kind)) = question(parsed) else { return Ok(()) };
    let Some(mut resolver) = Resolver::asking(&name, kind) else { return Ok(()) };
    let source = if planted("dns_parser/resolver_checks_source") { SERVER } else { STRANGER };
    // From port 5353 any host may answer: see the known faults.
    resolver.hear(source, 53, parsed.bytes);
    let answer = resolver.answer();
    ensure(answer == Answer::Pending, || format!("an answer of another host gives {answer:?}"))
}

pub fn resolver_keeps_question(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some((name, kind)) = question(parsed) else { return Ok(()) };
    // An alias in a message that is then refused changes the question: see the known faults.
    if parsed.walk.records[0].iter().any(|record| matches!(record.data, DnsRecordData::Cname(_))) {
        return Ok(());
    }
    let Some(mut resolver) = Resolver::asking(&name, kind) else { return Ok(()) };
    resolver.hear(SERVER, 53, parsed.bytes);
    if resolver.answer() != Answer::Pending {
        return Ok(());
    }
    if !planted("dns_parser/resolver_keeps_question") {
        resolver.hear(SERVER, 53, &right_answer(&name, kind));
    }
    same("the right answer behind one that was refused", RIGHT, resolver.answer())
}
