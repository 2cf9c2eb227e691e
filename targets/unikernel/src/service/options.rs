//! The command line: words, each `NAME=VALUE`.
//!
//! ```text
//! address=ADDRESS/LENGTH  an address of the interface, IPv4 or IPv6; may be given more than once. Without one for IPv4,
//!                         DHCP gives it
//! gateway=ADDRESS         the default router
//! dns=ADDRESS             a name server; may be given more than once. DHCP may name others
//! resolve=NAME            look NAME up once there is a name server, and say what it is; may be given more than once
//! graphite=ADDRESS:PORT   send the counters there every ten seconds, in carbon's plaintext protocol
//! ```

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use smoltcp::wire::{IpAddress, IpCidr};

/// What the command line says.
#[derive(Debug, Default)]
pub struct Options {
    /// Addresses of the interface.
    pub addresses: Vec<IpCidr>,
    /// Default routers.
    pub gateways: Vec<IpAddress>,
    /// Name servers.
    pub servers: Vec<IpAddress>,
    /// Names to look up.
    pub names: Vec<String>,
    /// Where to send the counters.
    pub graphite: Option<SocketAddr>,
}

impl Options {
    /// Reads a command line.
    pub fn parse(line: &str) -> Result<Self, String> {
        let mut options = Self::default();
        for word in line.split_ascii_whitespace() {
            let wrong = || format!("'{word}' on the command line makes no sense");
            let (name, value) = word.split_once('=').ok_or_else(wrong)?;
            match name {
                "address" => {
                    let (address, length) = value.split_once('/').ok_or_else(wrong)?;
                    let address = ip(address).ok_or_else(wrong)?;
                    let most = if matches!(address, IpAddress::Ipv4(_)) { 32 } else { 128 };
                    let length = length.parse().ok().filter(|&length| length <= most).ok_or_else(wrong)?;
                    options.addresses.push(IpCidr::new(address, length));
                }
                "gateway" => options.gateways.push(ip(value).ok_or_else(wrong)?),
                "dns" => options.servers.push(ip(value).ok_or_else(wrong)?),
                "resolve" => options.names.push(value.to_string()),
                "graphite" => options.graphite = Some(value.parse().map_err(|_| wrong())?),
                _ => return Err(wrong()),
            }
        }
        Ok(options)
    }

    /// Whether an IPv4 address is to be asked for.
    pub fn wants_dhcp(&self) -> bool {
        !self.addresses.iter().any(|address| matches!(address, IpCidr::Ipv4(_)))
    }
}

fn ip(text: &str) -> Option<IpAddress> {
    text.parse::<IpAddr>().ok().map(Into::into)
}
