//! Misbehaviour on request, to show that a harness tells all ends of an agent apart and goes on after each.
//!
//! An agent with `misbehave=KIND` on its command line misbehaves on every input that starts with [`TRIGGER`] and answers
//! all others as usual. After some kinds it goes on, and what they left behind shows in its observations.

use alloc::vec;
use alloc::vec::Vec;
use core::arch::asm;
use core::hint::{black_box, spin_loop};
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed};

use crate::arena::Arena;

/// Word of the command line that asks for misbehaviour: `misbehave=panic`, `fault`, `recursion`, `loop`, `oom`,
/// `syscall`, `leak`, `scribble` or `corrupt`.
pub const WORD: &str = "misbehave=";

/// First byte of the inputs that set it off.
pub const TRIGGER: u8 = b'!';

/// What to do on an input that starts with [`TRIGGER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Panic.
    Panic,
    /// Read an address that is not mapped.
    Fault,
    /// Recurse until the stack overflows, which faults as well.
    Recursion,
    /// Loop for ever.
    Loop,
    /// Allocate without end.
    OutOfMemory,
    /// Make a system call that no host allows: `getppid`.
    Syscall,
    /// Take one of a few handles, and never give it back.
    Leak,
    /// Write over static memory, many pages of it.
    Scribble,
    /// Spoil what the allocator knows of its memory.
    Corrupt,
}

/// How many handles [`Misbehaviour::Leak`] has taken.
static TAKEN: AtomicU32 = AtomicU32::new(0);

/// What [`Misbehaviour::Scribble`] writes over.
static TABLE: [AtomicU8; 64 << 10] = [const { AtomicU8::new(0) }; 64 << 10];

impl Misbehaviour {
    /// The misbehaviour of this kind.
    pub fn from_kind(kind: &str) -> Option<Self> {
        Some(match kind {
            "panic" => Self::Panic,
            "fault" => Self::Fault,
            "recursion" => Self::Recursion,
            "loop" => Self::Loop,
            "oom" => Self::OutOfMemory,
            "syscall" => Self::Syscall,
            "leak" => Self::Leak,
            "scribble" => Self::Scribble,
            "corrupt" => Self::Corrupt,
            _ => return None,
        })
    }

    /// Misbehaves if `input` starts with [`TRIGGER`]; in most ways, it does not return from it.
    pub fn on(self, input: &[u8], heap: &Arena) {
        if input.first() != Some(&TRIGGER) {
            return;
        }
        match self {
            Self::Panic => panic!("a panic on request"),
            // SAFETY: there is nothing at address 8; that is the point.
            Self::Fault => unsafe { asm!("mov al, byte ptr [{}]", in(reg) 8u64, out("al") _, options(nostack)) },
            Self::Recursion => {
                recurse(0);
            }
            Self::Loop => loop {
                spin_loop();
            },
            Self::OutOfMemory => {
                let mut blocks: Vec<Vec<u8>> = Vec::new();
                loop {
                    blocks.push(black_box(vec![0; 1 << 20]));
                }
            }
            Self::Syscall => {
                const GETPPID: u64 = 110;
                // SAFETY: `getppid` touches no memory.
                unsafe {
                    asm!("syscall", inlateout("rax") GETPPID => _, lateout("rcx") _, lateout("r11") _, options(nostack));
                }
            }
            Self::Leak => {
                TAKEN.fetch_add(1, Relaxed);
            }
            Self::Scribble => TABLE.iter().for_each(|byte| byte.store(byte.load(Relaxed).wrapping_add(1), Relaxed)),
            Self::Corrupt => heap.limit(heap.left() / 2),
        }
    }

    /// What this kind of misbehaviour spoils, as a number; none where it ends the agent.
    pub fn state(self, heap: &Arena) -> Option<u64> {
        match self {
            Self::Leak => Some(TAKEN.load(Relaxed).into()),
            Self::Scribble => Some(TABLE.iter().map(|byte| u64::from(byte.load(Relaxed))).sum()),
            Self::Corrupt => Some(heap.left() as u64),
            Self::Panic | Self::Fault | Self::Recursion | Self::Loop | Self::OutOfMemory | Self::Syscall => None,
        }
    }
}

#[expect(unconditional_recursion, reason = "that is the point")]
fn recurse(depth: u64) -> u64 {
    black_box(recurse(black_box(depth) + 1)) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_without_the_trigger_are_left_alone() {
        let heap = heap();
        for kind in ["panic", "fault", "recursion", "loop", "oom", "syscall", "leak", "scribble", "corrupt"] {
            let misbehaviour = Misbehaviour::from_kind(kind).unwrap();
            let before = misbehaviour.state(&heap);
            misbehaviour.on(b"", &heap);
            misbehaviour.on(b"?!", &heap);
            assert_eq!(misbehaviour.state(&heap), before);
        }
        assert_eq!(Misbehaviour::from_kind("sulk"), None);
    }

    #[test]
    #[should_panic(expected = "a panic on request")]
    fn the_trigger_sets_it_off() {
        Misbehaviour::Panic.on(b"!", &heap());
    }

    /// A heap that is never allocated from.
    fn heap() -> Arena {
        // SAFETY: nothing is written to the memory, as nothing is allocated.
        unsafe { Arena::new(core::ptr::without_provenance_mut(8)..core::ptr::without_provenance_mut(64)) }
    }
}
