//! What must stay the same while an input shrinks, and the hosts that tell.

use std::collections::BTreeMap;

use anyhow::Result;
use halligan_targets::AnyTarget;

use crate::compare::Account;
use crate::findings::{Finding, Witness};
use crate::host::{Host, Inputs, Kind, Options, Worker};

/// A worker on every host.
pub struct Panel {
    workers: Vec<(Kind, Worker)>,
    /// How many of the inputs that are taken for usual hit an edge.
    usual: BTreeMap<(Kind, u32), u32>,
}

/// An input's failure: what broke, where, and on which hosts.
pub struct Failure {
    finding: Finding,
    /// Where it is looked for again. One host that shows it is enough, unless the hosts differ on the input.
    looked_at: Vec<Kind>,
    key: String,
}

impl Failure {
    fn of(finding: Finding) -> Self {
        let all: Vec<_> = finding.witnesses.iter().map(|witness| witness.host).collect();
        let first = finding.shown_by().next().cloned();
        match first {
            Some(witness) if !finding.diverges() => {
                let host = witness.host;
                let alone = Finding::new(finding.target, &finding.input, vec![witness]);
                let key = alone.map_or_else(String::new, |alone| alone.key().to_owned());
                Self { finding, looked_at: vec![host], key }
            }
            _ => Self { looked_at: all, key: finding.key().to_owned(), finding },
        }
    }

    /// What is known of it.
    pub fn finding(&self) -> &Finding {
        &self.finding
    }

    /// The same failure, shown by another input.
    pub fn with_input(mut self, input: &[u8]) -> Self {
        self.finding.input = input.to_vec();
        self
    }
}

impl Panel {
    /// A worker on each of `hosts`; their agents start with the first input.
    ///
    /// # Errors
    /// As [`Host::worker`].
    pub fn new(hosts: &[Host], target: &dyn AnyTarget, options: Options) -> Result<Self> {
        let workers = hosts.iter().map(|host| Ok((host.kind(), host.worker(target, options)?)));
        Ok(Self { workers: workers.collect::<Result<_>>()?, usual: BTreeMap::new() })
    }

    /// Takes `inputs` for usual: a finding's place is then guessed to be where they are not.
    ///
    /// # Errors
    /// Fails where a host cannot run.
    pub fn learn<'i>(&mut self, inputs: impl IntoIterator<Item = &'i [u8]>) -> Result<()> {
        let inputs: Inputs = inputs.into_iter().collect();
        for (kind, worker) in &mut self.workers {
            worker.submit(inputs.clone())?;
            worker.collect(|_, run| {
                run.hits().for_each(|(edge, _)| *self.usual.entry((*kind, edge)).or_default() += 1);
            })?;
        }
        Ok(())
    }

    /// How `input` fails; nothing where all properties hold and the hosts agree.
    ///
    /// # Errors
    /// Fails where a host cannot run.
    pub fn failure(&mut self, target: &'static dyn AnyTarget, input: &[u8]) -> Result<Option<Failure>> {
        Ok(self.finding(target, input)?.map(Failure::of))
    }

    /// What all hosts make of `input`; nothing where all properties hold and they agree.
    ///
    /// # Errors
    /// Fails where a host cannot run.
    pub fn finding(&mut self, target: &'static dyn AnyTarget, input: &[u8]) -> Result<Option<Finding>> {
        let all: Vec<_> = self.workers.iter().map(|(kind, _)| *kind).collect();
        Ok(Finding::new(target, input, self.witnesses(&all, input)?))
    }

    /// Whether `input` fails as `failure` says: the same property or death, the same place or symptom.
    ///
    /// # Errors
    /// Fails where a host cannot run.
    pub fn shows(&mut self, failure: &Failure, input: &[u8]) -> Result<bool> {
        let witnesses = self.witnesses(&failure.looked_at, input)?;
        let finding = Finding::new(failure.finding.target, input, witnesses);
        Ok(finding.is_some_and(|finding| finding.key() == failure.key))
    }

    fn witnesses(&mut self, hosts: &[Kind], input: &[u8]) -> Result<Vec<Witness>> {
        let usual = &self.usual;
        let asked = self.workers.iter_mut().filter(|(kind, _)| hosts.contains(kind));
        let witness = |(kind, worker): &mut (Kind, Worker)| {
            worker.run(input, |run| {
                let kept = |edge| usual.get(&(*kind, edge)).copied().unwrap_or(0);
                let edges = run.hits().map(|(edge, _)| (edge, kept(edge))).collect();
                Witness { host: *kind, account: Account::new(run), edges }
            })
        };
        asked.map(witness).collect()
    }
}
