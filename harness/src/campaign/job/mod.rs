//! One job of a campaign: a LibAFL fuzzer with a worker on every host, in a thread of its own.
//!
//! LibAFL keeps corpus and randomness, schedules, and decides with its feedbacks what is kept. It sees only runs that can
//! matter: its path for a single execution costs more than the hosts do.

mod follow;

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::{Result, bail};
use halligan_generators::{Generate, Source};
use halligan_targets::Mutate;
use libafl::corpus::{Corpus, CorpusId, InMemoryCorpus};
use libafl::events::NopEventManager;
use libafl::executors::{DiffExitKind, ExitKind};
use libafl::feedbacks::{CombinedFeedback, CrashFeedback, DiffExitKindFeedback, LogicFastOr, TimeoutFeedback};
use libafl::inputs::{BytesInput, BytesInputConverter, HasMutatorBytes};
use libafl::schedulers::{RandScheduler, Scheduler};
use libafl::state::{HasCorpus, HasExecutions, HasRand, StdState};
use libafl::{ExecuteInputResult, ExecutionProcessor, HasFeedback, HasScheduler, NopInputFilter, StdFuzzer};
use libafl_bolts::rands::{Rand, StdRand};

use super::coverage::{Hits, NewCoverage, Observers};
use super::hosts::Hosts;
use super::shared::Shared;
use super::stability::{Again, Stability};
use super::verdicts::Verdicts;
use crate::corpus;
use crate::engines::Engine;
use crate::findings::{Break, Finding};
use crate::host::{Host, Inputs, Kind, Options};
use follow::Failures;

/// Inputs of a batch: few enough that the next one is made of what this one found.
const BATCH: usize = 256;

/// Turns of the spin loops: hosts and jobs share the processors, and a batch is long.
const SPIN: u32 = 100;

/// Inputs of a batch that other campaigns may take up: they cannot keep a job from its own work.
const RECEIVED: usize = BATCH / 4;

/// How many choices and bytes of byte strings an input drawn from nothing is made of.
const DRAWN: usize = 400;

/// One mutant in so many has parts of another corpus entry spliced in.
const SPLICE: u64 = 3;

type State = StdState<InMemoryCorpus<BytesInput>, BytesInput, StdRand, InMemoryCorpus<BytesInput>>;
type Objective =
    CombinedFeedback<CrashFeedback, CombinedFeedback<TimeoutFeedback, DiffExitKindFeedback, LogicFastOr>, LogicFastOr>;
type Fuzzer = StdFuzzer<RandScheduler<State>, NewCoverage, BytesInputConverter, NopInputFilter, Objective>;

/// A job.
pub struct Job<'c> {
    shared: &'c Shared<'c>,
    index: usize,
    fuzzer: Fuzzer,
    state: State,
    hosts: Hosts,
    kinds: Vec<Kind>,
    mutator: Box<dyn Mutate>,
    /// Seeds and what other jobs found, still to be run as they are.
    imports: VecDeque<Arc<[u8]>>,
    /// Number of shared entries that were looked at.
    imported: usize,
    again: Again,
    batch: Inputs,
    variant: Vec<u8>,
    verdicts: Verdicts,
    failures: Failures,
}

impl<'c> Job<'c> {
    /// Job number `index` of a campaign.
    ///
    /// # Errors
    /// Fails where the kernel refuses memory or file descriptors.
    pub fn new(shared: &'c Shared<'c>, index: usize) -> Result<Self> {
        let settings = shared.settings;
        let mut feedback = NewCoverage::new(settings.hosts.iter().map(|host| host.edges().len()));
        let mut objective = Objective::new(
            CrashFeedback::new(),
            CombinedFeedback::new(TimeoutFeedback::new(), DiffExitKindFeedback::new()),
        );
        let options =
            Options { timeout: settings.timeout, spin: SPIN, isolation: settings.isolation, ..Options::default() };
        let rand = StdRand::with_seed(settings.seed.wrapping_add(index as u64));
        let state = State::new(rand, InMemoryCorpus::new(), InMemoryCorpus::new(), &mut feedback, &mut objective)?;
        Ok(Self {
            shared,
            index,
            fuzzer: StdFuzzer::new(RandScheduler::new(), feedback, objective),
            state,
            hosts: Hosts::new(&settings.hosts, settings.target, options)?,
            kinds: settings.hosts.iter().map(Host::kind).collect(),
            mutator: settings.target.mutator(),
            imports: VecDeque::new(),
            imported: 0,
            again: Again::default(),
            batch: Inputs::default(),
            variant: Vec::new(),
            verdicts: Verdicts::default(),
            failures: Failures::new(),
        })
    }

    /// Fuzzes until the campaign is over.
    ///
    /// # Errors
    /// Fails where a host cannot run, and where no seed can be kept.
    pub fn run(mut self) -> Result<()> {
        while !self.shared.is_over() {
            self.fill()?;
            if self.batch.is_empty() {
                break;
            }
            self.hosts.submit(&self.batch)?;
            // While the hosts run this batch, look at the one before.
            if self.hosts.outstanding() > 1 {
                self.settle()?;
            }
        }
        while self.hosts.outstanding() > 0 {
            self.settle()?;
        }
        Ok(())
    }

    /// Makes the next batch: first what is to be run as it is, then mutants of the scheduled corpus entry. It stays empty
    /// where the campaign has no executions left.
    fn fill(&mut self) -> Result<()> {
        self.batch.clear();
        self.shared.imports(self.index, &mut self.imported, &mut self.imports);
        let draws = self.shared.settings.engine == Engine::Random;
        if !draws && self.imports.is_empty() && self.state.corpus().is_empty() {
            while self.hosts.outstanding() > 0 {
                self.settle()?;
            }
            if self.state.corpus().is_empty() {
                bail!("no seed is of use: each breaks a property, or the agent counts no coverage");
            }
        }
        self.shared.received(RECEIVED, &mut self.imports);
        let room = self.shared.claim(BATCH);
        let batch = &mut self.batch;
        self.again.begin(room, |input| batch.push(input));
        while self.batch.len() < room
            && let Some(import) = self.imports.pop_front()
        {
            self.batch.push(&import);
        }
        if draws {
            self.draw(room);
        } else if self.batch.len() < room && !self.state.corpus().is_empty() {
            let id = self.fuzzer.scheduler_mut().next(&mut self.state)?;
            self.mutate(id, room)?;
        }
        // What a batch of imports alone left over.
        self.shared.unclaim(room - self.batch.len());
        Ok(())
    }

    /// Fills the batch with inputs out of nothing, up to `room`.
    fn draw(&mut self, room: usize) {
        let inputs = self.shared.settings.target.inputs();
        while self.batch.len() < room {
            let mut input = inputs.draw(&mut Source::random(self.state.rand_mut().next(), DRAWN));
            input.truncate(self.shared.max_len);
            self.batch.push(&input);
        }
    }

    /// Fills the batch with mutants of corpus entry `id`, up to `room` inputs.
    fn mutate(&mut self, id: CorpusId, room: usize) -> Result<()> {
        let mut rand = StdRand::with_seed(self.state.rand_mut().next());
        let corpus = self.state.corpus();
        let parent = corpus.get(id)?.borrow();
        let parent = parent.input().as_ref().map_or(&[][..], HasMutatorBytes::mutator_bytes);
        while self.batch.len() < room {
            let other = rand.next().is_multiple_of(SPLICE).then(|| {
                let nth = rand.next() % corpus.count() as u64;
                corpus.get(corpus.nth(nth as usize)).map(|entry| entry.borrow())
            });
            let other = other.transpose()?;
            let other = other.as_ref().and_then(|entry| entry.input().as_ref()).map(HasMutatorBytes::mutator_bytes);
            self.variant.clear();
            self.mutator.mutate(parent, other, rand.next(), self.shared.max_len, &mut self.variant);
            self.batch.push(&self.variant);
        }
        Ok(())
    }

    /// Collects the oldest batch, and shows LibAFL what is new or broken in it.
    fn settle(&mut self) -> Result<()> {
        let Self { hosts, verdicts, fuzzer, kinds, again, shared, .. } = self;
        verdicts.clear();
        let (seen, before) = (&fuzzer.feedback().seen, again.settle());
        let inputs = hosts.collect(|host, input, run| {
            let known = before.get(input).and_then(|hits| hits.iter().find(|(index, _)| *index == host));
            if let Some((_, hits)) = known.filter(|_| run.answer.is_some()) {
                shared.ran_again(host, Stability::of(hits, run.hits()));
            }
            verdicts.note(host, kinds[host], input, run, &seen[host]);
        })?;
        *self.state.executions_mut() += inputs.len() as u64;
        self.shared.executed(inputs.len() as u64, self.index, self.hosts.starts());
        for input in self.verdicts.notable() {
            let (bytes, witnesses) = (inputs.get(input), self.verdicts.witnesses(input, &self.kinds));
            match Finding::new(self.shared.settings.target, bytes, witnesses) {
                Some(finding) => self.report(&finding)?,
                None => self.keep(input, bytes)?,
            }
        }
        self.hosts.recycle(inputs);
        Ok(())
    }

    /// Keeps an input that hit something new.
    fn keep(&mut self, input: usize, bytes: &[u8]) -> Result<()> {
        let news = self.verdicts.take_news(input);
        let hosts: Vec<_> = news.iter().map(|(host, _)| *host).collect();
        self.again.push(bytes, news.clone());
        if self.evaluate(bytes, (Hits(news), ()), ExitKind::Ok)? == ExecuteInputResult::Corpus {
            let observation = self.verdicts.observation(input);
            self.shared.keep(self.index, bytes, &hosts, &self.fuzzer.feedback().first, observation);
        }
        Ok(())
    }

    /// Reports a finding, unless the campaign knows its like.
    fn report(&mut self, finding: &Finding) -> Result<()> {
        if !self.failures.is_empty() {
            self.failures.remove(&corpus::name(&finding.input));
        }
        if let Some((folder, complete)) = self.shared.report(finding)? {
            if !complete {
                self.shared.minimise(finding, &folder)?;
            }
            self.evaluate(&finding.input, Observers::default(), exit_kind(finding))?;
        }
        Ok(())
    }

    /// Lets LibAFL decide what becomes of an input.
    fn evaluate(&mut self, bytes: &[u8], observers: Observers, exit: ExitKind) -> Result<ExecuteInputResult> {
        let (input, mut manager) = (BytesInput::new(bytes.to_vec()), NopEventManager::new());
        let (result, _) =
            self.fuzzer.evaluate_execution(&mut self.state, &mut manager, &input, &observers, &exit, false)?;
        Ok(result)
    }
}

/// A finding in LibAFL's terms.
fn exit_kind(finding: &Finding) -> ExitKind {
    match finding.broke {
        Break::Divergence => ExitKind::Diff { primary: DiffExitKind::Ok, secondary: DiffExitKind::Diff },
        Break::Death("hang") => ExitKind::Timeout,
        Break::Death(_) | Break::Property(_) => ExitKind::Crash,
    }
}
