//! `tcp_parser`: the unikernel's TCP parser, smoltcp's `wire::TcpPacket` and `TcpRepr`, with etherparse as an oracle.

mod closing;
mod established;
mod faults;
mod laws;
mod node;
mod opening;
mod oracle;
mod properties;

use halligan_generators::Model;
use halligan_generators::model::tcp::{PSEUDO_HEADER, Segment};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{IpAddress, Ipv4Address, TcpOption, TcpPacket, TcpRepr};

use self::established::Arrival;
use crate::planted::{COST, PANIC, planted};
use crate::{Observation, Property, Target, Violation, check};

const SOURCE: IpAddress = IpAddress::Ipv4(Ipv4Address::from_octets(PSEUDO_HEADER.source));
const DESTINATION: IpAddress = IpAddress::Ipv4(Ipv4Address::from_octets(PSEUDO_HEADER.destination));

static PROPERTIES: [Property; properties::TABLE.len()] = check::properties(&properties::TABLE);

/// TCP segments through smoltcp's parser, under the pseudo header 192.0.2.1 -> 192.0.2.2.
pub struct TcpParser;

impl Target for TcpParser {
    type Input = Segment;

    const NAME: &'static str = "tcp_parser";

    const ABOUT: &'static str = "TCP segments (RFC 9293) through smoltcp's parser, compared with etherparse";

    fn properties(&self) -> &'static [Property] {
        &PROPERTIES
    }

    fn run(&self, input: &[u8], observation: &mut Observation<'_>) -> Result<(), Violation> {
        let parsed = Parsed::new(input);
        parsed.observe(observation);
        check::check(&properties::TABLE, |holds| holds(&parsed))
    }
}

/// What the stack made of a segment: every view that it offers.
struct Parsed<'a> {
    bytes: &'a [u8],
    /// The packet view, where its length check passes.
    packet: Option<TcpPacket<&'a [u8]>>,
    /// The representation that the stack works with, where it accepts the segment.
    repr: Option<TcpRepr<'a>>,
    /// The model's reading.
    model: Segment,
    /// What the segment does to an established connection, placed there.
    arrival: Option<Arrival>,
}

impl<'a> Parsed<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let refused = planted("tcp_parser/acceptance_agrees") && bytes.get(12).is_some_and(|offset| offset >> 4 == 15);
        let packet = TcpPacket::new_checked(bytes).ok().filter(|_| !refused);
        let repr = packet.as_ref().and_then(parse);
        let mut parsed = Self { bytes, packet, repr, model: Segment::dissect(bytes), arrival: None };
        parsed.arrival = Arrival::new(&parsed);
        parsed
    }

    fn observe(&self, observation: &mut Observation<'_>) {
        let Some(packet) = &self.packet else {
            observation.number("malformed", 1u8);
            return;
        };
        observation.number("source_port", packet.src_port());
        observation.number("destination_port", packet.dst_port());
        observation.number("sequence_number", packet.seq_number().0 as u32);
        observation.number("acknowledgment_number", packet.ack_number().0 as u32);
        observation.number("header_length", packet.header_len());
        observation.number("flags", flags(packet));
        observation.number("window", packet.window_len());
        observation.number("checksum", packet.checksum());
        observation.number("checksum_valid", packet.verify_checksum(&SOURCE, &DESTINATION));
        observation.number("urgent_pointer", packet.urgent_at());
        observation.number("segment_length", packet.segment_len() as u64);
        for option in options(packet.options()) {
            observe_option(option, observation);
        }
        observation.bytes("payload", packet.payload());
        let Some(repr) = &self.repr else {
            observation.number("rejected", 1u8);
            return;
        };
        observation.number("control", repr.control as u8);
        observation.number("acknowledges", repr.ack_number.is_some());
        if let Some(shift) = repr.window_scale {
            observation.number("effective_window_scale", shift);
        }
        if let Some(size) = repr.max_seg_size {
            observation.number("effective_mss", size);
        }
        observation.number("effective_sack_permitted", repr.sack_permitted);
        observation.number("effective_window", repr.window_len);
    }
}

/// Parses as the stack does on receipt.
fn parse<'a>(packet: &TcpPacket<&'a [u8]>) -> Option<TcpRepr<'a>> {
    let repr = TcpRepr::parse(packet, &SOURCE, &DESTINATION, &ChecksumCapabilities::default()).ok();
    if planted(PANIC) && has_timestamps_behind_large_scale(packet) {
        panic!("planted: timestamps behind a large window scale");
    }
    if planted(COST) && packet.urg() {
        core::hint::black_box(alloc::vec![0u8; 100 * usize::from(packet.urgent_at())]);
    }
    if planted("tcp_parser/views_agree") && packet.urg() && packet.urgent_at() > packet.window_len() {
        return Some(TcpRepr { window_len: packet.urgent_at(), ..repr? });
    }
    repr
}

/// What the fault [`PANIC`] panics on.
fn has_timestamps_behind_large_scale(packet: &TcpPacket<&[u8]>) -> bool {
    let behind = options(packet.options()).skip(1);
    options(packet.options())
        .zip(behind)
        .any(|pair| matches!(pair, (Some(TcpOption::WindowScale(11..)), Some(TcpOption::TimeStamp { .. }))))
}

/// The control bits, NS included, as they stand in the header (RFC 9293 section 3.1, RFC 3540 section 9).
fn flags(packet: &TcpPacket<&[u8]>) -> u16 {
    let bits = [
        packet.fin(),
        packet.syn(),
        packet.rst(),
        packet.psh(),
        packet.ack(),
        packet.urg(),
        packet.ece(),
        packet.cwr(),
        packet.ns(),
    ];
    bits.iter().rev().fold(0, |flags, &bit| flags << 1 | u16::from(bit))
}

/// The options up to the end of the list, with a last `None` where smoltcp finds one malformed.
fn options(mut rest: &[u8]) -> impl Iterator<Item = Option<TcpOption<'_>>> {
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Ok((next, option)) = TcpOption::parse(rest) else {
            rest = &[];
            return Some(None);
        };
        rest = next;
        (option != TcpOption::EndOfList).then_some(Some(option))
    })
}

fn observe_option(option: Option<TcpOption<'_>>, observation: &mut Observation<'_>) {
    match option {
        None => observation.number("malformed_option", 1u8),
        Some(TcpOption::EndOfList) => {}
        Some(TcpOption::NoOperation) => observation.number("no_operation", 1u8),
        Some(TcpOption::MaxSegmentSize(size)) => observation.number("maximum_segment_size", size),
        Some(TcpOption::WindowScale(shift)) => observation.number("window_scale", shift),
        Some(TcpOption::SackPermitted) => observation.number("sack_permitted", 1u8),
        Some(TcpOption::SackRange(ranges)) => {
            for (left, right) in ranges.into_iter().flatten() {
                observation.number("sack_block", u64::from(left) << 32 | u64::from(right));
            }
        }
        Some(TcpOption::TimeStamp { tsval, tsecr }) => {
            observation.number("timestamps", u64::from(tsval) << 32 | u64::from(tsecr));
        }
        Some(TcpOption::Unknown { kind, data }) => {
            observation.number("option_kind", kind);
            observation.bytes("option_data", data);
        }
    }
}
