//! What the hardware virtualized tender adds: hypercalls, and what the guest is told.
//!
//! The guest starts at its entry point with the address of its [`BootInfo`] as the first argument and the stack pointer 8
//! bytes below the end of memory, as if it had been called. It makes hypercall `n` by writing the 32-bit address of its
//! arguments to port [`HYPERCALL_PORT`]` + n`.

use core::mem::{offset_of, size_of};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Address of the boot information; memory below is the tender's.
pub const BOOT_INFO_BASE: u64 = 0x1_0000;

/// Largest memory in bytes, as an address in a hypercall has 32 bits.
pub const MAX_MEMORY: u64 = 1 << 32;

/// Memory is a multiple of this size in bytes.
pub const MEMORY_UNIT: u64 = 2 << 20;

/// I/O port of hypercall 0, which does not exist.
pub const HYPERCALL_PORT: u16 = 0x500;

/// I/O port at which a guest waits until the harness rings its mailbox's doorbell. Not Solo5's: only a tender that
/// announces a mailbox knows it.
pub const WAIT_PORT: u16 = 0x700;

/// I/O port at which a guest has the tender take a snapshot, and later restore it; as [`WAIT_PORT`].
pub const RESTORE_PORT: u16 = 0x708;

/// I/O port with which a guest rings the harness; as [`WAIT_PORT`].
pub const RING_PORT: u16 = 0x704;

/// An address in guest memory, that nothing vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct Address(pub u64);

/// What the tender tells the guest.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct BootInfo {
    /// Size of memory in bytes, from address 0.
    pub memory_size: u64,
    /// Address of the end of the image.
    pub image_end: u64,
    /// Frequency of the time stamp counter in Hz.
    pub tsc_frequency: u64,
    /// Address of the command line, ended by a NUL.
    pub command_line: Address,
    /// Address of the manifest.
    pub manifest: Address,
    /// Features that the tender offers.
    pub host_features: u32,
    /// Features that the guest accepts.
    pub guest_features: u32,
    /// Address of the ring for network devices; 0 where there is none.
    pub net_ring: Address,
}

const _: () = assert!(size_of::<BootInfo>() == 56);
const _: () = assert!(offset_of!(BootInfo, command_line) == 24);
const _: () = assert!(offset_of!(BootInfo, net_ring) == 48);

/// Numbers and arguments of the hypercalls.
pub mod hypercall {
    use super::*;

    /// Reads the wall clock; [`WallTime`].
    pub const WALL_TIME: u16 = 1;
    /// Writes to the console; [`Puts`].
    pub const PUTS: u16 = 2;
    /// Waits for network devices; [`Poll`].
    pub const POLL: u16 = 3;
    /// Writes a block; [`Block`].
    pub const BLOCK_WRITE: u16 = 4;
    /// Reads a block; [`Block`].
    pub const BLOCK_READ: u16 = 5;
    /// Sends a frame; [`Net`].
    pub const NET_WRITE: u16 = 6;
    /// Receives a frame; [`Net`].
    pub const NET_READ: u16 = 7;
    /// Ends the guest; [`Halt`].
    pub const HALT: u16 = 8;

    /// Result: done.
    pub const OK: i32 = 0;
    /// Result: nothing to read for now.
    pub const AGAIN: i32 = 1;
    /// Result: the arguments make no sense.
    pub const INVALID: i32 = 2;

    /// Size of what a cookie of [`Halt`] points to, in bytes.
    pub const COOKIE_SIZE: u64 = 512;

    /// Arguments of [`WALL_TIME`].
    #[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable)]
    #[repr(C)]
    pub struct WallTime {
        /// Set by the tender: nanoseconds since 1970-01-01 00:00 UTC.
        pub nanoseconds: u64,
    }

    /// Arguments of [`PUTS`].
    #[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable)]
    #[repr(C)]
    pub struct Puts {
        /// The bytes.
        pub data: Address,
        /// Their number.
        pub length: u64,
    }

    /// Arguments of [`POLL`].
    #[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable)]
    #[repr(C)]
    pub struct Poll {
        /// How long to wait at most, in nanoseconds.
        pub timeout: u64,
        /// Set by the tender: the devices that have a frame to read, each the bit of its index in the manifest.
        pub ready: u64,
        /// Set by the tender: their number.
        pub result: i32,
        /// Zero.
        pub padding: u32,
    }

    /// Arguments of [`BLOCK_WRITE`] and [`BLOCK_READ`].
    #[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable)]
    #[repr(C)]
    pub struct Block {
        /// Index of the device in the manifest.
        pub handle: u64,
        /// Where in the device, in bytes.
        pub offset: u64,
        /// The bytes.
        pub data: Address,
        /// Their number.
        pub length: u64,
        /// Set by the tender: [`OK`] or [`INVALID`].
        pub result: i32,
        /// Zero.
        pub padding: u32,
    }

    /// Arguments of [`NET_WRITE`] and [`NET_READ`].
    #[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable)]
    #[repr(C)]
    pub struct Net {
        /// Index of the device in the manifest.
        pub handle: u64,
        /// The frame, or room for one.
        pub data: Address,
        /// Its size in bytes; set by the tender to the size of a frame received.
        pub length: u64,
        /// Set by the tender: [`OK`], [`AGAIN`] or [`INVALID`].
        pub result: i32,
        /// Zero.
        pub padding: u32,
    }

    /// Arguments of [`HALT`].
    #[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable)]
    #[repr(C)]
    pub struct Halt {
        /// Where the guest keeps the registers of a trap, or zero.
        pub cookie: Address,
        /// The exit status.
        pub status: i32,
        /// Zero.
        pub padding: u32,
    }

    const _: () = assert!(size_of::<Puts>() == 16 && size_of::<Halt>() == 16);
    const _: () = assert!(size_of::<Poll>() == 24 && offset_of!(Poll, result) == 16);
    const _: () = assert!(size_of::<Block>() == 40 && offset_of!(Block, result) == 32);
    const _: () = assert!(size_of::<Net>() == 32 && offset_of!(Net, result) == 24);
}
