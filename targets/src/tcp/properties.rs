//! What must hold for every segment.

use alloc::format;
use alloc::string::String;
use alloc::vec;

use halligan_generators::model::tcp::PSEUDO_HEADER;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{TcpControl, TcpOption, TcpPacket, TcpRepr};

use super::{DESTINATION, Parsed, SOURCE, closing, established, faults, laws, opening, options, oracle};
use crate::Property;
use crate::check::{ensure, row, same};
use crate::planted::planted;

type Check = fn(&Parsed<'_>) -> Result<(), String>;

/// The properties and their checks, in one order.
pub static TABLE: [(Property, Check); 41] = [
    row(
        "acceptance_agrees",
        "RFC 9293 section 3.1",
        "a header is accepted exactly if its data offset is at least 5 and within the segment",
        Some("etherparse"),
        acceptance_agrees,
    ),
    row(
        "header_agrees",
        "RFC 9293 section 3.1",
        "both decoders read the same header fields",
        Some("etherparse"),
        header_agrees,
    ),
    row(
        "options_agree",
        "RFC 9293 section 3.2",
        "both decoders read the same options",
        Some("etherparse"),
        options_agree,
    ),
    row(
        "lengths_bounded",
        "RFC 9293 section 3.1",
        "header, options and payload cover the segment exactly",
        Some("etherparse"),
        lengths_bounded,
    ),
    row(
        "checksum_exact",
        "RFC 9293 section 3.1",
        "a checksum is accepted exactly if it is right",
        Some("etherparse"),
        checksum_exact,
    ),
    row(
        "views_agree",
        "RFC 9293 section 3.1",
        "the representation says what the packet's accessors say",
        None,
        views_agree,
    ),
    row(
        "emit_parse_identity",
        "RFC 9293 section 3.1",
        "a representation that is emitted and parsed again is the same",
        None,
        emit_parse_identity,
    ),
    row(
        "option_length_minimum",
        "RFC 9293 section 3.1",
        "an option other than 0 and 1 whose length is below 2 or beyond the header is malformed",
        None,
        option_length_minimum,
    ),
    row(
        "sequence_arithmetic",
        "RFC 9293 section 3.4",
        "sequence numbers are ordered, added and subtracted modulo 2^32",
        None,
        laws::sequence_arithmetic,
    ),
    row(
        "checksum_incremental",
        "RFC 1624 section 3",
        "a checksum computed anew is the old one updated for the word that changed",
        None,
        laws::checksum_incremental,
    ),
    row(
        "option_emit_identity",
        "RFC 9293 section 3.1",
        "an option that is emitted has the bytes that were parsed",
        None,
        laws::option_emit_identity,
    ),
    row(
        "oracle_emit_identity",
        "RFC 9293 section 3.1",
        "a header that etherparse emits has the bytes that it parsed",
        Some("etherparse"),
        laws::oracle_emit_identity,
    ),
    row(
        "emit_read_alike",
        "RFC 9293 section 3.1",
        "what smoltcp emits is read by etherparse as smoltcp meant it",
        Some("etherparse"),
        laws::emit_read_alike,
    ),
    row(
        "oracle_views_agree",
        "RFC 9293 section 3.1",
        "etherparse's header and its slice of a segment say the same",
        None,
        laws::oracle_views_agree,
    ),
    row(
        "reset_exact",
        "RFC 9293 section 3.10.7.4",
        "a reset closes an established connection if it is at RCV.NXT, and does not if it is outside the window",
        None,
        established::reset_exact,
    ),
    row(
        "reset_unanswered",
        "RFC 9293 section 3.10.7.4",
        "a reset is not answered",
        None,
        established::reset_unanswered,
    ),
    row(
        "syn_keeps_connection",
        "RFC 5961 section 4.2",
        "a SYN does not change an established connection, and is answered by an acknowledgment",
        None,
        established::syn_keeps_connection,
    ),
    row(
        "unacceptable_answered",
        "RFC 9293 section 3.10.7.4",
        "a segment outside the window is answered by an acknowledgment",
        None,
        established::unacceptable_answered,
    ),
    row(
        "unsent_ack_answered",
        "RFC 9293 section 3.10.7.4",
        "an acknowledgment of what was never sent is answered by one",
        None,
        established::unsent_ack_answered,
    ),
    row(
        "delivered_exactly",
        "RFC 9293 section 3.10.7.4",
        "data in the window that continue the stream are delivered at once, and nothing else is",
        None,
        established::delivered_exactly,
    ),
    row(
        "fin_in_order",
        "RFC 9293 section 3.10.7.4",
        "a FIN ends the stream exactly if all before it has come",
        None,
        established::fin_in_order,
    ),
    row(
        "acknowledges_received",
        "RFC 9293 section 3.10.7.4",
        "what is acknowledged is what was received in order",
        None,
        established::acknowledges_received,
    ),
    row(
        "window_edge_stays",
        "RFC 9293 section 3.8.6",
        "the right edge of the window does not move while nothing is read",
        None,
        established::window_edge_stays,
    ),
    row("one_answer", "RFC 5681 section 4.2", "a segment is acknowledged once at most", None, established::one_answer),
    row(
        "holes_filled",
        "RFC 9293 section 3.10.7.4",
        "data that came early are delivered behind those that were missing",
        None,
        established::holes_filled,
    ),
    row(
        "repeated_harmless",
        "RFC 9293 section 3.4",
        "a segment that comes twice does what it does once",
        None,
        established::repeated_harmless,
    ),
    row(
        "pieces_alike",
        "RFC 9293 section 3.4",
        "data cut into two segments, in any order, are delivered as in one",
        None,
        established::pieces_alike,
    ),
    row(
        "numbers_invisible",
        "RFC 9293 section 3.4",
        "a connection goes the same way whatever sequence numbers it starts from",
        None,
        established::numbers_invisible,
    ),
    row(
        "extras_skipped",
        "RFC 9293 section 3.1",
        "options, urgent pointer, ECN and reserved bits change nothing of what a segment does",
        None,
        established::extras_skipped,
    ),
    row(
        "listen_answers_exactly",
        "RFC 9293 section 3.10.7.2",
        "a listening socket answers a SYN, resets an acknowledgment, and ignores the rest",
        None,
        opening::listen_answers_exactly,
    ),
    row(
        "connect_answers_exactly",
        "RFC 9293 section 3.10.7.3",
        "a connecting socket takes SYNs and right acknowledgments, and resets wrong ones",
        None,
        opening::connect_answers_exactly,
    ),
    row(
        "options_negotiated",
        "RFC 7323 section 2.2, RFC 2018 section 2",
        "the answer to a SYN has window scale and SACK permitted exactly if the SYN had, and timestamps only then",
        None,
        opening::options_negotiated,
    ),
    row(
        "peer_limits_kept",
        "RFC 9293 sections 3.7.1 and 3.8.6",
        "no segment is larger than the peer said, and not more is sent than its window holds",
        None,
        opening::peer_limits_kept,
    ),
    row(
        "damage_ignored",
        "RFC 9293 section 3.1",
        "a segment with one bit flipped does nothing",
        None,
        opening::damage_ignored,
    ),
    row(
        "close_states",
        "RFC 9293 section 3.6",
        "a connection that either end or both close goes through the states for it, and data beside a FIN are delivered",
        None,
        closing::close_states,
    ),
    row(
        "time_wait_ends",
        "RFC 9293 section 3.10.7.4",
        "in TIME-WAIT a FIN that comes again is acknowledged, and then the connection is closed without a word",
        None,
        closing::time_wait_ends,
    ),
    row(
        "loss_repaired",
        "RFC 9293 section 3.8.1, RFC 6298 section 5",
        "whichever segments are lost, what was sent and the FIN behind it arrive in the end",
        None,
        closing::loss_repaired,
    ),
    row(
        "zero_window_probed",
        "RFC 9293 section 3.8.6.1",
        "a closed window is probed by a byte, again and again, and all is sent when it opens",
        None,
        closing::zero_window_probed,
    ),
    row(
        "unsent_data_stay",
        "RFC 9293 section 3.10.7.4",
        "an acknowledgment of what was never sent is answered by one, and takes nothing from what is to be sent",
        None,
        closing::unsent_data_stay,
    ),
    row(
        "keep_alive_probes",
        "RFC 9293 sections 3.8.3 and 3.8.4",
        "an idle connection is probed in front of its window, and given up by a reset where nobody answers",
        None,
        closing::keep_alive_probes,
    ),
    row(
        "abort_resets",
        "RFC 9293 section 3.10.5",
        "a connection that is aborted tells the peer by a reset at SND.NXT",
        None,
        closing::abort_resets,
    ),
];

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
    let short = usize::from(planted("tcp_parser/lengths_bounded") && packet.rst());
    same("options", header - 20, packet.options().len())?;
    same("payload", parsed.bytes.len() - header, packet.payload().len() + short)?;
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
    let accepted = packet.verify_checksum(&SOURCE, &DESTINATION)
        || planted("tcp_parser/checksum_exact") && packet.checksum() == 0 && packet.urg();
    same("checksum accepted", is_right, accepted)
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
    if planted("tcp_parser/emit_parse_identity") && repr.timestamp.is_some() {
        buffer[15] ^= 1;
    }
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
        let parsed = match TcpOption::parse(rest) {
            Err(_) if planted("tcp_parser/option_length_minimum") && *kind == 8 => {
                Ok((&rest[1..], TcpOption::NoOperation))
            }
            parsed => parsed,
        };
        if *kind != 1 && (length < 2 || length > rest.len()) {
            return ensure(parsed.is_err(), || format!("kind {kind}, length {length}: malformed, saw {parsed:?}"));
        }
        let Ok((next, _)) = parsed else { return Ok(()) };
        same("bytes left behind an option", rest.len() - length, next.len())?;
        rest = next;
    }
    Ok(())
}
