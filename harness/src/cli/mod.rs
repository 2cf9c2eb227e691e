//! The command line.

mod bar;
mod bench;
mod boot;
mod cmin;
mod compare;
mod completions;
mod dashboard;
mod export;
mod fuzz;
mod import;
mod inputs;
mod list;
mod metrics;
mod min;
mod minimising;
mod new;
mod progress;
mod promote;
mod report;
mod run;
mod show;
pub mod style;
mod triage;

use std::io;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use halligan_targets::{AnyTarget, TARGETS, planted};

use crate::agents::Agents;
use crate::host::{Host, Isolation, Kind, Options};

const EXIT_STATUS: &str = "\
Exit status:
  0  all properties held and the hosts agreed
  1  a property did not hold, an agent died, or the hosts differ
  2  something was wrong with the command, its files or the machine";

/// The end of a command's help: examples, and what its exit status means.
fn examples(lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("  halligan {line}\n")).collect();
    format!("Examples:\n{lines}\n{EXIT_STATUS}")
}

/// Property-based fuzzing of protocol stacks, natively and inside the unikernel.
#[derive(Parser)]
#[command(name = "halligan", version, after_help = EXIT_STATUS, disable_help_subcommand = true, disable_help_flag = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Print help.
    // The short one, which fits a screen.
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    help: Option<bool>,
}

#[derive(Subcommand)]
enum Command {
    Fuzz(fuzz::Arguments),
    Run(run::Arguments),
    Show(show::Arguments),
    Min(min::Arguments),
    Triage(triage::Arguments),
    Promote(promote::Arguments),
    Report(report::Arguments),
    Cmin(cmin::Arguments),
    New(new::Arguments),
    Import(import::Arguments),
    Export(export::Arguments),
    Compare(compare::Arguments),
    Bench(bench::Arguments),
    Boot(boot::Arguments),
    List(list::Arguments),
    Completions(completions::Arguments),
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
        Command::Min(arguments) => arguments.run(),
        Command::Triage(arguments) => arguments.run(),
        Command::Promote(arguments) => arguments.run(),
        Command::Report(arguments) => arguments.run(),
        Command::Cmin(arguments) => arguments.run(),
        Command::New(arguments) => arguments.run(),
        Command::Import(arguments) => arguments.run(),
        Command::Export(arguments) => arguments.run(),
        Command::Compare(arguments) => arguments.run(),
        Command::Bench(arguments) => arguments.run(),
        Command::Boot(arguments) => arguments.run(),
        Command::List(arguments) => arguments.run(),
        Command::Completions(arguments) => arguments.run(),
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
    /// The unikernel under the Solo5 hardware virtualized tender.
    Hvt,
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
            Self::Hvt => Kind::Hvt,
        };
        named.available()?;
        Ok(vec![named])
    }
}

/// Which agents a command runs.
#[derive(clap::Args)]
pub struct Build {
    /// The hosts to run on: all, native, spt or hvt [default: all].
    #[arg(long, value_enum, hide_possible_values = true)]
    host: Option<Hosts>,
    /// Plant a fault, to see it found: TARGET/PROPERTY after the property that it breaks, or tcp_parser/panic.
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    plant: Option<String>,
    #[command(flatten)]
    isolate: Isolate,
}

/// How the agents' inputs are kept apart.
#[derive(Clone, Copy, clap::Args)]
pub struct Isolate {
    /// What an input may leave behind for the next one: `persistent` takes back what was allocated, `snapshot` restores all
    /// memory, `fresh` starts an agent for every input.
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t, hide_possible_values = true)]
    isolation: Isolation,
}

impl Isolate {
    /// How a worker runs.
    pub fn options(self) -> Options {
        Options { isolation: self.isolation, ..Options::default() }
    }
}

impl Build {
    /// The fault to be planted.
    pub fn plant(&self) -> Option<&str> {
        self.plant.as_deref()
    }

    /// How a worker runs.
    pub fn options(&self) -> Options {
        self.isolate.options()
    }

    /// Builds the agents, where they are missing or stale, and returns the hosts that run them.
    ///
    /// # Errors
    /// As [`Hosts::kinds`], [`Agents::build`] and [`Host::new`].
    pub fn hosts(&self) -> Result<Vec<Host>> {
        self.hosts_of(self.host.unwrap_or(Hosts::All))
    }

    /// The same for `hosts`, whichever were asked for.
    ///
    /// # Errors
    /// As [`Build::hosts`].
    pub fn hosts_of(&self, hosts: Hosts) -> Result<Vec<Host>> {
        let kinds = hosts.kinds()?;
        let agents = Agents::build(self.plant())?;
        kinds.into_iter().map(|kind| Host::new(kind, &agents)).collect()
    }
}

fn fault(name: &str) -> Result<String, &'static str> {
    planted::is_fault(name).then(|| name.to_owned()).ok_or("`list --properties` names the properties")
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
