//! The ring of the hardware virtualized tender: memory through which a guest sends and receives frames without stopping for
//! a hypercall each.
//!
//! The guest puts [`Entry`]s into the ring and counts them in `ent_tail`; a thread of the tender's takes them and counts them
//! in `ent_head`. An entry that reads is answered by a [`Commit`], which the tender counts in `com_tail` and the guest, when
//! it has taken it, in `com_head`. Counters run on and wrap around at 2^32; [`slot`] says where in the ring that is. A tender
//! that is about to sleep sets `needs_kick`, and a guest that finds it set, after it has counted an entry, writes to
//! [`KICK_PORT`]. Either side needs a full barrier between what it stores and what it loads of the other's then.
//!
//! Both sides see the memory all the time, so each word is atomic.

use core::mem::{offset_of, size_of};
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64};

/// Flag of [`BootInfo::host_features`](super::hvt::BootInfo::host_features): there is a ring.
pub const FEATURE: u32 = 1;

/// I/O port by which a guest wakes the tender's thread.
pub const KICK_PORT: u16 = 0x600;

/// Slots of the ring, for entries and for commits.
pub const SLOTS: usize = 1024;

/// Size of the largest frame, in bytes, that Solo5's own bindings put into the ring; larger ones take a hypercall.
pub const BUFFER_SIZE: usize = 2048;

/// Operation: sends a frame. There is no answer.
pub const NET_WRITE: u32 = 1;
/// Operation: receives a frame, and is answered.
pub const NET_READ: u32 = 2;

/// The ring. It begins zeroed.
#[repr(C)]
#[derive(Debug)]
pub struct Ring {
    /// Entries that the guest has put in.
    pub ent_tail: AtomicU32,
    /// Commits that the guest has taken out.
    pub com_head: AtomicU32,
    _padding0: [AtomicU32; 14],
    /// Entries that the tender has taken out. From here on a cache line of the tender's own.
    pub ent_head: AtomicU32,
    /// Commits that the tender has put in.
    pub com_tail: AtomicU32,
    /// Not zero where the tender sleeps until it is woken.
    pub needs_kick: AtomicU32,
    _padding1: [AtomicU32; 13],
    /// What the guest asks for.
    pub entries: [Entry; SLOTS],
    /// What the tender answers.
    pub commits: [Commit; SLOTS],
}

/// What the guest asks for.
#[repr(C)]
#[derive(Debug)]
pub struct Entry {
    /// [`NET_WRITE`] or [`NET_READ`].
    pub operation: AtomicU32,
    /// Index of the device in the manifest.
    pub handle: AtomicU32,
    /// Address of the frame, or of room for one.
    pub data: AtomicU64,
    /// Its size in bytes.
    pub length: AtomicU32,
    /// Comes back in the commit.
    pub id: AtomicU32,
    _reserved: AtomicU64,
}

/// What the tender answers.
#[repr(C)]
#[derive(Debug)]
pub struct Commit {
    /// Of the entry.
    pub id: AtomicU32,
    /// [`OK`](super::hvt::hypercall::OK), [`AGAIN`](super::hvt::hypercall::AGAIN) or
    /// [`INVALID`](super::hvt::hypercall::INVALID).
    pub result: AtomicI32,
    /// Size of the frame in bytes.
    pub length: AtomicU32,
    _reserved: AtomicU32,
}

/// The slot that a counter names.
pub const fn slot(counter: u32) -> usize {
    counter as usize % SLOTS
}

const _: () = assert!(size_of::<Entry>() == 32 && offset_of!(Entry, length) == 16);
const _: () = assert!(size_of::<Commit>() == 16 && offset_of!(Commit, length) == 8);
const _: () = assert!(offset_of!(Ring, ent_head) == 64 && offset_of!(Ring, entries) == 128);
const _: () = assert!(size_of::<Ring>() == 128 + SLOTS * 48);
