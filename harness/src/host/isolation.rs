//! What an input may leave behind for the next one.

use std::fmt;

/// How far the inputs of one agent are kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Isolation {
    /// The allocator takes back all memory; what else an input leaves behind stays.
    #[default]
    Persistent,
    /// All memory is restored, as it was before the first input.
    Snapshot,
    /// Every input has an agent of its own, which is started for it.
    Fresh,
}

impl Isolation {
    /// The option by which a command isolates likewise, behind a space; nothing where none is needed.
    pub fn option(self) -> String {
        if self == Self::default() { String::new() } else { format!(" --isolation {self}") }
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Persistent => "persistent",
            Self::Snapshot => "snapshot",
            Self::Fresh => "fresh",
        })
    }
}
