//! A unikernel with a network and a block device: it fills the blocks with numbers, reads them back, and returns frames to
//! their senders.
//!
//! ```text
//! solo5-spt --net:service=tap0 --block:storage=disk.img devices 100
//! ```
//!
//! It ends with status 0 after as many frames as the command line says, or with 1 after three seconds without a frame.
#![no_std]
#![no_main]

extern crate alloc;

use core::fmt::{self, Write};
use core::time::Duration;

use halligan_solo5::guest::{self, Block, Console, Errno, Guest, Heap, Net};

halligan_solo5::unikernel!(Spt, main, Entry::net("service"), Entry::block("storage"));

#[global_allocator]
static ALLOCATOR: Heap = Heap;

/// Length of an Ethernet header in bytes.
const HEADER: usize = 14;

fn main(guest: &Guest) -> u8 {
    match run(guest) {
        Ok(()) => 0,
        Err(error) => {
            // The console does not fail.
            let _ = writeln!(Console, "{error}");
            1
        }
    }
}

enum Error {
    Usage,
    Device(Errno),
    WrongBlock(u64),
    Silence,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage => f.write_str("expected a number of frames on the command line"),
            Self::Device(errno) => errno.fmt(f),
            Self::WrongBlock(offset) => write!(f, "the block at {offset} does not hold what was written"),
            Self::Silence => f.write_str("no frame for three seconds"),
        }
    }
}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Self {
        Self::Device(errno)
    }
}

fn run(guest: &Guest) -> Result<(), Error> {
    let frames: usize = guest.command_line().trim().parse().map_err(|_| Error::Usage)?;
    let devices = guest.devices();
    if let Some(block) = devices.block("storage") {
        check_blocks(&block)?;
        let _ = writeln!(Console, "storage: {} bytes in blocks of {}", block.capacity(), block.block_size());
    }
    if let Some(net) = devices.net("service") {
        let _ = writeln!(Console, "service: {:02x?}, MTU {}", net.mac(), net.mtu());
        return_frames(guest, &net, frames)?;
        let _ = writeln!(Console, "service: {frames} frames returned");
    }
    Ok(())
}

fn check_blocks(block: &Block) -> Result<(), Error> {
    let mut bytes = alloc::vec![0; block.block_size()];
    let offsets = || (0..block.capacity()).step_by(block.block_size());
    for offset in offsets() {
        bytes.fill((offset / 512) as u8);
        block.write(offset, &bytes)?;
    }
    for offset in offsets() {
        bytes.fill(!((offset / 512) as u8));
        block.read(offset, &mut bytes)?;
        if bytes.iter().any(|&byte| byte != (offset / 512) as u8) {
            return Err(Error::WrongBlock(offset));
        }
    }
    Ok(())
}

fn return_frames(guest: &Guest, net: &Net, count: usize) -> Result<(), Error> {
    let mut frame = alloc::vec![0; HEADER + net.mtu()];
    let mut returned = 0;
    while returned < count {
        let Some(length) = net.read(&mut frame)? else {
            let deadline = guest::monotonic() + Duration::from_secs(3);
            if guest.host().poll(deadline) & net.bit() == 0 {
                return Err(Error::Silence);
            }
            continue;
        };
        if length < HEADER || frame[..6] != net.mac() {
            continue;
        }
        frame.copy_within(6..12, 0);
        frame[6..12].copy_from_slice(&net.mac());
        net.write(&frame[..length])?;
        returned += 1;
    }
    Ok(())
}
