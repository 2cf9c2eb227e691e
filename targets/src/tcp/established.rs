//! What a segment does to an established connection of smoltcp's socket (RFC 9293 section 3.10.7.4).

use alloc::format;
use alloc::vec::Vec;

use halligan_generators::model::tcp::{Flags, Header, Segment};
use smoltcp::socket::tcp::State;

use super::node::{Node, Sent, WINDOW, plain, sack_permitted};
use super::{Parsed, faults};
use crate::check::{Checked, ensure, same};
use crate::planted::planted;

/// Flags that take part in what a segment does here. At most one is set: smoltcp drops segments with more, which no peer sends.
const CONTROL: u16 = 0x007;
const ACK: u16 = 0x010;

/// A segment placed at the window of an established connection, and what came of it.
pub struct Arrival {
    /// The peer's header, without lies; its sequence number is the offset, its acknowledgment number the distance from SND.NXT.
    header: Header,
    payload: Vec<u8>,
    /// The peer's next sequence number, RCV.NXT of the node.
    next: u32,
    /// Where the segment starts, from RCV.NXT.
    offset: i64,
    /// What the node did.
    outcome: Outcome,
}

/// What the node did, in numbers that do not depend on where the connection's sequence numbers started.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outcome {
    state: State,
    sent: Vec<Sent>,
    delivered: Vec<u8>,
}

/// Runs a connection whose numbers of the peer start at `next`. Each segment's sequence number counts from there, its
/// acknowledgment number from SND.NXT of the node.
fn run<'s>(ports: &Header, next: u32, segments: impl IntoIterator<Item = (&'s Header, &'s [u8])>) -> Option<Outcome> {
    let syn = Header { options: [sack_permitted()].into(), window: 4096, ..plain(ports) };
    let (mut node, own) = Node::established(&syn, next)?;
    let (mut sent, mut delivered) = (Vec::new(), Vec::new());
    for (header, payload) in segments {
        let header = Header {
            sequence_number: header.sequence_number.wrapping_add(next),
            acknowledgment_number: header.acknowledgment_number.wrapping_add(own),
            ..header.clone()
        };
        sent.extend(node.arrive(&Segment::Whole { header, payload: payload.to_vec() }));
    }
    // Before it is read, for reading opens the window.
    let state = node.state();
    delivered.extend(node.read());
    for segment in &mut sent {
        segment.sequence = segment.sequence.wrapping_sub(own);
        segment.acknowledgment = segment.acknowledgment.wrapping_sub(next);
        // SACK blocks are numbers of the connection too.
        segment.options.clear();
    }
    Some(Outcome { state, sent, delivered })
}

impl Arrival {
    /// Places the segment: half of them at RCV.NXT, the others near the edges of the window or anywhere.
    pub fn new(parsed: &Parsed<'_>) -> Option<Self> {
        let Segment::Whole { header, payload } = &parsed.model else { return None };
        // Options that are malformed have the segment dropped.
        parsed.repr.as_ref().filter(|repr| repr.src_port != 0 && repr.dst_port != 0)?;
        if (header.flags.bits() & CONTROL).count_ones() > 1 || payload.len() > 2 * WINDOW {
            return None;
        }
        let number = header.sequence_number;
        let near = i64::from((number >> 2) as i8);
        let offset = match number % 4 {
            0 => 0,
            1 => near,
            2 => WINDOW as i64 + near,
            _ => i64::from(number as i32) / 2,
        };
        let next = header.acknowledgment_number;
        // The node has sent nothing: what is acknowledged beyond SND.NXT never was.
        let beyond = if header.window % 8 == 7 { 1 + u32::from(header.window) } else { 0 };
        let header = Header { sequence_number: offset as u32, acknowledgment_number: beyond, ..plain(header) };
        let outcome = run(&header, next, [(&header, &payload[..])])?;
        Some(Self { header, payload: payload.clone(), next, offset, outcome })
    }

    fn has(&self, flag: Flags) -> bool {
        self.header.flags.contains(flag)
    }

    /// Whether the segment is acceptable: some of its sequence space is in the window (RFC 9293 section 3.4).
    fn acceptable(&self) -> bool {
        let window = 0..WINDOW as i64;
        let length = self.payload.len() as i64 + i64::from(self.has(Flags::SYN)) + i64::from(self.has(Flags::FIN));
        window.contains(&self.offset) || length > 0 && window.contains(&(self.offset + length - 1))
    }

    /// Whether the segment gets as far as its data: acceptable, with a valid acknowledgment, neither SYN nor RST.
    fn carries(&self) -> bool {
        self.acceptable()
            && self.has(Flags::ACK)
            && self.header.acknowledgment_number == 0
            && !self.has(Flags::SYN)
            && !self.has(Flags::RST)
    }

    /// The part of the payload that is in the window, and where it starts from RCV.NXT.
    fn visible(&self) -> (usize, &[u8]) {
        let from = (-self.offset).clamp(0, self.payload.len() as i64) as usize;
        let to = (WINDOW as i64 - self.offset).clamp(from as i64, self.payload.len() as i64) as usize;
        (self.offset.max(0) as usize, &self.payload[from..to])
    }

    /// Whether the FIN is in the window, and nothing is missing before it.
    fn ends(&self) -> bool {
        let end = self.offset + self.payload.len() as i64;
        self.carries() && self.has(Flags::FIN) && self.offset <= 0 && (0..WINDOW as i64).contains(&end)
    }

    /// RCV.NXT behind the segment, from where it was.
    fn received(&self) -> usize {
        let (at, data) = self.visible();
        if !self.carries() || at > 0 { 0 } else { data.len() + usize::from(self.ends()) }
    }

    /// Whether smoltcp overlooks its FIN, or takes it too early.
    fn misplaces_fin(&self) -> bool {
        let (offset, length) = (self.offset, self.payload.len());
        self.has(Flags::FIN)
            && (faults::overlooks_fin(offset, length) || faults::takes_fin_beyond_window(offset, length))
    }

    fn again<'s>(&'s self, segments: impl IntoIterator<Item = (&'s Header, &'s [u8])>) -> Option<Outcome> {
        run(&self.header, self.next, segments)
    }
}

fn arrival<'p>(parsed: &'p Parsed<'_>) -> Option<&'p Arrival> {
    parsed.arrival.as_ref()
}

pub fn reset_exact(parsed: &Parsed<'_>) -> Checked {
    let Some(arrival) = arrival(parsed).filter(|arrival| arrival.has(Flags::RST)) else { return Ok(()) };
    if faults::resets_within_window(arrival.acceptable(), arrival.offset) {
        return Ok(());
    }
    let closed = arrival.outcome.state == State::Closed && !planted("tcp_parser/reset_exact");
    same("closed by a reset", arrival.offset == 0, closed)
}

pub fn reset_unanswered(parsed: &Parsed<'_>) -> Checked {
    let Some(arrival) = arrival(parsed).filter(|arrival| arrival.has(Flags::RST)) else { return Ok(()) };
    let sent = arrival.outcome.sent.len() + usize::from(planted("tcp_parser/reset_unanswered"));
    same("segments sent", 0, sent)
}

pub fn syn_keeps_connection(parsed: &Parsed<'_>) -> Checked {
    let Some(arrival) = arrival(parsed).filter(|arrival| arrival.has(Flags::SYN)) else { return Ok(()) };
    let state = if planted("tcp_parser/syn_keeps_connection") { State::Closed } else { arrival.outcome.state };
    same("state", State::Established, state)?;
    if faults::ignores(arrival.header.flags, arrival.acceptable()) {
        return Ok(());
    }
    same("acknowledgments sent", 1, arrival.outcome.sent.len())
}

pub fn unacceptable_answered(parsed: &Parsed<'_>) -> Checked {
    let wanted = |arrival: &&Arrival| {
        !arrival.acceptable()
            && !arrival.has(Flags::RST)
            && !arrival.misplaces_fin()
            && !faults::ignores(arrival.header.flags, false)
    };
    let Some(arrival) = arrival(parsed).filter(wanted) else { return Ok(()) };
    let sent = arrival.outcome.sent.len() - usize::from(planted("tcp_parser/unacceptable_answered"));
    same("acknowledgments sent", 1, sent)
}

pub fn unsent_ack_answered(parsed: &Parsed<'_>) -> Checked {
    let wanted = |arrival: &&Arrival| {
        arrival.acceptable()
            && arrival.has(Flags::ACK)
            && !arrival.has(Flags::RST)
            && arrival.header.acknowledgment_number != 0
    };
    let Some(arrival) = arrival(parsed).filter(wanted) else { return Ok(()) };
    let sent = arrival.outcome.sent.len() - usize::from(planted("tcp_parser/unsent_ack_answered"));
    same("acknowledgments sent", 1, sent)
}

pub fn delivered_exactly(parsed: &Parsed<'_>) -> Checked {
    let Some(arrival) = arrival(parsed).filter(|arrival| !arrival.misplaces_fin()) else {
        return Ok(());
    };
    let (at, data) = arrival.visible();
    let expected = if arrival.carries() && at == 0 { data } else { &[] };
    let cut = usize::from(planted("tcp_parser/delivered_exactly") && !arrival.outcome.delivered.is_empty());
    let seen = &arrival.outcome.delivered[cut..];
    ensure(expected == seen, || format!("{} bytes, {} delivered: {seen:02x?}", expected.len(), seen.len()))
}

pub fn fin_in_order(parsed: &Parsed<'_>) -> Checked {
    let wanted = |arrival: &&Arrival| arrival.has(Flags::FIN) && !arrival.misplaces_fin();
    let Some(arrival) = arrival(parsed).filter(wanted) else { return Ok(()) };
    let expected = if arrival.ends() { State::CloseWait } else { State::Established };
    let state = if planted("tcp_parser/fin_in_order") { State::TimeWait } else { arrival.outcome.state };
    same("state", expected, state)
}

pub fn acknowledges_received(parsed: &Parsed<'_>) -> Checked {
    let Some(arrival) = arrival(parsed).filter(|arrival| !arrival.misplaces_fin()) else {
        return Ok(());
    };
    let more = u32::from(planted("tcp_parser/acknowledges_received"));
    for sent in &arrival.outcome.sent {
        same("ACK set", ACK, sent.flags & (ACK | CONTROL))?;
        same("sequence number, from SND.NXT", 0, sent.sequence)?;
        same("acknowledgment number, from RCV.NXT", arrival.received() as u32, sent.acknowledgment + more)?;
    }
    Ok(())
}

pub fn window_edge_stays(parsed: &Parsed<'_>) -> Checked {
    let Some(arrival) = arrival(parsed).filter(|arrival| !arrival.ends()) else { return Ok(()) };
    let less = u32::from(planted("tcp_parser/window_edge_stays"));
    for sent in &arrival.outcome.sent {
        same("right edge", WINDOW as u32, sent.acknowledgment.wrapping_add(sent.window.into()) - less)?;
    }
    Ok(())
}

pub fn one_answer(parsed: &Parsed<'_>) -> Checked {
    let Some(arrival) = arrival(parsed) else { return Ok(()) };
    let sent = arrival.outcome.sent.len() * if planted("tcp_parser/one_answer") { 2 } else { 1 };
    ensure(sent <= 1, || format!("one segment, {sent} answers"))
}

pub fn holes_filled(parsed: &Parsed<'_>) -> Checked {
    let wanted = |arrival: &&Arrival| {
        arrival.carries() && arrival.offset > 0 && !arrival.payload.is_empty() && !arrival.has(Flags::FIN)
    };
    let Some(arrival) = arrival(parsed).filter(wanted) else { return Ok(()) };
    let (at, data) = arrival.visible();
    let mut expected: Vec<u8> = (0..at).map(|index| index as u8).collect();
    let before = expected.clone();
    expected.extend_from_slice(data);
    let filler = Header { sequence_number: 0, ..arrival.header.clone() };
    let Some(mut outcome) = arrival.again([(&arrival.header, &arrival.payload[..]), (&filler, &before[..])]) else {
        return Ok(());
    };
    if planted("tcp_parser/holes_filled") {
        outcome.delivered.pop();
    }
    let seen = outcome.delivered;
    ensure(expected == seen, || format!("expected {} bytes, delivered {}", expected.len(), seen.len()))
}

pub fn repeated_harmless(parsed: &Parsed<'_>) -> Checked {
    let Some(arrival) = arrival(parsed).filter(|arrival| !arrival.misplaces_fin()) else {
        return Ok(());
    };
    let segment = (&arrival.header, &arrival.payload[..]);
    let Some(mut outcome) = arrival.again([segment, segment]) else { return Ok(()) };
    if planted("tcp_parser/repeated_harmless") {
        outcome.delivered.push(0);
    }
    same("state", arrival.outcome.state, outcome.state)?;
    let (once, twice) = (&arrival.outcome.delivered, &outcome.delivered);
    ensure(once == twice, || format!("delivered {} bytes, then {}", once.len(), twice.len()))
}

pub fn pieces_alike(parsed: &Parsed<'_>) -> Checked {
    let wanted = |arrival: &&Arrival| {
        arrival.carries()
            && arrival.offset == 0
            && (2..=WINDOW).contains(&arrival.payload.len())
            && !arrival.has(Flags::FIN)
    };
    let Some(arrival) = arrival(parsed).filter(wanted) else { return Ok(()) };
    let cut = 1 + usize::from(arrival.header.urgent_pointer) % (arrival.payload.len() - 1);
    let (first, second) = arrival.payload.split_at(cut);
    let behind = Header { sequence_number: cut as u32, ..arrival.header.clone() };
    for segments in [[(&arrival.header, first), (&behind, second)], [(&behind, second), (&arrival.header, first)]] {
        let Some(mut outcome) = arrival.again(segments) else { return Ok(()) };
        if planted("tcp_parser/pieces_alike") {
            outcome.delivered.reverse();
            outcome.delivered.push(0);
        }
        let (whole, pieces) = (&arrival.outcome.delivered, &outcome.delivered);
        ensure(whole == pieces, || format!("cut at {cut}: delivered {whole:02x?} whole, {pieces:02x?} in pieces"))?;
    }
    Ok(())
}

pub fn numbers_invisible(parsed: &Parsed<'_>) -> Checked {
    let Some(arrival) = arrival(parsed) else { return Ok(()) };
    let segment = (&arrival.header, &arrival.payload[..]);
    // One wraps within the window, one is halfway round.
    for next in [0u32.wrapping_sub(3), (1 << 31) - 3] {
        let Some(mut outcome) = run(&arrival.header, next, [segment]) else { return Ok(()) };
        if planted("tcp_parser/numbers_invisible") && next > 1 << 31 {
            outcome.state = State::TimeWait;
        }
        let expected = &arrival.outcome;
        ensure(outcome == *expected, || format!("from {}: {expected:?}, from {next}: {outcome:?}", arrival.next))?;
    }
    Ok(())
}

/// Options, the urgent pointer and ECN's and the reserved bits do nothing to the stream.
pub fn extras_skipped(parsed: &Parsed<'_>) -> Checked {
    let Some(arrival) = arrival(parsed) else { return Ok(()) };
    let flags = Flags::from_bits(arrival.header.flags.bits() & (CONTROL | ACK));
    let bare = Header { flags, urgent_pointer: 0, options: Vec::new(), ..arrival.header.clone() };
    let Some(mut outcome) = arrival.again([(&bare, &arrival.payload[..])]) else { return Ok(()) };
    if planted("tcp_parser/extras_skipped") {
        outcome.sent.clear();
        outcome.state = State::LastAck;
    }
    let expected = &arrival.outcome;
    ensure(outcome == *expected, || format!("with all {expected:?}, bare {outcome:?}"))
}
