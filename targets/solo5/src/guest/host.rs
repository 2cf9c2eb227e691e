//! The host, of whichever kind: the same image code runs under either tender, and the entry point says under which.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;

use super::device::Errno;
use super::{hvt, spt};
use crate::abi::{self, Target};
use crate::mailbox::Doorbell;

static IS_HVT: AtomicBool = AtomicBool::new(false);

/// What a tender tells about memory, the command line and the devices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Boot {
    pub(super) memory_size: u64,
    pub(super) image_end: u64,
    pub(super) command_line: u64,
    pub(super) manifest: u64,
    pub(super) host: Host,
}

impl Boot {
    /// Reads boot information, and notes the kind of host.
    ///
    /// # Safety
    /// `information` must point to boot information as the ABI of `target` describes it.
    pub(super) unsafe fn read(target: Target, information: *const u8) -> Self {
        match target {
            Target::Spt => {
                // SAFETY: the caller vouches for it.
                let boot = unsafe { &*information.cast::<abi::spt::BootInfo>() };
                Self {
                    memory_size: boot.memory_size,
                    image_end: boot.image_end,
                    command_line: boot.command_line,
                    manifest: boot.manifest,
                    host: Host::Spt(spt::Host::new(boot)),
                }
            }
            Target::Hvt => {
                // SAFETY: the caller vouches for it.
                let boot = unsafe { &*information.cast::<abi::hvt::BootInfo>() };
                IS_HVT.store(true, Ordering::Relaxed);
                hvt::init(boot);
                Self {
                    memory_size: boot.memory_size,
                    image_end: boot.image_end,
                    command_line: boot.command_line.0,
                    manifest: boot.manifest.0,
                    host: Host::Hvt,
                }
            }
        }
    }
}

pub(super) fn is_hvt() -> bool {
    IS_HVT.load(Ordering::Relaxed)
}

/// Writes to the console. There is nobody to tell of an error.
pub(super) fn write_console(bytes: &[u8]) {
    if is_hvt() { hvt::write_console(bytes) } else { spt::write_console(bytes) }
}

/// Ends the guest.
pub fn exit(status: u8) -> ! {
    if is_hvt() { hvt::exit(status) } else { spt::exit(status) }
}

/// Time since some moment in the past; never goes back.
pub fn monotonic() -> Duration {
    if is_hvt() { hvt::monotonic() } else { spt::monotonic() }
}

/// Time since 1970-01-01 00:00 UTC.
pub fn wall() -> Duration {
    if is_hvt() { hvt::wall() } else { spt::wall() }
}

/// How a guest waits.
#[derive(Clone, Copy, Debug)]
pub enum Host {
    /// For descriptors of the host's.
    Spt(spt::Host),
    /// By a hypercall.
    Hvt,
}

impl Host {
    /// Waits until a network device has a frame to read or the [`monotonic`] clock reaches `deadline`. Returns the ready
    /// devices as a set of bits, each the index of an entry of the manifest.
    pub fn poll(&self, deadline: Duration) -> u64 {
        match self {
            Self::Spt(host) => host.poll(deadline),
            Self::Hvt => hvt::poll(deadline),
        }
    }
}

/// A device as its tender knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handle {
    /// Index of its entry in the manifest, by which hvt knows it.
    pub(super) index: usize,
    /// Descriptor of the host's, by which spt knows it.
    pub(super) descriptor: i32,
}

impl Handle {
    /// Reads a frame; none where there is none.
    pub(super) fn net_read(self, frame: &mut [u8]) -> Result<Option<usize>, Errno> {
        if is_hvt() { hvt::net_read(self.index, frame) } else { spt::net_read(self.descriptor, frame) }
    }

    /// Sends a frame.
    pub(super) fn net_write(self, frame: &[u8]) -> Result<(), Errno> {
        if is_hvt() { hvt::net_write(self.index, frame) } else { spt::net_write(self.descriptor, frame) }
    }

    /// Reads a block.
    pub(super) fn block_read(self, block: &mut [u8], offset: u64) -> Result<(), Errno> {
        if is_hvt() {
            hvt::block_read(self.index, block, offset)
        } else {
            spt::block_read(self.descriptor, block, offset)
        }
    }

    /// Writes a block.
    pub(super) fn block_write(self, block: &[u8], offset: u64) -> Result<(), Errno> {
        if is_hvt() {
            hvt::block_write(self.index, block, offset)
        } else {
            spt::block_write(self.descriptor, block, offset)
        }
    }
}

/// The doorbells of a mailbox, as the tender announced them: descriptors on spt, ports on hvt.
#[derive(Clone, Copy, Debug)]
pub struct Bell {
    /// Waits for the harness.
    pub wake: i32,
    /// Wakes the harness.
    pub done: i32,
}

impl Doorbell for Bell {
    fn ring(&self) {
        if is_hvt() { hvt::signal(self.done) } else { spt::ring(self.done) }
    }

    fn wait(&self) {
        if is_hvt() { hvt::signal(self.wake) } else { spt::wait(self.wake) }
    }
}
