//! A job that follows fuzzers which are programs: it runs what they keep and what they fail on.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::{BATCH, Job};
use crate::corpus;
use crate::engines::Programs;

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Inputs that a fuzzer failed on, by their names, with their files.
pub type Failures = HashMap<String, PathBuf>;

impl Job<'_> {
    /// Follows the fuzzers until all have ended; they are told when the campaign is over.
    ///
    /// # Errors
    /// Fails where a host cannot run, and where a fuzzer ends for no reason that is known.
    pub fn follow(mut self, mut programs: Programs<'_>) -> Result<()> {
        loop {
            let ended = programs.tend(self.shared.is_over())?;
            self.shared.has_executed(programs.executions());
            for gleaned in programs.glean(ended) {
                if let Some(path) = gleaned.failure {
                    self.failures.insert(corpus::name(&gleaned.bytes), path);
                }
                self.imports.push_back(gleaned.bytes.into());
            }
            self.shared.imports(self.index, &mut self.imported, &mut self.imports);
            self.shared.received(usize::MAX, &mut self.imports);
            self.run_imports()?;
            if ended {
                return self.save_unconfirmed();
            }
            thread::sleep(PAUSE);
        }
    }

    /// Runs what is to be run as it is.
    fn run_imports(&mut self) -> Result<()> {
        loop {
            self.batch.clear();
            let batch = &mut self.batch;
            self.again.begin(BATCH, |input| batch.push(input));
            while self.batch.len() < BATCH
                && let Some(import) = self.imports.pop_front()
            {
                self.batch.push(&import);
            }
            if self.batch.is_empty() {
                self.again.settle();
                return Ok(());
            }
            self.hosts.submit(&self.batch)?;
            self.settle()?;
        }
    }

    /// Keeps inputs on which a fuzzer failed, and nothing does here: memory errors that only its sanitizer sees.
    fn save_unconfirmed(&self) -> Result<()> {
        let folder = self.shared.settings.findings.path().join("unconfirmed");
        for (name, path) in &self.failures {
            let to = folder.join(format!("{}-{}", self.shared.settings.target.name(), &name[..8]));
            let copied = fs::create_dir_all(&folder).and_then(|()| fs::copy(path, &to));
            let engine = self.shared.settings.engine.name();
            self.shared.warn(&match copied {
                Ok(_) => anyhow!("{engine} failed on an input that nothing is wrong with here: {}", to.display()),
                Err(error) => anyhow!("cannot write {}: {error}", to.display()),
            });
        }
        Ok(())
    }
}
