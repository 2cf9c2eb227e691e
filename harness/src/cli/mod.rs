//! The command line.

mod bench;
mod compare;
mod fuzz;
mod import;
mod list;
mod progress;
mod run;
mod show;
pub mod style;

use std::io;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand, ValueEnum};
use halligan_targets::{AnyTarget, TARGETS};

use crate::agents::Agents;
use crate::host::{Host, Kind};

const EXIT_STATUS: &str = "\
Exit status:
  0  all properties held and the hosts agreed
  1  a property did not hold, an agent died, or the hosts differ
  2  something was wrong with the command, its files or the machine";

/// Property-based fuzzing of protocol stacks, natively and inside the unikernel.
#[derive(Parser)]
#[command(name = "halligan", version, after_help = EXIT_STATUS, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Fuzz(fuzz::Arguments),
    Run(run::Arguments),
    Show(show::Arguments),
    Import(import::Arguments),
    Compare(compare::Arguments),
    Bench(bench::Arguments),
    List(list::Arguments),
}

/// What a command that came to its end has to say to the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All properties held and the hosts agreed.
    Held,
    /// A property did not hold, an agent died, or the hosts differ.
    Broken,
}

/// Runs the command that the process's arguments give.
///
/// An error is printed as one line on standard error, with what caused it behind colons.
pub fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Fuzz(arguments) => arguments.run(),
        Command::Run(arguments) => arguments.run(),
        Command::Show(arguments) => arguments.run(),
        Command::Import(arguments) => arguments.run(),
        Command::Compare(arguments) => arguments.run(),
        Command::Bench(arguments) => arguments.run(),
        Command::List(arguments) => arguments.run(),
    };
    match done {
        Ok(Status::Held) => ExitCode::SUCCESS,
        Ok(Status::Broken) => ExitCode::from(1),
        // Whoever read our output has seen enough, as in `halligan list | head -1`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("{}error:{:#} {error:#}", style::ERROR, style::ERROR);
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The target called `name`.
///
/// # Errors
/// Says which targets there are.
pub fn target(name: &str) -> Result<&'static dyn AnyTarget> {
    if let Some(target) = halligan_targets::find(name) {
        return Ok(target);
    }
    let names: Vec<_> = TARGETS.iter().map(|target| target.name()).collect();
    let likeness = |other: &&str| (strsim::normalized_damerau_levenshtein(name, other) * 1000.0) as u32;
    let nearest = names.iter().copied().max_by_key(likeness).filter(|other| likeness(other) > 500);
    let hint = nearest.map(|nearest| format!(" (did you mean '{nearest}'?)")).unwrap_or_default();
    bail!("there is no target '{name}'{hint}; the targets are {}", names.join(", "))
}

/// Which hosts a command uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Hosts {
    /// Every host that works on this machine.
    All,
    /// An ordinary process.
    Native,
    /// The unikernel under the Solo5 sandboxed process tender.
    Spt,
}

impl Hosts {
    /// The kinds of host meant. With `all`, one line on standard error names each host that is left out.
    ///
    /// # Errors
    /// Fails where a host that was asked for by name does not work here.
    pub fn kinds(self) -> Result<Vec<Kind>> {
        let named = match self {
            Self::All => return Ok(Kind::ALL.into_iter().filter(|kind| works(*kind)).collect()),
            Self::Native => Kind::Native,
            Self::Spt => Kind::Spt,
        };
        named.available()?;
        Ok(vec![named])
    }
}

/// Which agents a command runs.
#[derive(clap::Args)]
pub struct Build {
    /// Build the agents with this feature of the targets: planted-panic or planted-misread, faults to be found.
    #[arg(long, value_name = "FEATURE", value_parser = ["planted-panic", "planted-misread"])]
    features: Vec<String>,
}

impl Build {
    /// Builds the agents, where they are missing or stale, and returns the hosts that `hosts` means.
    ///
    /// # Errors
    /// As [`Hosts::kinds`], [`Agents::build`] and [`Host::new`].
    pub fn hosts(&self, hosts: Hosts) -> Result<Vec<Host>> {
        let kinds = hosts.kinds()?;
        let features: Vec<_> = self.features.iter().map(String::as_str).collect();
        let agents = Agents::build(&features)?;
        kinds.into_iter().map(|kind| Host::new(kind, &agents)).collect()
    }
}

fn works(kind: Kind) -> bool {
    match kind.available() {
        Ok(()) => true,
        Err(why) => {
            anstream::eprintln!("{}note:{:#} without the host {kind}: {why:#}", style::NOTE, style::NOTE);
            false
        }
    }
}
