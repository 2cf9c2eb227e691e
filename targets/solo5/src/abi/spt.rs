//! What the sandboxed process tender adds: where memory begins and what the guest is told.
//!
//! The guest starts at its entry point with the address of its [`BootInfo`] as the first argument and the stack pointer
//! 8 bytes below the end of memory, as if it had been called.

use core::mem::{offset_of, size_of};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Lowest address of guest memory; the host's kernel keeps what lies below to itself.
pub const MEMORY_BASE: u64 = 0x1_0000;

/// Address of the boot information.
pub const BOOT_INFO_BASE: u64 = MEMORY_BASE + 0x1000;

/// Identifier of the timer in the epoll set, where network devices have the index of their manifest entry.
pub const TIMER_EVENT: u64 = !1u32 as u64;

/// What the tender tells the guest.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct BootInfo {
    /// Address of the end of memory.
    pub memory_size: u64,
    /// Address of the end of the image.
    pub image_end: u64,
    /// Address of the command line, ended by a NUL.
    pub command_line: u64,
    /// Address of the manifest.
    pub manifest: u64,
    /// Descriptor of an epoll set with the timer and all network devices.
    pub epoll: i32,
    /// Descriptor of the timer.
    pub timer: i32,
}

const _: () = assert!(size_of::<BootInfo>() == 40);
const _: () = assert!(offset_of!(BootInfo, command_line) == 16);
const _: () = assert!(offset_of!(BootInfo, epoll) == 32);
const _: () = assert!(TIMER_EVENT == 0xffff_fffe);

/// System calls that a guest may make, by number; all others kill it.
pub mod syscall {
    /// `read` from a network device.
    pub const READ: u64 = 0;
    /// `write` to the console (descriptor 1) or a network device.
    pub const WRITE: u64 = 1;
    /// `pread64` of one block.
    pub const PREAD64: u64 = 17;
    /// `pwrite64` of one block.
    pub const PWRITE64: u64 = 18;
    /// `arch_prctl` with [`ARCH_SET_FS`].
    pub const ARCH_PRCTL: u64 = 158;
    /// `clock_gettime` of the real-time and the monotonic clock.
    pub const CLOCK_GETTIME: u64 = 228;
    /// `exit_group`.
    pub const EXIT_GROUP: u64 = 231;
    /// `epoll_pwait` on the set of the boot information.
    pub const EPOLL_PWAIT: u64 = 281;
    /// `timerfd_settime` on the timer of the boot information.
    pub const TIMERFD_SETTIME: u64 = 286;

    /// Operation of `arch_prctl` that sets the base of FS.
    pub const ARCH_SET_FS: u64 = 0x1002;
    /// Descriptor of the console.
    pub const CONSOLE: u64 = 1;
    /// Real-time clock of `clock_gettime`.
    pub const CLOCK_REALTIME: u64 = 0;
    /// Monotonic clock of `clock_gettime`.
    pub const CLOCK_MONOTONIC: u64 = 1;
}
