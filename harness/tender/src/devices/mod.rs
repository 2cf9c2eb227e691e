//! Devices: what the command line attaches to the entries of a manifest.

mod block;
mod net;

use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

use halligan_solo5::abi::manifest::{BLOCK, Block, NET, Net};
use rustix::io::{Errno, fcntl_dupfd_cloexec};

use crate::Error;
use crate::manifest::Manifest;
use crate::options::Attachment;

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

/// Opens what `attachments` ask for and fills in `manifest`.
///
/// # Errors
/// Fails where the manifest does not declare a device, or declares one that is not attached, and where the host has no
/// such thing.
pub fn attach(attachments: &[Attachment], manifest: &mut Manifest) -> Result<Vec<Device>, Error> {
    let mut devices: Vec<Device> = Vec::new();
    for attachment in attachments {
        let (kind, name) = match attachment {
            Attachment::Net(name, _) | Attachment::NetMac(name, _) => (NET, name),
            Attachment::Block(name, _) | Attachment::BlockSize(name, _) => (BLOCK, name),
        };
        let index = manifest.find(kind, name)?;
        let opened = match attachment {
            Attachment::Net(_, backend) => net::open(name, backend)?,
            Attachment::Block(_, path) => block::open(name, path)?,
            // Settled below, whichever option comes first.
            Attachment::NetMac(..) | Attachment::BlockSize(..) => continue,
        };
        let attached = &mut manifest.entry_mut(index).attached;
        if *attached != 0 {
            return Err(Error::device(name, "attached twice"));
        }
        *attached = 1;
        devices.push(Device { index, fd: opened.0, kind: opened.1 });
    }
    manifest.check_attached()?;
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
