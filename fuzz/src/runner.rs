//! Runs inputs in this process or on a host, and panics with the finding where one breaks a property.

use std::env;
use std::process::exit;

use anyhow::{Context, Result, ensure};
use halligan::agents::Agents;
use halligan::host::{Host, Kind, Options, Worker};
use halligan_targets::AnyTarget;
use halligan_targets::planted::is_fault;

use crate::counters::Counters;
use crate::finding;

/// Room for an observation and a detail, in bytes.
const ANSWER_CAPACITY: usize = 16 << 10;

/// A target on a host.
pub struct Runner {
    target: &'static dyn AnyTarget,
    place: Place,
}

enum Place {
    /// In this process, which libFuzzer instruments itself.
    Here { answer: Vec<u8> },
    /// In an agent.
    Guest { host: Host, worker: Box<Worker>, counters: Counters },
}

impl Runner {
    /// Starts the host that `HALLIGAN_HOST` names for the target called `name`.
    pub fn new(name: &str) -> Result<Self> {
        let own = halligan_tender_targets::find(name);
        let target = halligan_targets::find(name).or(own).with_context(|| format!("there is no target '{name}'"))?;
        let kind = match env::var("HALLIGAN_HOST") {
            Ok(kind) => kind.parse().context("HALLIGAN_HOST")?,
            Err(_) => Kind::Native,
        };
        ensure!(
            own.is_none() || kind == Kind::Native,
            "HALLIGAN_HOST: {name} tests the tender, and runs natively alone"
        );
        let fault = fault()?;
        if kind == Kind::Native {
            #[cfg(feature = "planted")]
            halligan_targets::planted::plant(fault.as_deref());
            finding::describe_panics(target);
            return Ok(Self { target, place: Place::Here { answer: vec![0; ANSWER_CAPACITY] } });
        }
        let host = Host::new(kind, &Agents::build(fault.as_deref())?)?;
        let mut worker = Box::new(host.worker(target, Options::default())?);
        // An agent that does not start is told of before libFuzzer begins.
        worker.run(&[], |_| ())?;
        let counters = Counters::register(host.edges());
        Ok(Self { target, place: Place::Guest { host, worker, counters } })
    }

    /// The target.
    pub fn target(&self) -> &'static dyn AnyTarget {
        self.target
    }

    /// Runs `input`.
    pub fn run(&mut self, input: &[u8]) {
        match &mut self.place {
            Place::Here { answer } => {
                finding::running(input);
                let filled = self.target.answer(input, answer);
                if let Some(property) = filled.failed {
                    let detail = &answer[filled.observation..][..filled.detail];
                    panic!("{}", finding::violation(self.target, property, &String::from_utf8_lossy(detail)));
                }
            }
            Place::Guest { host, worker, counters } => {
                let outcome = worker.run(input, |run| {
                    run.hits().for_each(|(edge, count)| counters.set(edge, count));
                    run.outcome
                });
                let outcome = outcome.unwrap_or_else(|error| {
                    eprintln!("error: {error:#}");
                    exit(2)
                });
                if let Some(what) = finding::broken(self.target, host.kind(), host.edges(), &outcome) {
                    finding::describe(self.target, input);
                    panic!("{what}");
                }
            }
        }
    }
}

/// The fault that `HALLIGAN_PLANT` names.
fn fault() -> Result<Option<String>> {
    let Ok(fault) = env::var("HALLIGAN_PLANT") else { return Ok(None) };
    ensure!(cfg!(feature = "planted"), "HALLIGAN_PLANT needs a fuzzer built with --features planted");
    ensure!(is_fault(&fault), "HALLIGAN_PLANT: there is no fault '{fault}'; faults are called TARGET/PROPERTY");
    Ok(Some(fault))
}
