//! The host as the hardware virtualized tender presents it: hypercalls by writes to I/O ports.

use core::arch::asm;
use core::arch::x86_64::_rdtsc;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use core::time::Duration;

use super::device::Errno;
use super::ring::Frames;
use crate::abi::hvt::hypercall::{
    AGAIN, BLOCK_READ, BLOCK_WRITE, Block, HALT, Halt, NET_READ, NET_WRITE, Net, OK, POLL, PUTS, Poll, Puts, WALL_TIME,
    WallTime,
};
use crate::abi::hvt::{Address, BootInfo, HYPERCALL_PORT};
use crate::abi::ring::{self, Ring};

const NANOSECONDS: u128 = 1_000_000_000;

/// Frequency of the time stamp counter in Hz.
static TSC_FREQUENCY: AtomicU64 = AtomicU64::new(1);

/// The ring of the network devices; null where the tender has none.
static RING: AtomicPtr<Ring> = AtomicPtr::new(ptr::null_mut());

/// Whether a frame has been sent since the guest slept or looked for one.
static SENDING: AtomicBool = AtomicBool::new(false);

/// Notes what the tender told.
pub fn init(boot: &BootInfo) {
    TSC_FREQUENCY.store(boot.tsc_frequency.max(1), Ordering::Relaxed);
    // A tender older than the ring has the manifest in place of its address, and that begins with zeros.
    if boot.host_features & ring::FEATURE != 0 {
        RING.store(ptr::with_exposed_provenance_mut(boot.net_ring.0 as usize), Ordering::Relaxed);
    }
}

/// The guest's end of the ring, if the tender has one.
fn frames() -> Option<Frames> {
    // SAFETY: null, or the ring that the tender put at this address for as long as the guest runs; a guest has one thread.
    unsafe { RING.load(Ordering::Relaxed).as_ref().map(|ring| Frames::new(ring)) }
}

/// Writes to the console. There is nobody to tell of an error.
pub fn write_console(bytes: &[u8]) {
    call(PUTS, &mut Puts { data: address(bytes), length: bytes.len() as u64 });
}

/// Ends the guest.
pub fn exit(status: u8) -> ! {
    loop {
        call(HALT, &mut Halt { cookie: Address(0), status: status.into(), padding: 0 });
    }
}

/// Time since the processor started; never goes back.
pub fn monotonic() -> Duration {
    // SAFETY: every processor of x86-64 has the instruction, and the tender allows it.
    let ticks = u128::from(unsafe { _rdtsc() });
    let nanoseconds = ticks * NANOSECONDS / u128::from(TSC_FREQUENCY.load(Ordering::Relaxed));
    Duration::from_nanos(nanoseconds as u64)
}

/// Time since 1970-01-01 00:00 UTC.
pub fn wall() -> Duration {
    let mut time = WallTime { nanoseconds: 0 };
    call(WALL_TIME, &mut time);
    Duration::from_nanos(time.nanoseconds)
}

/// Waits until a network device has a frame to read or the clock reaches `deadline`; returns the ready devices.
pub fn poll(deadline: Duration) -> u64 {
    let timeout = deadline.saturating_sub(monotonic()).as_nanos() as u64;
    let mut arguments = Poll { timeout, ready: 0, result: 0, padding: 0 };
    SENDING.store(false, Ordering::Relaxed);
    call(POLL, &mut arguments);
    arguments.ready
}

/// Reads a frame; none where there is none.
pub fn net_read(handle: usize, frame: &mut [u8]) -> Result<Option<usize>, Errno> {
    SENDING.store(false, Ordering::Relaxed);
    let mut arguments = net(handle, frame);
    call(NET_READ, &mut arguments);
    match arguments.result {
        OK => Ok(Some(arguments.length as usize)),
        AGAIN => Ok(None),
        _ => Err(Errno::INVALID),
    }
}

/// Sends a frame.
pub fn net_write(handle: usize, frame: &[u8]) -> Result<(), Errno> {
    if let Some(frames) = frames() {
        // The tender's thread sleeps between bursts, and to wake it costs more than a hypercall; so a frame on its own, such as
        // an answer, takes that, and those that follow the ring.
        let is_alone = !SENDING.swap(true, Ordering::Relaxed) && frames.are_sent();
        if !is_alone && frames.send(handle, frame, kick) {
            return Ok(());
        }
        // It does not overtake those that are under way.
        frames.flush();
    }
    let mut arguments = net(handle, frame);
    call(NET_WRITE, &mut arguments);
    result(arguments.result)
}

/// Reads a block.
pub fn block_read(handle: usize, block: &mut [u8], offset: u64) -> Result<(), Errno> {
    transfer(BLOCK_READ, handle, block, offset)
}

/// Writes a block.
pub fn block_write(handle: usize, block: &[u8], offset: u64) -> Result<(), Errno> {
    transfer(BLOCK_WRITE, handle, block, offset)
}

/// Writes zero to a port, as waits for a mailbox's doorbell and rings the harness's.
pub fn signal(port: i32) {
    write_port(port as u16, 0);
}

fn kick() {
    write_port(ring::KICK_PORT, 0);
}

fn net(handle: usize, frame: &[u8]) -> Net {
    Net { handle: handle as u64, data: address(frame), length: frame.len() as u64, result: 0, padding: 0 }
}

fn transfer(number: u16, handle: usize, block: &[u8], offset: u64) -> Result<(), Errno> {
    let (data, length) = (address(block), block.len() as u64);
    let mut arguments = Block { handle: handle as u64, offset, data, length, result: 0, padding: 0 };
    call(number, &mut arguments);
    result(arguments.result)
}

fn result(code: i32) -> Result<(), Errno> {
    if code == OK { Ok(()) } else { Err(Errno::INVALID) }
}

fn address(bytes: &[u8]) -> Address {
    Address(bytes.as_ptr().expose_provenance() as u64)
}

/// Makes a hypercall. All of a guest's memory lies below 4 GiB.
fn call<T>(number: u16, arguments: &mut T) {
    write_port(HYPERCALL_PORT + number, (&raw mut *arguments).expose_provenance() as u32);
}

fn write_port(port: u16, value: u32) {
    // SAFETY: the tender reads and writes the arguments of the hypercall, and what they name, which the functions of this
    // module borrow for as long as the call takes.
    unsafe { asm!("out dx, eax", in("dx") port, in("eax") value, options(nostack, preserves_flags)) };
}
