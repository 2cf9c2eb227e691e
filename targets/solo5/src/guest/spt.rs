//! The host as the sandboxed process tender presents it: system calls on descriptors that the tender opened.

use core::mem::{MaybeUninit, size_of};
use core::time::Duration;

use super::device::Errno;
use super::syscall::call;
use crate::abi::manifest::MAX_ENTRIES;
use crate::abi::spt::{BootInfo, TIMER_EVENT, syscall as number};

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

/// Reads a frame; none where there is none.
pub fn net_read(descriptor: i32, frame: &mut [u8]) -> Result<Option<usize>, Errno> {
    match read(descriptor, frame) {
        Ok(length) => Ok(Some(length)),
        Err(Errno::AGAIN) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sends a frame.
pub fn net_write(descriptor: i32, frame: &[u8]) -> Result<(), Errno> {
    whole(write(descriptor, frame)?, frame.len())
}

/// Reads a block.
pub fn block_read(descriptor: i32, block: &mut [u8], offset: u64) -> Result<(), Errno> {
    let arguments = [descriptor as u64, block.as_mut_ptr() as u64, block.len() as u64, offset, 0, 0];
    // SAFETY: the kernel writes into the block alone.
    let count = unsafe { call(number::PREAD64, arguments) }?;
    whole(count as usize, block.len())
}

/// Writes a block.
pub fn block_write(descriptor: i32, block: &[u8], offset: u64) -> Result<(), Errno> {
    let arguments = [descriptor as u64, block.as_ptr() as u64, block.len() as u64, offset, 0, 0];
    // SAFETY: the kernel only reads.
    let count = unsafe { call(number::PWRITE64, arguments) }?;
    whole(count as usize, block.len())
}

fn whole(done: usize, wanted: usize) -> Result<(), Errno> {
    const INPUT_OUTPUT: Errno = Errno(5);
    if done == wanted { Ok(()) } else { Err(INPUT_OUTPUT) }
}

fn read(descriptor: i32, buffer: &mut [u8]) -> Result<usize, Errno> {
    let arguments = [descriptor as u64, buffer.as_mut_ptr() as u64, buffer.len() as u64, 0, 0, 0];
    // SAFETY: the kernel writes into the buffer alone.
    unsafe { call(number::READ, arguments) }.map(|count| count as usize)
}

fn write(descriptor: i32, bytes: &[u8]) -> Result<usize, Errno> {
    let arguments = [descriptor as u64, bytes.as_ptr() as u64, bytes.len() as u64, 0, 0, 0];
    // SAFETY: the kernel only reads.
    unsafe { call(number::WRITE, arguments) }.map(|count| count as usize)
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

    /// As [`Host::poll`](super::Host::poll).
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

/// Rings an eventfd.
pub fn ring(descriptor: i32) {
    let _ = write(descriptor, &1u64.to_ne_bytes());
}

/// Waits for an eventfd.
pub fn wait(descriptor: i32) {
    let _ = read(descriptor, &mut [0; 8]);
}
