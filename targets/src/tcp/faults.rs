//! Known faults of the releases under test. Each is left out of its property as narrowly as can be, and
//! `tests/known_faults.rs` notices when a release mends it.
//!
//! One is in no property's way, for no property closes so early: where the application closes in SYN-RECEIVED, smoltcp 0.14 takes the
//! acknowledgment of its SYN for one of its FIN, which it never sends, and is in FIN-WAIT-2 with a peer that knows nothing of it (RFC
//! 9293 section 3.10.4).

use halligan_generators::model::tcp::Flags;
use smoltcp::wire::{TcpOption, TcpPacket, TcpRepr};

use super::node::WINDOW;

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

/// smoltcp 0.14: a reset that is acceptable closes the connection; only one at RCV.NXT should, and others in the window should
/// be answered (RFC 9293 section 3.10.7.4, RFC 5961 section 3.2).
pub fn resets_within_window(acceptable: bool, offset: i64) -> bool {
    acceptable && offset != 0
}

/// smoltcp 0.14: a FIN is not taken, only acknowledged as old, where all data of its segment came before (RFC 9293 sections 3.4
/// and 3.10.7.4).
pub fn overlooks_fin(offset: i64, payload: usize) -> bool {
    payload > 0 && offset + payload as i64 == 0
}

/// smoltcp 0.14: a FIN is taken though the window ends before it, and with it the data that were cut off (RFC 9293 section
/// 3.10.7.4). Nor does a FIN count where a segment is judged acceptable (RFC 9293 section 3.4): one that begins before the window
/// and ends behind it, by its FIN, is taken and not answered.
pub fn takes_fin_beyond_window(offset: i64, payload: usize) -> bool {
    offset <= 0 && offset + payload as i64 >= WINDOW as i64
}

/// smoltcp 0.14: in SYN-SENT, a bad acknowledgment with FIN or PSH is ignored, where a reset should be sent (RFC 9293 section
/// 3.10.7.3).
pub fn overlooks_bad_ack(flags: Flags, right: bool) -> bool {
    !right && flags.contains(Flags::ACK) && (flags.contains(Flags::FIN) || flags.contains(Flags::PSH))
}

/// smoltcp 0.14: an acknowledgment of data that are in the buffer counts, though they were never sent; they are dropped, and do not
/// reach the peer. One beyond SND.NXT should be answered by an acknowledgment and be dropped (RFC 9293 section 3.10.7.4).
pub fn takes_ack_of_unsent(acknowledged: usize, buffered: usize) -> bool {
    acknowledged <= buffered
}

/// smoltcp 0.14: a segment without ACK is dropped before its sequence number is looked at, so that one outside the window is not
/// answered, and neither is a SYN in it (RFC 9293 section 3.10.7.4). A peer that has lost the connection, and sends a SYN, does not learn
/// that the node has not (section 3.5.1).
pub fn ignores(flags: Flags, acceptable: bool) -> bool {
    !flags.contains(Flags::ACK) || flags.contains(Flags::SYN) && acceptable
}
