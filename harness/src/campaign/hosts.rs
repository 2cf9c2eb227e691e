//! The workers of one job, one a host, which all run the same batches.

use anyhow::{Context, Result};
use halligan_targets::AnyTarget;

use crate::host::{Host, Inputs, Options, Run, Worker};

/// Runs batches on every host of a campaign. Two batches can be on their way, so that one is made while the other runs.
pub struct Hosts {
    workers: Vec<Worker>,
    /// Batches that came back, for their memory.
    spare: Vec<Inputs>,
}

impl Hosts {
    /// One worker on each of `hosts`; their agents start with the first batch.
    ///
    /// # Errors
    /// As [`Host::worker`].
    pub fn new(hosts: &[Host], target: &dyn AnyTarget, options: Options) -> Result<Self> {
        let workers = hosts.iter().map(|host| host.worker(target, options)).collect::<Result<_>>()?;
        Ok(Self { workers, spare: Vec::new() })
    }

    /// Number of batches on their way.
    pub fn outstanding(&self) -> usize {
        self.workers.first().map_or(0, Worker::outstanding)
    }

    /// Number of times that an agent was started on each host.
    pub fn starts(&self) -> impl Iterator<Item = u64> {
        self.workers.iter().map(Worker::starts)
    }

    /// Puts a batch on its way on every host. At most two can be.
    ///
    /// # Errors
    /// As [`Worker::submit`].
    pub fn submit(&mut self, batch: &Inputs) -> Result<()> {
        for worker in &mut self.workers {
            let mut copy = self.spare.pop().unwrap_or_default();
            copy.clear();
            copy.extend(batch.from(0));
            worker.submit(copy)?;
        }
        Ok(())
    }

    /// Waits for the oldest batch and calls `look` with the index of the host, the index of the input and its run: all
    /// inputs of the first host in order, then those of the next. Gives the batch back.
    ///
    /// # Errors
    /// As [`Worker::collect`].
    pub fn collect(&mut self, mut look: impl FnMut(usize, usize, Run<'_>)) -> Result<Inputs> {
        let mut batch = None;
        for (host, worker) in self.workers.iter_mut().enumerate() {
            let inputs = worker.collect(|input, run| look(host, input, run))?;
            match batch {
                None => batch = Some(inputs),
                Some(_) => self.spare.push(inputs),
            }
        }
        batch.context("a campaign needs a host")
    }

    /// Takes a batch back for its memory.
    pub fn recycle(&mut self, batch: Inputs) {
        self.spare.push(batch);
    }
}
