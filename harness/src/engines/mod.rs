//! Engines: what chooses the inputs of a campaign.
//!
//! LibAFL and blind chance work in this process, in [`campaign`](crate::campaign). libFuzzer and AFL++ are programs, which a
//! campaign starts, watches and ends. What they keep and what they fail on runs here once more: so corpus, findings and
//! figures are the same, whichever engine.

mod afl;
mod libfuzzer;
mod programs;

use std::fmt;
use std::sync::Arc;

use anyhow::Result;
use clap::ValueEnum;

use crate::campaign::Settings;

pub use programs::{Fuzzer, Gleaned, Places, Programs, Start};

/// An engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// LibAFL: mutants of what hit something new, on all hosts at once.
    #[default]
    Libafl,
    /// libFuzzer, through cargo-fuzz.
    Libfuzzer,
    /// AFL++.
    Afl,
    /// Every input is drawn from the target's generator, and coverage guides nothing.
    Random,
}

impl Engine {
    /// What it calls itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::Libafl => "LibAFL",
            Self::Libfuzzer => "libFuzzer",
            Self::Afl => "AFL++",
            Self::Random => "random",
        }
    }

    /// The option by which a command takes it, behind a space; nothing where none is needed.
    pub fn option(self) -> String {
        if self == Self::default() { String::new() } else { format!(" --engine {self}") }
    }

    /// Whether it is a program of its own.
    pub fn is_program(self) -> bool {
        matches!(self, Self::Libfuzzer | Self::Afl)
    }

    /// Whether this machine has it.
    ///
    /// # Errors
    /// Says what to install.
    pub fn available(self) -> Result<()> {
        match self {
            Self::Libafl | Self::Random => Ok(()),
            Self::Libfuzzer => libfuzzer::available(),
            Self::Afl => afl::runtime().map(drop),
        }
    }

    /// Builds what it runs for a campaign, where it is a program.
    ///
    /// # Errors
    /// Fails where that cannot be built.
    pub fn build(self, settings: &Settings) -> Result<Option<Arc<dyn Fuzzer>>> {
        Ok(match self {
            Self::Libafl | Self::Random => None,
            Self::Libfuzzer => Some(Arc::new(libfuzzer::LibFuzzer::build(settings)?)),
            Self::Afl => Some(Arc::new(afl::Afl::build(settings)?)),
        })
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Libafl => "libafl",
            Self::Libfuzzer => "libfuzzer",
            Self::Afl => "afl",
            Self::Random => "random",
        })
    }
}
