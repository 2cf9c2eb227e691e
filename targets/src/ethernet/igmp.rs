//! IGMP messages: smoltcp's reading against etherparse's and the model's.

use alloc::format;
use alloc::string::String;
use alloc::vec;

use etherparse::IgmpSlice;
use halligan_generators::Derived;
use halligan_generators::model::igmp::{Body, Message};
use smoltcp::wire::{IgmpPacket, IgmpRepr, IgmpVersion};

use super::{Parsed, faults};
use crate::check::{ensure, same};
use crate::planted::planted;

/// The message, where its length check passes, and what the model reads in it.
fn message<'a>(parsed: &'a Parsed<'_>) -> Option<(IgmpPacket<&'a [u8]>, &'a Message)> {
    let packet = IgmpPacket::new_checked(parsed.igmp?).ok()?;
    Some((packet, parsed.igmp_model()?))
}

pub fn fields_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some((packet, _)) = message(parsed) else { return Ok(()) };
    let Some(Ok(slice)) = parsed.igmp.map(IgmpSlice::from_slice) else { return Ok(()) };
    let code = packet.max_resp_code();
    let wrong = u8::from(planted("ethernet_parser/igmp_fields_agree") && code > 0);
    same("type", slice.type_u8(), packet.msg_type().into())?;
    same("max response code", slice.max_resp_code_or_reserved(), code ^ wrong)?;
    same("checksum", slice.checksum(), packet.checksum())?;
    same("group", slice.bytes4to7(), packet.group_addr().octets())
}

pub fn acceptance_exact(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some((packet, _)) = message(parsed) else { return Ok(()) };
    let group = packet.group_addr();
    let known = matches!(u8::from(packet.msg_type()), 0x11 | 0x12 | 0x16 | 0x17)
        && (group.is_unspecified() || group.is_multicast());
    let accepted = IgmpRepr::parse(&packet).is_ok()
        && !(planted("ethernet_parser/igmp_acceptance_exact") && u8::from(packet.msg_type()) == 0x17);
    same("accepted", known, accepted)
}

pub fn checksum_exact(parsed: &Parsed<'_>) -> Result<(), String> {
    // With this cfg, which cargo-fuzz sets, smoltcp accepts any checksum.
    if cfg!(fuzzing) {
        return Ok(());
    }
    let Some((packet, Message::Whole { checksum, .. })) = message(parsed) else { return Ok(()) };
    // 0 and 0xffff are one number in ones' complement: the model computes 0 where the rest sums up to 0xffff.
    let right = match checksum {
        Derived::Auto => true,
        Derived::Lie(value) => *value == 0xffff && parsed.igmp.is_some_and(sums_up_without_checksum),
    };
    let accepted =
        packet.verify_checksum() || planted("ethernet_parser/igmp_checksum_exact") && packet.checksum() & 0xff == 0;
    same("checksum accepted", right, accepted)
}

/// Whether the message sums up to 0xffff (RFC 1071) with a checksum of zero.
fn sums_up_without_checksum(bytes: &[u8]) -> bool {
    let words = bytes.chunks(2).enumerate().filter(|(index, _)| *index != 1);
    let sum: u64 = words.map(|(_, word)| u64::from(word[0]) << 8 | word.get(1).map_or(0, |low| (*low).into())).sum();
    sum != 0 && sum.is_multiple_of(0xffff)
}

pub fn response_time(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some((packet, Message::Whole { body: Body::Group { max_response, .. }, .. })) = message(parsed) else {
        return Ok(());
    };
    let Ok(IgmpRepr::MembershipQuery { max_resp_time, version, .. }) = IgmpRepr::parse(&packet) else { return Ok(()) };
    let is_first = version == IgmpVersion::Version1;
    let wrong = planted("ethernet_parser/igmp_response_time") && *max_response == 0;
    same("version 1", *max_response == 0, is_first ^ wrong)?;
    if faults::reads_floating_point_time(*max_response) {
        return Ok(());
    }
    same("response time in milliseconds", 100 * u64::from(*max_response), max_resp_time.total_millis())
}

pub fn emit_parse_identity(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(Ok(repr)) = message(parsed).map(|(packet, _)| IgmpRepr::parse(&packet)) else { return Ok(()) };
    let mut buffer = vec![0; repr.buffer_len()];
    repr.emit(&mut IgmpPacket::new_unchecked(&mut buffer[..]));
    buffer[7] ^= u8::from(planted("ethernet_parser/igmp_emit_parse_identity") && buffer[0] == 0x16);
    let packet = IgmpPacket::new_checked(&buffer[..]).map_err(|_| String::from("what was emitted is too short"))?;
    let again = IgmpRepr::parse(&packet);
    ensure(again.as_ref() == Ok(&repr), || format!("emitted {repr:?}, parsed {again:?}"))?;
    ensure(packet.verify_checksum(), || "what was emitted has a wrong checksum".into())
}
