//! A node of smoltcp's with one TCP socket, which segments are handed to: no link layer, and time that passes when it is told to.

use alloc::vec;
use alloc::vec::Vec;

use etherparse::TcpSlice;
use halligan_generators::Model;
use halligan_generators::model::tcp::{Flags, Header, OptionData, PSEUDO_HEADER, Segment, TcpOption};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::Medium;
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{HardwareAddress, IpCidr, Ipv4Packet};

use super::{DESTINATION, SOURCE};
use crate::wire::Wire;

/// What the node can receive and have unsent, in bytes. It is the window that it offers, unscaled.
pub const WINDOW: usize = 1024;

/// How long a connection is idle before it is probed.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Length of the IPv4 headers around segments, which have no options, in bytes.
const IP: usize = 20;

/// The node, between 192.0.2.2 and its peer 192.0.2.1.
pub struct Node {
    now: Instant,
    wire: Wire,
    interface: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
}

/// A segment that the node sent, as etherparse reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The flags in the order of the header.
    pub flags: u16,
    pub sequence: u32,
    pub acknowledgment: u32,
    pub window: u16,
    pub options: Vec<u8>,
    pub payload: Vec<u8>,
}

impl Node {
    fn new() -> Self {
        let now = Instant::from_secs(1);
        let mut wire = Wire::new(Medium::Ip, 1500);
        let mut interface = Interface::new(Config::new(HardwareAddress::Ip), &mut wire, now);
        interface.update_ip_addrs(|addresses| {
            // There is room for eight.
            let _ = addresses.push(IpCidr::new(DESTINATION, 24));
        });
        let buffer = || SocketBuffer::new(vec![0; WINDOW]);
        let mut sockets = SocketSet::new(Vec::with_capacity(1));
        let socket = sockets.add(Socket::new(buffer(), buffer()));
        Self { now, wire, interface, sockets, socket }
    }

    /// A node that listens at `port`, which is not 0.
    pub fn listening(port: u16) -> Self {
        let mut node = Self::new();
        // It is open to whoever has not asked for port 0.
        let _ = node.socket().listen(port);
        node
    }

    /// A node that has sent a SYN from `port` to the peer's port, neither of which is 0; and that SYN.
    pub fn connecting(port: u16, peer: u16) -> Option<(Self, Sent)> {
        let mut node = Self::new();
        let socket = node.sockets.get_mut::<Socket<'_>>(node.socket);
        socket.connect(node.interface.context(), (SOURCE, peer), port).ok()?;
        let syn = node.poll().into_iter().next()?;
        Some((node, syn))
    }

    /// A node that has accepted the peer's connection: the peer's next sequence number is `next`; and the node's own.
    /// `header` has the ports, and the SYN's window and options.
    pub fn established(header: &Header, next: u32) -> Option<(Self, u32)> {
        let mut node = Self::listening(header.destination_port);
        let syn = Header { flags: Flags::SYN, sequence_number: next.wrapping_sub(1), ..plain(header) };
        let answer = node.arrive(&Segment::Whole { header: syn, payload: Vec::new() }).pop()?;
        let own = answer.sequence.wrapping_add(1);
        let flags = Flags::ACK;
        let ack =
            Header { flags, sequence_number: next, acknowledgment_number: own, options: Vec::new(), ..plain(header) };
        node.arrive(&Segment::Whole { header: ack, payload: Vec::new() });
        (node.state() == State::Established).then_some((node, own))
    }

    fn socket(&mut self) -> &mut Socket<'static> {
        self.sockets.get_mut(self.socket)
    }

    /// Hands over a segment of the peer's; returns what the node sends.
    pub fn arrive(&mut self, segment: &Segment) -> Vec<Sent> {
        self.arrive_bytes(&segment.emit())
    }

    /// Hands over the bytes of a segment.
    pub fn arrive_bytes(&mut self, segment: &[u8]) -> Vec<Sent> {
        let Ok(length) = u16::try_from(IP + segment.len()) else { return Vec::new() };
        let mut packet = vec![0; IP];
        (packet[0], packet[8], packet[9]) = (0x45, 64, 6);
        packet[2..4].copy_from_slice(&length.to_be_bytes());
        packet[12..16].copy_from_slice(&PSEUDO_HEADER.source);
        packet[16..20].copy_from_slice(&PSEUDO_HEADER.destination);
        packet.extend_from_slice(segment);
        Ipv4Packet::new_unchecked(&mut packet[..]).fill_checksum();
        self.wire.inbound.push_back(packet);
        self.poll()
    }

    /// Has the application send; returns what the node sends.
    pub fn send(&mut self, data: &[u8]) -> Vec<Sent> {
        // What does not fit into the buffer is not sent.
        let _ = self.socket().send_slice(data);
        self.poll()
    }

    /// Has the application close its side; returns what the node sends.
    pub fn close(&mut self) -> Vec<Sent> {
        self.socket().close();
        self.poll()
    }

    /// Has the application abort the connection; returns what the node sends.
    pub fn abort(&mut self) -> Vec<Sent> {
        self.socket().abort();
        self.poll()
    }

    /// Has the application ask for probes while the connection is idle, and for an end when the peer is silent.
    pub fn keep_alive(&mut self) {
        self.socket().set_keep_alive(Some(KEEP_ALIVE));
        self.socket().set_timeout(Some(KEEP_ALIVE * 10));
    }

    /// Lets time pass until the node has something to do; returns what it sends, or nothing where it waits for the peer alone.
    pub fn wait(&mut self) -> Option<Vec<Sent>> {
        self.now = self.interface.poll_at(self.now, &self.sockets)?.max(self.now);
        Some(self.poll())
    }

    fn poll(&mut self) -> Vec<Sent> {
        self.interface.poll(self.now, &mut self.wire, &mut self.sockets);
        self.wire.outbound.drain(..).filter_map(|packet| sent(packet.get(IP..)?)).collect()
    }

    /// Takes what the socket has received in order.
    pub fn read(&mut self) -> Vec<u8> {
        let mut data = vec![0; WINDOW];
        let length = self.socket().recv_slice(&mut data).unwrap_or(0);
        data.truncate(length);
        data
    }

    pub fn state(&self) -> State {
        self.sockets.get::<Socket<'_>>(self.socket).state()
    }
}

/// A header without lies.
pub fn plain(header: &Header) -> Header {
    use halligan_generators::Derived::Auto;
    Header { data_offset: Auto, reserved: Auto, checksum: Auto, ..header.clone() }
}

/// The option that offers selective acknowledgment.
pub fn sack_permitted() -> TcpOption {
    OptionData::SackPermitted.into()
}

fn sent(segment: &[u8]) -> Option<Sent> {
    let slice = TcpSlice::from_slice(segment).ok()?;
    Some(Sent {
        flags: u16::from_be_bytes([segment[12], segment[13]]) & 0x1ff,
        sequence: slice.sequence_number(),
        acknowledgment: slice.acknowledgment_number(),
        window: slice.window_size(),
        options: slice.options().to_vec(),
        payload: slice.payload().to_vec(),
    })
}
