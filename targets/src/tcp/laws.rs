//! Laws that the stack's arithmetic and its single options keep, whatever a segment holds.

use alloc::format;
use alloc::string::String;
use alloc::vec;

use etherparse::{TcpHeader, TcpOptionElement, TcpSlice};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{TcpOption, TcpPacket, TcpSeqNumber};

use super::{DESTINATION, Parsed, SOURCE, options};
use crate::check::{ensure, same};
use crate::planted::planted;

/// Half of the sequence space: numbers so far apart have no order.
const HALF: u32 = 1 << 31;

pub fn sequence_arithmetic(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(packet) = &parsed.packet else { return Ok(()) };
    let (one, other) = (packet.seq_number(), packet.ack_number());
    let distance = (other.0 as u32).wrapping_sub(one.0 as u32);
    let length = packet.segment_len();
    same("sequence number behind the segment", (one.0 as u32).wrapping_add(length as u32), (one + length).0 as u32)?;
    same("distance over the segment", length, (one + length) - one)?;
    same("the way back", one, (one + length) - length)?;
    if distance == HALF {
        return Ok(());
    }
    let before = if planted("tcp_parser/sequence_arithmetic") { (one.0 as u32) < other.0 as u32 } else { one < other };
    same("before", distance != 0 && distance < HALF, before)?;
    same("behind", distance > HALF, one > other)?;
    let last = if distance < HALF { other } else { one };
    same("the later one", last, TcpSeqNumber::max(one, other))
}

pub fn checksum_incremental(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(packet) = &parsed.packet else { return Ok(()) };
    let mut bytes = parsed.bytes.to_vec();
    let mut changed = TcpPacket::new_unchecked(&mut bytes[..]);
    changed.fill_checksum(&SOURCE, &DESTINATION);
    let (old, window) = (changed.checksum(), packet.window_len());
    let other = window.rotate_left(3) ^ 0x5aa5;
    // Equation 3: the new sum is the old one, without the old word, with the new one.
    let mut sum = u32::from(!old) + u32::from(!window) + u32::from(other);
    sum = (sum & 0xffff) + (sum >> 16);
    let expected = !((sum & 0xffff) + (sum >> 16)) as u16;
    changed.set_window_len(other);
    changed.fill_checksum(&SOURCE, &DESTINATION);
    let wrong = u16::from(planted("tcp_parser/checksum_incremental") && packet.urg());
    // 0 and 0xffff are one number in ones' complement.
    let one = |sum: u16| if sum == 0xffff { 0 } else { sum };
    same("checksum of the changed segment", one(expected), one(changed.checksum() ^ wrong))
}

/// Allowed difference: smoltcp keeps three of four SACK blocks (RFC 2018 section 3 has room for four).
pub fn option_emit_identity(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(packet) = &parsed.packet else { return Ok(()) };
    let mut at = 0;
    for option in options(packet.options()).map_while(|option| option) {
        let wire = &packet.options()[at..];
        let length = if option == TcpOption::NoOperation { 1 } else { usize::from(wire[1]) };
        at += length;
        if matches!(option, TcpOption::SackRange(_)) && length > 2 + 3 * 8 {
            continue;
        }
        // Just as long as the option: smoltcp panics where there is more room behind an unknown one.
        let mut buffer = vec![0; option.buffer_len()];
        option.emit(&mut buffer);
        if planted("tcp_parser/option_emit_identity") && matches!(option, TcpOption::TimeStamp { .. }) {
            buffer[9] ^= 1;
        }
        ensure(buffer == wire[..length], || {
            format!("{option:?}: emitted {buffer:02x?}, parsed {:02x?}", &wire[..length])
        })?;
    }
    Ok(())
}

/// Allowed difference: etherparse sends the three reserved bits as zero (RFC 9293 section 3.1).
pub fn oracle_emit_identity(parsed: &Parsed<'_>) -> Result<(), String> {
    let Ok((header, rest)) = TcpHeader::from_slice(parsed.bytes) else { return Ok(()) };
    let mut emitted = header.to_bytes();
    let mut expected = parsed.bytes[..parsed.bytes.len() - rest.len()].to_vec();
    expected[12] &= 0xf1;
    emitted[13] ^= u8::from(planted("tcp_parser/oracle_emit_identity") && header.ece);
    ensure(emitted[..] == expected[..], || format!("etherparse emitted {emitted:02x?} for {expected:02x?}"))
}

/// etherparse reads what smoltcp emits as smoltcp meant it.
pub fn emit_read_alike(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(repr) = &parsed.repr else { return Ok(()) };
    let mut buffer = vec![0; repr.buffer_len()];
    repr.emit(&mut TcpPacket::new_unchecked(&mut buffer[..]), &SOURCE, &DESTINATION, &ChecksumCapabilities::default());
    buffer[14] ^= u8::from(planted("tcp_parser/emit_read_alike") && repr.max_seg_size.is_some());
    let Ok(slice) = TcpSlice::from_slice(&buffer) else { return Err("etherparse refuses what was emitted".into()) };
    same("ports", (repr.src_port, repr.dst_port), (slice.source_port(), slice.destination_port()))?;
    same("sequence number", repr.seq_number.0 as u32, slice.sequence_number())?;
    let acknowledged = slice.ack().then(|| slice.acknowledgment_number());
    same("acknowledgment number", repr.ack_number.map(|number| number.0 as u32), acknowledged)?;
    same("window", repr.window_len, slice.window_size())?;
    let mut read = (None, None, None);
    for option in slice.options_iterator().flatten() {
        match option {
            TcpOptionElement::MaximumSegmentSize(size) => read.0 = Some(size),
            TcpOptionElement::WindowScale(shift) => read.1 = Some(shift),
            TcpOptionElement::Timestamp(value, echo) => read.2 = Some((value, echo)),
            _ => {}
        }
    }
    let stamps = repr.timestamp.map(|stamp| (stamp.tsval, stamp.tsecr));
    same("segment size, scale and timestamps", (repr.max_seg_size, repr.window_scale, stamps), read)?;
    ensure(repr.payload == slice.payload(), || "payload: cut elsewhere".into())
}

/// etherparse's header and slice are two readings of one segment.
pub fn oracle_views_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let (header, slice) = (TcpHeader::from_slice(parsed.bytes), TcpSlice::from_slice(parsed.bytes));
    same("accepted, as by the slice", slice.is_ok(), header.is_ok())?;
    let (Ok((mut header, rest)), Ok(slice)) = (header, slice) else { return Ok(()) };
    header.window_size ^= u16::from(planted("tcp_parser/oracle_views_agree") && header.psh);
    same("header", slice.to_header(), header)?;
    ensure(slice.payload() == rest, || "payload: header and slice cut elsewhere".into())
}
