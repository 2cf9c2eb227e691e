//! The mailbox that a harness shares with the guest: mapped into the tender, and announced on the guest's command line.

use std::ffi::c_void;
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::ptr::{self, NonNull};

use halligan_solo5::mailbox::{ANNOUNCEMENT, CONTROL_SIZE, Control};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::fstat;
use rustix::mm::{MapFlags, ProtFlags, mmap};
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::Error;
use crate::devices::inherit;
use crate::options::MailboxOption;

/// A mapped mailbox.
pub(crate) struct Mailbox {
    /// Where the tender sees it.
    pub(crate) base: NonNull<c_void>,
    /// Size in bytes.
    pub(crate) size: u64,
    /// On which the guest waits.
    pub(crate) wake: OwnedFd,
    /// With which the guest wakes the harness.
    pub(crate) done: OwnedFd,
}

impl Mailbox {
    /// Maps the memory that the harness passed, at `address` if one is given.
    pub(crate) fn map(option: MailboxOption, address: Option<u64>) -> Result<Self, Error> {
        // A guest that nobody asks for anything would wait for ever.
        set_parent_process_death_signal(Some(Signal::KILL)).map_err(Error::host("tie itself to the harness"))?;
        // The harness may have been killed before: then nobody reads what the guest says.
        let mut output = [PollFd::from_borrowed_fd(rustix::stdio::stdout(), PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        if poll(&mut output, Some(&now)).is_ok() && output[0].revents().contains(PollFlags::ERR) {
            return Err(Error::host("reach the harness")(io::Error::from(io::ErrorKind::BrokenPipe)));
        }
        let take = |fd: RawFd| inherit(fd).map_err(Error::host(format!("use descriptor @{fd} for the mailbox")));
        let (memory, wake, done) = (take(option.memory)?, take(option.wake)?, take(option.done)?);
        let length = fstat(&memory).map_err(Error::host("measure the mailbox"))?.st_size as u64;
        let size = option.size;
        if size < CONTROL_SIZE as u64 || size > length {
            return Err(Error::Limit(format!(
                "--mailbox: {size} bytes do not lie between {CONTROL_SIZE} and the {length} of its memory"
            )));
        }
        let wanted = ptr::without_provenance_mut::<c_void>(address.unwrap_or(0) as usize);
        let flags = MapFlags::SHARED | address.map_or(MapFlags::empty(), |_| MapFlags::FIXED_NOREPLACE);
        // SAFETY: the mapping replaces no other; it stays for as long as the process.
        let mapped = unsafe { mmap(wanted, size as usize, ProtFlags::READ | ProtFlags::WRITE, flags, &memory, 0) }
            .map_err(Error::host("map the mailbox"))?;
        match NonNull::new(mapped) {
            Some(base) if address.is_none() || mapped == wanted => Ok(Self { base, size, wake, done }),
            _ => Err(Error::host("map the mailbox")(io::Error::other("something else is mapped there"))),
        }
    }

    /// The word of the command line that tells the guest where it sees the mailbox, what it calls the doorbells, and where
    /// it has snapshots taken and restored.
    pub(crate) fn announcement(&self, address: u64, wake: i32, done: i32, restore: Option<u64>) -> String {
        let restore = restore.map_or_else(String::new, |at| format!(",{at}"));
        format!("{ANNOUNCEMENT}{address},{},{wake},{done}{restore}", self.size)
    }

    /// Its control page.
    pub(crate) fn control(&self) -> &'static Control {
        // SAFETY: the page is mapped for as long as the process, aligned, and all its words are atomic.
        unsafe { self.base.cast().as_ref() }
    }
}
