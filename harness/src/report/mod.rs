//! A campaign's report: one HTML page that needs nothing else.

mod chart;
mod coverage;
mod findings;
mod hosts;
mod page;

use std::path::Path;

use anyhow::{Context, Result, bail};
use halligan_targets::AnyTarget;

use crate::campaign::{Labels, Record};
use crate::compare::{Replay, replay};
use crate::corpus::{self, Input};
use crate::host::{Host, Kind, Options};

pub use coverage::{Coverage, Line, SourceFile};
pub use findings::Found;
pub use page::render;

/// What the report on a campaign shows.
pub struct Report {
    /// What the campaign left beside its corpus.
    pub record: Record,
    /// The target.
    pub target: &'static dyn AnyTarget,
    /// Number of inputs in the corpus.
    pub inputs: usize,
    /// What each host made of the corpus.
    pub sides: Vec<Side>,
    /// The covered source.
    pub coverage: Coverage,
    /// What the corpus holds.
    pub labels: Labels,
    /// The findings of the target.
    pub findings: Vec<Found>,
}

/// What one host made of the corpus.
pub struct Side {
    /// The host.
    pub host: Kind,
    /// Edges of its image that lie in code under test, and those of them that the corpus covers.
    pub edges: usize,
    /// Of these, those that the corpus covers.
    pub covered: usize,
    /// Edges that it alone covers, by their places.
    pub alone: Vec<String>,
    /// Inputs whose observation and verdict are those of the first host.
    pub agreeing: usize,
}

/// The record of the campaigns on `corpus`, and their target.
///
/// # Errors
/// Fails where there was no campaign, and where its target is gone.
pub fn record(corpus: &Path) -> Result<(Record, &'static dyn AnyTarget)> {
    let Some(record) = Record::read(corpus)? else {
        bail!("{} is not the corpus of a campaign: there is no record in it", corpus.display());
    };
    let target =
        halligan_targets::find(&record.target).with_context(|| format!("there is no target '{}'", record.target))?;
    Ok((record, target))
}

impl Report {
    /// Runs the corpus again on `hosts` and gathers all that the report shows.
    ///
    /// # Errors
    /// Fails where the corpus cannot be read, a host cannot run, or debug information cannot be read.
    pub fn new(
        (record, target): (Record, &'static dyn AnyTarget),
        folder: &Path,
        hosts: &[Host],
        damage: impl FnMut(String),
    ) -> Result<Self> {
        let inputs = corpus::salvage_folder(folder, damage)?;
        let run = |host| {
            replay(host, target, Options::default(), inputs.iter().map(|input: &Input| &input.bytes[..]), |_| ())
        };
        let replays: Vec<Replay> = hosts.iter().map(run).collect::<Result<_>>()?;
        let mut labels = Labels::default();
        let first = replays.first().context("a report needs a host")?;
        first.accounts.iter().for_each(|account| labels.note(&account.observation));
        Ok(Self {
            target,
            inputs: inputs.len(),
            sides: hosts::sides(hosts, &replays)?,
            coverage: Coverage::new(hosts, &replays)?,
            labels,
            findings: findings::read(&record.findings, target)?,
            record,
        })
    }
}
