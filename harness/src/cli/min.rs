//! `halligan min`: minimises what fails.

use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};

use super::inputs::Inputs;
use super::minimising::{Minimising, Treated};
use super::{Build, Status, style};
use crate::campaign::grouped;
use crate::corpus;
use crate::minimise::Done;

const HELP: &str = "\
Each result is the simplest input found that breaks the same property at the same place, or kills the agent alike: fewest
lies (wrong checksums, lengths, ...) first, then fewest bytes. A run that was stopped goes on where it was.

Examples:
  halligan min tcp_parser findings/NAME/input
  halligan min tcp_parser fuzz/artifacts/tcp_parser --jobs 2

Exit status:
  0  every input that fails was minimised
  2  none fails, an input or a result could not be read or written, or the run was stopped";

/// Minimise inputs that break something; files, or whole folders of crashes.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    minimising: Minimising,
    #[command(flatten)]
    build: Build,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let target = self.inputs.target()?;
        let files = corpus::list_all(&self.inputs.paths)?;
        let places = self.minimising.places(&files)?;
        let hosts = self.build.hosts()?;
        let mut sums = Sums::default();
        let options = self.minimising.options(self.build.options());
        let done =
            self.minimising.run(target, &files, &places, &hosts, options, |file, outcome| sums.add(file, outcome));
        if files.len() > 1 {
            sums.say()?;
        }
        done?;
        match (sums.failed, sums.minimised, &files[..]) {
            (1.., ..) => bail!("{} of {} inputs could not be minimised", sums.failed, files.len()),
            (_, 0, [file]) => bail!("{} breaks nothing: there is nothing to minimise", file.display()),
            (_, 0, _) => bail!("none of the {} inputs breaks anything: there is nothing to minimise", files.len()),
            _ => Ok(Status::Held),
        }
    }
}

/// What was achieved in all.
#[derive(Default)]
struct Sums {
    minimised: usize,
    passing: usize,
    failed: usize,
    bytes: (usize, usize),
    lies: (usize, usize),
    executions: usize,
}

impl Sums {
    /// Adds and prints what came of one file.
    fn add(&mut self, file: &Path, outcome: Result<Treated>) -> Result<()> {
        let (mut out, shown) = (anstream::stdout().lock(), file.display());
        match outcome {
            Ok(Treated { done: Done::Passes, .. }) => {
                self.passing += 1;
                writeln!(out, "{dim}passes{dim:#}     {shown}", dim = style::DIM)?;
            }
            Ok(Treated { done: Done::Minimised { result, path, executions, before }, bytes, lies }) => {
                self.minimised += 1;
                let size = result.finding.input.len();
                self.bytes = (self.bytes.0 + bytes, self.bytes.1 + size);
                self.lies = (self.lies.0 + lies, self.lies.1 + result.lies);
                self.executions += executions;
                let hosts: Vec<_> = result.finding.shown_by().map(|witness| witness.host.to_string()).collect();
                let end = match (before, result.finished) {
                    (true, _) => ", was done before",
                    (_, true) => "",
                    (_, false) => ", not finished: the same command goes on",
                };
                writeln!(
                    out,
                    "{good}minimised{good:#}  {shown}: {bytes} -> {size} bytes, {lies} -> {} lies, {} executions{end}",
                    result.lies,
                    grouped(executions as u64),
                    good = style::GOOD,
                )?;
                writeln!(out, "           {} on {}: {}", result.finding.kind(), hosts.join(" and "), path.display())?;
            }
            Err(error) => {
                self.failed += 1;
                writeln!(out, "{bad}cannot{bad:#}     {shown}: {error:#}", bad = style::BAD)?;
            }
        }
        Ok(())
    }

    fn say(&self) -> Result<()> {
        let Self { minimised, passing, failed, bytes, lies, executions } = self;
        let executions = grouped(*executions as u64);
        writeln!(
            anstream::stdout().lock(),
            "{minimised} minimised, {passing} pass, {failed} could not be: {} -> {} bytes, {} -> {} lies, {executions} executions",
            grouped(bytes.0 as u64),
            grouped(bytes.1 as u64),
            lies.0,
            lies.1,
        )?;
        Ok(())
    }
}
