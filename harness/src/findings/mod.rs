//! Findings: inputs that break something, with all that explains them.

mod place;

#[cfg(feature = "cli")]
mod json;
#[cfg(feature = "cli")]
mod markdown;
#[cfg(feature = "cli")]
mod packetdrill;
#[cfg(feature = "cli")]
mod report;
#[cfg(feature = "cli")]
mod rust_test;
#[cfg(feature = "cli")]
mod store;

use std::fmt::Write;

use halligan_targets::{AnyTarget, Property};

use crate::compare::{Account, differences};
use crate::host::{Death, Kind, Outcome};

pub use place::{Whereabouts, locate};
#[cfg(feature = "cli")]
pub use {report::Report, store::Store};

/// What one host made of the input.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The host.
    pub host: Kind,
    /// What it made of it.
    pub account: Account,
    /// The edges that it hit, each with the number of inputs that were kept by then and hit it too; none after a death.
    pub edges: Vec<(u32, u32)>,
}

/// What an input broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// A property, by its index in the target's properties.
    Property(u32),
    /// The agent, which died: the kind of death.
    Death(&'static str),
    /// The agreement of the hosts.
    Divergence,
}

/// An input that breaks something.
#[derive(Clone)]
pub struct Finding {
    /// The target.
    pub target: &'static dyn AnyTarget,
    /// The input.
    pub input: Vec<u8>,
    /// What every host made of it.
    pub witnesses: Vec<Witness>,
    /// What it broke: a death counts more than a property, and that more than a divergence.
    pub broke: Break,
    key: String,
}

impl Finding {
    /// What `witnesses` found out about `input`; nothing where all properties held and the hosts agree.
    pub fn new(target: &'static dyn AnyTarget, input: &[u8], witnesses: Vec<Witness>) -> Option<Self> {
        let broke = broken(&witnesses)?;
        let mut finding = Self { target, input: input.to_vec(), witnesses, broke, key: String::new() };
        finding.key = finding.make_key();
        Some(finding)
    }

    /// Equal for findings that are taken for the same: it names what broke, the symptom without the input's numbers, and
    /// the hosts that show it.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// One word or two for what broke: the name of a property, a kind of death, or `divergence`.
    pub fn kind(&self) -> &'static str {
        match self.broke {
            Break::Property(_) => self.property().map_or("property", |property| property.name),
            Break::Death(kind) => kind,
            Break::Divergence => "divergence",
        }
    }

    /// The property that did not hold.
    pub fn property(&self) -> Option<&'static Property> {
        match self.broke {
            Break::Property(index) => self.target.properties().get(index as usize),
            Break::Death(_) | Break::Divergence => None,
        }
    }

    /// The hosts that show it.
    pub fn shown_by(&self) -> impl Iterator<Item = &Witness> {
        self.witnesses
            .iter()
            .filter(|witness| self.broke == Break::Divergence || of(&witness.account.outcome) == Some(self.broke))
    }

    /// Whether the hosts disagree on the input, whatever else it broke.
    pub fn diverges(&self) -> bool {
        self.witnesses.windows(2).any(|pair| !pair[0].account.agrees(&pair[1].account))
    }

    /// What was seen, in one line.
    pub fn symptom(&self) -> String {
        if self.broke == Break::Divergence {
            return self.difference();
        }
        match self.shown_by().next().map(|witness| &witness.account.outcome) {
            Some(Outcome::Failed { detail, .. }) => detail.clone(),
            Some(Outcome::Died(death)) => death.to_string(),
            Some(Outcome::Passed) | None => String::new(),
        }
    }

    /// The first value on which two hosts differ.
    fn difference(&self) -> String {
        let pair = self.witnesses.windows(2).find(|pair| !pair[0].account.agrees(&pair[1].account));
        let Some([one, other]) = pair else { return String::new() };
        let Some(difference) = differences(&one.account.observation, &other.account.observation).into_iter().next()
        else {
            return format!("the observations of {} and {} differ in their encoding", one.host, other.host);
        };
        let show = |value: Option<String>| value.unwrap_or_else(|| "nothing".into());
        let (first, second) = (show(difference.first), show(difference.second));
        format!("{}: {} saw {first}, {} saw {second}", difference.name, one.host, other.host)
    }

    fn make_key(&self) -> String {
        let symptom = match self.shown_by().next().map(|witness| &witness.account.outcome) {
            Some(Outcome::Died(Death::Panic { message, .. })) => source_place(message).unwrap_or(message).to_owned(),
            Some(Outcome::Died(Death::Fault { signal, rip, .. })) => format!("{signal}@{rip:x}"),
            Some(Outcome::Died(_)) => String::new(),
            _ => label(&self.symptom()),
        };
        let mut key = format!("{} {} {symptom}", self.target.name(), self.kind());
        for witness in self.shown_by() {
            // Writing to a string cannot fail.
            let _ = write!(key, " {}", witness.host);
        }
        key
    }
}

fn broken(witnesses: &[Witness]) -> Option<Break> {
    let breaks = || witnesses.iter().filter_map(|witness| of(&witness.account.outcome));
    let death = breaks().find(|broke| matches!(broke, Break::Death(_)));
    let differs = witnesses.windows(2).any(|pair| !pair[0].account.agrees(&pair[1].account));
    death.or_else(|| breaks().next()).or(differs.then_some(Break::Divergence))
}

fn of(outcome: &Outcome) -> Option<Break> {
    match outcome {
        Outcome::Passed => None,
        Outcome::Failed { property, .. } => Some(Break::Property(*property)),
        Outcome::Died(death) => Some(Break::Death(death.kind())),
    }
}

/// The `FILE.rs:LINE:COLUMN` in a panic's message.
fn source_place(message: &str) -> Option<&str> {
    message.split_whitespace().map(|word| word.trim_end_matches(':')).find(|word| word.contains(".rs:"))
}

/// The words of a symptom before its first colon, without numbers.
fn label(symptom: &str) -> String {
    let head = symptom.split(':').next().unwrap_or_default();
    head.chars().filter(|c| !c.is_ascii_digit()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use halligan_targets::{Observation, TcpParser};

    use super::*;

    fn witness(host: Kind, outcome: Outcome, window: u16) -> Witness {
        let mut buffer = [0; 64];
        let mut observation = Observation::new(&mut buffer);
        observation.number("window", window);
        let length = observation.finish();
        let account = Account { outcome, observation: buffer[..length].to_vec() };
        Witness { host, account, edges: Vec::new() }
    }

    fn finding(native: Witness, spt: Witness) -> Option<Finding> {
        Finding::new(&TcpParser, b"input", vec![native, spt])
    }

    fn failed(detail: &str) -> Outcome {
        Outcome::Failed { property: 1, detail: detail.into() }
    }

    fn panicked(message: &str) -> Outcome {
        Outcome::Died(Death::Panic { message: message.into(), backtrace: Vec::new() })
    }

    #[test]
    fn what_passes_and_agrees_is_none() {
        let passed = |host| witness(host, Outcome::Passed, 1);
        assert!(finding(passed(Kind::Native), passed(Kind::Spt)).is_none());
    }

    #[test]
    fn hosts_that_differ_are_told_by_the_value() {
        let native = witness(Kind::Native, Outcome::Passed, 1);
        let found = finding(native, witness(Kind::Spt, Outcome::Passed, 2)).unwrap();
        assert_eq!((found.broke, found.diverges()), (Break::Divergence, true));
        assert_eq!(found.symptom(), "window: native saw 1, spt saw 2");
        assert_eq!(found.key(), "tcp_parser divergence window native spt");
    }

    #[test]
    fn a_death_counts_more_than_a_property() {
        let native = witness(Kind::Native, failed("window: expected 1, saw 2"), 1);
        let found = finding(native, witness(Kind::Spt, panicked("src/a.rs:1:2: oh"), 1)).unwrap();
        assert_eq!((found.broke, found.diverges()), (Break::Death("panic"), true));
        assert_eq!(found.shown_by().map(|witness| witness.host).collect::<Vec<_>>(), [Kind::Spt]);
    }

    #[test]
    fn findings_are_alike_by_their_symptom_without_its_numbers() {
        let key = |outcome: Outcome| {
            let native = witness(Kind::Native, outcome.clone(), 1);
            finding(native, witness(Kind::Spt, outcome, 1)).unwrap().key().to_owned()
        };
        let window = key(failed("window: expected 1, saw 2"));
        assert_eq!(window, key(failed("window: expected 30, saw 4")));
        assert_ne!(window, key(failed("checksum: expected 30, saw 4")));
        let place = key(panicked("src/a.rs:1:2: index 5 of 4"));
        assert_eq!(place, key(panicked("src/a.rs:1:2: index 9 of 8")));
        assert_ne!(place, key(panicked("src/a.rs:7:2: index 5 of 4")));
    }
}
