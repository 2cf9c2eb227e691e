//! etherparse's reading of a segment, in the terms in which it can be compared with smoltcp's.

use alloc::format;
use alloc::string::String;

use etherparse::{TcpOptionElement, TcpOptionReadError, TcpSlice};
use smoltcp::wire::{TcpOption, TcpPacket};

use super::{flags, options};
use crate::planted::planted;

/// Whether etherparse accepts the header.
pub fn slice(bytes: &[u8]) -> Option<TcpSlice<'_>> {
    TcpSlice::from_slice(bytes).ok()
}

/// The control bits in the order of [`flags`].
fn oracle_flags(slice: &TcpSlice<'_>) -> u16 {
    let bits = [
        slice.fin(),
        slice.syn(),
        slice.rst(),
        slice.psh(),
        slice.ack(),
        slice.urg(),
        slice.ece(),
        slice.cwr(),
        slice.ns(),
    ];
    bits.iter().rev().fold(0, |flags, &bit| flags << 1 | u16::from(bit))
}

/// The first header field on which the two decoders differ.
pub fn header_difference(packet: &TcpPacket<&[u8]>, slice: &TcpSlice<'_>) -> Option<String> {
    let mut pairs = [
        ("source port", packet.src_port().into(), slice.source_port().into()),
        ("destination port", packet.dst_port().into(), slice.destination_port().into()),
        ("sequence number", packet.seq_number().0 as u32, slice.sequence_number()),
        ("acknowledgment number", packet.ack_number().0 as u32, slice.acknowledgment_number()),
        ("header length", packet.header_len().into(), u32::from(slice.data_offset()) * 4),
        ("flags", flags(packet).into(), oracle_flags(slice).into()),
        ("window", packet.window_len().into(), slice.window_size().into()),
        ("checksum", packet.checksum().into(), slice.checksum().into()),
        ("urgent pointer", packet.urgent_at().into(), slice.urgent_pointer().into()),
    ];
    if planted("tcp_parser/header_agrees") && packet.ece() {
        pairs[5].1 ^= 1;
    }
    let (name, stack, oracle) = pairs.into_iter().find(|(_, stack, oracle)| stack != oracle)?;
    Some(format!("{name}: smoltcp {stack}, etherparse {oracle}"))
}

/// The first option on which the two decoders differ.
///
/// Allowed differences:
/// - etherparse stops at kinds that it does not know; RFC 9293 section 3.1 has a stack skip them. The comparison ends there.
/// - smoltcp keeps three of four SACK blocks; RFC 2018 section 3 has room for four. The first three are compared.
/// - smoltcp takes a timestamps option of another length than 10 (RFC 7323 section 3.2) for an unknown option, which it
///   skips; etherparse finds it malformed. The comparison ends there.
pub fn option_difference(packet: &TcpPacket<&[u8]>, slice: &TcpSlice<'_>) -> Option<String> {
    let mut stack = options(packet.options());
    let mut oracle = slice.options_iterator();
    loop {
        let (mut ours, theirs) = (stack.next(), oracle.next());
        if let Some(Some(TcpOption::MaxSegmentSize(size @ 0))) = &mut ours
            && planted("tcp_parser/options_agree")
        {
            *size = 536;
        }
        let agree = match (ours, &theirs) {
            (None, None) => return None,
            (Some(None), Some(Err(_))) => return None,
            (Some(_), Some(Err(TcpOptionReadError::UnknownId(_)))) => return None,
            (Some(Some(TcpOption::Unknown { kind: 8, .. })), Some(Err(_))) => return None,
            (Some(Some(ours)), Some(Ok(theirs))) => same_option(ours, theirs),
            _ => false,
        };
        if !agree {
            return Some(format!("smoltcp {ours:?}, etherparse {theirs:?}"));
        }
    }
}

fn same_option(stack: TcpOption<'_>, oracle: &TcpOptionElement) -> bool {
    match (stack, oracle) {
        (TcpOption::NoOperation, TcpOptionElement::Noop)
        | (TcpOption::SackPermitted, TcpOptionElement::SelectiveAcknowledgementPermitted) => true,
        (TcpOption::MaxSegmentSize(ours), TcpOptionElement::MaximumSegmentSize(theirs)) => ours == *theirs,
        (TcpOption::WindowScale(ours), TcpOptionElement::WindowScale(theirs)) => ours == *theirs,
        (TcpOption::SackRange(ours), TcpOptionElement::SelectiveAcknowledgement(first, rest)) => {
            ours == [Some(*first), rest[0], rest[1]]
        }
        (TcpOption::TimeStamp { tsval, tsecr }, TcpOptionElement::Timestamp(value, echo)) => {
            (tsval, tsecr) == (*value, *echo)
        }
        _ => false,
    }
}
