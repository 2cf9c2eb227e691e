//! Checks of reassembly: a packet cut into fragments does to the node what the packet does.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use halligan_generators::model::ip::{Packet, Payload};
use halligan_generators::model::ipv4;
use halligan_generators::{Derived, Model};

use super::node::{self, Outcome};
use super::{Parsed, faults};
use crate::check::ensure;
use crate::planted::planted;

/// The most bytes of a datagram that smoltcp puts together as it is built here.
const CAPACITY: usize = 1500;

/// The fragments of a packet for the node, in order: at least two, at most sixteen, as long as a number of its own says.
/// None for a packet that is bad, a fragment itself, or too short.
fn fragments(parsed: &Parsed<'_>) -> Option<Vec<Vec<u8>>> {
    let Packet::V4(ipv4::Packet::Whole { header, trailer, .. }) = &parsed.model else { return None };
    let bad = header.lies() > 0 || trailer.is_lie() || header.more_fragments || header.fragment_offset > 0;
    let packet = parsed.v4.as_ref().filter(|_| !bad && header.destination == node::V4.octets())?;
    let payload = packet.payload();
    if payload.len() <= 8 || payload.len() > CAPACITY {
        return None;
    }
    let least = payload.len().div_ceil(8 * 16);
    let units = (least + usize::from(header.identification % 8)).min((payload.len() - 1) / 8);
    let chunks = payload.chunks(8 * units);
    let last = chunks.len() - 1;
    let fragment = |(index, chunk): (usize, &[u8])| {
        let header =
            ipv4::Header { more_fragments: index < last, fragment_offset: (index * units) as u16, ..header.clone() };
        let payload = Payload::Raw { protocol: packet.next_header().into(), bytes: chunk.to_vec() };
        ipv4::Packet::Whole { header, payload, trailer: Derived::Auto }.emit()
    };
    Some(chunks.enumerate().map(fragment).collect())
}

/// An order that is a number of the packet's own, of as many as there are.
fn shuffle(fragments: &mut [Vec<u8>], mut order: u64) {
    for end in (1..fragments.len()).rev() {
        order = order.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        fragments.swap(end, (order >> 33) as usize % (end + 1));
    }
}

fn run(fragments: &[Vec<u8>]) -> Outcome {
    node::run(fragments.iter().map(|fragment| &fragment[..]))
}

/// In order, fragments do what the packet does; out of order, the same or nothing, for smoltcp keeps a few holes only.
pub fn reassembly_invariant(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(mut fragments) = fragments(parsed) else { return Ok(()) };
    if planted("ip_parser/reassembly_invariant") {
        fragments[0][20] ^= 1;
    }
    let outcome = run(&fragments);
    ensure(outcome == parsed.outcome, || difference("in order", parsed, &fragments, &outcome))?;
    let sum = parsed.bytes.iter().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
    shuffle(&mut fragments, sum);
    let outcome = run(&fragments);
    let nothing = outcome == Outcome::default() && faults::HOLES < fragments.len();
    ensure(outcome == parsed.outcome || nothing, || difference("shuffled", parsed, &fragments, &outcome))
}

/// Each fragment but the last comes twice, the second time changed in nothing.
pub fn reassembly_idempotent(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(fragments) = fragments(parsed) else { return Ok(()) };
    let last = fragments.len() - 1;
    let repeated = fragments.iter().enumerate().flat_map(|(index, fragment)| {
        let times = if index < last { 2 } else { 1 };
        core::iter::repeat_n(fragment.clone(), times)
    });
    let mut repeated: Vec<_> = repeated.collect();
    if planted("ip_parser/reassembly_idempotent") {
        repeated.pop();
    }
    let outcome = run(&repeated);
    ensure(outcome == parsed.outcome, || difference("repeated", parsed, &repeated, &outcome))
}

fn difference(how: &str, parsed: &Parsed<'_>, fragments: &[Vec<u8>], seen: &Outcome) -> String {
    let expected = &parsed.outcome;
    format!("{} fragments, {how}: expected {expected:?}, saw {seen:?}", fragments.len())
}
