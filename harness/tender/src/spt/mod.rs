//! The sandboxed process: the guest runs in this very process, in memory at the addresses that Solo5 fixes, behind a
//! seccomp filter that leaves it the few system calls of the ABI.
//!
//! Guest and tender share an address space, so nothing here relies on the tender's memory once the guest runs: all that
//! holds the guest is the filter, which the kernel keeps.

mod enter;
mod mailbox;
mod memory;
mod seccomp;
mod signals;

use std::convert::Infallible;
use std::ffi::OsString;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;

use halligan_solo5::abi::{COMMAND_LINE_SIZE, Target, spt::TIMER_EVENT};
use rustix::event::epoll;
use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};

use crate::devices::{self, Device, Kind};
use crate::{Error, Image, Options};
use mailbox::Mailbox;
use memory::{Boot, Memory};
use seccomp::Policy;

/// Turns this process into the guest of `image`. Returns only where that fails.
///
/// # Errors
/// Fails where the image is for another kind of host or does not fit, where a device cannot be attached, and where the
/// host's kernel refuses memory or the filter.
pub fn run(image: Image, options: &Options) -> Result<Infallible, Error> {
    image.check_target(Target::Spt)?;
    image.check_fits(options.memory)?;
    let mut manifest = image.manifest().clone();
    let devices = devices::attach(&options.attachments, &mut manifest)?;
    let events = Events::new(&devices)?;
    let mailbox = options.mailbox.map(Mailbox::map).transpose()?;
    let command_line = command_line(mailbox.as_ref(), &options.arguments)?;

    let mut memory = Memory::map(options.memory, options.executable_heap)?;
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
    let filter = policy.compile()?;
    close_all_but(&events, &devices, mailbox.as_ref())?;
    signals::install(mailbox.as_ref().map(Mailbox::control), text, stack)?;
    // SAFETY: the image has been loaded and the boot information written; nothing of this process is needed any more.
    Err(unsafe { enter::enter(&filter, entry, options.memory) })
}

/// What the guest sleeps on.
struct Events {
    epoll: OwnedFd,
    timer: OwnedFd,
}

impl Events {
    fn new(devices: &[Device]) -> Result<Self, Error> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(Error::host("create an epoll set"))?;
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags).map_err(Error::host("create a timer"))?;
        let watch =
            |fd: &OwnedFd, event| epoll::add(&epoll, fd, epoll::EventData::new_u64(event), epoll::EventFlags::IN);
        watch(&timer, TIMER_EVENT).map_err(Error::host("watch the timer"))?;
        for device in devices {
            if let Kind::Net(_) = device.kind {
                let action = || format!("watch network device {} of the manifest", device.index);
                watch(&device.fd, device.index as u64).map_err(|source| Error::host(action())(source))?;
            }
        }
        Ok(Self { epoll, timer })
    }
}

/// The guest's command line: the words, parted by blanks, behind the announcement of the mailbox.
fn command_line(mailbox: Option<&Mailbox>, arguments: &[OsString]) -> Result<Vec<u8>, Error> {
    let announcement = mailbox.map(Mailbox::announcement);
    let words = announcement.as_deref().map(str::as_bytes).into_iter();
    let words: Vec<&[u8]> = words.chain(arguments.iter().map(|argument| argument.as_bytes())).collect();
    let line = words.join(&b' ');
    let limit = COMMAND_LINE_SIZE - 1;
    if line.len() > limit {
        let length = line.len();
        return Err(Error::Limit(format!("the guest's command line has {length} bytes, {limit} is the limit")));
    }
    Ok(line)
}

/// Closes what this process inherited or opened, but for the standard descriptors and what the guest needs.
fn close_all_but(events: &Events, devices: &[Device], mailbox: Option<&Mailbox>) -> Result<(), Error> {
    let doorbells = mailbox.into_iter().flat_map(|mailbox| [&mailbox.wake, &mailbox.done]);
    let needed = [&events.epoll, &events.timer].into_iter().chain(devices.iter().map(|device| &device.fd));
    let mut needed: Vec<RawFd> = needed.chain(doorbells).map(AsRawFd::as_raw_fd).collect();
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
