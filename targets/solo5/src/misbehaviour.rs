//! Misbehaviour on request, to show that a harness tells all ends of an agent apart and goes on after each.
//!
//! An agent with `misbehave=KIND` on its command line misbehaves on every input that starts with [`TRIGGER`] and answers
//! all others as usual.

use alloc::vec;
use alloc::vec::Vec;
use core::arch::asm;
use core::hint::{black_box, spin_loop};

/// Word of the command line that asks for misbehaviour: `misbehave=panic`, `fault`, `recursion`, `loop`, `oom` or `syscall`.
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
}

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
            _ => return None,
        })
    }

    /// Misbehaves, and does not return, if `input` starts with [`TRIGGER`].
    pub fn on(self, input: &[u8]) {
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
        for kind in ["panic", "fault", "recursion", "loop", "oom", "syscall"] {
            let misbehaviour = Misbehaviour::from_kind(kind).unwrap();
            misbehaviour.on(b"");
            misbehaviour.on(b"?!");
        }
        assert_eq!(Misbehaviour::from_kind("sulk"), None);
    }

    #[test]
    #[should_panic(expected = "a panic on request")]
    fn the_trigger_sets_it_off() {
        Misbehaviour::Panic.on(b"!");
    }
}
