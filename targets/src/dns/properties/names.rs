//! Names: their limits, compression and case.

use alloc::format;
use alloc::string::String;
use core::hash::{Hash, Hasher};

use hickory_proto::rr::Name;
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};

use super::super::reference::{self, Fault};
use super::super::{Parsed, faults, hickory, stack};
use crate::check::{ensure, same};
use crate::planted::planted;

/// Names looked at in one message: enough, and the time is bounded.
const NAMES: usize = 40;

/// Where the names of questions and records start.
fn starts(parsed: &Parsed<'_>) -> impl Iterator<Item = usize> {
    parsed.outline.entries.iter().map(|entry| entry.name).filter(|at| *at <= 0xffff).take(NAMES)
}

/// Both decoders refuse a name with this fault.
fn refused(parsed: &Parsed<'_>, fault: Fault, property: &str) -> Result<(), String> {
    for at in starts(parsed) {
        if reference::name(parsed.bytes, at) != Err(fault) {
            continue;
        }
        let known = faults::hickory_accepts_name(parsed.bytes, at);
        let accepts = planted(property) || !known && hickory::name(parsed.bytes, at).is_some();
        ensure(!accepts, || format!("the name at {at}: {fault:?}, but hickory accepts it"))?;
        let Some(packet) = &parsed.packet else { continue };
        if !faults::smoltcp_accepts(parsed.bytes, at, fault) {
            let read = stack::name(packet, &parsed.bytes[at..]);
            ensure(read.is_none(), || format!("the name at {at}: {fault:?}, but smoltcp accepts it"))?;
        }
    }
    Ok(())
}

pub fn name_limits(parsed: &Parsed<'_>) -> Result<(), String> {
    for at in starts(parsed) {
        let Ok(name) = reference::name(parsed.bytes, at) else { continue };
        let accepts = hickory::name(parsed.bytes, at).is_some();
        ensure(accepts, || format!("the name at {at} has {} octets, but hickory refuses it", name.len()))?;
    }
    refused(parsed, Fault::TooLong, "")
}

pub fn pointers_backward(parsed: &Parsed<'_>) -> Result<(), String> {
    refused(parsed, Fault::NotPrior, "dns_parser/pointers_backward")
}

pub fn label_types(parsed: &Parsed<'_>) -> Result<(), String> {
    refused(parsed, Fault::LabelType, "dns_parser/label_types")
}

pub fn names_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    for at in starts(parsed) {
        let (Ok(expected), Some(seen)) = (reference::name(parsed.bytes, at), hickory::name(parsed.bytes, at)) else {
            continue;
        };
        ensure(seen.eq_ignore_ascii_case(&expected), || differ(at, &expected, &seen))?;
    }
    Ok(())
}

pub fn case_kept(parsed: &Parsed<'_>) -> Result<(), String> {
    for at in starts(parsed) {
        let (Ok(expected), Some(seen)) = (reference::name(parsed.bytes, at), hickory::name(parsed.bytes, at)) else {
            continue;
        };
        ensure(seen == expected, || differ(at, &expected, &seen))?;
    }
    Ok(())
}

pub fn stack_names_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(packet) = &parsed.packet else { return Ok(()) };
    for at in starts(parsed) {
        let Ok(expected) = reference::name(parsed.bytes, at) else { continue };
        let seen = stack::name(packet, &parsed.bytes[at..]);
        ensure(seen.as_ref() == Some(&expected), || {
            seen.as_ref().map_or(format!("the name at {at}: smoltcp refuses it"), |seen| differ(at, &expected, seen))
        })?;
    }
    Ok(())
}

fn differ(at: usize, expected: &[u8], seen: &[u8]) -> String {
    format!("the name at {at}: expected \"{}\", saw \"{}\"", expected.escape_ascii(), seen.escape_ascii())
}

pub fn stack_names_end(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(packet) = &parsed.packet else { return Ok(()) };
    for at in starts(parsed) {
        // A pointer frees what is behind it to be read once more: at most twice the message.
        let limit = 2 * parsed.bytes.len();
        let mut octets = 0;
        for label in packet.parse_name(&parsed.bytes[at..]) {
            let Ok(label) = label else { break };
            octets += 1 + label.len() * if planted("dns_parser/stack_names_end") { 20 } else { 1 };
            ensure(octets <= limit, || format!("the name at {at} has more than {limit} octets"))?;
        }
    }
    Ok(())
}

/// FNV-1a.
#[derive(Clone, Copy)]
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

pub fn case_ignored(parsed: &Parsed<'_>) -> Result<(), String> {
    let read = |wire: &[u8]| Name::read(&mut BinDecoder::new(wire)).ok();
    let hash = |name: &Name| {
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        name.hash(&mut hasher);
        hasher.0
    };
    for at in starts(parsed) {
        let Ok(wire) = reference::name(parsed.bytes, at) else { continue };
        let Some(name) = read(&wire) else { continue };
        let mut start = 0;
        let (mut letters, mut others) = (wire.clone(), wire.clone());
        for label in reference::labels(&wire) {
            for (index, byte) in label.iter().enumerate() {
                let flipped = if byte.is_ascii_alphabetic() { &mut letters } else { &mut others };
                flipped[start + 1 + index] ^= 0x20;
            }
            start += 1 + label.len();
        }
        if let Some(flipped) = read(&letters) {
            let equal = if planted("dns_parser/case_ignored") { name.eq_case(&flipped) } else { name == flipped };
            ensure(equal, || format!("{name} and {flipped} are equal, but hickory tells them apart"))?;
            same("the hash in another case", hash(&name), hash(&flipped))?;
        }
        if let Some(flipped) = read(&others).filter(|_| others != wire) {
            ensure(name != flipped, || format!("{name} and {flipped} differ, but hickory takes them for equal"))?;
        }
    }
    Ok(())
}
