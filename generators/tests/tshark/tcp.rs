//! TCP segments, with all options that tshark has fields for.
//!
//! Of segments whose data offset, option lengths and reserved bits do not lie are compared header and options; a checksum may.
//! Not compared are
//! - options of segments that hold one that tshark gives up on, or takes for another protocol's: see [`is_plain`];
//! - SACK blocks beside an acknowledgment number that makes one a duplicate (RFC 2883), which tshark prints apart.

use std::ops::RangeInclusive;

use halligan_generators::{
    Derived, Generated, Model, Source,
    model::{
        option::HeaderOption,
        tcp::{Header, Multipath, OptionData, Segment, TcpOption},
    },
};

use super::{Case, DRAWN, Expected, compare, corpus, hex};

/// LINKTYPE_IPV4.
const IPV4: u32 = 228;

#[test]
#[ignore = "needs tshark: ci/check-models runs it"]
fn segments() {
    let mut cases: Vec<_> = corpus("tcp_parser").into_iter().filter_map(|(name, bytes)| case(name, &bytes)).collect();
    let drawn = (0..).filter_map(|seed| {
        let bytes = Segment::draw_from(&mut Source::random(seed, 120)).emit();
        case(format!("drawn {seed}"), &bytes)
    });
    cases.extend(drawn.take(DRAWN));
    let raw = ["-o", "tcp.relative_sequence_numbers:FALSE", "-o", "tcp.analyze_sequence_numbers:FALSE"];
    let alone = ["-o", "tcp.desegment_tcp_streams:FALSE", "-o", "tcp.try_heuristic_first:FALSE"];
    compare(IPV4, &[raw, alone].concat(), &cases);
}

/// A segment in a packet from 192.0.2.1 to 192.0.2.2; nothing where it is not compared.
fn case(name: String, bytes: &[u8]) -> Option<Case> {
    let Segment::Whole { header, payload } = Segment::dissect(bytes) else { return None };
    let expected = expected(&header, &payload, bytes)?;
    let mut packet = vec![0x45, 0];
    packet.extend((bytes.len() as u16 + 20).to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
    packet.extend_from_slice(bytes);
    Some(Case { name, packet, expected })
}

fn expected(header: &Header, payload: &[u8], wire: &[u8]) -> Option<Vec<Expected>> {
    if header.data_offset.is_lie() || wire.len() > 1480 {
        return None;
    }
    let word = |at: usize| u16::from_be_bytes([wire[at], wire[at + 1]]);
    let mut all = vec![
        Expected::new("tcp.srcport", [header.source_port]),
        Expected::new("tcp.dstport", [header.destination_port]),
        Expected::new("tcp.seq_raw", [header.sequence_number]),
        Expected::new("tcp.ack_raw", [header.acknowledgment_number]),
        Expected::new("tcp.hdr_len", [4 * (wire[12] >> 4)]),
        Expected::new("tcp.flags", [format!("{:#06x}", word(12) & 0xfff)]),
        Expected::new("tcp.window_size_value", [header.window]),
        Expected::new("tcp.checksum", [format!("{:#06x}", word(16))]),
        Expected::new("tcp.urgent_pointer", [header.urgent_pointer]),
        Expected::new("tcp.len", [payload.len()]),
    ];
    if header.options.iter().all(|option| is_plain(option, wire[13] & 0x12)) {
        all.extend(options(header));
    }
    Some(all)
}

/// Whether tshark reads the option as what it is, and goes on behind it, in a segment with these of the flags SYN and ACK.
fn is_plain(option: &TcpOption, flags: u8) -> bool {
    match option {
        HeaderOption::NoOperation => true,
        HeaderOption::Full { length: Derived::Auto, data } => match data {
            // Kinds of which tshark demands a length that the model calls another option.
            OptionData::Other { kind, .. } => UNKNOWN.contains(kind),
            OptionData::Sack(blocks) => !blocks.is_empty(),
            // It knows the three forms of a join by the flags, the model by the length (RFC 8684 section 3.2).
            OptionData::Multipath(multipath) => match multipath {
                Multipath::JoinSyn { .. } => flags == 0x02,
                Multipath::JoinSynAck { .. } => flags == 0x12,
                Multipath::JoinAck { .. } => flags == 0x10,
                Multipath::Other { .. } => false,
                _ => true,
            },
            _ => true,
        },
        _ => false,
    }
}

/// Kinds that neither has a form for.
const UNKNOWN: RangeInclusive<u8> = 80..=140;

/// What tshark prints for the options.
fn options(header: &Header) -> Vec<Expected> {
    let mut all: Vec<Expected> = Vec::new();
    let mut one = |field: &'static str, value: String| match all.iter_mut().find(|expected| expected.field == field) {
        Some(expected) => expected.values.push(value),
        None => all.push(Expected::new(field, [value])),
    };
    let mut len = 0;
    for option in &header.options {
        let option_wire = wire(option);
        len += option_wire.len();
        one("tcp.option_kind", option_wire[0].to_string());
        let HeaderOption::Full { data, .. } = option else { continue };
        one("tcp.option_len", option_wire[1].to_string());
        match data {
            OptionData::MaximumSegmentSize(size) => one("tcp.options.mss_val", size.to_string()),
            OptionData::WindowScale(shift) => one("tcp.options.wscale.shift", shift.to_string()),
            OptionData::Sack(blocks) => {
                one("tcp.options.sack.count", blocks.len().to_string());
                for block in blocks {
                    one("tcp.options.sack_le", block.left.to_string());
                    one("tcp.options.sack_re", block.right.to_string());
                }
            }
            OptionData::Echo(value) | OptionData::EchoReply(value) => one("tcp.options.echo_value", value.to_string()),
            OptionData::Timestamps { value, echo } => {
                one("tcp.options.timestamp.tsval", value.to_string());
                one("tcp.options.timestamp.tsecr", echo.to_string());
            }
            OptionData::ConnectionCount { count, .. } => one("tcp.options.cc_value", count.to_string()),
            OptionData::Md5Signature(digest) => one("tcp.options.md5.digest", hex(digest)),
            OptionData::QuickStart { rate, ttl_difference, .. } => {
                one("tcp.options.qs.rate", rate.to_string());
                one("tcp.options.qs.ttl_diff", ttl_difference.to_string());
            }
            OptionData::UserTimeout { minutes, timeout } => {
                one("tcp.options.user_to_granularity", u8::from(*minutes).to_string());
                one("tcp.options.user_to_val", timeout.to_string());
            }
            OptionData::Authentication { key_id, receive_next_key_id, mac } => {
                one("tcp.options.ao.keyid", key_id.to_string());
                one("tcp.options.ao.rnextkeyid", receive_next_key_id.to_string());
                if !mac.is_empty() {
                    one("tcp.options.ao.mac", hex(mac));
                }
            }
            OptionData::FastOpen(cookie) if !cookie.is_empty() => one("tcp.options.tfo.cookie", hex(cookie)),
            OptionData::Multipath(_) => one("tcp.options.mptcp.subtype", (option_wire[2] >> 4).to_string()),
            OptionData::Experiment { id, .. } => one("tcp.options.experimental.exid", format!("{id:#06x}")),
            // RFC 9768 section 3.2.3 has three counters at most; tshark prints none of more.
            OptionData::AccurateEcn { reversed, counters } if counters.len() <= 3 => {
                let fields = ["tcp.options.acc_ecn.ee0b", "tcp.options.acc_ecn.eceb", "tcp.options.acc_ecn.ee1b"];
                for (at, [a, b, c]) in counters.iter().enumerate() {
                    let value = u32::from_be_bytes([0, *a, *b, *c]);
                    one(fields[if *reversed { 2 - at } else { at }], value.to_string());
                }
            }
            OptionData::AlternateChecksum(number) => one("tcp.options.unknown.payload", hex(&[*number])),
            OptionData::PartialOrderProfile { .. } => one("tcp.options.unknown.payload", hex(&option_wire[2..])),
            OptionData::AlternateChecksumData(data)
            | OptionData::EncryptionNegotiation(data)
            | OptionData::Other { data, .. }
                if !data.is_empty() =>
            {
                one("tcp.options.unknown.payload", hex(data));
            }
            _ => {}
        }
    }
    // It prints each zero that fills up the last word.
    (len..4 * len.div_ceil(4)).for_each(|_| one("tcp.option_kind", "0".to_owned()));
    all
}

/// An option's bytes.
fn wire(option: &TcpOption) -> Vec<u8> {
    let header = Header { options: vec![option.clone()], ..Header::default() };
    let len = match option {
        HeaderOption::Full { .. } => None,
        _ => Some(1),
    };
    let segment = Segment::Whole { header, payload: Vec::new() }.emit();
    let len = len.unwrap_or(usize::from(segment[21]));
    segment[20..][..len].to_vec()
}
