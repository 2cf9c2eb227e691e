use smoltcp::wire::{ArpPacket, ArpRepr, DhcpPacket, DhcpRepr, IgmpPacket, IgmpRepr};

use super::Parsed;
use crate::Observation;

/// Notes what the stack saw and did.
pub fn observe(parsed: &Parsed<'_>, observation: &mut Observation<'_>) {
    let Some(frame) = &parsed.frame else {
        observation.number("malformed", 1u8);
        return;
    };
    observation.bytes("destination", frame.dst_addr().as_bytes());
    observation.bytes("source", frame.src_addr().as_bytes());
    observation.number("type", u16::from(frame.ethertype()));
    observation.number("payload_length", frame.payload().len() as u64);
    if let Some(packet) = parsed.arp().map(ArpPacket::new_unchecked) {
        observe_arp(&packet, observation);
    }
    if let Some(packet) = parsed.igmp.and_then(|bytes| IgmpPacket::new_checked(bytes).ok()) {
        observe_igmp(&packet, observation);
    }
    if let Some(packet) = parsed.dhcp.and_then(|bytes| DhcpPacket::new_checked(bytes).ok()) {
        observe_dhcp(&packet, observation);
    }
    for answer in &parsed.answers {
        observation.bytes("answer", answer);
    }
}

fn observe_arp(packet: &ArpPacket<&[u8]>, observation: &mut Observation<'_>) {
    if packet.check_len().is_err() {
        observation.number("malformed_arp", 1u8);
        return;
    }
    observation.number("arp_operation", u16::from(packet.operation()));
    observation.number("arp_accepted", ArpRepr::parse(packet).is_ok());
    observation.bytes("arp_sender", packet.source_protocol_addr());
    observation.bytes("arp_target", packet.target_protocol_addr());
}

fn observe_igmp(packet: &IgmpPacket<&[u8]>, observation: &mut Observation<'_>) {
    observation.number("igmp_type", u8::from(packet.msg_type()));
    observation.number("igmp_checksum_valid", packet.verify_checksum());
    observation.bytes("igmp_group", &packet.group_addr().octets());
    match IgmpRepr::parse(packet) {
        Ok(IgmpRepr::MembershipQuery { max_resp_time, version, .. }) => {
            observation.number("igmp_query_version", version as u8 + 1);
            observation.number("igmp_response_milliseconds", max_resp_time.total_millis());
        }
        Ok(_) => observation.number("igmp_accepted", 1u8),
        Err(_) => observation.number("igmp_refused", 1u8),
    }
}

fn observe_dhcp(packet: &DhcpPacket<&[u8]>, observation: &mut Observation<'_>) {
    observation.number("dhcp_operation", u8::from(packet.opcode()));
    observation.number("dhcp_transaction", packet.transaction_id());
    for option in packet.options() {
        observation.number("dhcp_option", option.kind);
        observation.bytes("dhcp_option_data", option.data);
    }
    match DhcpRepr::parse(packet) {
        Ok(repr) => {
            observation.number("dhcp_message_type", u8::from(repr.message_type));
            observation.number("dhcp_broadcast", repr.broadcast);
        }
        Err(_) => observation.number("dhcp_refused", 1u8),
    }
}
