//! Sends the counters to Graphite's carbon, over a TCP connection a time.

use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::Socket;

use super::http::send;
use super::metrics::Metrics;
use super::network::Network;

const INTERVAL: Duration = Duration::from_secs(10);

/// Ephemeral ports (RFC 6335 section 6).
const PORTS: core::ops::RangeInclusive<u16> = 49152..=65535;

/// How long a connection may take.
const PATIENCE: smoltcp::time::Duration = smoltcp::time::Duration::from_secs(5);

/// A sender.
pub struct Graphite {
    socket: SocketHandle,
    server: SocketAddr,
    port: u16,
    next: Duration,
    text: Vec<u8>,
}

impl Graphite {
    /// A sender that has not begun.
    pub fn new(network: &mut Network, server: SocketAddr) -> Self {
        let socket = network.add_tcp();
        network.socket::<Socket<'_>>(socket).0.set_timeout(Some(PATIENCE));
        Self { socket, server, port: *PORTS.start(), next: Duration::ZERO, text: Vec::new() }
    }

    /// Goes on.
    pub fn work(&mut self, network: &mut Network, metrics: &Metrics, now: Duration) {
        let ready = network.has_ipv4();
        let (socket, context) = network.socket::<Socket<'_>>(self.socket);
        if now >= self.next && !socket.is_open() && ready {
            self.next = now + INTERVAL;
            // Where there is no route yet, the next time will do.
            if socket.connect(context, self.server, self.port).is_ok() {
                self.text = metrics.graphite().into_bytes();
                self.port = if self.port == *PORTS.end() { *PORTS.start() } else { self.port + 1 };
            }
        }
        if socket.may_send() && !self.text.is_empty() {
            send(socket, &mut self.text);
            if self.text.is_empty() {
                socket.close();
            }
        }
    }
}
