//! The stack served for real, as a Solo5 unikernel: ping, TCP echo, HTTP and HTTPS, a DNS resolver, and counters sent to
//! Graphite.
//!
//! It needs the network device `service` and the block device `storage`, whose blocks begin with a certificate chain and
//! its private key as PEM. [`options`] tells what its command line says.

mod allocator;
mod certificate;
mod connection;
mod device;
mod graphite;
mod http;
mod libc;
mod metrics;
mod network;
mod options;
mod random;
mod resolver;
mod tls;

use alloc::string::String;
use core::fmt::Write;
use core::time::Duration;

use halligan_solo5::guest::{self, Console, Guest};

use connection::Connections;
use graphite::Graphite;
use metrics::Metrics;
use network::Network;
use options::Options;
use resolver::Resolver;

/// Longest sleep, so that what counts seconds goes on.
const NAP: Duration = Duration::from_secs(1);

/// Serves until something is wrong with what it was given.
pub fn main(guest: &Guest) -> u8 {
    allocator::claim();
    let Err(error) = serve(guest);
    say!("{error}");
    1
}

/// Writes a line to the console.
macro_rules! say {
    ($($arguments:tt)*) => {{
        // The console does not fail.
        let _ = writeln!(Console, "halligan-service: {}", format_args!($($arguments)*));
    }};
}
use say;

fn serve(guest: &Guest) -> Result<core::convert::Infallible, String> {
    let options = Options::parse(guest.command_line())?;
    let devices = guest.devices();
    let storage = devices.block("storage").ok_or("the block device 'storage' is missing")?;
    let config = tls::config(&certificate::read(&storage)?)?;
    let net = devices.net("service").ok_or("the network device 'service' is missing")?;
    let mut network = Network::new(net, &options)?;
    let mut connections = Connections::new(&mut network, config);
    let mut resolver = Resolver::new(&mut network, &options);
    let mut graphite = options.graphite.map(|server| Graphite::new(&mut network, server));
    let mut metrics = Metrics::new(guest::monotonic());
    say!("ready, {} bytes of memory left", allocator::left());
    loop {
        let now = guest::monotonic();
        network.poll(now);
        metrics.frames = network.frames();
        connections.work(&mut network, &mut metrics);
        resolver.work(&mut network, &mut metrics);
        if let Some(graphite) = &mut graphite {
            graphite.work(&mut network, &metrics, now);
        }
        let pause = network.poll(guest::monotonic()).unwrap_or(NAP).min(NAP);
        if !pause.is_zero() {
            guest.host().poll(guest::monotonic() + pause);
        }
    }
}
