//! Fuzzers that are programs: started, watched, and interrupted when the campaign is over.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader, PipeReader, pipe};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf, absolute};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::campaign::{Settings, lock};
use crate::corpus::{self, Folder};

/// How long a fuzzer may take to end once it is interrupted.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time between two looks at what fuzzers wrote.
const PAUSE: Duration = Duration::from_millis(500);

/// What is younger may still be being written.
const SETTLED: Duration = Duration::from_secs(1);

/// How one job of a fuzzer is to run.
pub struct Start {
    /// The number of the job.
    pub job: usize,
    /// Its seed.
    pub seed: u64,
    /// After how many executions it ends.
    pub runs: Option<u64>,
    /// After how much time it ends.
    pub left: Duration,
}

/// A fuzzer that is a program.
pub trait Fuzzer: Send + Sync {
    /// The command that fuzzes, with what it writes in `places`.
    ///
    /// # Errors
    /// Fails where a folder that it needs cannot be created.
    fn command(&self, start: &Start, places: &Places) -> Result<Command>;

    /// The number of its executions, if `line` of its output tells it.
    fn told(&self, line: &str) -> Option<u64>;

    /// The number of executions of a job, if its files tell it.
    fn noted(&self, job: usize, places: &Places) -> Option<u64>;

    /// Folders where a job leaves what it keeps.
    fn kept(&self, job: usize, places: &Places) -> Vec<PathBuf>;

    /// The folder where a job leaves what it fails on, and nothing else.
    fn failures(&self, job: usize, places: &Places) -> PathBuf;

    /// Whether a job ends with the first failure, and has to be started again.
    fn ends_with_a_failure(&self) -> bool;
}

/// The folders of a campaign's fuzzers.
pub struct Places {
    /// The corpus.
    pub corpus: PathBuf,
    /// What the campaign starts from, corpus and all.
    pub seeds: PathBuf,
    /// For what they write; it goes with the campaign.
    pub work: PathBuf,
}

impl Places {
    fn create(settings: &Settings) -> Result<Self> {
        let corpus = absolute(settings.corpus.path()).context("there is no working folder")?;
        // A name that `Folder::tidy` knows and fuzzers pass over.
        let work = corpus.join(format!(".{}-{}", std::process::id(), settings.engine));
        let seeds = Folder::create(&work.join("seeds"))?;
        settings.seeds.iter().try_for_each(|seed| seeds.save(seed).map(drop))?;
        Ok(Self { corpus, seeds: seeds.path().to_owned(), work })
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        // What remains is hidden, and the next campaign removes it.
        let _ = fs::remove_dir_all(&self.work);
    }
}

/// An input that a fuzzer wrote.
pub struct Gleaned {
    /// The input.
    pub bytes: Vec<u8>,
    /// The file that it is from, where the fuzzer says that it fails.
    pub failure: Option<PathBuf>,
}

/// The jobs of one fuzzer; they end with this.
pub struct Programs<'s> {
    settings: &'s Settings,
    fuzzer: &'s dyn Fuzzer,
    start: Instant,
    jobs: Vec<Job>,
    known: HashSet<PathBuf>,
    looked: Instant,
    interrupted: Option<Instant>,
    places: Places,
}

/// One job, started once or more.
#[derive(Default)]
struct Job {
    running: Option<Running>,
    starts: u64,
    /// Executions of those that ended.
    before: u64,
    /// Failures when the last one started.
    failures: usize,
}

impl<'s> Programs<'s> {
    /// Starts the jobs.
    ///
    /// # Errors
    /// Fails where they cannot be started, or a folder cannot be written.
    pub fn start(settings: &'s Settings, fuzzer: &'s dyn Fuzzer) -> Result<Self> {
        let places = Places::create(settings)?;
        let now = Instant::now();
        let known = corpus::list_folder(&places.corpus)?.into_iter().collect();
        let jobs = (0..settings.jobs).map(|_| Job::default()).collect();
        let mut programs = Self { settings, fuzzer, start: now, jobs, known, looked: now, interrupted: None, places };
        (0..settings.jobs).try_for_each(|job| programs.begin(job))?;
        Ok(programs)
    }

    /// Starts a job, for the first time or again.
    fn begin(&mut self, number: usize) -> Result<()> {
        let job = &mut self.jobs[number];
        let Some(runs) = share(self.settings.runs, self.settings.jobs, number, job.before) else { return Ok(()) };
        job.failures = files(&self.fuzzer.failures(number, &self.places)).len();
        let start = Start {
            job: number,
            seed: self.settings.seed.wrapping_add(number as u64).wrapping_add(job.starts << 16),
            runs,
            left: self.settings.time.saturating_sub(self.start.elapsed()),
        };
        job.starts += 1;
        job.running = Some(Running::start(self.fuzzer.command(&start, &self.places)?, self.settings.engine.name())?);
        Ok(())
    }

    /// Looks after the jobs, and has them end once the campaign `is_over`. Returns whether all have ended.
    ///
    /// # Errors
    /// Fails where one ended for no reason that is known.
    pub fn tend(&mut self, is_over: bool) -> Result<bool> {
        if is_over && self.interrupted.is_none() {
            self.interrupted = Some(Instant::now());
            self.running().for_each(|running| running.signal(Signal::INT));
        }
        if self.interrupted.is_some_and(|since| since.elapsed() > PATIENCE) {
            self.running().for_each(|running| running.signal(Signal::KILL));
        }
        for number in 0..self.jobs.len() {
            let Some((status, said)) = self.jobs[number].running.as_mut().and_then(Running::ended) else { continue };
            let executions = self.executions_of(number);
            let job = &mut self.jobs[number];
            job.running = None;
            job.before = executions;
            if self.interrupted.is_some() {
                continue;
            }
            let failed = files(&self.fuzzer.failures(number, &self.places)).len() > job.failures;
            match failed && self.fuzzer.ends_with_a_failure() {
                true => self.begin(number)?,
                false if status.success() => {}
                false => bail!("{} ended with {status}: {said}", self.settings.engine.name()),
            }
        }
        Ok(self.jobs.iter().all(|job| job.running.is_none()))
    }

    fn running(&self) -> impl Iterator<Item = &Running> {
        self.jobs.iter().filter_map(|job| job.running.as_ref())
    }

    /// Executions of all jobs so far, as far as they have told.
    pub fn executions(&self) -> u64 {
        (0..self.jobs.len()).map(|job| self.executions_of(job)).sum()
    }

    fn executions_of(&self, number: usize) -> u64 {
        let job = &self.jobs[number];
        let Some(running) = &job.running else { return job.before };
        let told = lock(&running.said).lines.iter().rev().find_map(|line| self.fuzzer.told(line));
        job.before + told.or_else(|| self.fuzzer.noted(number, &self.places)).unwrap_or(0)
    }

    /// What the jobs wrote since the last call; with `all` also what is younger than a moment.
    pub fn glean(&mut self, all: bool) -> Vec<Gleaned> {
        let mut gleaned = Vec::new();
        if !all && self.looked.elapsed() < PAUSE {
            return gleaned;
        }
        self.looked = Instant::now();
        for job in 0..self.jobs.len() {
            let kept = self.fuzzer.kept(job, &self.places).into_iter().map(|folder| (folder, false));
            for (folder, fails) in kept.chain([(self.fuzzer.failures(job, &self.places), true)]) {
                for path in files(&folder) {
                    if self.known.contains(&path) || !all && !is_settled(&path) {
                        continue;
                    }
                    // What cannot be read, or is no input, is none of theirs.
                    if let Ok(input) = corpus::read(&path) {
                        let failure = fails.then(|| path.clone());
                        gleaned.push(Gleaned { bytes: input.bytes, failure });
                    }
                    self.known.insert(path);
                }
            }
        }
        gleaned
    }
}

impl Drop for Programs<'_> {
    fn drop(&mut self) {
        for running in self.jobs.iter_mut().filter_map(|job| job.running.as_mut()) {
            running.signal(Signal::KILL);
            let _ = running.child.wait();
        }
    }
}

/// The executions that job `number` of `jobs` has left of `runs` for all, having made `before`: `None` where it has none left,
/// `Some(None)` where there is no limit.
fn share(runs: Option<u64>, jobs: usize, number: usize, before: u64) -> Option<Option<u64>> {
    let Some(runs) = runs else { return Some(None) };
    let (jobs, number) = (jobs as u64, number as u64);
    let own = runs / jobs + u64::from(number < runs % jobs);
    (own > before).then(|| Some(own - before))
}

/// The files of a folder; none where there is no folder yet.
fn files(folder: &Path) -> Vec<PathBuf> {
    corpus::list_folder(folder).unwrap_or_default()
}

fn is_settled(path: &Path) -> bool {
    let modified = path.metadata().and_then(|metadata| metadata.modified());
    modified.is_ok_and(|then| SystemTime::now().duration_since(then).is_ok_and(|age| age >= SETTLED))
}

/// A program that runs.
struct Running {
    child: Child,
    said: Arc<Mutex<Said>>,
    reader: JoinHandle<()>,
}

/// The last lines of a program.
#[derive(Default)]
struct Said {
    lines: std::collections::VecDeque<String>,
}

impl Said {
    /// So many lines are kept.
    const LINES: usize = 200;

    fn note(&mut self, line: String) {
        if self.lines.len() == Self::LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// What tells best why it ended, in one line.
    fn why(&self) -> String {
        let is_error = |line: &&String| {
            let line = line.to_lowercase();
            ["error", "abort"].iter().any(|word| line.contains(word))
        };
        let line = self.lines.iter().find(is_error).or_else(|| self.lines.iter().rev().find(|line| !line.is_empty()));
        anstream::adapter::strip_str(line.map_or("it said nothing", |line| line.trim())).to_string()
    }
}

impl Running {
    fn start(mut command: Command, name: &str) -> Result<Self> {
        let (said, saying) = pipe().context("cannot create a pipe")?;
        let also_saying = saying.try_clone().context("cannot create a pipe")?;
        // A Ctrl-C at the terminal is the campaign's, which ends them in its own time.
        command.process_group(0).stdin(Stdio::null()).stdout(saying).stderr(also_saying);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        // It holds the ends for saying.
        drop(command);
        let heard: Arc<Mutex<Said>> = Arc::default();
        let hears = heard.clone();
        let reader = thread::spawn(move || listen(said, &hears));
        Ok(Self { child, said: heard, reader })
    }

    fn signal(&self, signal: Signal) {
        // Fails where all of the group have ended by themselves.
        let _ = kill_process_group(Pid::from_child(&self.child), signal);
    }

    /// How it ended, and why, once it and all that it started have.
    fn ended(&mut self) -> Option<(ExitStatus, String)> {
        if !self.reader.is_finished() {
            return None;
        }
        let status = self.child.try_wait().ok()??;
        Some((status, lock(&self.said).why()))
    }
}

fn listen(said: PipeReader, hears: &Mutex<Said>) {
    for line in BufReader::new(said).split(b'\n') {
        let Ok(line) = line else { return };
        lock(hears).note(String::from_utf8_lossy(&line).into_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn jobs_share_the_runs() {
        assert_eq!(share(None, 2, 0, 1_000), Some(None));
        assert_eq!([0, 1, 2].map(|job| share(Some(11), 3, job, 0)), [Some(Some(4)), Some(Some(4)), Some(Some(3))]);
        assert_eq!([3, 4, 9].map(|before| share(Some(11), 3, 0, before)), [Some(Some(1)), None, None]);
    }
}
