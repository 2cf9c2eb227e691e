//! What the jobs of a campaign share: the entries that they keep, their findings, the figures, and when to end.

use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Settings;
use super::figures::{Figures, HostFigures};
use crate::corpus;
use crate::findings::{Finding, Report};
use crate::host::Host;

/// Longest mutant in bytes, unless a seed is longer.
const MAX_LEN: usize = 4096;

/// Shared by the jobs of one campaign.
pub struct Shared<'c> {
    /// What the campaign was told to do.
    pub settings: &'c Settings,
    /// Longest mutant in bytes.
    pub max_len: usize,
    stop: &'c AtomicBool,
    start: Instant,
    /// Executions left on each host.
    budget: AtomicU64,
    entries: Mutex<Entries>,
    findings: Mutex<Findings>,
    hosts: Vec<Tally>,
}

/// Seeds and kept inputs, in the order in which they came.
struct Entries {
    list: Vec<Entry>,
    seeds: HashSet<String>,
    kept: HashSet<String>,
}

/// A seed, or an input that a job kept.
struct Entry {
    job: Option<usize>,
    bytes: Arc<[u8]>,
}

struct Findings {
    known: HashSet<String>,
    /// Those that nobody has shown yet.
    fresh: Vec<Reported>,
    divergences: u64,
}

/// A finding that was saved.
#[derive(Clone, Debug)]
pub struct Reported {
    /// Its folder.
    pub folder: PathBuf,
    /// One line that says what was found.
    pub line: String,
    /// Time since the start.
    pub elapsed: Duration,
    /// Executions on each host until then.
    pub executions: u64,
}

/// What is counted of one host.
struct Tally {
    executions: AtomicU64,
    covered: AtomicU64,
    covered_by_seeds: AtomicU64,
    kept: AtomicU64,
    findings: AtomicU64,
    /// Starts of its agents, by job.
    starts: Vec<AtomicU64>,
    /// 1 for each edge that is covered.
    edges: Vec<AtomicU8>,
}

impl Tally {
    fn new(host: &Host, jobs: usize) -> Self {
        Self {
            executions: AtomicU64::new(0),
            covered: AtomicU64::new(0),
            covered_by_seeds: AtomicU64::new(0),
            kept: AtomicU64::new(0),
            findings: AtomicU64::new(0),
            starts: (0..jobs).map(|_| AtomicU64::new(0)).collect(),
            edges: (0..host.edges().len()).map(|_| AtomicU8::new(0)).collect(),
        }
    }
}

impl<'c> Shared<'c> {
    /// For a campaign that begins now and ends at the latest when `stop` is set.
    pub fn new(settings: &'c Settings, stop: &'c AtomicBool) -> Self {
        let seeds = settings.seeds.iter().map(|seed| corpus::name(seed)).collect();
        let list: Vec<_> =
            settings.seeds.iter().map(|seed| Entry { job: None, bytes: seed.as_slice().into() }).collect();
        let longest = list.iter().map(|entry| entry.bytes.len()).max().unwrap_or(0);
        Self {
            settings,
            max_len: longest.max(MAX_LEN),
            stop,
            start: Instant::now(),
            budget: AtomicU64::new(settings.runs.unwrap_or(u64::MAX)),
            entries: Mutex::new(Entries { list, seeds, kept: HashSet::new() }),
            findings: Mutex::new(Findings { known: HashSet::new(), fresh: Vec::new(), divergences: 0 }),
            hosts: settings.hosts.iter().map(|host| Tally::new(host, settings.jobs)).collect(),
        }
    }

    /// Whether jobs should end.
    pub fn is_over(&self) -> bool {
        self.stop.load(Relaxed) || self.start.elapsed() >= self.settings.time
    }

    /// Takes up to `wanted` executions from the budget, and returns their number.
    pub fn claim(&self, wanted: usize) -> usize {
        let take = |left: u64| Some(left - left.min(wanted as u64));
        let left = self.budget.fetch_update(Relaxed, Relaxed, take).unwrap_or_default();
        left.min(wanted as u64) as usize
    }

    /// Gives claimed executions back.
    pub fn unclaim(&self, count: usize) {
        self.budget.fetch_add(count as u64, Relaxed);
    }

    /// Adds to `imports` what came since entry number `next` and is not from `job` itself.
    pub fn imports(&self, job: usize, next: &mut usize, imports: &mut VecDeque<Arc<[u8]>>) {
        let entries = lock(&self.entries);
        let new = entries.list[*next..].iter().filter(|entry| entry.job != Some(job));
        imports.extend(new.map(|entry| entry.bytes.clone()));
        *next = entries.list.len();
    }

    /// Counts what `job` did: executions, and how often each host's agent was started.
    pub fn executed(&self, count: u64, job: usize, starts: impl Iterator<Item = u64>) {
        for (tally, starts) in self.hosts.iter().zip(starts) {
            tally.executions.fetch_add(count, Relaxed);
            tally.starts[job].store(starts, Relaxed);
        }
    }

    /// Keeps an input that hit something new on `hosts`, and was the first to hit the edges `first`.
    ///
    /// # Errors
    /// Fails where the corpus cannot be written.
    pub fn keep(&self, job: usize, bytes: &[u8], hosts: &[usize], first: &[(usize, u32)]) -> Result<()> {
        let name = corpus::name(bytes);
        let mut entries = lock(&self.entries);
        let is_seed = entries.seeds.contains(&name);
        for &(host, edge) in first {
            let tally = &self.hosts[host];
            if tally.edges[edge as usize].swap(1, Relaxed) == 0 {
                tally.covered.fetch_add(1, Relaxed);
                tally.covered_by_seeds.fetch_add(is_seed.into(), Relaxed);
            }
        }
        if entries.kept.insert(name) {
            entries.list.push(Entry { job: Some(job), bytes: bytes.into() });
            drop(entries);
            for &host in hosts {
                self.hosts[host].kept.fetch_add(1, Relaxed);
            }
            self.settings.corpus.save(bytes)?;
        }
        Ok(())
    }

    /// Saves a finding unless the campaign knows its like; returns whether it did.
    ///
    /// # Errors
    /// Fails where it cannot be saved.
    pub fn report(&self, finding: &Finding) -> Result<bool> {
        let mut findings = lock(&self.findings);
        findings.divergences += u64::from(finding.diverges());
        if !findings.known.insert(finding.key().to_owned()) {
            return Ok(false);
        }
        for (tally, host) in self.hosts.iter().zip(&self.settings.hosts) {
            let shows = finding.shown_by().any(|witness| witness.host == host.kind());
            tally.findings.fetch_add(shows.into(), Relaxed);
        }
        let build = self.settings.build_options();
        let report = Report::new(finding, &self.settings.hosts, &build)?;
        let folder = self.settings.findings.save(finding, &report)?;
        let executions = self.hosts.first().map_or(0, |tally| tally.executions.load(Relaxed));
        findings.fresh.push(Reported { folder, line: report.line(), elapsed: self.start.elapsed(), executions });
        Ok(true)
    }

    /// The findings since the last call.
    pub fn fresh_findings(&self) -> Vec<Reported> {
        std::mem::take(&mut lock(&self.findings).fresh)
    }

    /// The figures now.
    pub fn figures(&self) -> Figures {
        let elapsed = self.start.elapsed();
        let hosts = self.settings.hosts.iter().zip(&self.hosts).map(|(host, tally)| HostFigures {
            host: host.kind(),
            executions: tally.executions.load(Relaxed),
            covered: tally.covered.load(Relaxed),
            covered_by_seeds: tally.covered_by_seeds.load(Relaxed),
            edges: tally.edges.len() as u64,
            kept: tally.kept.load(Relaxed),
            findings: tally.findings.load(Relaxed),
            restarts: tally.starts.iter().map(|starts| starts.load(Relaxed).saturating_sub(1)).sum(),
        });
        let findings = lock(&self.findings);
        Figures {
            elapsed,
            left: self.settings.time.saturating_sub(elapsed).max(Duration::ZERO),
            corpus: lock(&self.entries).kept.len() as u64,
            findings: findings.known.len() as u64,
            divergences: findings.divergences,
            hosts: hosts.collect(),
        }
    }
}

/// A job that panicked leaves nothing half-done behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
