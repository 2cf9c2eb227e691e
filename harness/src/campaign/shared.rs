//! What the jobs of a campaign share: the entries that they keep, their findings, the figures, and when to end.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Settings;
use super::figures::{Figures, HostFigures};
use super::labels::Labels;
use super::stability::Stability;
use crate::corpus;
use crate::findings::{Finding, Report};
use crate::host::{Host, Options};
use crate::minimise::{Limits, Panel, minimise};

/// Longest mutant in bytes, unless a seed is longer.
const MAX_LEN: usize = 4096;

/// How much a finding's minimised input may cost: a campaign has better things to do, and `min` goes on from there.
const MINIMISING: Limits = Limits { executions: 2000, time: Duration::from_secs(5) };

/// Shared by the jobs of one campaign.
pub struct Shared<'c> {
    /// What the campaign was told to do.
    pub settings: &'c Settings,
    /// Longest mutant in bytes.
    pub max_len: usize,
    stop: &'c AtomicBool,
    /// Whether all jobs have ended.
    ended: AtomicBool,
    start: Instant,
    /// Executions left on each host.
    budget: AtomicU64,
    entries: Mutex<Entries>,
    /// What other campaigns sent and no job has run yet.
    received: Mutex<VecDeque<Arc<[u8]>>>,
    findings: Mutex<Findings>,
    labels: Mutex<Labels>,
    troubles: Mutex<Troubles>,
    /// What is to be said besides.
    notes: Mutex<Vec<String>>,
    hosts: Vec<Tally>,
}

/// At most so many received inputs wait for a job.
const ROOM: usize = 1024;

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

/// What went wrong without an end to the campaign.
#[derive(Default)]
struct Troubles {
    /// Lines that nobody has shown yet.
    fresh: Vec<String>,
    /// The last cause: what goes on is said once.
    last: String,
    /// Kept inputs that could not be saved.
    unsaved: Vec<Arc<[u8]>>,
    /// When the corpus or a finding last could not be written.
    failed: Option<Instant>,
}

impl Troubles {
    fn note(&mut self, error: &anyhow::Error) {
        let cause = error.root_cause().to_string();
        if cause != self.last {
            self.fresh.push(format!("{error:#}"));
            self.last = cause;
        }
    }
}

#[derive(Default)]
struct Findings {
    kinds: BTreeMap<&'static str, u64>,
    known: HashSet<String>,
    /// Those that could not be saved.
    unsaved: HashSet<String>,
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

/// Time before what could not be written is tried again.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is counted of one host.
struct Tally {
    executions: AtomicU64,
    covered: AtomicU64,
    covered_by_seeds: AtomicU64,
    /// Milliseconds from the start to the last edge that was new.
    new_edge: AtomicU64,
    /// Edges that inputs hit when they ran again, and those of them that they hit as often as before.
    again: AtomicU64,
    stable: AtomicU64,
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
            new_edge: AtomicU64::new(0),
            again: AtomicU64::new(0),
            stable: AtomicU64::new(0),
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
            ended: AtomicBool::new(false),
            start: Instant::now(),
            budget: AtomicU64::new(settings.runs.unwrap_or(u64::MAX)),
            entries: Mutex::new(Entries { list, seeds, kept: HashSet::new() }),
            received: Mutex::default(),
            findings: Mutex::default(),
            labels: Mutex::default(),
            troubles: Mutex::default(),
            notes: Mutex::default(),
            hosts: settings.hosts.iter().map(|host| Tally::new(host, settings.jobs)).collect(),
        }
    }

    /// Whether jobs should end.
    pub fn is_over(&self) -> bool {
        self.stop.load(Relaxed) || self.ended.load(Relaxed) || self.start.elapsed() >= self.settings.time
    }

    /// Notes that all jobs have ended.
    pub fn end(&self) {
        self.ended.store(true, Relaxed);
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

    /// Adds to `kept` what jobs kept since entry number `next`.
    pub fn kept_since(&self, next: &mut usize, kept: &mut Vec<Arc<[u8]>>) {
        let entries = lock(&self.entries);
        kept.extend(entries.list[*next..].iter().filter(|entry| entry.job.is_some()).map(|entry| entry.bytes.clone()));
        *next = entries.list.len();
    }

    /// Takes in an input of another campaign, unless it is kept already or longer than any of this one's; returns false
    /// where too many are waiting.
    pub fn offer(&self, input: &[u8]) -> bool {
        if input.len() > self.max_len || lock(&self.entries).kept.contains(&corpus::name(input)) {
            return true;
        }
        let mut received = lock(&self.received);
        let has_room = received.len() < ROOM;
        if has_room {
            received.push_back(input.into());
        }
        has_room
    }

    /// Moves up to `most` received inputs to `imports`.
    pub fn received(&self, most: usize, imports: &mut VecDeque<Arc<[u8]>>) {
        let mut received = lock(&self.received);
        let count = received.len().min(most);
        imports.extend(received.drain(..count));
    }

    /// Counts what `job` did: executions, and how often each host's agent was started. What a program executes is the
    /// figure where one fuzzes: see [`has_executed`](Self::has_executed).
    pub fn executed(&self, count: u64, job: usize, starts: impl Iterator<Item = u64>) {
        for (tally, starts) in self.hosts.iter().zip(starts) {
            if !self.settings.engine.is_program() {
                tally.executions.fetch_add(count, Relaxed);
            }
            tally.starts[job].store(starts, Relaxed);
        }
    }

    /// Notes how many executions a fuzzer that is a program has made by now.
    pub fn has_executed(&self, count: u64) {
        self.hosts.iter().for_each(|tally| tally.executions.store(count, Relaxed));
    }

    /// Counts what an input hit on host number `host` when it ran again.
    pub fn ran_again(&self, host: usize, stability: Stability) {
        let tally = &self.hosts[host];
        tally.again.fetch_add(stability.edges, Relaxed);
        tally.stable.fetch_add(stability.stable, Relaxed);
    }

    /// Keeps an input that hit something new on `hosts`, was the first to hit the edges `first`, and in which the parser
    /// saw `observation`. Where the corpus cannot be written, that is tried again with [`Shared::save_unsaved`].
    pub fn keep(&self, job: usize, bytes: &[u8], hosts: &[usize], first: &[(usize, u32)], observation: &[u8]) {
        let name = corpus::name(bytes);
        let mut entries = lock(&self.entries);
        let is_seed = entries.seeds.contains(&name);
        for &(host, edge) in first {
            let tally = &self.hosts[host];
            if tally.edges[edge as usize].swap(1, Relaxed) == 0 {
                tally.covered.fetch_add(1, Relaxed);
                tally.covered_by_seeds.fetch_add(is_seed.into(), Relaxed);
                tally.new_edge.store(self.start.elapsed().as_millis() as u64, Relaxed);
            }
        }
        if entries.kept.insert(name) {
            let shared: Arc<[u8]> = bytes.into();
            entries.list.push(Entry { job: Some(job), bytes: shared.clone() });
            drop(entries);
            for &host in hosts {
                self.hosts[host].kept.fetch_add(1, Relaxed);
            }
            lock(&self.labels).note(observation);
            if let Err(error) = self.settings.corpus.save(bytes) {
                self.trouble(&error);
                lock(&self.troubles).unsaved.push(shared);
            }
        }
    }

    /// Tries again to save what could not be saved; now and then, or `at_last`. Returns the number of inputs that are still
    /// not saved.
    pub fn save_unsaved(&self, at_last: bool) -> usize {
        let mut troubles = lock(&self.troubles);
        if !at_last && troubles.failed.is_some_and(|failed| failed.elapsed() < PATIENCE) {
            return troubles.unsaved.len();
        }
        while let Some(input) = troubles.unsaved.last() {
            if let Err(error) = self.settings.corpus.save(input) {
                troubles.failed = Some(Instant::now());
                troubles.note(&error);
                break;
            }
            troubles.unsaved.pop();
        }
        troubles.unsaved.len()
    }

    /// Has something said about the campaign.
    pub fn tell(&self, line: String) {
        lock(&self.notes).push(line);
    }

    /// What was [told](Self::tell) since the last call.
    pub fn fresh_notes(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.notes))
    }

    /// Has a warning shown, once while its cause goes on.
    pub fn warn(&self, error: &anyhow::Error) {
        lock(&self.troubles).note(error);
    }

    /// Notes that something could not be written, without an end to the campaign.
    pub fn trouble(&self, error: &anyhow::Error) {
        let mut troubles = lock(&self.troubles);
        troubles.failed = Some(Instant::now());
        troubles.note(error);
    }

    /// What went wrong since the last call, each in one line.
    pub fn fresh_troubles(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.troubles).fresh)
    }

    /// Whether something could not be written just now.
    fn is_troubled(&self) -> bool {
        lock(&self.troubles).failed.is_some_and(|failed| failed.elapsed() < PATIENCE)
    }

    /// Saves a finding unless the campaign knows its like; returns its folder if it did, and whether that is complete.
    ///
    /// Where it cannot be saved, that is a [trouble](Self::trouble), and its like is unknown again a while later.
    ///
    /// # Errors
    /// Fails where debug information cannot be read.
    pub fn report(&self, finding: &Finding) -> Result<Option<(PathBuf, bool)>> {
        let mut findings = lock(&self.findings);
        findings.divergences += u64::from(finding.diverges());
        if findings.known.contains(finding.key()) || findings.unsaved.contains(finding.key()) && self.is_troubled() {
            return Ok(None);
        }
        let report = self.explain(finding)?;
        let (folder, complete) = match self.settings.findings.save(&report) {
            Ok(saved) => saved,
            Err(error) => {
                findings.unsaved.insert(finding.key().to_owned());
                self.trouble(&error);
                return Ok(None);
            }
        };
        findings.unsaved.remove(finding.key());
        findings.known.insert(finding.key().to_owned());
        *findings.kinds.entry(finding.kind()).or_default() += 1;
        for (tally, host) in self.hosts.iter().zip(&self.settings.hosts) {
            let shows = finding.shown_by().any(|witness| witness.host == host.kind());
            tally.findings.fetch_add(shows.into(), Relaxed);
        }
        let executions = self.hosts.first().map_or(0, |tally| tally.executions.load(Relaxed));
        let (line, elapsed) = (report.line(), self.start.elapsed());
        findings.fresh.push(Reported { folder: folder.clone(), line, elapsed, executions });
        Ok(Some((folder, complete)))
    }

    /// Minimises a finding and adds the result to its folder. Where that cannot be written, that is a
    /// [trouble](Self::trouble).
    ///
    /// # Errors
    /// Fails where a host cannot run.
    pub fn minimise(&self, finding: &Finding, folder: &Path) -> Result<()> {
        let settings = self.settings;
        let options = Options { timeout: settings.timeout, isolation: settings.isolation, ..Options::default() };
        let mut panel = Panel::new(&settings.hosts, settings.target, options)?;
        // An agent that was fresh when it found it may see no failure: then there is nothing to keep.
        let Some(failure) = panel.failure(settings.target, &finding.input)? else { return Ok(()) };
        let goes_on = || !self.stop.load(Relaxed);
        let minimised = minimise(&mut panel, &failure, MINIMISING, |_, _| Ok(()), &goes_on)?;
        let report = self.explain(finding)?.with_minimised(&minimised);
        if let Err(error) = settings.findings.complete(folder, &report) {
            self.trouble(&error);
        }
        Ok(())
    }

    fn explain<'f>(&'f self, finding: &'f Finding) -> Result<Report<'f>> {
        Report::new(finding, self.settings.engine.name(), &self.settings.hosts, self.settings.fault.as_deref())
    }

    /// The findings since the last call.
    pub fn fresh_findings(&self) -> Vec<Reported> {
        std::mem::take(&mut lock(&self.findings).fresh)
    }

    /// The figures now.
    pub fn figures(&self) -> Figures {
        let elapsed = self.start.elapsed();
        let stability = |tally: &Tally| {
            let again = tally.again.load(Relaxed);
            (again > 0).then(|| tally.stable.load(Relaxed) as f64 / again as f64)
        };
        let hosts = self.settings.hosts.iter().zip(&self.hosts).map(|(host, tally)| HostFigures {
            host: host.kind(),
            executions: tally.executions.load(Relaxed),
            covered: tally.covered.load(Relaxed),
            covered_by_seeds: tally.covered_by_seeds.load(Relaxed),
            edges: tally.edges.len() as u64,
            since_new_edge: elapsed.saturating_sub(Duration::from_millis(tally.new_edge.load(Relaxed))),
            stability: stability(tally),
            kept: tally.kept.load(Relaxed),
            findings: tally.findings.load(Relaxed),
            restarts: tally.starts.iter().map(|starts| starts.load(Relaxed).saturating_sub(1)).sum(),
        });
        let findings = lock(&self.findings);
        Figures {
            elapsed,
            left: self.settings.time.saturating_sub(elapsed).max(Duration::ZERO),
            corpus: lock(&self.entries).kept.len() as u64,
            findings: (findings.known.len() + findings.unsaved.len()) as u64,
            divergences: findings.divergences,
            kinds: findings.kinds.clone(),
            labels: lock(&self.labels).shares(),
            hosts: hosts.collect(),
        }
    }
}

/// A job that panicked leaves nothing half-done behind these locks.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
