//! What is served over TCP: sockets that listen, and what each of them is in the middle of.

use alloc::sync::Arc;
use alloc::vec::Vec;

use rustls::ServerConfig;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::{self, Socket};

use super::http::Exchange;
use super::metrics::Metrics;
use super::network::Network;
use super::tls::Session;

/// How many connections to each port there may be at once.
const BACKLOG: usize = 32;

/// How long a silent connection is kept.
const PATIENCE: smoltcp::time::Duration = smoltcp::time::Duration::from_secs(30);

/// What a port serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    /// What comes goes back (RFC 862).
    Echo,
    Http,
    Https,
}

const SERVICES: [(u16, Service); 3] = [(7, Service::Echo), (80, Service::Http), (443, Service::Https)];

/// What a connection is in the middle of.
enum State {
    Waiting,
    Echo,
    Http(Exchange),
    Https(alloc::boxed::Box<Session>),
}

struct Slot {
    handle: SocketHandle,
    port: u16,
    service: Service,
    state: State,
}

/// All sockets that serve.
pub struct Connections {
    slots: Vec<Slot>,
    config: Arc<ServerConfig>,
}

impl Connections {
    /// Sockets on all ports.
    pub fn new(network: &mut Network, config: Arc<ServerConfig>) -> Self {
        let ports = SERVICES.iter().flat_map(|port| [port; BACKLOG]);
        let slots = ports.map(|&(port, service)| {
            let handle = network.add_tcp();
            let (socket, _) = network.socket::<Socket<'_>>(handle);
            socket.set_timeout(Some(PATIENCE));
            Slot { handle, port, service, state: State::Waiting }
        });
        Self { slots: slots.collect(), config }
    }

    /// Goes on with every connection.
    pub fn work(&mut self, network: &mut Network, metrics: &mut Metrics) {
        for slot in &mut self.slots {
            slot.work(network.socket(slot.handle).0, &self.config, metrics);
        }
    }
}

impl Slot {
    fn work(&mut self, socket: &mut Socket<'_>, config: &Arc<ServerConfig>, metrics: &mut Metrics) {
        if socket.state() == tcp::State::TimeWait {
            // Both sides have closed and know it. To keep the port from the next peer for as long as RFC 9293 says would leave
            // a few short connections with nobody to answer the rest.
            socket.abort();
        }
        if !socket.is_open() {
            self.state = State::Waiting;
            // The port is not zero and the socket is closed.
            let _ = socket.listen(self.port);
            return;
        }
        if matches!(self.state, State::Waiting) {
            if !socket.is_active() || socket.state() == tcp::State::SynReceived {
                return;
            }
            metrics.connections += 1;
            self.state = match self.service {
                Service::Echo => State::Echo,
                Service::Http => State::Http(Exchange::default()),
                Service::Https => match Session::new(config.clone()) {
                    Ok(session) => State::Https(session.into()),
                    Err(_) => return socket.abort(),
                },
            };
        }
        match &mut self.state {
            State::Waiting => {}
            State::Echo => echo(socket, metrics),
            State::Http(exchange) => exchange.work(socket, metrics),
            State::Https(session) => session.work(socket, metrics),
        }
    }
}

fn echo(socket: &mut Socket<'_>, metrics: &mut Metrics) {
    while socket.can_recv() && socket.can_send() {
        let room = socket.send_capacity() - socket.send_queue();
        let mut piece = [0; 1024];
        let most = room.min(piece.len());
        // Checked just now: there is something to receive and room to send it.
        let count = socket.recv_slice(&mut piece[..most]).unwrap_or(0);
        let _ = socket.send_slice(&piece[..count]);
        metrics.echoed_bytes += count as u64;
    }
    if !socket.may_recv() && !socket.can_recv() {
        socket.close();
    }
}
