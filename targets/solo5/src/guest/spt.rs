//! The host as the sandboxed process tender presents it: system calls on descriptors that the tender opened.

use core::mem::{MaybeUninit, size_of};
use core::time::Duration;

use super::device::Errno;
use super::syscall::call;
use crate::abi::manifest::MAX_ENTRIES;
use crate::abi::spt::{BootInfo, TIMER_EVENT, syscall as number};
use crate::mailbox::Doorbell;

const NANOSECONDS: u64 = 1_000_000_000;

/// Writes to the console. There is nobody to tell of an error.
pub fn write_console(bytes: &[u8]) {
    let _ = write(number::CONSOLE as i32, bytes);
}

/// Ends the guest.
pub fn exit(status: u8) -> ! {
    loop {
        // SAFETY: touches no memory.
        let _ = unsafe { call(number::EXIT_GROUP, [status.into(), 0, 0, 0, 0, 0]) };
    }
}

/// Time since some moment in the past; never goes back.
pub fn monotonic() -> Duration {
    clock(number::CLOCK_MONOTONIC)
}

/// Time since 1970-01-01 00:00 UTC.
pub fn wall() -> Duration {
    clock(number::CLOCK_REALTIME)
}

fn clock(which: u64) -> Duration {
    let mut time = [0u64; 2];
    // SAFETY: the kernel writes a timespec, two words, to `time`.
    let result = unsafe { call(number::CLOCK_GETTIME, [which, time.as_mut_ptr() as u64, 0, 0, 0, 0]) };
    debug_assert_eq!(result, Ok(0));
    Duration::new(time[0], time[1] as u32)
}

/// Reads from a descriptor and returns the number of bytes.
pub fn read(descriptor: i32, buffer: &mut [u8]) -> Result<usize, Errno> {
    let arguments = [descriptor as u64, buffer.as_mut_ptr() as u64, buffer.len() as u64, 0, 0, 0];
    // SAFETY: the kernel writes into the buffer alone.
    unsafe { call(number::READ, arguments) }.map(|count| count as usize)
}

/// Writes to a descriptor and returns the number of bytes.
pub fn write(descriptor: i32, bytes: &[u8]) -> Result<usize, Errno> {
    let arguments = [descriptor as u64, bytes.as_ptr() as u64, bytes.len() as u64, 0, 0, 0];
    // SAFETY: the kernel only reads.
    unsafe { call(number::WRITE, arguments) }.map(|count| count as usize)
}

/// Reads from a descriptor at an offset and returns the number of bytes.
pub fn read_at(descriptor: i32, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
    let arguments = [descriptor as u64, buffer.as_mut_ptr() as u64, buffer.len() as u64, offset, 0, 0];
    // SAFETY: the kernel writes into the buffer alone.
    unsafe { call(number::PREAD64, arguments) }.map(|count| count as usize)
}

/// Writes to a descriptor at an offset and returns the number of bytes.
pub fn write_at(descriptor: i32, bytes: &[u8], offset: u64) -> Result<usize, Errno> {
    let arguments = [descriptor as u64, bytes.as_ptr() as u64, bytes.len() as u64, offset, 0, 0];
    // SAFETY: the kernel only reads.
    unsafe { call(number::PWRITE64, arguments) }.map(|count| count as usize)
}

/// What the tender told about itself: how to wait.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    epoll: i32,
    timer: i32,
}

/// An event of `epoll_pwait`, which x86-64 packs.
#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Event {
    _events: u32,
    data: u64,
}

const _: () = assert!(size_of::<Event>() == 12);

impl Host {
    pub(super) fn new(boot: &BootInfo) -> Self {
        Self { epoll: boot.epoll, timer: boot.timer }
    }

    /// Waits until a network device has a frame to read or the [`monotonic`] clock reaches `deadline`. Returns the ready
    /// devices as a set of bits, each the index of an entry of the manifest.
    pub fn poll(&self, deadline: Duration) -> u64 {
        const TIMER_ABSOLUTE: u64 = 1;
        const INTERRUPTED: Errno = Errno(4);
        // A time of zero would disarm the timer.
        let nanoseconds = u64::from(deadline.subsec_nanos()) | 1;
        let timer: [u64; 4] = [0, 0, deadline.as_secs(), nanoseconds.min(NANOSECONDS - 1)];
        // SAFETY: the kernel only reads the timer's setting, an interval and a value of two words each.
        let set = unsafe {
            call(number::TIMERFD_SETTIME, [self.timer as u64, TIMER_ABSOLUTE, timer.as_ptr() as u64, 0, 0, 0])
        };
        debug_assert_eq!(set, Ok(0));

        let mut events = [MaybeUninit::<Event>::uninit(); MAX_ENTRIES];
        let arguments = [self.epoll as u64, events.as_mut_ptr() as u64, events.len() as u64, u64::MAX, 0, 0];
        let count = loop {
            // SAFETY: the kernel writes at most as many events as there is room for; without a signal mask it reads none.
            match unsafe { call(number::EPOLL_PWAIT, arguments) } {
                Err(INTERRUPTED) => {}
                result => break result.unwrap_or(0),
            }
        };
        let ready = events.iter().take(count as usize).map(|event| {
            // SAFETY: the kernel has filled in the first `count` events.
            unsafe { event.assume_init() }.data
        });
        ready.filter(|&data| data != TIMER_EVENT).fold(0, |set, index| set | 1 << (index % 64))
    }
}

/// The doorbells of a mailbox: two event counters that the tender shares with the harness.
#[derive(Clone, Copy, Debug)]
pub struct Bell {
    /// Descriptor that wakes the agent.
    pub wake: i32,
    /// Descriptor that wakes the harness.
    pub done: i32,
}

impl Doorbell for Bell {
    fn ring(&self) {
        let _ = write(self.done, &1u64.to_ne_bytes());
    }

    fn wait(&self) {
        let _ = read(self.wake, &mut [0; 8]);
    }
}
