//! A node of smoltcp's that packets are handed to: no link layer, no time that passes, nothing random.

use alloc::vec;
use alloc::vec::Vec;

use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::Medium;
use smoltcp::socket::udp;
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr, Ipv4Address, Ipv6Address};

use crate::wire::Wire;

/// The node's addresses.
pub const V4: Ipv4Address = Ipv4Address::new(192, 0, 2, 2);
pub const V6: Ipv6Address = Ipv6Address::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
pub const LINK_LOCAL: Ipv6Address = Ipv6Address::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);

/// The port that the node listens at, by UDP.
pub const PORT: u16 = 7;

/// The longest datagram that it takes, in bytes.
pub const CAPACITY: usize = 4096;

/// What the node did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The packets that it sent.
    pub sent: Vec<Vec<u8>>,
    /// The datagrams that it delivered, with the sender's port.
    pub delivered: Vec<(u16, Vec<u8>)>,
}

/// The node's link.
pub fn wire() -> Wire {
    Wire::new(Medium::Ip, 0xffff)
}

/// Hands packets to a new node, one after another.
pub fn run<'p>(packets: impl IntoIterator<Item = &'p [u8]>) -> Outcome {
    let now = Instant::from_secs(1);
    let mut wire = wire();
    let mut interface = Interface::new(Config::new(HardwareAddress::Ip), &mut wire, now);
    interface.update_ip_addrs(|addresses| {
        for (address, prefix) in [(IpAddress::Ipv4(V4), 24), (V6.into(), 64), (LINK_LOCAL.into(), 64)] {
            // There is room for eight.
            let _ = addresses.push(IpCidr::new(address, prefix));
        }
    });
    let buffer = |len| udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 2], vec![0; len]);
    let mut socket = udp::Socket::new(buffer(CAPACITY), buffer(0));
    // The socket is not bound yet.
    let _ = socket.bind(PORT);
    let mut sockets = SocketSet::new(Vec::with_capacity(1));
    let handle = sockets.add(socket);
    let mut delivered = Vec::new();
    for packet in packets {
        wire.inbound.push_back(packet.to_vec());
        interface.poll(now, &mut wire, &mut sockets);
        while let Ok((payload, from)) = sockets.get_mut::<udp::Socket<'_>>(handle).recv() {
            delivered.push((from.endpoint.port, payload.to_vec()));
        }
    }
    Outcome { sent: wire.outbound, delivered }
}
