//! Known faults of the releases under test. Each is left out of its property as narrowly as can be, and
//! `tests/known_faults.rs` notices when a release mends it.

use smoltcp::wire::{TcpOption, TcpPacket, TcpRepr};

/// smoltcp 0.14: `TcpRepr::emit` drops the SACK blocks of a segment that also carries SACK permitted, or that
/// acknowledges nothing, though `header_len` counts them; the header ends in padding instead.
pub fn loses_sack_blocks(repr: &TcpRepr<'_>) -> bool {
    repr.sack_ranges.iter().any(Option::is_some) && (repr.sack_permitted || repr.ack_number.is_none())
}

/// smoltcp 0.14: `TcpPacket::selective_ack_permitted` and `selective_ack_ranges` read on behind an End of Option List
/// (RFC 9293 section 3.1), where `TcpRepr::parse` stops.
pub fn reads_behind_end_of_list(packet: &TcpPacket<&[u8]>) -> bool {
    let mut rest = packet.options();
    while let Ok((next, option)) = TcpOption::parse(rest) {
        if option == TcpOption::EndOfList {
            return !next.is_empty();
        }
        rest = next;
    }
    false
}
