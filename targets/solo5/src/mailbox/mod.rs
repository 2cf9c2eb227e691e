//! The mailbox: shared memory through which a harness hands batches of inputs to a fuzz agent.
//!
//! One page of control words is followed by two *banks*, so that the harness can fill one while the agent works on the
//! other. A bank is a request area and a response area, both packed back to back:
//!
//! ```text
//! 0        control page: geometry, batch counters, the agent's last words
//! 4096     bank 0: requests  (u32 length, bytes, padding to 4) ...
//!          bank 0: responses (record, observation, detail, padding to 4, hits) ...
//!          bank 1: likewise
//! ```
//!
//! Batch `n` (counted from 0) lives in bank `n % 2`. The harness posts it by storing `n + 1` in `posted`; the agent
//! answers its inputs in order, counts them in the bank's `answered`, and stores `n + 1` in `finished` at the end. How far
//! it has come is in the control page alone, so an agent whose own memory is taken back between inputs goes on from there.
//! Whoever waits spins for a while, then sets its `asleep` word, looks once more, and blocks on its [`Doorbell`].
//!
//! Nothing in here is trusted by the harness: it copies the responses out once and checks every length in its copy.
//! All integers are little-endian.

mod agent;
mod announcement;
mod harness;

pub use agent::{Agent, Batch, Filled, OpenError};
pub use announcement::{Announcement, NoAnnouncement};
pub use harness::{Answer, Answers, Harness, Words};

use core::mem::{offset_of, size_of};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

/// First word of the control page: `HALLIGAN` in ASCII.
pub const MAGIC: u64 = u64::from_le_bytes(*b"HALLIGAN");

/// Version of this layout; both sides must agree.
pub const VERSION: u32 = 2;

/// Size of the control page in bytes.
pub const CONTROL_SIZE: usize = 4096;

/// Longest message that an agent can leave in its last words, in bytes.
pub const MESSAGE_CAPACITY: usize = 1024;

/// Most return addresses that an agent can leave in its last words.
pub const BACKTRACE_CAPACITY: usize = 32;

/// Word of the guest's command line that announces the mailbox: `halligan.mailbox=ADDRESS,SIZE,WAKE,DONE` with the
/// address and size in bytes and the two doorbells' file descriptors (spt) or I/O ports (hvt), all decimal. A tender that
/// takes snapshots adds `,RESTORE`: the address of a function (spt) or an I/O port (hvt).
pub const ANNOUNCEMENT: &str = "halligan.mailbox=";

/// Blocks and wakes the two sides of a mailbox.
pub trait Doorbell {
    /// Wakes the other side.
    fn ring(&self);
    /// Blocks until the other side rings; may return early.
    fn wait(&self);
}

/// How much the mailbox holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Size of each bank's request area in bytes; a multiple of 64.
    pub requests: u32,
    /// Size of each bank's response area in bytes; a multiple of 64.
    pub responses: u32,
}

impl Geometry {
    /// 1 MiB of requests and 4 MiB of responses a bank.
    pub const DEFAULT: Self = Self { requests: 1 << 20, responses: 4 << 20 };

    /// Size of the whole mailbox in bytes.
    pub const fn size(self) -> usize {
        CONTROL_SIZE + 2 * (self.requests as usize + self.responses as usize)
    }

    const fn bank(self, index: usize) -> usize {
        CONTROL_SIZE + index * (self.requests as usize + self.responses as usize)
    }
}

/// Why an agent ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum End {
    /// The code under test panicked; the message says where.
    Panic = 1,
    /// The processor or the kernel stopped it: bad memory access, illegal instruction, ...
    Fault = 2,
    /// The allocator had no memory left.
    OutOfMemory = 3,
    /// It asked its tender for what no guest gets; the message says what.
    Forbidden = 4,
}

impl End {
    fn from_word(word: u32) -> Option<Self> {
        match word {
            1 => Some(Self::Panic),
            2 => Some(Self::Fault),
            3 => Some(Self::OutOfMemory),
            4 => Some(Self::Forbidden),
            _ => None,
        }
    }
}

/// The control page.
#[repr(C, align(4096))]
pub struct Control {
    magic: AtomicU64,
    version: AtomicU32,
    requests: AtomicU32,
    responses: AtomicU32,
    /// Number of coverage counters in the agent's image.
    counters: AtomicU32,
    /// Turns of the spin loop before the agent blocks.
    spin: AtomicU32,
    _line0: [u32; 9],
    posted: AtomicU32,
    harness_asleep: AtomicU32,
    counts: [AtomicU32; 2],
    _line1: [u32; 12],
    finished: AtomicU32,
    agent_asleep: AtomicU32,
    answered: [AtomicU32; 2],
    /// Bytes of the bank's response area that hold answers.
    filled: [AtomicU32; 2],
    /// Bytes of the bank's request area that have been answered.
    taken: [AtomicU32; 2],
    ready: AtomicU32,
    _line2: [u32; 7],
    last_words: LastWords,
}

/// What an agent, or the tender on its behalf, leaves behind when it ends.
#[repr(C)]
pub struct LastWords {
    end: AtomicU32,
    /// Signal or exception vector of a fault.
    signal: AtomicU32,
    /// Instruction pointer of a fault.
    rip: AtomicU64,
    /// Address that a faulting access touched.
    address: AtomicU64,
    message_length: AtomicU32,
    backtrace_length: AtomicU32,
    backtrace: [AtomicU64; BACKTRACE_CAPACITY],
    message: [core::sync::atomic::AtomicU8; MESSAGE_CAPACITY],
}

const _: () = assert!(size_of::<Control>() == CONTROL_SIZE);
const _: () = assert!(offset_of!(Control, posted) == 64);
const _: () = assert!(offset_of!(Control, finished) == 128);
const _: () = assert!(offset_of!(Control, last_words) == 192);

impl LastWords {
    /// Records that the processor or kernel stopped the agent. The first record stands: says whether this is it.
    /// Async-signal-safe.
    pub fn fault(&self, signal: u32, rip: u64, address: u64) -> bool {
        let first = self.end.load(Ordering::Acquire) == 0;
        if first {
            self.signal.store(signal, Ordering::Relaxed);
            self.rip.store(rip, Ordering::Relaxed);
            self.address.store(address, Ordering::Relaxed);
            self.end.store(End::Fault as u32, Ordering::Release);
        }
        first
    }

    /// Records a panic, or that memory ran out, with a message that is cut at [`MESSAGE_CAPACITY`]; the first record
    /// stands.
    pub fn say(&self, end: End, message: &str) {
        if self.end.load(Ordering::Acquire) != 0 {
            return;
        }
        let bytes = &message.as_bytes()[..message.len().min(MESSAGE_CAPACITY)];
        for (cell, &byte) in self.message.iter().zip(bytes) {
            cell.store(byte, Ordering::Relaxed);
        }
        self.message_length.store(bytes.len() as u32, Ordering::Relaxed);
        self.end.store(end as u32, Ordering::Release);
    }

    /// Records that the agent made a call that the tender forbids; the first record stands.
    pub fn forbid(&self, call: &str) {
        self.say(End::Forbidden, call);
    }

    /// Adds a return address to the backtrace, innermost first; those beyond [`BACKTRACE_CAPACITY`] are dropped.
    pub fn push_frame(&self, pc: u64) {
        let length = self.backtrace_length.load(Ordering::Relaxed) as usize;
        if let Some(cell) = self.backtrace.get(length) {
            cell.store(pc, Ordering::Relaxed);
            self.backtrace_length.store(length as u32 + 1, Ordering::Relaxed);
        }
    }

    fn clear(&self) {
        self.message_length.store(0, Ordering::Relaxed);
        self.backtrace_length.store(0, Ordering::Relaxed);
        self.end.store(0, Ordering::Release);
    }
}

impl Control {
    /// Where the agent's last words go.
    pub fn last_words(&self) -> &LastWords {
        &self.last_words
    }

    fn geometry(&self) -> Geometry {
        Geometry { requests: self.requests.load(Ordering::Relaxed), responses: self.responses.load(Ordering::Relaxed) }
    }
}

/// Head of one response. `hits` words follow the observation and the detail, each `edge << 8 | count`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Record {
    /// 0 where the properties held, or 1 + the index of the one that did not.
    failed: u32,
    observation: u32,
    detail: u32,
    hits: u32,
}

const fn align4(length: usize) -> usize {
    (length + 3) & !3
}

/// Waits until `ready` holds: spins `turns` times, then sleeps on the doorbell behind `asleep`.
fn wait_until(turns: u32, asleep: &AtomicU32, doorbell: &impl Doorbell, ready: impl Fn() -> bool) {
    loop {
        for _ in 0..turns {
            if ready() {
                return;
            }
            core::hint::spin_loop();
        }
        asleep.store(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        if ready() {
            asleep.store(0, Ordering::SeqCst);
            return;
        }
        doorbell.wait();
        asleep.store(0, Ordering::SeqCst);
        if ready() {
            return;
        }
    }
}

/// Rings if the other side sleeps, after the caller has stored what it waits for.
fn wake(asleep: &AtomicU32, doorbell: &impl Doorbell) {
    fence(Ordering::SeqCst);
    if asleep.swap(0, Ordering::SeqCst) != 0 {
        doorbell.ring();
    }
}
