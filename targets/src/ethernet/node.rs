//! A node of smoltcp's on an Ethernet: frames in, frames out, a clock that stands still unless it is moved.

use alloc::vec;
use alloc::vec::Vec;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::Medium;
use smoltcp::socket::udp;
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr, Ipv4Address};

use crate::wire::Wire;

/// The node's addresses, and the group that it has joined.
pub const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
pub const ADDRESS: [u8; 4] = [192, 0, 2, 1];
pub const GROUP: [u8; 4] = [239, 1, 2, 3];

/// The neighbour that a node may know.
const NEIGHBOUR_MAC: [u8; 6] = [2, 0, 0, 0, 0, 2];
const NEIGHBOUR: [u8; 4] = [192, 0, 2, 2];

/// The longest frame that the node sends, in bytes.
pub const MAX_FRAME: usize = 1514;

/// Length of the prefix of the node's network, in bytes.
const PREFIX: usize = 3;

/// Whether `address` is that of a host in the node's network.
pub fn is_neighbour(address: [u8; 4]) -> bool {
    address[..PREFIX] == ADDRESS[..PREFIX] && address[PREFIX] != 0xff
}

/// A node that has just joined its group.
pub struct Node {
    interface: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
    wire: Wire,
    now: Instant,
}

impl Node {
    pub fn new() -> Self {
        let (now, mut wire) = (Instant::from_secs(1), Wire::new(Medium::Ethernet, MAX_FRAME));
        let mut interface = Interface::new(Config::new(EthernetAddress(MAC).into()), &mut wire, now);
        let cidr = IpCidr::new(IpAddress::Ipv4(Ipv4Address::from_octets(ADDRESS)), 8 * PREFIX as u8);
        // There is room for one address and one group.
        interface.update_ip_addrs(|addresses| {
            let _ = addresses.push(cidr);
        });
        let _ = interface.join_multicast_group(Ipv4Address::from_octets(GROUP));
        let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 1], vec![0; 16]);
        let mut socket = udp::Socket::new(buffer(), buffer());
        // The socket is not bound yet.
        let _ = socket.bind(9);
        let mut sockets = SocketSet::new(Vec::with_capacity(1));
        let socket = sockets.add(socket);
        let mut node = Self { interface, sockets, socket, wire, now };
        node.wait(Duration::ZERO);
        node
    }

    /// A node that knows a neighbour, so that it answers at once instead of asking for its hardware address.
    pub fn with_neighbour() -> Self {
        const REPLY: [u8; 14 + 8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2];
        let mut node = Self::new();
        node.receive(&[&REPLY[..], &NEIGHBOUR_MAC, &NEIGHBOUR, &MAC, &ADDRESS].concat());
        node
    }

    /// Gives the node a frame; returns those that it sends at once.
    pub fn receive(&mut self, frame: &[u8]) -> Vec<Vec<u8>> {
        self.wire.inbound.push_back(frame.to_vec());
        self.wait(Duration::ZERO)
    }

    /// Lets time pass; returns the frames that the node sends.
    pub fn wait(&mut self, time: Duration) -> Vec<Vec<u8>> {
        self.now += time;
        self.interface.poll(self.now, &mut self.wire, &mut self.sockets);
        core::mem::take(&mut self.wire.outbound)
    }

    /// The hardware address to which the node sends what is for `address`, where it knows one.
    pub fn neighbour(&mut self, address: [u8; 4]) -> Option<[u8; 6]> {
        const MARK: &[u8] = b"who are you?";
        // An answer may have asked for a neighbour; a second question has to wait.
        self.wait(Duration::from_secs(2));
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(self.socket);
        let _ = socket.send_slice(MARK, (Ipv4Address::from_octets(address), 9));
        let sent = self.wait(Duration::ZERO);
        let frame = sent.iter().find(|frame| frame.ends_with(MARK))?;
        frame.first_chunk().copied()
    }
}
