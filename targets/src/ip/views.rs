//! Checked and unchecked views, and headers and slices, are readings of one packet.

use alloc::format;

use etherparse::{Ipv4Header, Ipv4HeaderSlice, Ipv6Header, Ipv6HeaderSlice, UdpHeader, UdpHeaderSlice};
use smoltcp::wire::{IpProtocol, Ipv4Packet, Ipv6Packet, UdpPacket};

use super::Parsed;
use crate::check::{Checked, ensure, same};
use crate::planted::planted;

/// What smoltcp's accessors say of an IPv4 packet.
fn v4<'a>(packet: &Ipv4Packet<&'a [u8]>) -> impl PartialEq + core::fmt::Debug + use<'a> {
    let fragment = (packet.ident(), packet.dont_frag(), packet.more_frags(), packet.frag_offset());
    let lengths = (packet.version(), packet.header_len(), packet.total_len());
    let rest = (packet.dscp(), packet.ecn(), packet.hop_limit(), packet.next_header(), packet.checksum());
    (lengths, fragment, rest, packet.src_addr(), packet.dst_addr(), packet.verify_checksum(), packet.payload())
}

/// What smoltcp's accessors say of an IPv6 packet.
fn v6<'a>(packet: &Ipv6Packet<&'a [u8]>) -> impl PartialEq + core::fmt::Debug + use<'a> {
    let lengths = (packet.version(), packet.payload_len(), packet.total_len());
    let rest = (packet.traffic_class(), packet.flow_label(), packet.next_header(), packet.hop_limit());
    (lengths, rest, packet.src_addr(), packet.dst_addr(), packet.payload())
}

pub fn views_agree(parsed: &Parsed<'_>) -> Checked {
    if let Some(packet) = &parsed.v4 {
        let mut cut = parsed.bytes[..packet.total_len().into()].to_vec();
        cut[8] ^= u8::from(planted("ip_parser/views_agree"));
        same("a packet of its own length", v4(packet), v4(&Ipv4Packet::new_unchecked(&cut[..])))?;
    }
    if let Some(packet) = &parsed.v6 {
        let cut = &parsed.bytes[..packet.total_len()];
        same("a packet of its own length", v6(packet), v6(&Ipv6Packet::new_unchecked(cut)))?;
    }
    let Some(upper) = parsed.upper(IpProtocol::Udp) else { return Ok(()) };
    let Ok(packet) = UdpPacket::new_checked(upper.payload) else { return Ok(()) };
    let says = |packet: &UdpPacket<&'_ [u8]>| {
        let checksum = (packet.checksum(), packet.verify_checksum(&upper.source, &upper.destination));
        (packet.src_port(), packet.dst_port(), packet.len(), checksum, packet.payload().to_vec())
    };
    let cut = &upper.payload[..packet.len().into()];
    same("a datagram of its own length", says(&packet), says(&UdpPacket::new_unchecked(cut)))
}

pub fn oracle_views_agree(parsed: &Parsed<'_>) -> Checked {
    let bytes = parsed.bytes;
    let wrong = u8::from(planted("ip_parser/oracle_views_agree"));
    match bytes.first().map(|first| first >> 4) {
        Some(4) => {
            let (header, slice) = (Ipv4Header::from_slice(bytes), Ipv4HeaderSlice::from_slice(bytes));
            same("accepted, as by the slice", slice.is_ok(), header.is_ok())?;
            let (Ok((mut header, rest)), Ok(slice)) = (header, slice) else { return Ok(()) };
            header.time_to_live ^= wrong;
            same("header", slice.to_header(), header)?;
            same("bytes behind the header", bytes.len() - slice.slice().len(), rest.len())?;
        }
        Some(6) => {
            let (header, slice) = (Ipv6Header::from_slice(bytes), Ipv6HeaderSlice::from_slice(bytes));
            same("accepted, as by the slice", slice.is_ok(), header.is_ok())?;
            let (Ok((header, rest)), Ok(slice)) = (header, slice) else { return Ok(()) };
            same("header", slice.to_header(), header)?;
            same("bytes behind the header", bytes.len() - slice.slice().len(), rest.len())?;
        }
        _ => {}
    }
    let Some(upper) = parsed.upper(IpProtocol::Udp) else { return Ok(()) };
    let (header, slice) = (UdpHeader::from_slice(upper.payload), UdpHeaderSlice::from_slice(upper.payload));
    ensure(header.is_ok() == slice.is_ok(), || format!("accepted by one of header and slice: {header:?}"))?;
    let (Ok((header, rest)), Ok(slice)) = (header, slice) else { return Ok(()) };
    same("header of the datagram", slice.to_header(), header)?;
    same("bytes behind it", upper.payload.len() - slice.slice().len(), rest.len())
}
