//! The sandboxed process: the guest runs in this very process, in memory at the addresses that Solo5 fixes, behind a
//! seccomp filter that leaves it the few system calls of the ABI.
//!
//! Guest and tender share an address space, so nothing here relies on the tender's memory once the guest runs: all that
//! holds the guest is the filter, which the kernel keeps.

mod enter;
mod memory;
mod seccomp;
mod signals;
mod snapshot;

use std::convert::Infallible;
use std::os::fd::{AsRawFd, RawFd};

use halligan_solo5::abi::Target;

use crate::devices::{self, Device, Events, Kind};
use crate::mailbox::Mailbox;
use crate::{Error, Image, Options, command_line};
use memory::{Boot, Memory};
pub use snapshot::primitives;

use seccomp::Policy;
use snapshot::Snapshots;

/// Where the guest sees the mailbox: far above any guest's memory, and far below where the kernel maps the tender.
const MAILBOX_ADDRESS: u64 = 0x1000_0000_0000;

/// Turns this process into the guest of `image`. Returns only where that fails.
///
/// # Errors
/// Fails where the image is for another kind of host or does not fit, where a device cannot be attached, and where the
/// host's kernel refuses memory or the filter.
pub fn run(image: Image, options: &Options) -> Result<Infallible, Error> {
    image.check_target(Target::Spt)?;
    image.check_fits(options.memory)?;
    if options.cores.is_some() {
        return Err(Error::Usage("--dumpcore: only guests on hvt leave a core".to_owned()));
    }
    let mut manifest = image.manifest().clone();
    let devices = devices::attach(&options.attachments, &mut manifest)?;
    let events = Events::new(&devices)?;
    let mailbox = options.mailbox.map(|option| Mailbox::map(option, Some(MAILBOX_ADDRESS))).transpose()?;
    let restore = options.snapshots.then(snapshot::entry);
    let announcement = mailbox.as_ref().map(|mailbox| {
        mailbox.announcement(MAILBOX_ADDRESS, mailbox.wake.as_raw_fd(), mailbox.done.as_raw_fd(), restore)
    });
    let command_line = command_line::join(announcement, &options.arguments)?;

    let file = options.snapshots.then(|| snapshot::file(options.memory)).transpose()?;
    let mut memory = Memory::map(options.memory, options.executable_heap, file.as_ref())?;
    let snapshots = file.map(|file| Snapshots::prepare(options.memory, &file)).transpose()?;
    memory.load(&image)?;
    memory.set_boot_info(&Boot {
        image_end: image.end(),
        manifest: &manifest.to_bytes(),
        command_line: &command_line,
        epoll: events.epoll.as_raw_fd(),
        timer: events.timer.as_raw_fd(),
    });

    let (entry, text, stack) = (image.entry(), image.text(), image.end()..options.memory);
    drop(image);
    let mut policy = Policy::new(events.epoll.as_raw_fd(), events.timer.as_raw_fd());
    for device in &devices {
        match device.kind {
            Kind::Net(_) => policy.allow_net(device.fd.as_raw_fd()),
            Kind::Block(block) => policy.allow_block(device.fd.as_raw_fd(), block),
        }
    }
    if let Some(mailbox) = &mailbox {
        policy.allow_doorbells(mailbox.wake.as_raw_fd(), mailbox.done.as_raw_fd());
    }
    if let Some(snapshots) = &snapshots {
        policy.allow_scan(snapshots.pagemap.as_raw_fd(), snapshot::SCAN, snapshot::arguments());
    }
    let filter = policy.compile()?;
    close_all_but(&events, &devices, mailbox.as_ref(), snapshots.as_ref())?;
    signals::install(mailbox.as_ref().map(Mailbox::control), text, stack)?;
    // SAFETY: the image has been loaded and the boot information written; nothing of this process is needed any more.
    Err(unsafe { enter::enter(&filter, entry, options.memory) })
}

/// Closes what this process inherited or opened, but for the standard descriptors and what the guest needs.
fn close_all_but(
    events: &Events,
    devices: &[Device],
    mailbox: Option<&Mailbox>,
    snapshots: Option<&Snapshots>,
) -> Result<(), Error> {
    let tracking = snapshots.into_iter().flat_map(|snapshots| [&snapshots.pagemap, &snapshots.faults]);
    let doorbells = mailbox.into_iter().flat_map(|mailbox| [&mailbox.wake, &mailbox.done]);
    let needed = [&events.epoll, &events.timer].into_iter().chain(devices.iter().map(|device| &device.fd));
    let mut needed: Vec<RawFd> = needed.chain(doorbells).chain(tracking).map(AsRawFd::as_raw_fd).collect();
    needed.sort_unstable();
    let mut first = libc::STDERR_FILENO + 1;
    for fd in needed.into_iter().chain([RawFd::MAX]) {
        if first < fd {
            // SAFETY: no owner of a descriptor between the needed ones is left; the image has been dropped.
            let result = unsafe { libc::syscall(libc::SYS_close_range, first, fd - 1, 0) };
            if result == -1 {
                return Err(Error::host("close inherited descriptors")(std::io::Error::last_os_error()));
            }
        }
        first = fd.saturating_add(1);
    }
    Ok(())
}
