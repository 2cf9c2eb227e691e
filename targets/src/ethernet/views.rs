//! Checked and unchecked views, and headers and slices, are readings of one frame.

use alloc::string::String;

use etherparse::{ArpPacketSlice, Ethernet2Header, Ethernet2HeaderSlice, SingleVlanHeader, SingleVlanHeaderSlice};
use smoltcp::wire::{ArpPacket, EthernetFrame};

use super::Parsed;
use crate::check::same;
use crate::planted::planted;

/// What smoltcp's accessors say of an ARP packet.
fn arp(packet: &ArpPacket<&[u8]>) -> impl PartialEq + core::fmt::Debug {
    let kinds = (packet.hardware_type(), packet.protocol_type(), packet.operation());
    let sender = (packet.source_hardware_addr(), packet.source_protocol_addr());
    let target = (packet.target_hardware_addr(), packet.target_protocol_addr());
    (kinds, packet.hardware_len(), packet.protocol_len(), sender, target)
}

pub fn views_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(frame) = &parsed.frame else { return Ok(()) };
    let says = |frame: &EthernetFrame<&'_ [u8]>| {
        (frame.dst_addr(), frame.src_addr(), frame.ethertype(), frame.payload().to_vec())
    };
    same("an unchecked frame", says(frame), says(&EthernetFrame::new_unchecked(parsed.bytes)))?;
    let Some(bytes) = parsed.arp() else { return Ok(()) };
    let Ok(packet) = ArpPacket::new_checked(bytes) else { return Ok(()) };
    let length = 8 + 2 * (usize::from(packet.hardware_len()) + usize::from(packet.protocol_len()));
    let mut cut = bytes[..length].to_vec();
    cut[7] ^= u8::from(planted("ethernet_parser/views_agree") && cut[7] == 2);
    same("an ARP packet of its own length", arp(&packet), arp(&ArpPacket::new_unchecked(&cut[..])))
}

pub fn oracle_views_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let (header, slice) = (Ethernet2Header::from_slice(parsed.bytes), Ethernet2HeaderSlice::from_slice(parsed.bytes));
    same("accepted, as by the slice", slice.is_ok(), header.is_ok())?;
    let (Ok((header, rest)), Ok(slice)) = (header, slice) else { return Ok(()) };
    same("header", slice.to_header(), header)?;
    let (tag, tag_slice) = (SingleVlanHeader::from_slice(rest), SingleVlanHeaderSlice::from_slice(rest));
    same("tag accepted, as by the slice", tag_slice.is_ok(), tag.is_ok())?;
    if let (Ok((mut tag, _)), Ok(slice)) = (tag, tag_slice) {
        tag.drop_eligible_indicator ^= planted("ethernet_parser/oracle_views_agree");
        same("tag", slice.to_header(), tag)?;
    }
    let Some(slice) = parsed.arp().and_then(|bytes| ArpPacketSlice::from_slice(bytes).ok()) else { return Ok(()) };
    let packet = slice.to_packet();
    let sender = (slice.sender_hw_addr(), slice.sender_protocol_addr());
    same("sender of the ARP packet", sender, (packet.sender_hw_addr(), packet.sender_protocol_addr()))?;
    let target = (slice.target_hw_addr(), slice.target_protocol_addr());
    same("target of the ARP packet", target, (packet.target_hw_addr(), packet.target_protocol_addr()))?;
    same("operation", slice.operation(), packet.operation)
}
