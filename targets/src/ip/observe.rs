//! The account of what the stack saw.

use smoltcp::wire::{
    Icmpv4Packet, Icmpv4Repr, Icmpv6Packet, Icmpv6Repr, IpAddress, IpProtocol, Ipv4Repr, Ipv6OptionsIterator, Ipv6Repr,
    UdpPacket, UdpRepr,
};

use super::{Parsed, Upper, checksums};
use crate::Observation;

/// Notes everything.
pub fn observe(parsed: &Parsed<'_>, observation: &mut Observation<'_>) {
    if let Some(packet) = &parsed.v4 {
        observation.number("header_length", packet.header_len());
        observation.number("dscp", packet.dscp());
        observation.number("ecn", packet.ecn());
        observation.number("total_length", packet.total_len());
        observation.number("identification", packet.ident());
        observation.number("dont_fragment", packet.dont_frag());
        observation.number("more_fragments", packet.more_frags());
        observation.number("fragment_offset", packet.frag_offset());
        observation.number("time_to_live", packet.hop_limit());
        observation.number("protocol", u8::from(packet.next_header()));
        observation.number("checksum_valid", packet.verify_checksum());
        observation.bytes("source", &packet.src_addr().octets());
        observation.bytes("destination", &packet.dst_addr().octets());
        observation.number("accepted", Ipv4Repr::parse(packet, &checksums()).is_ok());
    }
    if let Some(packet) = &parsed.v6 {
        observation.number("traffic_class", packet.traffic_class());
        observation.number("flow_label", packet.flow_label());
        observation.number("payload_length", packet.payload_len());
        observation.number("hop_limit", packet.hop_limit());
        observation.bytes("source", &packet.src_addr().octets());
        observation.bytes("destination", &packet.dst_addr().octets());
        observation.number("accepted", Ipv6Repr::parse(packet).is_ok());
        for extension in &parsed.extensions {
            observation.number("extension", u8::from(extension.kind));
            observation.number("extension_length", extension.bytes.len() as u64);
            if let IpProtocol::HopByHop | IpProtocol::Ipv6Opts = extension.kind {
                let options = Ipv6OptionsIterator::new(extension.body());
                let (good, bad) = options.fold((0u64, 0u64), |(good, bad), option| match option {
                    Ok(_) => (good + 1, bad),
                    Err(_) => (good, bad + 1),
                });
                observation.number("options", good);
                observation.number("bad_options", bad);
            }
        }
        observation.number("malformed_extension", parsed.malformed);
    }
    if let Some(upper) = &parsed.upper {
        observe_upper(upper, observation);
    }
    for packet in &parsed.outcome.sent {
        observation.bytes("sent", packet);
    }
    for (port, payload) in &parsed.outcome.delivered {
        observation.number("delivered_from", *port);
        observation.bytes("delivered", payload);
    }
}

fn observe_upper(upper: &Upper<'_>, observation: &mut Observation<'_>) {
    observation.number("carries", u8::from(upper.protocol));
    observation.bytes("payload", upper.payload);
    match (upper.protocol, upper.source, upper.destination) {
        (IpProtocol::Udp, ..) => {
            let Ok(packet) = UdpPacket::new_checked(upper.payload) else { return };
            observation.number("udp_length", packet.len());
            let repr = UdpRepr::parse(&packet, &upper.source, &upper.destination, &checksums());
            observation.number("udp_accepted", repr.is_ok());
        }
        (IpProtocol::Icmp, ..) => {
            let Ok(packet) = Icmpv4Packet::new_checked(upper.payload) else { return };
            observation.number("icmp_type", u8::from(packet.msg_type()));
            observation.number("icmp_code", packet.msg_code());
            observation.number("icmp_accepted", Icmpv4Repr::parse(&packet, &checksums()).is_ok());
        }
        (IpProtocol::Icmpv6, IpAddress::Ipv6(source), IpAddress::Ipv6(destination)) => {
            let Ok(packet) = Icmpv6Packet::new_checked(upper.payload) else { return };
            observation.number("icmp_type", u8::from(packet.msg_type()));
            observation.number("icmp_code", packet.msg_code());
            let repr = Icmpv6Repr::parse(&source, &destination, &packet, &checksums());
            observation.number("icmp_accepted", repr.is_ok());
        }
        _ => {}
    }
}
