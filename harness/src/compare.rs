//! Runs inputs on hosts and compares what each made of them.

use std::collections::BTreeSet;

use anyhow::Result;
use halligan_targets::{AnyTarget, observation};

use crate::edges::{Edge, Frame};
use crate::host::{Host, Inputs, Options, Outcome, Run};

/// What one host made of one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What came of it.
    pub outcome: Outcome,
    /// What the parser saw; empty where the agent died.
    pub observation: Vec<u8>,
}

impl Account {
    /// Keeps what `run` says.
    pub fn new(run: Run<'_>) -> Self {
        Self { observation: run.observation().to_owned(), outcome: run.outcome }
    }

    /// Whether another host's account of the same input says the same: equal observations, and the same verdict. Two
    /// deaths are the same if they are of one kind, since addresses differ from image to image.
    pub fn agrees(&self, other: &Self) -> bool {
        self.outcome.agrees(&other.outcome) && self.observation == other.observation
    }

    /// Whether all properties held.
    pub fn held(&self) -> bool {
        self.outcome == Outcome::Passed
    }
}

/// What one host made of a corpus.
#[derive(Debug)]
pub struct Replay {
    /// One account an input.
    pub accounts: Vec<Account>,
    /// The edges that any input covered.
    pub covered: BTreeSet<u32>,
}

/// Runs `inputs` on a host; calls `progress` with the number of inputs after each that is done.
///
/// # Errors
/// Fails where the host cannot run an input at all.
pub fn replay<'i>(
    host: &Host,
    target: &dyn AnyTarget,
    options: Options,
    inputs: impl IntoIterator<Item = &'i [u8]>,
    mut progress: impl FnMut(u64),
) -> Result<Replay> {
    let mut worker = host.worker(target, options)?;
    let mut replay = Replay { accounts: Vec::new(), covered: BTreeSet::new() };
    worker.submit(inputs.into_iter().collect::<Inputs>())?;
    worker.collect(|_, run| {
        replay.covered.extend(run.hits().map(|(edge, _)| edge));
        replay.accounts.push(Account::new(run));
        progress(replay.accounts.len() as u64);
    })?;
    Ok(replay)
}

/// The edges of `covered` that lie in the stack under test, as both hosts know them.
///
/// # Errors
/// Fails where the debug information of the host's image cannot be read.
pub fn stack_edges<'h>(host: &'h Host, covered: &BTreeSet<u32>) -> Result<BTreeSet<&'h Edge>> {
    let edges = host.edges().edges()?;
    Ok(covered.iter().filter_map(|&edge| edges.get(edge as usize)).filter(|edge| is_stack(edge)).collect())
}

/// Whether an edge lies in the stack under test.
fn is_stack(edge: &Edge) -> bool {
    edge.frame().is_some_and(Frame::is_stack)
}

/// A value on which two observations differ; a value that one of them lacks is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The value's name.
    pub name: String,
    /// What the first observation says.
    pub first: Option<String>,
    /// What the second says.
    pub second: Option<String>,
}

/// The values on which two observations differ, in their order. Equal names are matched by their position among equals.
pub fn differences(first: &[u8], second: &[u8]) -> Vec<Difference> {
    let (first, second) = (named(first), named(second));
    let mut found = Vec::new();
    for (key, ours) in &first {
        let theirs = second.iter().find(|(other, _)| other == key).map(|(_, value)| value.clone());
        if theirs.as_ref() != Some(ours) {
            found.push(Difference { name: key.0.to_owned(), first: Some(ours.clone()), second: theirs });
        }
    }
    for (key, theirs) in second {
        if !first.iter().any(|(other, _)| *other == key) {
            found.push(Difference { name: key.0.to_owned(), first: None, second: Some(theirs) });
        }
    }
    found
}

/// The values of an observation, each with its name and its number among those of that name.
fn named(bytes: &[u8]) -> Vec<((&str, usize), String)> {
    let mut values: Vec<((&str, usize), String)> = Vec::new();
    for (name, value) in observation::read(bytes) {
        let equals = values.iter().filter(|((other, _), _)| *other == name).count();
        values.push(((name, equals), value.to_string()));
    }
    values
}

#[cfg(test)]
mod tests {
    use halligan_targets::Observation;

    use super::*;

    fn observation(values: &[(&str, u8)]) -> Vec<u8> {
        let mut buffer = [0; 100];
        let mut observation = Observation::new(&mut buffer);
        values.iter().for_each(|(name, value)| observation.number(name, *value));
        let length = observation.finish();
        buffer[..length].to_vec()
    }

    #[test]
    fn differences_are_found_by_name_and_position() {
        let first = observation(&[("a", 1), ("b", 2), ("b", 3), ("c", 4)]);
        let second = observation(&[("a", 1), ("b", 2), ("b", 9), ("d", 5)]);
        let difference = |name: &str, first: Option<&str>, second: Option<&str>| Difference {
            name: name.into(),
            first: first.map(Into::into),
            second: second.map(Into::into),
        };
        assert_eq!(
            differences(&first, &second),
            [difference("b", Some("3"), Some("9")), difference("c", Some("4"), None), difference("d", None, Some("5")),]
        );
        assert_eq!(differences(&first, &first), []);
    }
}
