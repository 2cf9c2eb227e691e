//! The end of a guest that did not ask for it: said on standard error, or left in the mailbox.

use std::fmt;
use std::ops::Range;

use halligan_solo5::abi::EXIT_ABORT;
use halligan_solo5::abi::hvt::Address;
use halligan_solo5::frames;
use halligan_solo5::mailbox::Control;

use super::hypercalls::Refusal;
use super::memory::Memory;
use super::vcpu::Trap;

/// Why a guest was ended.
#[derive(Debug)]
pub(super) enum End {
    /// An exception that it does not handle.
    Fault(Trap),
    /// It wrote to memory that is read-only; the address, where it is known.
    Protected { rip: u64, address: Option<u64> },
    /// It called an operating system, and there is none.
    SystemCall { rip: u64 },
    /// A hypercall that it may not make.
    Refused(Refusal),
    /// Its processor stopped otherwise.
    Stopped { rip: u64, what: String },
}

/// What a report needs to know of the guest.
pub(super) struct Report<'a> {
    pub(super) memory: &'a Memory,
    pub(super) control: Option<&'a Control>,
    pub(super) frame_pointer: u64,
    pub(super) text: Range<u64>,
    pub(super) stack: Range<u64>,
}

impl Report<'_> {
    /// Reports the end and returns the tender's exit status.
    pub(super) fn tell(self, end: &End) -> u8 {
        match self.control {
            Some(control) => self.leave(control, end),
            None => eprintln!("halligan-tender: {end}"),
        }
        match end {
            // As Solo5's tenders.
            End::Protected { .. } | End::Refused(_) => 1,
            _ => EXIT_ABORT,
        }
    }

    fn leave(self, control: &Control, end: &End) {
        let words = control.last_words();
        let first = match *end {
            End::Fault(trap) => words.fault(signal(&trap), trap.rip, address(&trap)),
            End::Protected { rip, address } => words.fault(libc::SIGSEGV as u32, rip, address.unwrap_or(0)),
            End::SystemCall { .. } | End::Refused(Refusal::Unknown(_) | Refusal::Outside { .. }) => {
                words.forbid(&end.to_string());
                false
            }
            End::Refused(Refusal::Host { .. }) | End::Stopped { .. } => {
                eprintln!("halligan-tender: {end}");
                false
            }
        };
        if first {
            let read = |address| self.memory.read::<[u64; 2]>(Address(address)).ok();
            frames::walk_by(self.frame_pointer, self.stack, self.text, read, |pc| words.push_frame(pc));
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(trap) => {
                write!(f, "guest fault: {}", name(trap.vector))?;
                if trap.has_error() {
                    write!(f, ", error code {:#x}", trap.error)?;
                }
                write!(f, ", at rip {:#x}", trap.rip)?;
                if trap.vector == Trap::PAGE_FAULT {
                    write!(f, ", address {:#x}", trap.cr2)?;
                }
                Ok(())
            }
            Self::Protected { rip, address } => {
                write!(f, "host/guest translation fault: the guest wrote to read-only memory at rip {rip:#x}")?;
                address.map_or(Ok(()), |address| write!(f, ", address {address:#x}"))
            }
            Self::SystemCall { rip } => write!(f, "the guest made a system call at rip {rip:#x}; hvt has none"),
            Self::Refused(refusal) => write!(f, "the guest {refusal}"),
            Self::Stopped { rip, what } => write!(f, "the guest {what}, at rip {rip:#x}"),
        }
    }
}

/// The signal that a process gets for such an exception.
fn signal(trap: &Trap) -> u32 {
    let signal = match trap.vector {
        Trap::DIVIDE | Trap::FLOATING_POINT | Trap::SIMD => libc::SIGFPE,
        Trap::DEBUG | Trap::BREAKPOINT => libc::SIGTRAP,
        Trap::INVALID_OPCODE => libc::SIGILL,
        Trap::STACK | Trap::ALIGNMENT => libc::SIGBUS,
        _ => libc::SIGSEGV,
    };
    signal as u32
}

/// What the guest touched, as Linux says it in a signal.
fn address(trap: &Trap) -> u64 {
    match trap.vector {
        Trap::PAGE_FAULT => trap.cr2,
        Trap::DIVIDE | Trap::INVALID_OPCODE | Trap::FLOATING_POINT | Trap::SIMD => trap.rip,
        _ => 0,
    }
}

fn name(vector: u64) -> String {
    const NAMES: [&str; 22] = [
        "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "", "#TS", "#NP", "#SS", "#GP", "#PF", "",
        "#MF", "#AC", "#MC", "#XM", "#VE", "#CP",
    ];
    match NAMES.get(vector as usize) {
        Some(name) if !name.is_empty() => (*name).to_owned(),
        _ => format!("exception {vector}"),
    }
}
