//! Looks names up.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use halligan_solo5::guest::Console;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::dns::{GetQueryResultError, QueryHandle, Socket};
use smoltcp::wire::{DnsQueryType, IpAddress};

use super::metrics::Metrics;
use super::network::Network;
use super::options::Options;
use super::say;

/// Looks up the names of the command line, one after the other.
pub struct Resolver {
    socket: SocketHandle,
    servers: Vec<IpAddress>,
    names: Vec<String>,
    query: Option<QueryHandle>,
}

impl Resolver {
    /// A resolver that has not begun.
    pub fn new(network: &mut Network, options: &Options) -> Self {
        let socket = network.add(Socket::new(&[], alloc::vec![]));
        let names = options.names.iter().rev().cloned().collect();
        Self { socket, servers: options.servers.clone(), names, query: None }
    }

    /// Goes on.
    pub fn work(&mut self, network: &mut Network, metrics: &mut Metrics) {
        let Some(name) = self.names.last() else { return };
        let servers = if self.servers.is_empty() { network.servers.clone() } else { self.servers.clone() };
        if servers.is_empty() || !network.has_ipv4() {
            return;
        }
        let (socket, context) = network.socket::<Socket<'_>>(self.socket);
        let Some(query) = self.query else {
            // More than smoltcp's limit are not asked.
            socket.update_servers(&servers[..servers.len().min(smoltcp::config::DNS_MAX_SERVER_COUNT)]);
            match socket.start_query(context, name, DnsQueryType::A) {
                Ok(query) => self.query = Some(query),
                Err(error) => {
                    say!("cannot look up {name}: {error}");
                    self.names.pop();
                }
            }
            return;
        };
        match socket.get_query_result(query) {
            Err(GetQueryResultError::Pending) => return,
            Ok(addresses) => {
                metrics.names_resolved += 1;
                say!("{name} is {}", addresses.first().copied().unwrap_or(IpAddress::v4(0, 0, 0, 0)));
            }
            Err(GetQueryResultError::Failed) => say!("{name} is not known"),
        }
        self.query = None;
        self.names.pop();
    }
}
