//! Campaigns: fuzzers that run every input on every host and compare what each made of it.
//!
//! A job makes a batch of mutants, puts the same batch on its way on every host, and while they run it settles the batch
//! before: observations and verdicts are compared byte for byte, coverage of each host on its own decides what is kept.

mod coverage;
mod figures;
mod history;
mod hosts;
mod job;
mod labels;
mod peers;
mod shared;
mod stability;
mod verdicts;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use halligan_targets::AnyTarget;

use crate::corpus::Folder;
use crate::engines::{Engine, Fuzzer, Programs};
use crate::findings::Store;
use crate::host::{Host, Isolation};
use history::Recorder;
use job::Job;

pub use figures::{Figures, HostFigures, grouped, percent, short};
pub use history::{History, HostPoint, Point, Record};
pub use labels::Labels;
pub use peers::Peers;
pub(crate) use shared::lock;
pub use shared::{Reported, Shared};

/// What a campaign is told to do.
#[derive(Clone)]
pub struct Settings {
    /// What chooses its inputs. One that is a program fuzzes on the first host.
    pub engine: Engine,
    /// What [`Engine::build`] has built.
    pub fuzzer: Option<Arc<dyn Fuzzer>>,
    /// The target.
    pub target: &'static dyn AnyTarget,
    /// The hosts; the first one's answers are what the others are compared with.
    pub hosts: Vec<Host>,
    /// The fault that is planted, if any.
    pub fault: Option<String>,
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
    /// What an input may leave behind for the next one.
    pub isolation: Isolation,
    /// Other campaigns that it exchanges inputs with.
    pub peers: Peers,
}

impl Settings {
    /// The options by which a command builds and isolates the same agents, each behind a space; nothing where none is
    /// needed.
    pub fn build_options(&self) -> String {
        let plant: String = self.fault.iter().map(|fault| format!(" --plant {fault}")).collect();
        plant + &self.isolation.option()
    }
}

/// Runs a campaign until its time is up, its executions are spent, or `stop` is set. Calls `watch` with what the jobs share
/// and the figures every `interval`, and once more at the end. Returns the last figures. What cannot be written is a trouble
/// that is shown, and tried again; no end.
///
/// # Errors
/// Fails where there is no seed or no host, a host or the engine cannot run, no seed is of use, the address for other
/// campaigns cannot be listened at, or `watch` fails.
pub fn run(
    settings: &Settings,
    stop: &AtomicBool,
    interval: Duration,
    mut watch: impl FnMut(&Shared<'_>, &Figures) -> Result<()>,
) -> Result<Figures> {
    if settings.hosts.is_empty() {
        bail!("a campaign needs a host");
    }
    if settings.seeds.is_empty() {
        bail!("a campaign needs a seed");
    }
    let listener = settings.peers.bind()?;
    let shared = &Shared::new(settings, stop);
    let (mut recorder, damage) = Recorder::new(settings)?;
    damage.iter().for_each(|damage| shared.trouble(damage));
    let mut look = move |end| {
        // What cannot be written now may be later; fuzzing goes on.
        let figures = shared.figures();
        if let Err(error) = recorder.note(&figures, end) {
            shared.trouble(&error);
        }
        let unsaved = shared.save_unsaved(end);
        if end && unsaved > 0 {
            shared.trouble(&anyhow!("{unsaved} inputs could not be saved in {}", settings.corpus.path().display()));
        }
        watch(shared, &figures)?;
        Ok(figures)
    };
    let fuzzer = settings.fuzzer.as_deref();
    thread::scope(|scope| {
        let spawn = |index| {
            let work = move || {
                let done = Job::new(shared, index).and_then(|job| match fuzzer {
                    None => job.run(),
                    Some(fuzzer) => job.follow(Programs::start(settings, fuzzer)?),
                });
                // One job that cannot go on ends the campaign.
                if done.is_err() {
                    stop.store(true, Relaxed);
                }
                done
            };
            thread::Builder::new().name(format!("job {index}")).spawn_scoped(scope, work).context("cannot start a job")
        };
        peers::exchange(scope, shared, listener);
        // The jobs of a program are its own, and one of ours follows them.
        let threads = if fuzzer.is_some() { 1 } else { settings.jobs };
        let jobs = (0..threads).map(spawn).collect::<Result<Vec<_>>>().inspect_err(|_| stop.store(true, Relaxed))?;
        while !jobs.iter().all(|job| job.is_finished()) {
            thread::sleep(interval);
            // Where nobody can watch there is nothing to go on for.
            if !stop.load(Relaxed) {
                look(false).inspect_err(|_: &anyhow::Error| stop.store(true, Relaxed))?;
            }
        }
        shared.end();
        for job in jobs {
            job.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        look(true)
    })
}
