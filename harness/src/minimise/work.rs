//! Minimises a file so that a run which is killed at any moment goes on where it was.
//!
//! In the folder of results, `NAME` is the simplest input so far and the hidden `.NAME.json` says how it was come by. Both
//! are written whole or not at all, and the input first: what the record says of it is never too good.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use halligan_targets::AnyTarget;
use serde::{Deserialize, Serialize};

use super::{Limits, Minimised, Panel, minimise};
use crate::corpus::{self, Folder, Input};
use crate::findings::Finding;

/// A file to be minimised, and where the result goes.
pub struct Job<'j> {
    /// The target.
    pub target: &'static dyn AnyTarget,
    /// The input.
    pub input: &'j Input,
    /// The folder of results.
    pub folder: &'j Folder,
    /// The name of the result in it.
    pub name: &'j str,
    /// How much may be spent.
    pub limits: Limits,
}

/// What came of a file.
pub enum Done {
    /// It does not fail.
    Passes,
    /// It was minimised.
    Minimised {
        /// The result.
        result: Minimised,
        /// The file that holds it.
        path: PathBuf,
        /// Executions of all runs; those of a killed one up to its last improvement.
        executions: usize,
        /// Whether an earlier run had finished it.
        before: bool,
    },
}

/// How a result was come by.
#[derive(Serialize, Deserialize, PartialEq)]
struct Record {
    /// SHA-1 of what it was minimised from.
    input: String,
    /// What fails.
    failure: String,
    /// Executions so far.
    executions: usize,
    /// Whether there is nothing left to try.
    finished: bool,
}

impl Job<'_> {
    /// Minimises the file, or goes on where an earlier run was stopped.
    ///
    /// # Errors
    /// Fails where a host cannot run or the folder cannot be written; what was achieved until then is kept.
    pub fn run(&self, panel: &mut Panel, goes_on: &dyn Fn() -> bool) -> Result<Done> {
        let Some(failure) = panel.failure(self.target, &self.input.bytes)? else { return Ok(Done::Passes) };
        let path = self.folder.path().join(self.name);
        let mut record = Record {
            input: corpus::name(&self.input.bytes),
            failure: failure.finding().key().to_owned(),
            executions: 0,
            finished: false,
        };
        let mut start = failure;
        if let Some((known, bytes)) = self.earlier(&record)
            && panel.shows(&start, &bytes)?
        {
            record = known;
            if record.finished
                && let Some(finding) = panel.finding(self.target, &bytes)?
            {
                let executions = record.executions;
                return Ok(Done::Minimised { result: self.result(finding), path, executions, before: true });
            }
            start = start.with_input(&bytes);
        }
        let (before, mut best) = (record.executions, start.finding().input.clone());
        let better = |bytes: &[u8], executions| {
            best = bytes.to_vec();
            self.folder.save_as(self.name, bytes)?;
            record.executions = before + executions;
            self.note(&record)
        };
        let result = minimise(panel, &start, self.limits, better, goes_on)?;
        if best == start.finding().input {
            self.folder.save_as(self.name, &best)?;
        }
        record.executions = before + result.executions;
        record.finished = result.finished;
        self.note(&record)?;
        Ok(Done::Minimised { result, path, executions: record.executions, before: false })
    }

    /// What an earlier run left of the same failure of the same input.
    fn earlier(&self, now: &Record) -> Option<(Record, Vec<u8>)> {
        let record = fs::read(self.folder.path().join(self.record())).ok()?;
        let record: Record = serde_json::from_slice(&record).ok()?;
        let bytes = corpus::read(&self.folder.path().join(self.name)).ok()?.bytes;
        (record.input == now.input && record.failure == now.failure).then_some((record, bytes))
    }

    fn note(&self, record: &Record) -> Result<()> {
        self.folder.save_as(&self.record(), &serde_json::to_vec(record)?).map(drop)
    }

    fn record(&self) -> String {
        format!(".{}.json", self.name)
    }

    fn result(&self, finding: Finding) -> Minimised {
        let lies = self.target.lies(&finding.input);
        Minimised { finding, executions: 0, lies, finished: true }
    }
}
