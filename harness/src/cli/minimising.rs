//! What `min` and `triage` have in common: many files, each minimised in a folder beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use halligan_targets::AnyTarget;

use super::bar::Bar;
use super::fuzz::duration;
use super::inputs::{default_jobs, stop_on_signal};
use crate::corpus::{self, Folder};
use crate::host::{Host, Options};
use crate::minimise::{Done, Job, Limits, Panel, in_parallel};

/// How files are minimised.
#[derive(clap::Args)]
pub struct Minimising {
    /// Folder for the minimised inputs [default: a folder `min` beside each input].
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Files that are minimised at a time [default: one a processor].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Executions at most, for each input.
    #[arg(long, value_name = "NUMBER", default_value = "20000")]
    executions: usize,
    /// Time at most, for each input.
    #[arg(long = "for", value_name = "TIME", value_parser = duration, default_value = "10m")]
    time: Duration,
    /// How long an agent may work on one input.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "1s")]
    timeout: Duration,
}

/// What came of a file.
pub struct Treated {
    /// How it ended.
    pub done: Done,
    /// Its length in bytes.
    pub bytes: usize,
    /// Its lies.
    pub lies: usize,
}

impl Minimising {
    /// How a worker runs that otherwise runs as `options` say.
    pub fn options(&self, options: Options) -> Options {
        Options { timeout: self.timeout, ..options }
    }

    /// Makes the folders of the results, so that nothing is built where they cannot be made.
    ///
    /// # Errors
    /// Fails where one cannot be written to, where two results would have one name, and where a single input cannot be read.
    pub fn places(&self, files: &[PathBuf]) -> Result<Vec<(Folder, String)>> {
        if let [file] = files {
            corpus::read(file)?;
        }
        let (mut taken, mut places) = (BTreeMap::new(), Vec::new());
        for file in files {
            let name = file.file_name().with_context(|| format!("{} is not a file", file.display()))?;
            let name = name.to_string_lossy().into_owned();
            let folder = self.to.clone().unwrap_or_else(|| file.with_file_name("min"));
            if let Some(other) = taken.insert(folder.join(&name), file) {
                bail!("{} and {} have one name: minimise them to different folders", other.display(), file.display());
            }
            places.push((folder, name));
        }
        places.into_iter().map(|(folder, name)| Ok((Folder::create(&folder)?, name))).collect()
    }

    /// Minimises `files` to `places` on `hosts`; calls `done` with what came of each, as they are done.
    ///
    /// # Errors
    /// Fails where `done` does, and where Ctrl-C stopped it.
    pub fn run(
        &self,
        target: &'static dyn AnyTarget,
        files: &[PathBuf],
        places: &[(Folder, String)],
        hosts: &[Host],
        options: Options,
        mut done: impl FnMut(&Path, Result<Treated>) -> Result<()>,
    ) -> Result<()> {
        let stop = stop_on_signal()?;
        let goes_on = || !stop.load(Relaxed);
        let limits = Limits { executions: self.executions, time: self.time };
        let bar = std::cell::RefCell::new(Bar::new("minimised", files.len()));
        in_parallel(
            files.len(),
            self.jobs.map_or_else(default_jobs, usize::from),
            || Panel::new(hosts, target, options),
            |panel, number| {
                if !goes_on() {
                    return Ok(None);
                }
                let input = corpus::read(&files[number])?;
                let (folder, name) = &places[number];
                let done = Job { target, input: &input, folder, name, limits }.run(panel, &goes_on)?;
                Ok(Some(Treated { done, bytes: input.bytes.len(), lies: target.lies(&input.bytes) }))
            },
            |number, outcome| match outcome.transpose() {
                // It was not begun.
                None => Ok(()),
                Some(outcome) => bar.borrow_mut().done(|| done(&files[number], outcome)),
            },
            || bar.borrow_mut().tick(),
        )?;
        bar.borrow().end();
        ensure!(goes_on(), "stopped: the same command goes on from here");
        Ok(())
    }
}
