//! What the hosts of a campaign made of one batch: compared byte for byte, and sifted for what is worth a second look.

use std::collections::BTreeSet;

use super::coverage::{HostHits, Seen};
use crate::compare::Account;
use crate::findings::Witness;
use crate::host::{Kind, Outcome, Run};

/// The runs of one batch on all hosts; its memory is used again and again.
///
/// The answers of the first host are the reference that the others are compared with. Nothing else is kept of a run that
/// passes, agrees and hits nothing new.
#[derive(Default)]
pub struct Verdicts {
    /// Observations of the first host, back to back.
    observations: Vec<u8>,
    /// The first host's outcomes, each with the end of its observation.
    reference: Vec<(Outcome, usize)>,
    /// Runs that hit something new, with the index of their input.
    news: Vec<(usize, HostHits)>,
    /// Runs that did not pass or differ from the reference, with the index of their input.
    notable: Vec<(usize, Witness)>,
}

impl Verdicts {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.observations.clear();
        self.reference.clear();
        self.news.clear();
        self.notable.clear();
    }

    /// Notes the run of an input on host number `index`, on which `seen` has been seen: first all inputs of the first
    /// host, in order, then those of the others.
    pub fn note(&mut self, index: usize, host: Kind, input: usize, run: Run<'_>, seen: &Seen) {
        let passed = run.outcome == Outcome::Passed;
        let observation = run.observation();
        if passed && seen.lacks(run.hits()) {
            self.news.push((input, (index, run.hits().collect())));
        }
        if index == 0 {
            self.observations.extend_from_slice(observation);
            self.reference.push((run.outcome.clone(), self.observations.len()));
        }
        let agrees = index == 0 || self.agrees(input, &run.outcome, observation);
        if !passed || !agrees {
            let edges = run.hits().map(|(edge, _)| (edge, seen.kept(edge))).collect();
            self.notable.push((input, Witness { host, account: Account::new(run), edges }));
        }
    }

    fn agrees(&self, input: usize, outcome: &Outcome, observation: &[u8]) -> bool {
        let (reference, expected) = self.reference(input);
        expected == observation && outcome.agrees(reference)
    }

    /// What the first host's parser saw in an input.
    pub fn observation(&self, input: usize) -> &[u8] {
        self.reference(input).1
    }

    fn reference(&self, input: usize) -> (&Outcome, &[u8]) {
        let start = if input == 0 { 0 } else { self.reference[input - 1].1 };
        let (outcome, end) = &self.reference[input];
        (outcome, &self.observations[start..*end])
    }

    /// Indices of the inputs that need a second look, ascending.
    pub fn notable(&self) -> BTreeSet<usize> {
        let news = self.news.iter().map(|(input, _)| *input);
        news.chain(self.notable.iter().map(|(input, _)| *input)).collect()
    }

    /// What each of `hosts` made of an input that broke something; nothing where it passed everywhere and all agree.
    pub fn witnesses(&self, input: usize, hosts: &[Kind]) -> Vec<Witness> {
        let noted: Vec<_> =
            self.notable.iter().filter(|(index, _)| *index == input).map(|(_, witness)| witness).collect();
        if noted.is_empty() {
            return Vec::new();
        }
        let (outcome, observation) = self.reference(input);
        let witness = |&host| match noted.iter().find(|witness| witness.host == host) {
            Some(witness) => (*witness).clone(),
            None => {
                let account = Account { outcome: outcome.clone(), observation: observation.to_vec() };
                Witness { host, account, edges: Vec::new() }
            }
        };
        hosts.iter().map(witness).collect()
    }

    /// The hits of an input's runs that hit something new.
    pub fn take_news(&mut self, input: usize) -> Vec<HostHits> {
        let of_input = self.news.iter_mut().filter(|(index, _)| *index == input);
        of_input.map(|(_, hits)| std::mem::take(hits)).collect()
    }
}
