//! The packet that would carry an input.

use etherparse::{IpNumber, PacketBuilder};
use halligan_generators::model::tcp::PSEUDO_HEADER;
use pcap_file::DataLink;

/// `2001:db8::1` and `::2`, documentation addresses (RFC 3849).
const IPV6: [[u8; 16]; 2] = {
    let mut addresses = [[0; 16]; 2];
    let mut index = 0;
    while index < 2 {
        [addresses[index][0], addresses[index][1], addresses[index][2], addresses[index][3]] = [0x20, 0x01, 0x0d, 0xb8];
        addresses[index][15] = index as u8 + 1;
        index += 1;
    }
    addresses
};

const DNS_PORT: u16 = 53;
const TLS_PORT: u16 = 443;
/// The sender's port, of those for nobody in particular (RFC 6335 section 6).
const PORT: u16 = 50_000;

/// A packet with the link type that says what it begins with.
pub struct Framed {
    pub link: DataLink,
    pub bytes: Vec<u8>,
}

impl Framed {
    /// The packet that carries `input`, by what the target's name begins with.
    pub fn new(target: &str, input: &[u8]) -> Self {
        let bytes = || input.to_vec();
        let (link, bytes) = match target.split('_').next().unwrap_or_default() {
            "ethernet" => (DataLink::ETHERNET, bytes()),
            "arp" => (DataLink::ETHERNET, [&[0xff; 6][..], &[2, 0, 0, 0, 0, 1, 0x08, 0x06], input].concat()),
            "ip" | "ipv4" | "ipv6" => (DataLink::RAW, bytes()),
            protocol => match packet(protocol, input) {
                Some(packet) => (DataLink::RAW, packet),
                None => (DataLink::USER0, bytes()),
            },
        };
        Self { link, bytes }
    }
}

/// The IP packet around an input of `protocol`; nothing for an unknown protocol, and where it is too long for one.
fn packet(protocol: &str, input: &[u8]) -> Option<Vec<u8>> {
    let (mut out, ipv4) = (Vec::new(), || PacketBuilder::ipv4(PSEUDO_HEADER.source, PSEUDO_HEADER.destination, 64));
    match protocol {
        "tcp" => ipv4().write(&mut out, IpNumber::TCP, input).ok()?,
        "udp" => ipv4().write(&mut out, IpNumber::UDP, input).ok()?,
        "icmp" | "icmpv4" => ipv4().write(&mut out, IpNumber::ICMP, input).ok()?,
        "icmpv6" | "icmp6" | "ndp" | "nd" => {
            // Neighbour discovery demands a hop limit of 255 (RFC 4861 section 7.1).
            PacketBuilder::ipv6(IPV6[0], IPV6[1], 255).write(&mut out, IpNumber::IPV6_ICMP, input).ok()?;
        }
        "dns" => ipv4().udp(PORT, DNS_PORT).write(&mut out, input).ok()?,
        "tls" => ipv4().tcp(PORT, TLS_PORT, 1, u16::MAX).ack(1).psh().write(&mut out, input).ok()?,
        _ => return None,
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use etherparse::SlicedPacket;

    use super::*;

    #[test]
    fn each_input_is_what_its_packet_carries() {
        for (target, link) in [
            ("tcp_parser", DataLink::RAW),
            ("udp_parser", DataLink::RAW),
            ("icmpv6_parser", DataLink::RAW),
            ("dns_message", DataLink::RAW),
            ("tls_server", DataLink::RAW),
            ("ethernet_parser", DataLink::ETHERNET),
            ("arp_parser", DataLink::ETHERNET),
            ("mine", DataLink::USER0),
        ] {
            let input = b"any bytes of an input, whatever they are";
            let framed = Framed::new(target, input);
            assert_eq!(framed.link, link, "{target}");
            assert!(framed.bytes.ends_with(input), "{target}");
        }
        let dns = Framed::new("dns_message", b"question").bytes;
        assert!(SlicedPacket::from_ip(&dns).unwrap().transport.is_some());
    }

    #[test]
    fn what_no_packet_can_carry_stands_alone() {
        let framed = Framed::new("tcp_parser", &[0; 70_000]);
        assert_eq!((framed.link, framed.bytes.len()), (DataLink::USER0, 70_000));
    }
}
