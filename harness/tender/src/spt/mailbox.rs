//! The mailbox that a harness shares with the guest: mapped at a fixed address and announced on the command line.

use std::ffi::c_void;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::ptr;

use halligan_solo5::mailbox::{ANNOUNCEMENT, CONTROL_SIZE, Control};
use rustix::fs::fstat;
use rustix::mm::{MapFlags, ProtFlags, mmap};
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::Error;
use crate::devices::inherit;
use crate::options::MailboxOption;

/// Where the guest sees the mailbox: far above any guest's memory, and far below where the kernel maps the tender.
const ADDRESS: u64 = 0x1000_0000_0000;

/// A mapped mailbox.
pub(super) struct Mailbox {
    size: u64,
    /// On which the guest waits.
    pub(super) wake: OwnedFd,
    /// With which the guest wakes the harness.
    pub(super) done: OwnedFd,
}

impl Mailbox {
    /// Maps the memory that the harness passed.
    pub(super) fn map(option: MailboxOption) -> Result<Self, Error> {
        // A guest that nobody asks for anything would wait for ever.
        set_parent_process_death_signal(Some(Signal::KILL)).map_err(Error::host("tie itself to the harness"))?;
        let take = |fd: RawFd| inherit(fd).map_err(Error::host(format!("use descriptor @{fd} for the mailbox")));
        let (memory, wake, done) = (take(option.memory)?, take(option.wake)?, take(option.done)?);
        let length = fstat(&memory).map_err(Error::host("measure the mailbox"))?.st_size as u64;
        let size = option.size;
        if size < CONTROL_SIZE as u64 || size > length {
            return Err(Error::Limit(format!(
                "--mailbox: {size} bytes do not lie between {CONTROL_SIZE} and the {length} of its memory"
            )));
        }
        let base = ptr::without_provenance_mut::<c_void>(ADDRESS as usize);
        let flags = MapFlags::SHARED | MapFlags::FIXED_NOREPLACE;
        // SAFETY: the mapping replaces no other; it stays for as long as the process.
        let mapped = unsafe { mmap(base, size as usize, ProtFlags::READ | ProtFlags::WRITE, flags, &memory, 0) }
            .map_err(Error::host("map the mailbox"))?;
        if mapped != base {
            return Err(Error::host("map the mailbox")(io::Error::other("something else is mapped there")));
        }
        Ok(Self { size, wake, done })
    }

    /// The word of the command line that tells the guest.
    pub(super) fn announcement(&self) -> String {
        let (wake, done) = (self.wake.as_raw_fd(), self.done.as_raw_fd());
        format!("{ANNOUNCEMENT}{ADDRESS},{},{wake},{done}", self.size)
    }

    /// Its control page.
    pub(super) fn control(&self) -> &'static Control {
        // SAFETY: the page is mapped for as long as the process, aligned, and all its words are atomic.
        unsafe { &*ptr::with_exposed_provenance(ADDRESS as usize) }
    }
}
