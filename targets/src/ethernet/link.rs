//! Frames, tags, padding and ARP: two decoders agree.

use alloc::format;
use alloc::string::String;
use alloc::vec;

use etherparse::{ArpPacketSlice, LaxLinkExtSlice, LaxNetSlice, LinkSlice};
use halligan_generators::model::ethernet::{Frame, Tag};
use smoltcp::wire::{ArpPacket, ArpRepr, EthernetFrame, EthernetRepr, Ipv4Packet, Ipv6Packet};

use super::Parsed;
use crate::check::{ensure, same};
use crate::planted::planted;

pub fn acceptance_agrees(parsed: &Parsed<'_>) -> Result<(), String> {
    same("accepted, as by etherparse", parsed.oracle.is_some(), parsed.frame.is_some())
}

pub fn header_agrees(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(frame), Some(oracle)) = (&parsed.frame, &parsed.oracle) else { return Ok(()) };
    let Some(LinkSlice::Ethernet2(slice)) = &oracle.link else { return Err("etherparse sees no Ethernet".into()) };
    let mut destination = frame.dst_addr().0;
    destination[5] ^= u8::from(planted("ethernet_parser/header_agrees") && destination[0] == 0x33);
    same("destination", slice.destination(), destination)?;
    same("source", slice.source(), frame.src_addr().0)?;
    same("type", slice.ether_type().0, frame.ethertype().into())?;
    ensure(slice.payload_slice() == frame.payload(), || "smoltcp and etherparse cut the payload elsewhere".into())
}

/// Allowed difference: etherparse reads three tags at most; IEEE 802.1Q sets no bound.
pub fn tags_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(oracle), Frame::Whole { header, .. }) = (&parsed.oracle, &parsed.model) else { return Ok(()) };
    let seen = oracle.link_exts.iter().map_while(|extension| match extension {
        LaxLinkExtSlice::Vlan(tag) => Some(tag),
        LaxLinkExtSlice::Macsec(_) => None,
    });
    let expected = &header.tags[..header.tags.len().min(oracle.link_exts.capacity())];
    same("number of tags", expected.len(), seen.clone().count())?;
    for (Tag { priority, drop_eligible, vlan, .. }, tag) in expected.iter().zip(seen) {
        same("priority", *priority, tag.priority_code_point().value())?;
        same("drop eligible", *drop_eligible, tag.drop_eligible_indicator())?;
        let vlan = vlan ^ u16::from(planted("ethernet_parser/tags_agree") && expected.len() == 2);
        same("VLAN", vlan, tag.vlan_identifier().value())?;
    }
    Ok(())
}

pub fn header_emit_identity(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(Ok(repr)) = parsed.frame.as_ref().map(EthernetRepr::parse) else { return Ok(()) };
    let mut buffer = vec![0; repr.buffer_len()];
    repr.emit(&mut EthernetFrame::new_unchecked(&mut buffer[..]));
    buffer[0] ^= u8::from(planted("ethernet_parser/header_emit_identity") && buffer[0] == 0xff);
    ensure(parsed.bytes.starts_with(&buffer), || format!("emitted {buffer:02x?}"))
}

/// Allowed differences: etherparse believes the version in the header, where smoltcp's views believe the frame's type (its
/// representations check both); etherparse takes a payload length of zero in IPv6 for "to the end" (RFC 2675 section 3), smoltcp
/// for an empty payload (RFC 8200 section 3).
pub fn padding_excluded(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some((at, kind)), Some(oracle)) = (parsed.inside, &parsed.oracle) else { return Ok(()) };
    let bytes = &parsed.bytes[at..];
    let ours = match kind {
        0x0800 => Ipv4Packet::new_checked(bytes).ok().map(|packet| end(parsed.bytes, packet.payload())),
        0x86dd => Ipv6Packet::new_checked(bytes)
            .ok()
            .filter(|packet| packet.payload_len() > 0)
            .map(|packet| end(parsed.bytes, packet.payload())),
        _ => None,
    };
    let theirs = match (&oracle.net, kind) {
        (Some(LaxNetSlice::Ipv4(slice)), 0x0800) => Some(end(parsed.bytes, slice.payload().payload)),
        (Some(LaxNetSlice::Ipv6(slice)), 0x86dd) => Some(end(parsed.bytes, slice.payload().payload)),
        _ => None,
    };
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return Ok(()) };
    let beyond = usize::from(planted("ethernet_parser/padding_excluded") && ours < parsed.bytes.len());
    same("end of the packet's payload within the frame", theirs, ours + beyond)
}

/// Where `part` of `whole` ends, in bytes.
fn end(whole: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() + part.len() - whole.as_ptr().addr()
}

pub fn arp_acceptance_agrees(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(bytes) = parsed.arp() else { return Ok(()) };
    let accepted =
        ArpPacket::new_checked(bytes).is_ok() || planted("ethernet_parser/arp_acceptance_agrees") && bytes.len() > 8;
    same("accepted, as by etherparse", ArpPacketSlice::from_slice(bytes).is_ok(), accepted)
}

pub fn arp_fields_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(bytes) = parsed.arp() else { return Ok(()) };
    let (Ok(packet), Ok(slice)) = (ArpPacket::new_checked(bytes), ArpPacketSlice::from_slice(bytes)) else {
        return Ok(());
    };
    same("hardware type", slice.hw_addr_type().0, packet.hardware_type().into())?;
    same("protocol type", slice.proto_addr_type().0, packet.protocol_type().into())?;
    same("hardware length", slice.hw_addr_size(), packet.hardware_len())?;
    same("protocol length", slice.proto_addr_size(), packet.protocol_len())?;
    let operation = u16::from(packet.operation());
    let wrong = u16::from(planted("ethernet_parser/arp_fields_agree") && operation == 2);
    same("operation", slice.operation().0, operation ^ wrong)?;
    same("sender hardware address", slice.sender_hw_addr(), packet.source_hardware_addr())?;
    same("sender protocol address", slice.sender_protocol_addr(), packet.source_protocol_addr())?;
    same("target hardware address", slice.target_hw_addr(), packet.target_hardware_addr())?;
    same("target protocol address", slice.target_protocol_addr(), packet.target_protocol_addr())
}

pub fn arp_repr_exact(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(packet) = parsed.arp().and_then(|bytes| ArpPacket::new_checked(bytes).ok()) else { return Ok(()) };
    let fields = (u16::from(packet.hardware_type()), u16::from(packet.protocol_type()));
    let known = (fields, packet.hardware_len(), packet.protocol_len()) == ((1, 0x0800), 6, 4);
    let accepted = ArpRepr::parse(&packet).is_ok()
        || planted("ethernet_parser/arp_repr_exact") && u16::from(packet.hardware_type()) == 6;
    same("accepted, as IPv4 over Ethernet is", known, accepted)
}

pub fn arp_emit_identity(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(bytes) = parsed.arp() else { return Ok(()) };
    let Some(Ok(repr)) = ArpPacket::new_checked(bytes).ok().map(|packet| ArpRepr::parse(&packet)) else {
        return Ok(());
    };
    let mut buffer = vec![0; repr.buffer_len()];
    repr.emit(&mut ArpPacket::new_unchecked(&mut buffer[..]));
    buffer[27] ^= u8::from(planted("ethernet_parser/arp_emit_identity") && buffer[7] == 2);
    ensure(bytes.starts_with(&buffer), || format!("emitted {buffer:02x?}"))
}
