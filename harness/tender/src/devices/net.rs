//! Network devices: TAP interfaces of the host, and descriptors that the caller opened.

use std::ffi::{CStr, c_char, c_int, c_ulong};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use halligan_solo5::abi::manifest::Net;
use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open as open_file};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use rustix::rand::{GetRandomFlags, getrandom};

use super::{Kind, inherit};
use crate::Error;
use crate::options::{Attachment, NetBackend};

/// MTU of a descriptor that is no TAP interface.
const DEFAULT_MTU: u16 = 1500;

const TUN_PATH: &str = "/dev/net/tun";

/// Opens `backend` as the device `name`.
pub(super) fn open(name: &str, backend: &NetBackend) -> Result<(OwnedFd, Kind), Error> {
    let (fd, mtu) = match backend {
        NetBackend::Interface(interface) => attach_tap(interface)
            .map_err(|(action, source)| Error::device(name, format!("cannot {action} {interface}: {source}")))?,
        NetBackend::Descriptor(number) => {
            let failed = |source| Error::device(name, format!("cannot use descriptor @{number}: {source}"));
            let fd = inherit(*number).map_err(failed)?;
            fcntl_getfl(&fd).and_then(|flags| fcntl_setfl(&fd, flags | OFlags::NONBLOCK)).map_err(failed)?;
            let mtu = tap_mtu(&fd).unwrap_or(DEFAULT_MTU);
            (fd, mtu)
        }
    };
    Ok((fd, Kind::Net(Net { mac: [0; 6], mtu, padding: 0 })))
}

/// Settles the Ethernet address: the last that an option names, or a random one that is locally administered.
pub(super) fn set_mac(net: &mut Net, name: &str, attachments: &[Attachment]) -> Result<(), Error> {
    let asked = attachments.iter().rev().find_map(|attachment| match attachment {
        Attachment::NetMac(of, mac) if of == name => Some(*mac),
        _ => None,
    });
    net.mac = match asked {
        Some(mac) => mac,
        None => {
            let mut mac = [0; 6];
            getrandom(&mut mac, GetRandomFlags::empty()).map_err(Error::host("draw an Ethernet address"))?;
            mac[0] = mac[0] & 0xfe | 0x02;
            mac
        }
    };
    Ok(())
}

/// Attaches to a TAP interface that exists and is up; returns its MTU too. On failure, says what was tried.
fn attach_tap(interface: &str) -> Result<(OwnedFd, u16), (&'static str, io::Error)> {
    let find = |source| ("find the interface", source);
    let mut request = Request::new(interface).map_err(find)?;
    let control = Control::open().map_err(find)?;
    // Without this look, attaching would make an interface that does not exist.
    request.ioctl(&control.0, libc::SIOCGIFFLAGS).map_err(find)?;
    if c_int::from(request.flags()) & (libc::IFF_UP | libc::IFF_RUNNING) == 0 {
        return Err(("use the interface", io::Error::from_raw_os_error(libc::ENETDOWN)));
    }
    let mtu = request.mtu(&control).map_err(find)?;

    let attach = |source| ("attach to the interface", source);
    let tun = open_file(TUN_PATH, OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| ("open /dev/net/tun for", errno.into()))?;
    request.set_flags((libc::IFF_TAP | libc::IFF_NO_PI) as i16);
    request.ioctl(&tun, libc::TUNSETIFF).map_err(attach)?;
    // A name with a '%' would have made a new interface.
    if request.name() != interface {
        return Err(attach(io::Error::from_raw_os_error(libc::EINVAL)));
    }
    disable_offloads(interface, &control);
    Ok((tun, mtu))
}

/// The MTU of the TAP interface behind `fd`, if it is one.
fn tap_mtu(fd: &OwnedFd) -> Option<u16> {
    let mut request = Request::new("").ok()?;
    request.ioctl(fd, libc::TUNGETIFF).ok()?;
    request.mtu(&Control::open().ok()?).ok()
}

/// Keeps the kernel from merging frames into ones larger than the MTU, which the guest would read truncated. Where the
/// interface knows no such thing, there is nothing to keep it from.
fn disable_offloads(interface: &str, control: &Control) {
    #[repr(C)]
    struct Value {
        command: u32,
        data: u32,
    }
    // <linux/ethtool.h>
    const ETHTOOL_SGSO: u32 = 0x24;
    const ETHTOOL_SGRO: u32 = 0x2c;
    for command in [ETHTOOL_SGRO, ETHTOOL_SGSO] {
        let mut value = Value { command, data: 0 };
        if let Ok(mut request) = Request::new(interface) {
            request.0.ifr_ifru.ifru_data = (&raw mut value).cast();
            let _ = request.ioctl(&control.0, libc::SIOCETHTOOL);
        }
    }
}

/// A socket to ask about interfaces with.
struct Control(OwnedFd);

impl Control {
    fn open() -> io::Result<Self> {
        Ok(Self(socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?))
    }
}

/// A request about an interface.
struct Request(libc::ifreq);

impl Request {
    fn new(interface: &str) -> io::Result<Self> {
        // SAFETY: a request is plain data, and valid as zeros.
        let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
        if interface.len() >= request.ifr_name.len() {
            return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
        }
        for (cell, byte) in request.ifr_name.iter_mut().zip(interface.bytes()) {
            *cell = byte as c_char;
        }
        Ok(Self(request))
    }

    fn ioctl(&mut self, fd: &OwnedFd, operation: c_ulong) -> io::Result<()> {
        // SAFETY: the operations used here take a request, which they read and write, and what its union points to.
        let result = unsafe { libc::ioctl(fd.as_raw_fd(), operation, &raw mut self.0) };
        if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    fn mtu(&mut self, control: &Control) -> io::Result<u16> {
        self.ioctl(&control.0, libc::SIOCGIFMTU)?;
        // SAFETY: the operation has stored the MTU in the union.
        let mtu = unsafe { self.0.ifr_ifru.ifru_mtu };
        u16::try_from(mtu).map_err(|_| io::Error::from_raw_os_error(libc::ERANGE))
    }

    fn flags(&self) -> i16 {
        // SAFETY: any bits are flags.
        unsafe { self.0.ifr_ifru.ifru_flags }
    }

    fn set_flags(&mut self, flags: i16) {
        self.0.ifr_ifru.ifru_flags = flags;
    }

    fn name(&self) -> String {
        let bytes: Vec<u8> = self.0.ifr_name.iter().map(|&byte| byte as u8).collect();
        CStr::from_bytes_until_nul(&bytes).unwrap_or_default().to_string_lossy().into_owned()
    }
}
