//! The interface: addresses, routes, sockets.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use core::time::Duration;

use halligan_solo5::guest::{Console, Net, monotonic};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::{AnySocket, dhcpv4, tcp};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr, Ipv4Address, Ipv4Cidr, Ipv6Address, Ipv6Cidr};

use super::device::{Frames, Link};
use super::options::Options;
use super::{random, say};

/// A TCP socket's buffer each way, in bytes.
const BUFFER: usize = 32 << 10;

/// An interface with its sockets.
pub struct Network {
    link: Link,
    interface: Interface,
    sockets: SocketSet<'static>,
    dhcp: Option<SocketHandle>,
    /// The IPv4 address that DHCP gave.
    leased: Option<Ipv4Cidr>,
    /// Name servers that DHCP named.
    pub servers: Vec<IpAddress>,
}

impl Network {
    /// An interface over `net`.
    pub fn new(net: Net, options: &Options) -> Result<Self, String> {
        let mut link = Link::new(net);
        let mut config = Config::new(EthernetAddress(net.mac()).into());
        config.random_seed = random::word().ok_or(random::MISSING)?;
        let mut interface = Interface::new(config, &mut link, instant(monotonic()));
        let mut fits = true;
        interface.update_ip_addrs(|addresses| {
            let given = options.addresses.iter().copied();
            for address in given.chain([IpCidr::Ipv6(Ipv6Cidr::new(link_local(net.mac()), 64))]) {
                fits &= addresses.push(address).is_ok();
            }
        });
        if !fits {
            return Err("there are too many addresses on the command line".into());
        }
        for gateway in &options.gateways {
            let routes = interface.routes_mut();
            let full = match gateway {
                IpAddress::Ipv4(address) => routes.add_default_ipv4_route(*address).is_err(),
                IpAddress::Ipv6(address) => routes.add_default_ipv6_route(*address).is_err(),
            };
            if full {
                return Err("there are too many gateways on the command line".into());
            }
        }
        for address in interface.ip_addrs() {
            say!("address {address}");
        }
        let mut sockets = SocketSet::new(Vec::new());
        let dhcp = options.wants_dhcp().then(|| sockets.add(dhcpv4::Socket::new()));
        Ok(Self { link, interface, sockets, dhcp, leased: None, servers: Vec::new() })
    }

    /// Receives and sends what there is. Says how long there is nothing to do unless a frame comes; nothing means for ever.
    pub fn poll(&mut self, now: Duration) -> Option<Duration> {
        let now = instant(now);
        self.interface.poll(now, &mut self.link, &mut self.sockets);
        self.lease();
        self.interface.poll_delay(now, &self.sockets).map(Into::into)
    }

    /// What the link has carried.
    pub fn frames(&self) -> Frames {
        self.link.frames
    }

    /// Adds a socket.
    pub fn add<T: AnySocket<'static>>(&mut self, socket: T) -> SocketHandle {
        self.sockets.add(socket)
    }

    /// Adds a TCP socket.
    pub fn add_tcp(&mut self) -> SocketHandle {
        let buffer = || tcp::SocketBuffer::new(alloc::vec![0; BUFFER]);
        self.add(tcp::Socket::new(buffer(), buffer()))
    }

    /// A socket, and what it needs of the interface to begin something.
    pub fn socket<T: AnySocket<'static>>(&mut self, handle: SocketHandle) -> (&mut T, &mut smoltcp::iface::Context) {
        (self.sockets.get_mut(handle), self.interface.context())
    }

    /// Whether it has an IPv4 address.
    pub fn has_ipv4(&self) -> bool {
        self.interface.ipv4_addr().is_some()
    }

    /// Takes over what DHCP says.
    fn lease(&mut self) {
        let Some(event) = self.dhcp.and_then(|dhcp| self.sockets.get_mut::<dhcpv4::Socket<'_>>(dhcp).poll()) else {
            return;
        };
        let (address, router) = match event {
            dhcpv4::Event::Configured(config) => {
                self.servers = config.dns_servers.iter().map(|server| IpAddress::Ipv4(*server)).collect();
                (Some(config.address), config.router)
            }
            dhcpv4::Event::Deconfigured => (None, None),
        };
        let old = core::mem::replace(&mut self.leased, address);
        self.interface.update_ip_addrs(|addresses| {
            addresses.retain(|known| old.is_none_or(|old| *known != IpCidr::Ipv4(old)));
            if let Some(address) = address {
                // What was taken away left room.
                let _ = addresses.push(IpCidr::Ipv4(address));
            }
        });
        self.route(router);
        match address {
            Some(address) => say!("address {address} by DHCP"),
            None if old.is_some() => say!("DHCP took the address back"),
            None => {}
        }
    }

    fn route(&mut self, router: Option<Ipv4Address>) {
        let routes = self.interface.routes_mut();
        routes.remove_default_ipv4_route();
        if let Some(router) = router {
            // There is room for the route that was removed.
            let _ = routes.add_default_ipv4_route(router);
        }
    }
}

/// The link-local address of an interface (RFC 4291 section 2.5.6), with the EUI-64 of its Ethernet address (appendix A).
fn link_local([a, b, c, d, e, f]: [u8; 6]) -> Ipv6Address {
    let group = |high, low| u16::from_be_bytes([high, low]);
    Ipv6Address::new(0xfe80, 0, 0, 0, group(a ^ 2, b), group(c, 0xff), group(0xfe, d), group(e, f))
}

fn instant(time: Duration) -> Instant {
    Instant::from_micros(time.as_micros() as i64)
}
