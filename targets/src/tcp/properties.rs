//! What must hold for every segment.

use alloc::format;
use alloc::string::String;
use alloc::vec;

use halligan_generators::model::tcp::PSEUDO_HEADER;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{TcpControl, TcpOption, TcpPacket, TcpRepr};

use super::{DESTINATION, Parsed, SOURCE, faults, options, oracle};
use crate::{Property, Violation};

type Check = fn(&Parsed<'_>) -> Result<(), String>;

/// The properties and their checks, in one order.
const TABLE: [(Property, Check); 8] = [
    (
        Property {
            name: "acceptance_agrees",
            rfc: "RFC 9293 section 3.1",
            demands: "a header is accepted exactly if its data offset is at least 5 and within the segment",
            oracle: Some("etherparse"),
        },
        acceptance_agrees,
    ),
    (
        Property {
            name: "header_agrees",
            rfc: "RFC 9293 section 3.1",
            demands: "both decoders read the same header fields",
            oracle: Some("etherparse"),
        },
        header_agrees,
    ),
    (
        Property {
            name: "options_agree",
            rfc: "RFC 9293 section 3.2",
            demands: "both decoders read the same options",
            oracle: Some("etherparse"),
        },
        options_agree,
    ),
    (
        Property {
            name: "lengths_bounded",
            rfc: "RFC 9293 section 3.1",
            demands: "header, options and payload cover the segment exactly",
            oracle: Some("etherparse"),
        },
        lengths_bounded,
    ),
    (
        Property {
            name: "checksum_exact",
            rfc: "RFC 9293 section 3.1",
            demands: "a checksum is accepted exactly if it is right",
            oracle: Some("etherparse"),
        },
        checksum_exact,
    ),
    (
        Property {
            name: "views_agree",
            rfc: "RFC 9293 section 3.1",
            demands: "the representation says what the packet's accessors say",
            oracle: None,
        },
        views_agree,
    ),
    (
        Property {
            name: "emit_parse_identity",
            rfc: "RFC 9293 section 3.1",
            demands: "a representation that is emitted and parsed again is the same",
            oracle: None,
        },
        emit_parse_identity,
    ),
    (
        Property {
            name: "option_length_minimum",
            rfc: "RFC 9293 section 3.1",
            demands: "an option other than 0 and 1 whose length is below 2 or beyond the header is malformed",
            oracle: None,
        },
        option_length_minimum,
    ),
];

/// The properties alone.
pub static PROPERTIES: [Property; TABLE.len()] = {
    let mut properties = [TABLE[0].0; TABLE.len()];
    let mut index = 0;
    while index < TABLE.len() {
        properties[index] = TABLE[index].0;
        index += 1;
    }
    properties
};

/// Checks all properties; the first that does not hold counts.
pub fn check(parsed: &Parsed<'_>) -> Result<(), Violation> {
    for (index, (_, holds)) in TABLE.iter().enumerate() {
        holds(parsed).map_err(|detail| Violation { property: index as u32, detail })?;
    }
    Ok(())
}

fn ensure(holds: bool, detail: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(detail()) }
}

fn same<T: PartialEq + core::fmt::Debug>(what: &str, expected: T, seen: T) -> Result<(), String> {
    ensure(expected == seen, || format!("{what}: expected {expected:?}, saw {seen:?}"))
}

fn acceptance_agrees(parsed: &Parsed<'_>) -> Result<(), String> {
    let oracle = oracle::slice(parsed.bytes).is_some();
    same("accepted, as by etherparse", oracle, parsed.packet.is_some())
}

fn header_agrees(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(packet), Some(slice)) = (&parsed.packet, oracle::slice(parsed.bytes)) else { return Ok(()) };
    oracle::header_difference(packet, &slice).map_or(Ok(()), Err)
}

fn options_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(packet), Some(slice)) = (&parsed.packet, oracle::slice(parsed.bytes)) else { return Ok(()) };
    oracle::option_difference(packet, &slice).map_or(Ok(()), Err)
}

fn lengths_bounded(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(packet) = &parsed.packet else { return Ok(()) };
    let header = usize::from(packet.header_len());
    same("options", header - 20, packet.options().len())?;
    same("payload", parsed.bytes.len() - header, packet.payload().len())?;
    let sequence_space = packet.payload().len() + usize::from(packet.syn()) + usize::from(packet.fin());
    same("segment length", sequence_space, packet.segment_len())?;
    let Some(slice) = oracle::slice(parsed.bytes) else { return Ok(()) };
    ensure(slice.payload() == packet.payload(), || "payload: smoltcp and etherparse cut elsewhere".into())
}

fn checksum_exact(parsed: &Parsed<'_>) -> Result<(), String> {
    // With this cfg, which cargo-fuzz sets, smoltcp accepts any checksum.
    if cfg!(fuzzing) {
        return Ok(());
    }
    let (Some(packet), Some(slice)) = (&parsed.packet, oracle::slice(parsed.bytes)) else { return Ok(()) };
    let Ok(right) = slice.calc_checksum_ipv4(PSEUDO_HEADER.source, PSEUDO_HEADER.destination) else { return Ok(()) };
    // 0 and 0xffff are one number in ones' complement.
    let is_right = packet.checksum() == right || packet.checksum() == !0 && right == 0;
    same("checksum accepted", is_right, packet.verify_checksum(&SOURCE, &DESTINATION))
}

fn views_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(packet), Some(repr)) = (&parsed.packet, &parsed.repr) else { return Ok(()) };
    same("source port", packet.src_port(), repr.src_port)?;
    same("destination port", packet.dst_port(), repr.dst_port)?;
    same("sequence number", packet.seq_number(), repr.seq_number)?;
    same("acknowledgment number", packet.ack().then(|| packet.ack_number()), repr.ack_number)?;
    same("window", packet.window_len(), repr.window_len)?;
    same("SYN", packet.syn(), repr.control == TcpControl::Syn)?;
    same("FIN", packet.fin(), repr.control == TcpControl::Fin)?;
    same("RST", packet.rst(), repr.control == TcpControl::Rst)?;
    ensure(packet.payload() == repr.payload, || "payload: packet and representation cut elsewhere".into())?;
    let mut expected = smoltcp::wire::TcpRepr { max_seg_size: None, window_scale: None, ..*repr };
    (expected.sack_permitted, expected.sack_ranges, expected.timestamp) = (false, [None; 3], None);
    let mut timestamps = None;
    for option in options(packet.options()).flatten() {
        match option {
            TcpOption::MaxSegmentSize(size) => expected.max_seg_size = Some(size),
            // RFC 7323 section 2.3: a shift above 14 counts as 14.
            TcpOption::WindowScale(shift) => expected.window_scale = Some(shift.min(14)),
            TcpOption::SackPermitted => expected.sack_permitted = true,
            TcpOption::SackRange(ranges) => expected.sack_ranges = ranges,
            TcpOption::TimeStamp { tsval, tsecr } => timestamps = Some((tsval, tsecr)),
            TcpOption::EndOfList | TcpOption::NoOperation | TcpOption::Unknown { .. } => {}
        }
    }
    same("maximum segment size", expected.max_seg_size, repr.max_seg_size)?;
    same("window scale", expected.window_scale, repr.window_scale)?;
    same("SACK permitted", expected.sack_permitted, repr.sack_permitted)?;
    same("SACK blocks", expected.sack_ranges, repr.sack_ranges)?;
    same("timestamps", timestamps, repr.timestamp.map(|stamp| (stamp.tsval, stamp.tsecr)))?;
    if faults::reads_behind_end_of_list(packet) {
        return Ok(());
    }
    same("selective_ack_permitted()", Ok(expected.sack_permitted), packet.selective_ack_permitted())?;
    let first = options(packet.options()).flatten().find_map(|option| match option {
        TcpOption::SackRange(ranges) => Some(ranges),
        _ => None,
    });
    same("selective_ack_ranges()", Ok(first.unwrap_or_default()), packet.selective_ack_ranges())
}

fn emit_parse_identity(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(repr) = parsed.repr.filter(|repr| !faults::loses_sack_blocks(repr)) else { return Ok(()) };
    let checksums = ChecksumCapabilities::default();
    let mut buffer = vec![0; repr.buffer_len()];
    repr.emit(&mut TcpPacket::new_unchecked(&mut buffer[..]), &SOURCE, &DESTINATION, &checksums);
    let packet =
        TcpPacket::new_checked(&buffer[..]).map_err(|_| String::from("what was emitted fails the length check"))?;
    let again = TcpRepr::parse(&packet, &SOURCE, &DESTINATION, &checksums);
    ensure(again == Ok(repr), || format!("emitted {repr:?}, parsed {again:?}"))
}

fn option_length_minimum(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(packet) = &parsed.packet else { return Ok(()) };
    let mut rest = packet.options();
    while let [kind @ (1..), tail @ ..] = rest {
        let length = match (kind, tail.first()) {
            (1, _) => 1,
            (_, Some(&length)) => usize::from(length),
            (_, None) => 0,
        };
        let parsed = TcpOption::parse(rest);
        if *kind != 1 && (length < 2 || length > rest.len()) {
            return ensure(parsed.is_err(), || format!("kind {kind}, length {length}: malformed, saw {parsed:?}"));
        }
        let Ok((next, _)) = parsed else { return Ok(()) };
        same("bytes left behind an option", rest.len() - length, next.len())?;
        rest = next;
    }
    Ok(())
}
