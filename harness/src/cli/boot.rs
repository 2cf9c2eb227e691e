//! `halligan boot`: runs the unikernel that serves the stack.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use rustix::fs::{MemfdFlags, memfd_create};

use super::Status;
use crate::agents::Service;
use crate::host::Kind;

/// The certificate that is served where no other is given: self-signed, for `unikernel.test`, its key known to all.
const IDENTITY: &[u8] = include_bytes!("../../../targets/unikernel/identity.pem");

/// Size of the blocks of a device in bytes.
const BLOCK: usize = 512;

const EXAMPLES: &str = "\
Examples:
  ip tuntap add tap100 mode tap; ip addr add 192.0.2.1/24 dev tap100; ip link set tap100 up
  halligan boot --net tap100 --address 192.0.2.2/24
  halligan boot --net tap100 --dns 192.0.2.1 --resolve example.org --pcap boot.pcapng";

/// Boot the unikernel that serves the stack: ping, TCP echo (port 7), HTTP and HTTPS with /metrics, until Ctrl-C.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Where it runs: spt, a sandboxed process, or hvt, a virtual machine.
    #[arg(long, value_name = "HOST", default_value_t = Kind::Spt, value_parser = host)]
    host: Kind,
    /// The TAP interface that is its wire; it must exist and be up.
    #[arg(long, value_name = "INTERFACE")]
    net: String,
    /// Its address, IPv4 or IPv6, once or more. Without one for IPv4 it asks DHCP.
    #[arg(long, value_name = "ADDRESS/LENGTH", value_parser = address)]
    address: Vec<String>,
    /// Its default router.
    #[arg(long, value_name = "ADDRESS")]
    gateway: Vec<IpAddr>,
    /// A name server, once or more. DHCP may name others.
    #[arg(long, value_name = "ADDRESS")]
    dns: Vec<IpAddr>,
    /// Look this name up and say what it is, once or more.
    #[arg(long, value_name = "NAME")]
    resolve: Vec<String>,
    /// Send its counters to this carbon, every ten seconds.
    #[arg(long, value_name = "ADDRESS:PORT")]
    graphite: Option<SocketAddr>,
    /// Certificate chain and private key in one PEM file [default: a self-signed one for unikernel.test].
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Record its traffic as pcapng.
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// Its memory in MiB.
    #[arg(long, value_name = "MIB", default_value = "64")]
    mem: u64,
}

impl Arguments {
    /// Runs the command: this process becomes the tender.
    pub fn run(self) -> Result<Status> {
        self.host.available().with_context(|| format!("the host '{}' does not work here", self.host))?;
        let identity = match &self.certificate {
            Some(path) => fs::read(path).with_context(|| format!("cannot read {}", path.display()))?,
            None => IDENTITY.to_vec(),
        };
        let service = Service::build()?;
        let image = if self.host == Kind::Hvt { &service.hvt } else { &service.spt };
        let storage = storage(identity).context("cannot make the block device with the certificate")?;
        let mut command = Command::new(&service.tender);
        command.arg(format!("--mem={}", self.mem)).arg(format!("--net:service={}", self.net));
        command.arg(format!("--block:storage=/proc/self/fd/{}", storage.as_raw_fd()));
        if let Some(path) = &self.pcap {
            let mut option = std::ffi::OsString::from("--pcap:service=");
            option.push(path);
            command.arg(option);
        }
        command.arg("--").arg(image).args(self.words());
        Err(command.exec()).with_context(|| format!("cannot start {}", service.tender.display()))
    }

    /// The guest's command line.
    fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut say = |name: &str, value: &dyn ToString| words.push(format!("{name}={}", value.to_string()));
        self.address.iter().for_each(|address| say("address", address));
        self.gateway.iter().for_each(|gateway| say("gateway", gateway));
        self.dns.iter().for_each(|server| say("dns", server));
        self.resolve.iter().for_each(|name| say("resolve", name));
        self.graphite.iter().for_each(|server| say("graphite", server));
        words
    }
}

/// A block device in memory that begins with `bytes`; the program that this process becomes inherits it.
fn storage(mut bytes: Vec<u8>) -> Result<OwnedFd> {
    bytes.resize(bytes.len().max(1).next_multiple_of(BLOCK), b'\n');
    let mut file = fs::File::from(memfd_create("halligan-storage", MemfdFlags::empty())?);
    file.write_all(&bytes)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file.into())
}

fn host(text: &str) -> Result<Kind> {
    match text.parse()? {
        Kind::Native => bail!("the unikernel boots on spt or hvt"),
        kind => Ok(kind),
    }
}

fn address(text: &str) -> Result<String, &'static str> {
    let parsed = text.split_once('/').and_then(|(address, length)| {
        let most = if address.parse::<IpAddr>().ok()?.is_ipv4() { 32 } else { 128 };
        length.parse().ok().filter(|length: &u8| *length <= most)
    });
    parsed.map(|_| text.to_owned()).ok_or("expected ADDRESS/LENGTH, as in 192.0.2.2/24")
}
