//! What a segment does to a socket of smoltcp's that listens or connects (RFC 9293 sections 3.10.7.2 and 3.10.7.3), and what
//! it is told of the peer there.

use alloc::format;
use alloc::vec::Vec;

use halligan_generators::model::tcp::{Flags, Header, Segment};
use smoltcp::socket::tcp::State;
use smoltcp::wire::TcpRepr;

use super::node::{Node, WINDOW, plain};
use super::{Parsed, faults};
use crate::check::{Checked, ensure, same};
use crate::planted::planted;

const CONTROL: u16 = 0x007;
const SYN_ACK: u16 = 0x012;
const RST: u16 = 0x004;
const ACK: u16 = 0x010;

/// The segment's parts, where smoltcp takes it, its ports are not 0 and it has one control flag at most.
fn parts<'p>(parsed: &'p Parsed<'_>) -> Option<(&'p Header, &'p [u8], &'p TcpRepr<'p>)> {
    let Segment::Whole { header, payload } = &parsed.model else { return None };
    let repr = parsed.repr.as_ref().filter(|repr| repr.src_port != 0 && repr.dst_port != 0)?;
    ((header.flags.bits() & CONTROL).count_ones() <= 1).then_some((header, payload, repr))
}

pub fn listen_answers_exactly(parsed: &Parsed<'_>) -> Checked {
    let Some((header, payload, _)) = parts(parsed) else { return Ok(()) };
    let mut node = Node::listening(header.destination_port);
    let mut sent = node.arrive(&Segment::Whole { header: plain(header), payload: payload.to_vec() });
    if planted("tcp_parser/listen_answers_exactly") {
        sent.clear();
    }
    let flags = header.flags;
    let answer = sent.first().map(|sent| (sent.flags & (CONTROL | ACK), sent.sequence, sent.acknowledgment));
    let (state, expected) = if flags.contains(Flags::RST) {
        (State::Listen, None)
    } else if flags.contains(Flags::ACK) {
        (State::Listen, Some((RST, header.acknowledgment_number, 0)))
    } else if flags.contains(Flags::SYN) {
        let own = sent.first().map_or(0, |sent| sent.sequence);
        (State::SynReceived, Some((SYN_ACK, own, header.sequence_number.wrapping_add(1))))
    } else {
        (State::Listen, None)
    };
    same("segments sent", usize::from(expected.is_some()), sent.len())?;
    same("answer: flags, sequence number, acknowledgment number", expected, answer)?;
    same("state", state, node.state())
}

pub fn connect_answers_exactly(parsed: &Parsed<'_>) -> Checked {
    let Some((header, payload, _)) = parts(parsed) else { return Ok(()) };
    let Some((mut node, syn)) = Node::connecting(header.destination_port, header.source_port) else { return Ok(()) };
    // Half of the acknowledgments are right.
    let right = header.acknowledgment_number.is_multiple_of(2);
    let own = syn.sequence.wrapping_add(1);
    let acknowledgment_number = if right { own } else { own.wrapping_add(header.acknowledgment_number) };
    let header = Header { acknowledgment_number, ..plain(header) };
    let flags = header.flags;
    if faults::overlooks_bad_ack(flags, right) {
        return Ok(());
    }
    let mut sent = node.arrive(&Segment::Whole { header: header.clone(), payload: payload.to_vec() });
    if planted("tcp_parser/connect_answers_exactly") {
        sent.clear();
    }
    let (ack, rst, synchronises) = (flags.contains(Flags::ACK), flags.contains(Flags::RST), flags.contains(Flags::SYN));
    let (state, expected) = match (ack, right) {
        (true, false) if rst => (State::SynSent, None),
        (true, false) => (State::SynSent, Some(RST)),
        (true, true) if rst => (State::Closed, None),
        (false, _) if rst => (State::SynSent, None),
        (true, true) if synchronises => (State::Established, Some(ACK)),
        (false, _) if synchronises => (State::SynReceived, Some(SYN_ACK)),
        _ => (State::SynSent, None),
    };
    same("flags of the answer", expected, sent.first().map(|sent| sent.flags & (CONTROL | ACK)))?;
    same("state", state, node.state())?;
    match (expected, sent.first()) {
        (Some(RST), Some(sent)) => same("sequence number of the reset", acknowledgment_number, sent.sequence),
        (Some(_), Some(sent)) => same("acknowledged", header.sequence_number.wrapping_add(1), sent.acknowledgment),
        _ => Ok(()),
    }
}

/// The options of the answer to a SYN say only what the SYN asked for.
pub fn options_negotiated(parsed: &Parsed<'_>) -> Checked {
    let Some((header, _, repr)) = parts(parsed) else { return Ok(()) };
    let mut node = Node::listening(header.destination_port);
    let syn = Header { flags: Flags::SYN, ..plain(header) };
    let Some(answer) = node.arrive(&Segment::Whole { header: syn, payload: Vec::new() }).pop() else { return Ok(()) };
    let has = |kind: u8| super::options(&answer.options).flatten().any(|option| kind_of(option) == kind);
    let scale = has(3) ^ planted("tcp_parser/options_negotiated");
    same("window scale", repr.window_scale.is_some(), scale)?;
    same("SACK permitted", repr.sack_permitted, has(4))?;
    ensure(!has(8) || repr.timestamp.is_some(), || "timestamps that were not asked for".into())
}

fn kind_of(option: smoltcp::wire::TcpOption<'_>) -> u8 {
    use smoltcp::wire::TcpOption as Option;
    match option {
        Option::WindowScale(_) => 3,
        Option::SackPermitted => 4,
        Option::TimeStamp { .. } => 8,
        _ => 0,
    }
}

/// The peer's segment size, where it says none, or says 0 (RFC 9293 section 3.7.1).
const DEFAULT: usize = 536;

/// smoltcp takes no smaller size than this for the peer's.
const LEAST: usize = 48;

/// What is sent to a peer that offered a segment size, a scale and a window.
pub fn peer_limits_kept(parsed: &Parsed<'_>) -> Checked {
    let Some((header, _, repr)) = parts(parsed) else { return Ok(()) };
    let syn = Header { window: header.window, ..plain(header) };
    let Some((mut node, _)) = Node::established(&syn, header.sequence_number) else { return Ok(()) };
    let window = usize::from(header.window) << repr.window_scale.unwrap_or(0);
    let size = repr.max_seg_size.map_or(DEFAULT, usize::from);
    let size = if size == 0 { DEFAULT } else { size.max(LEAST) };
    let sent = node.send(&[7; WINDOW]);
    let more = if planted("tcp_parser/peer_limits_kept") { WINDOW } else { 0 };
    let mut total = more;
    for segment in &sent {
        let length = segment.options.len() + segment.payload.len();
        ensure(length <= size, || format!("{length} bytes with options for a segment size of {size}"))?;
        total += segment.payload.len();
    }
    // A window of zero is probed by a byte (section 3.8.6.1).
    ensure(total <= window.max(1), || format!("{total} bytes for a window of {window}"))
}

/// A bit of the segment that flips on the way is found by the checksum.
pub fn damage_ignored(parsed: &Parsed<'_>) -> Checked {
    // With this cfg, which cargo-fuzz sets, smoltcp accepts any checksum.
    if cfg!(fuzzing) {
        return Ok(());
    }
    let Some((header, ..)) = parts(parsed) else { return Ok(()) };
    let mut node = Node::listening(header.destination_port);
    let mut bytes = parsed.bytes.to_vec();
    let bit = header.sequence_number as usize % (8 * bytes.len());
    if !planted("tcp_parser/damage_ignored") {
        bytes[bit / 8] ^= 0x80 >> (bit % 8);
    }
    let sent = node.arrive_bytes(&bytes);
    ensure(sent.is_empty(), || format!("bit {bit} flipped: sent {sent:?}"))?;
    same("state", State::Listen, node.state())
}
