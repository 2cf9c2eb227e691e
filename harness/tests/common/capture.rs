//! Makes small captures.

use etherparse::{PacketBuilder, TcpOptionElement};

/// Link types, as captures number them.
pub const NULL: u16 = 0;
pub const ETHERNET: u16 = 1;
pub const RAW: u16 = 101;
pub const LINUX_SLL: u16 = 113;
pub const LINUX_SLL2: u16 = 276;

/// A SYN over IPv4.
pub fn syn4() -> Vec<u8> {
    syn([198, 51, 100, 7], [203, 0, 113, 9])
}

/// The same SYN between other addresses.
pub fn syn(source: [u8; 4], destination: [u8; 4]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = [TcpOptionElement::MaximumSegmentSize(1460), TcpOptionElement::WindowScale(7)];
    let builder = PacketBuilder::ipv4(source, destination, 64).tcp(40000, 80, 1, 1000).syn();
    builder.options(&options).unwrap().write(&mut bytes, &[]).unwrap();
    bytes
}

/// The same SYN over IPv6, behind a hop-by-hop options header.
pub fn syn6() -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = [TcpOptionElement::MaximumSegmentSize(1460), TcpOptionElement::WindowScale(7)];
    let builder = PacketBuilder::ipv6([1; 16], [2; 16], 64).tcp(40000, 80, 1, 1000).syn();
    builder.options(&options).unwrap().write(&mut bytes, &[]).unwrap();
    // Next header TCP, length 8, and one PadN option that fills it.
    let hop_by_hop = [6, 0, 1, 4, 0, 0, 0, 0];
    let length = u16::from_be_bytes([bytes[4], bytes[5]]) + hop_by_hop.len() as u16;
    bytes[4..6].copy_from_slice(&length.to_be_bytes());
    bytes[6] = 0;
    bytes.splice(40..40, hop_by_hop);
    bytes
}

/// An acknowledgment with data over IPv4.
pub fn data4(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let builder = PacketBuilder::ipv4([198, 51, 100, 7], [203, 0, 113, 9], 64).tcp(40000, 80, 2, 1000).ack(5).psh();
    builder.write(&mut bytes, payload).unwrap();
    bytes
}

/// An IP packet as it lies in a capture of this link type.
pub fn framed(link: u16, ip: &[u8]) -> Vec<u8> {
    let ether_type: [u8; 2] = if ip[0] >> 4 == 4 { [0x08, 0x00] } else { [0x86, 0xdd] };
    let head: Vec<u8> = match link {
        NULL => vec![if ip[0] >> 4 == 4 { 2 } else { 30 }, 0, 0, 0],
        ETHERNET => [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2][..], &ether_type].concat(),
        LINUX_SLL => [&[0; 14][..], &ether_type].concat(),
        LINUX_SLL2 => [&ether_type[..], &[0; 18]].concat(),
        _ => vec![],
    };
    [&head[..], ip].concat()
}

/// An Ethernet frame with two VLAN tags around an IPv4 packet.
pub fn double_tagged(ip: &[u8]) -> Vec<u8> {
    let tags = [0x88, 0xa8, 0, 5, 0x81, 0x00, 0, 6, 0x08, 0x00];
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2][..], &tags, ip].concat()
}

/// A little-endian pcap file.
pub fn pcap(link: u16, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65535, u32::from(link)] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    for packet in packets {
        for word in [0, 0, packet.len() as u32, packet.len() as u32] {
            file.extend_from_slice(&word.to_le_bytes());
        }
        file.extend_from_slice(packet);
    }
    file
}

/// A pcapng file with one interface, little-endian.
pub fn pcapng(link: u16, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut block = |kind: u32, body: &[u8]| {
        let padded = body.len().next_multiple_of(4);
        let length = (padded + 12) as u32;
        file.extend_from_slice(&kind.to_le_bytes());
        file.extend_from_slice(&length.to_le_bytes());
        file.extend_from_slice(body);
        file.resize(file.len() + padded - body.len(), 0);
        file.extend_from_slice(&length.to_le_bytes());
    };
    let section: Vec<u8> =
        [0x1a2b_3c4d, 1, u32::MAX, u32::MAX].iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
    block(0x0a0d_0d0a, &section);
    block(1, &[&link.to_le_bytes()[..], &[0; 2], &65535u32.to_le_bytes()].concat());
    for packet in packets {
        let head = [0, 0, 0, packet.len() as u32, packet.len() as u32];
        let head: Vec<u8> = head.iter().flat_map(|word| word.to_le_bytes()).collect();
        block(6, &[&head[..], packet].concat());
    }
    file
}
