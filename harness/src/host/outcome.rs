//! What comes of running one input on a host.

use std::fmt;

use halligan_solo5::mailbox::Answer;

/// What came of one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All properties held.
    Passed,
    /// A property did not hold.
    Failed {
        /// Its index in the target's properties.
        property: u32,
        /// What was expected and what was seen.
        detail: String,
    },
    /// The agent died.
    Died(Death),
}

impl Outcome {
    /// Whether another host's outcome of the same input says the same. Two deaths do if they are of one kind, since
    /// addresses differ from image to image.
    pub fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Died(ours), Self::Died(theirs)) => ours.kind() == theirs.kind(),
            _ => self == other,
        }
    }
}

/// How an agent died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Death {
    /// The code under test panicked.
    Panic {
        /// The message, with the place in the source.
        message: String,
        /// Return addresses, innermost first.
        backtrace: Vec<u64>,
    },
    /// The processor or the kernel stopped it.
    Fault {
        /// The signal.
        signal: u32,
        /// Where the code stood.
        rip: u64,
        /// What it touched.
        address: u64,
    },
    /// It did not answer in time, and was killed.
    Hang,
    /// Its allocator had no memory left.
    OutOfMemory {
        /// What could not be allocated.
        message: String,
    },
    /// It made a system call, or a hypercall, that the tender forbids.
    ForbiddenSyscall,
    /// It ended for no reason that it gave.
    Exit {
        /// Its wait status in words.
        status: String,
    },
}

impl Death {
    /// One word for the kind of death.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Panic { .. } => "panic",
            Self::Fault { .. } => "fault",
            Self::Hang => "hang",
            Self::OutOfMemory { .. } => "out-of-memory",
            Self::ForbiddenSyscall => "forbidden-syscall",
            Self::Exit { .. } => "exit",
        }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panic { message, .. } => write!(f, "panic: {message}"),
            Self::Fault { signal, rip, address } => {
                let name = match *signal as i32 {
                    libc::SIGSEGV => "SIGSEGV",
                    libc::SIGBUS => "SIGBUS",
                    libc::SIGILL => "SIGILL",
                    libc::SIGFPE => "SIGFPE",
                    libc::SIGTRAP => "SIGTRAP",
                    _ => return write!(f, "fault: signal {signal} at {rip:#x}, address {address:#x}"),
                };
                write!(f, "fault: {name} at {rip:#x}, address {address:#x}")
            }
            Self::Hang => f.write_str("hang: no answer in time"),
            Self::OutOfMemory { message } => write!(f, "out of memory: {message}"),
            Self::ForbiddenSyscall => f.write_str("forbidden system call"),
            Self::Exit { status } => write!(f, "the agent ended: {status}"),
        }
    }
}

/// The run of one input.
#[derive(Debug)]
pub struct Run<'a> {
    /// What came of it.
    pub outcome: Outcome,
    /// The answer; none where the agent died.
    pub answer: Option<Answer<'a>>,
}

impl<'a> Run<'a> {
    pub(super) fn answered(answer: Answer<'a>) -> Self {
        let outcome = match answer.failed {
            None => Outcome::Passed,
            Some(property) => Outcome::Failed { property, detail: String::from_utf8_lossy(answer.detail).into_owned() },
        };
        Self { outcome, answer: Some(answer) }
    }

    pub(super) fn died(death: Death) -> Self {
        Self { outcome: Outcome::Died(death), answer: None }
    }

    /// What the parser saw; empty where the agent died.
    pub fn observation(&self) -> &'a [u8] {
        self.answer.map_or(&[], |answer| answer.observation)
    }

    /// The edges that were hit, ascending, each with its count; none where the agent died.
    pub fn hits(&self) -> impl Iterator<Item = (u32, u8)> + use<'a> {
        self.answer.into_iter().flat_map(|answer| answer.hits())
    }
}
