//! Devices: what the command line attaches to the entries of a manifest.

mod block;
mod events;
mod net;

use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

use halligan_solo5::abi::manifest::{BLOCK, Block, NET, Net};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, fcntl_dupfd_cloexec};

pub use events::Events;

use crate::Error;
use crate::hvt::{Readable, Writable};
use crate::manifest::Manifest;
use crate::options::Attachment;
use crate::record;

/// How long a network device may take to have room for a frame: a guest is faster than a reader of a socket.
const PATIENCE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// A device of the host that stands behind an entry of the manifest.
#[derive(Debug)]
pub struct Device {
    /// Index of the entry.
    pub index: usize,
    /// The host's handle on it.
    pub fd: OwnedFd,
    /// What it is.
    pub kind: Kind,
}

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A block device.
    Block(Block),
    /// A network device.
    Net(Net),
}

impl Device {
    /// Whether it is a network device.
    pub(crate) fn is_net(&self) -> bool {
        matches!(self.kind, Kind::Net(_))
    }

    /// Whether it is a block device that holds `length` bytes from `offset` on.
    pub(crate) fn has_blocks(&self, offset: u64, length: u64) -> bool {
        let Kind::Block(Block { capacity, .. }) = self.kind else { return false };
        offset < capacity && offset.checked_add(length).is_some_and(|end| end <= capacity)
    }

    /// Reads from a block device, which has all of the bytes.
    pub(crate) fn read_at(&self, mut bytes: Writable<'_>, mut offset: u64) -> Result<(), Errno> {
        while bytes.len() > 0 {
            match bytes.read_from_at(&self.fd, offset)? {
                // Somebody has cut the file.
                0 => return Err(Errno::IO),
                count => (bytes, offset) = (bytes.skip(count), offset + count as u64),
            }
        }
        Ok(())
    }

    /// Writes to a block device, which has all of the bytes.
    pub(crate) fn write_at(&self, mut bytes: Readable<'_>, mut offset: u64) -> Result<(), Errno> {
        while bytes.len() > 0 {
            let count = bytes.write_to_at(&self.fd, offset)?;
            (bytes, offset) = (bytes.skip(count), offset + count as u64);
        }
        Ok(())
    }

    /// Sends a frame on a network device, and waits a while for one that is full.
    pub(crate) fn send(&self, frame: Readable<'_>) -> Result<(), Errno> {
        let mut sent = frame.write_to(&self.fd);
        if sent == Err(Errno::AGAIN) {
            let _ = poll(&mut [PollFd::new(&self.fd, PollFlags::OUT)], Some(&PATIENCE));
            sent = frame.write_to(&self.fd);
        }
        if sent? == frame.len() { Ok(()) } else { Err(Errno::IO) }
    }

    /// Receives a frame from a network device and returns its length; none where there is no frame.
    pub(crate) fn receive(&self, frame: Writable<'_>) -> Result<Option<usize>, Errno> {
        match frame.read_from(&self.fd) {
            Ok(0) | Err(Errno::AGAIN) => Ok(None),
            Ok(length) => Ok(Some(length)),
            Err(errno) => Err(errno),
        }
    }
}

/// The network device at this index of the manifest.
pub(crate) fn find_net(devices: &[Device], index: u64) -> Option<&Device> {
    find(devices, index).filter(|device| device.is_net())
}

/// The device at this index of the manifest.
pub(crate) fn find(devices: &[Device], index: u64) -> Option<&Device> {
    devices.iter().find(|device| device.index as u64 == index)
}

/// Opens what `attachments` ask for and fills in `manifest`.
///
/// # Errors
/// Fails where the manifest does not declare a device, or declares one that is not attached, and where the host has no
/// such thing.
pub fn attach(attachments: &[Attachment], manifest: &mut Manifest) -> Result<Vec<Device>, Error> {
    let mut devices: Vec<Device> = Vec::new();
    for attachment in attachments {
        let (kind, name) = match attachment {
            Attachment::Net(name, _) | Attachment::NetMac(name, _) | Attachment::Pcap(name, _) => (NET, name),
            Attachment::Block(name, _) | Attachment::BlockSize(name, _) => (BLOCK, name),
        };
        let index = manifest.find(kind, name)?;
        let opened = match attachment {
            Attachment::Net(_, backend) => net::open(name, backend)?,
            Attachment::Block(_, path) => block::open(name, path)?,
            // Settled below, whichever option comes first.
            Attachment::NetMac(..) | Attachment::Pcap(..) | Attachment::BlockSize(..) => continue,
        };
        let attached = &mut manifest.entry_mut(index).attached;
        if *attached != 0 {
            return Err(Error::device(name, "attached twice"));
        }
        *attached = 1;
        devices.push(Device { index, fd: opened.0, kind: opened.1 });
    }
    manifest.check_attached()?;
    for attachment in attachments {
        let Attachment::Pcap(name, path) = attachment else { continue };
        let index = manifest.find(NET, name)?;
        if let Some(device) = devices.iter_mut().find(|device| device.index == index) {
            let fd = device.fd.try_clone().map_err(Error::host("duplicate a descriptor"))?;
            device.fd = record::start(name, fd, path)?;
        }
    }
    for device in &mut devices {
        let entry = manifest.entry_mut(device.index);
        let name = entry.name().unwrap_or_default().to_owned();
        entry.descriptor = device.fd.as_raw_fd();
        entry.properties = match &mut device.kind {
            Kind::Net(properties) => {
                net::set_mac(properties, &name, attachments)?;
                (*properties).into()
            }
            Kind::Block(properties) => {
                block::set_block_size(properties, &name, attachments)?;
                (*properties).into()
            }
        };
    }
    Ok(devices)
}

/// A descriptor of our own for one that the caller passed on the command line.
pub(crate) fn inherit(fd: RawFd) -> Result<OwnedFd, Errno> {
    // SAFETY: the descriptor is used for this one call alone, which fails where it is not open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    fcntl_dupfd_cloexec(borrowed, 3)
}
