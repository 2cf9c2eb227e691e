//! Known faults of the releases under test. Each is left out of its property as narrowly as can be, and
//! `tests/known_faults.rs` notices when a release mends it.
//!
//! Those of smoltcp 0.14's resolver, which `properties/resolver.rs` leaves out and the tests in `resolver.rs` show:
//! - names in another case are other names, so that a server that answers in another case gets no hearing (RFC 4343
//!   section 3);
//! - NXDOMAIN ends a query whatever the question of the message is (RFC 5452 section 9.1);
//! - a response from port 5353 is taken whoever sent it, though the question was not one of multicast DNS (RFC 5452 section
//!   9.1);
//! - an alias changes the question before the message is taken: where the rest of it is malformed, the right answer is
//!   refused from then on (RFC 1035 section 7.3).

use super::form::{CAA, CSYNC, HTTPS, OPT, SVCB, TSIG, has_windows, tagged};
use super::reference::{Entry, Fault, skip};

/// hickory-proto 0.26 takes type 65305, which is for private use (RFC 6895 section 3.1), for ANAME: it reads its data as a
/// name that may be compressed, where RFC 3597 section 4 has them kept as they are.
pub const ANAME: u16 = 65305;

/// smoltcp 0.14: `DnsRepr::emit` leaves these bits of the header as they were in the buffer: the high bit of the opcode,
/// which `set_opcode` leaves out of its mask, Z, and the response code.
pub const BITS_KEPT: u16 = 0x404f;

/// smoltcp 0.14: `DnsPacket::parse_name` has no limit of 255 octets (RFC 1035 section 2.3.4), and follows the first pointer
/// of a name to wherever it leads, and on into what it was read from (RFC 1035 section 4.1.4). A later pointer that is
/// not before the one that led to it is refused.
pub fn smoltcp_accepts(message: &[u8], at: usize, fault: Fault) -> bool {
    match fault {
        Fault::TooLong => true,
        Fault::NotPrior => !is_loop(message, at),
        Fault::Short | Fault::LabelType => false,
    }
}

/// hickory-proto 0.26 writes each name in full before it writes a pointer in its place, and finds no room where there is some
/// for the pointer: it drops records that would have fit, and says that it cut the message (RFC 2181 section 9). With so many octets
/// to spare, it does not.
pub const ROOM: usize = 255;

/// hickory-proto 0.26 reads a pointer of which the second octet is the first of the name that led to it (RFC 1035 section
/// 4.1.4): it looks only where a label or a pointer starts.
pub fn hickory_accepts_name(message: &[u8], mut at: usize) -> bool {
    let mut run = None;
    while let Some((end, true)) = skip(message, at) {
        if run == Some(end - 1) {
            return true;
        }
        let target = usize::from(message[end - 2] & 0x3f) << 8 | usize::from(message[end - 1]);
        if target >= at {
            return false;
        }
        (run, at) = (Some(at), target);
    }
    false
}

/// Whether a later pointer of a name is not before the one that led to it.
fn is_loop(message: &[u8], mut at: usize) -> bool {
    let mut last = None;
    while let Some((end, true)) = skip(message, at) {
        let target = usize::from(message[end - 2] & 0x3f) << 8 | usize::from(message[end - 1]);
        if last.is_some_and(|last| target >= last) {
            return true;
        }
        (last, at) = (Some(target), target);
    }
    false
}

/// hickory-proto 0.26 refuses these, though they are as they should be:
/// - records without data in messages that are no updates: those of unknown types and NULL may have none (RFC 3597
///   section 3, RFC 1035 section 3.3.10);
/// - CAA tags longer than 15 octets, which RFC 8659 section 4.1 allows;
/// - application protocols in a service binding that are no UTF-8 (RFC 9460 section 7.1.1);
/// - CSYNC with a flag of the low octet that RFC 7477 section 2.1.1.2 keeps for later; those of the high octet it takes;
/// - [`ANAME`].
pub fn hickory_refuses(message: &[u8], entry: &Entry) -> bool {
    let data = &message[entry.data.clone()];
    match entry.kind {
        _ if entry.section == 0 => false,
        ANAME => true,
        CSYNC => data.is_empty() || data.get(5).is_some_and(|flags| flags & 0xfc != 0),
        CAA => data.get(1).is_some_and(|len| *len > 15),
        SVCB | HTTPS => parameters(message, entry).any(|(key, value)| key == 1 && core::str::from_utf8(value).is_err()),
        OPT => false,
        _ => data.is_empty(),
    }
}

/// hickory-proto 0.26 accepts these, though they are malformed:
/// - an EDNS option that is cut, but claims no more octets than the record has, and a code alone: it drops all options (RFC
///   6891 section 6.1.2);
/// - a client subnet with octets behind its address, which it drops (RFC 7871 section 6);
/// - parameters of a service binding (RFC 9460): mandatory keys that are not in order (section 8), an application protocol
///   of no octets (section 7.1.1), a port of more than two octets, of which it drops the rest (section 7.2), hints
///   without an address (section 7.3);
/// - windows of the types of CSYNC that are cut, out of order, empty, or longer than 32 octets (RFC 4034 section 4.1.2);
/// - names that [`hickory_accepts_name`] has, of questions, of records and in their data.
pub fn hickory_accepts(message: &[u8], entry: &Entry) -> bool {
    let data = &message[entry.data.clone()];
    let (first, start) = (entry.name, entry.data.start);
    let second = |at| skip(message, at).map_or(at, |(end, _)| end);
    let names = match entry.kind {
        _ if entry.section == 0 => [first; 3],
        2 | 5 | 12 | TSIG => [first, start, start],
        6 => [first, start, second(start)],
        15 | SVCB | HTTPS => [first, first, start + 2],
        33 => [first, first, start + 6],
        _ => [first; 3],
    };
    if names.into_iter().any(|at| hickory_accepts_name(message, at)) {
        return true;
    }
    match entry.kind {
        _ if entry.section == 0 => false,
        CSYNC => data.get(6..).is_some_and(|types| !has_windows(types)),
        OPT => {
            let has_long_subnet = tagged(data).flatten().any(|(code, value)| {
                let subnet = || value.get(2).map_or(0, |source| 4 + usize::from(*source).div_ceil(8));
                code == 8 && value.len() > subnet()
            });
            has_long_subnet || is_cut(data)
        }
        SVCB | HTTPS => parameters(message, entry).any(|(key, value)| match key {
            0 => !value.as_chunks::<2>().0.is_sorted_by(|one, next| one < next),
            1 => has_empty_text(value),
            3 => value.len() > 2,
            4 | 6 => value.is_empty(),
            _ => false,
        }),
        _ => false,
    }
}

/// hickory-proto 0.26 changes the data of these: what [`hickory_accepts`] says that it drops, and [`ANAME`].
pub fn hickory_changes(message: &[u8], entry: &Entry) -> bool {
    entry.kind == ANAME && entry.section > 0 || hickory_accepts(message, entry)
}

/// Whether EDNS options end in the way that hickory does not refuse.
fn is_cut(data: &[u8]) -> bool {
    let whole: usize = tagged(data).flatten().map(|(_, value)| 4 + value.len()).sum();
    match data[whole..] {
        [_, _] => true,
        [_, _, high, low, ..] => usize::from(u16::from_be_bytes([high, low])) <= data.len(),
        _ => false,
    }
}

/// The parameters of a service binding, up to one that is not whole.
fn parameters<'m>(message: &'m [u8], entry: &Entry) -> impl Iterator<Item = (u16, &'m [u8])> {
    let start = skip(message, entry.data.start + 2).map_or(entry.data.end, |(end, _)| end.min(entry.data.end));
    tagged(&message[start..entry.data.end]).map_while(|parameter| parameter)
}

fn has_empty_text(mut rest: &[u8]) -> bool {
    while let Some((len, tail)) = rest.split_first() {
        if *len == 0 {
            return true;
        }
        rest = tail.get(usize::from(*len)..).unwrap_or_default();
    }
    false
}
