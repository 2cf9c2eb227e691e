//! Campaigns: LibAFL fuzzers that run every input on every host and compare what each made of it.
//!
//! A job makes a batch of mutants, puts the same batch on its way on every host, and while they run it settles the batch
//! before: observations and verdicts are compared byte for byte, coverage of each host on its own decides what is kept.

mod coverage;
mod figures;
mod hosts;
mod job;
mod shared;
mod verdicts;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use halligan_targets::AnyTarget;

use crate::corpus::Folder;
use crate::findings::Store;
use crate::host::Host;
use job::Job;

pub use figures::{Figures, HostFigures, grouped};
pub use shared::{Reported, Shared};

/// What a campaign is told to do.
#[derive(Clone)]
pub struct Settings {
    /// The target.
    pub target: &'static dyn AnyTarget,
    /// The hosts; the first one's answers are what the others are compared with.
    pub hosts: Vec<Host>,
    /// Features of the targets that the agents were built with.
    pub features: Vec<String>,
    /// What it starts from.
    pub seeds: Vec<Vec<u8>>,
    /// Folder for kept inputs.
    pub corpus: Folder,
    /// Folder for findings.
    pub findings: Store,
    /// How long it lasts.
    pub time: Duration,
    /// After how many executions on each host it ends, if earlier.
    pub runs: Option<u64>,
    /// Number of jobs, at least 1: threads with an agent on each host.
    pub jobs: usize,
    /// Seed of all random choices. With one job and `runs`, the same seed keeps the same inputs.
    pub seed: u64,
    /// How long an agent may work on one input.
    pub timeout: Duration,
}

impl Settings {
    /// The options by which a command builds the same agents, each behind a space.
    pub fn build_options(&self) -> String {
        self.features.iter().map(|feature| format!(" --features {feature}")).collect()
    }
}

/// Runs a campaign until its time is up, its executions are spent, or `stop` is set. Calls `watch` with what the jobs share
/// every `interval`, and once more at the end. Returns the last figures.
///
/// # Errors
/// Fails where there is no seed or no host, a host cannot run, no seed is of use, a folder cannot be written, or `watch` fails.
pub fn run(
    settings: &Settings,
    stop: &AtomicBool,
    interval: Duration,
    mut watch: impl FnMut(&Shared<'_>) -> Result<()>,
) -> Result<Figures> {
    if settings.hosts.is_empty() {
        bail!("a campaign needs a host");
    }
    if settings.seeds.is_empty() {
        bail!("a campaign needs a seed");
    }
    let shared = &Shared::new(settings, stop);
    thread::scope(|scope| {
        let spawn = |index| {
            let work = move || {
                let done = Job::new(shared, index).and_then(Job::run);
                // One job that cannot go on ends the campaign.
                if done.is_err() {
                    stop.store(true, Relaxed);
                }
                done
            };
            thread::Builder::new().name(format!("job {index}")).spawn_scoped(scope, work).context("cannot start a job")
        };
        let jobs =
            (0..settings.jobs).map(spawn).collect::<Result<Vec<_>>>().inspect_err(|_| stop.store(true, Relaxed))?;
        while !jobs.iter().all(|job| job.is_finished()) {
            thread::sleep(interval);
            // Where nobody can watch there is nothing to go on for.
            if !stop.load(Relaxed) {
                watch(shared).inspect_err(|_| stop.store(true, Relaxed))?;
            }
        }
        for job in jobs {
            job.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        watch(shared)?;
        Ok(shared.figures())
    })
}
