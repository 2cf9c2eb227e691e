//! Looks for a value that a property fails on, from a seed.

use alloc::{boxed::Box, string::String};
use core::fmt;

use fastrand::Rng;

use super::{Case, Failure, Property, Required, Share, Stop};
use crate::{Choice, Source, Statistics, Tape, TapeMutator};

/// How many values of a property are shrunk at most.
const SHRINK_CALLS: usize = 5_000;

/// How many values may be rejected before the first that is not, and how many more for each that is not.
const REJECTED: u64 = 1_000;
const REJECTED_EACH: u64 = 100;

/// From how many values on shares are judged, and how many times their number is doubled to be sure of them.
const JUDGED: u64 = 100;
const PATIENCE: u32 = 6;

/// How many choices and bytes of byte strings a value is made of at most: 2 to this power.
const MAX_BUDGET_BITS: u64 = 12;

/// Why a property does not hold, or cannot be told to.
#[derive(Clone, Debug)]
pub enum Fault {
    /// A value fails.
    Failed(Box<Counterexample>),
    /// Hardly any value passes the guard.
    Abandoned {
        /// Values that were rejected.
        rejected: u64,
        /// Values that were not.
        passed: u64,
    },
    /// A label has less than its required share.
    Missed {
        /// The label and its share.
        required: Required,
        /// Values that have it.
        count: u64,
        /// Values that were not rejected.
        passed: u64,
    },
}

/// A value on which a property fails, shrunk.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// How many values were looked at until one failed.
    pub cases: u64,
    /// The seed that draws the first that failed as its first value, where it was drawn from a seed alone.
    pub seed: Option<u64>,
    /// The choices that draw the simplest value that fails.
    pub tape: Tape,
    /// How many values were looked at to shrink it.
    pub calls: usize,
    /// That value, as Rust code or as `Debug` has it.
    pub value: String,
    /// Why it fails.
    pub failure: Failure,
    /// Whether it failed when it was looked at once more. If not, the property is not deterministic.
    pub again: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(found) => {
                write!(f, "{}\nfails: {}", found.value, found.failure)?;
                if found.again { Ok(()) } else { f.write_str("\nbut not each time: the property is not deterministic") }
            }
            Self::Abandoned { rejected, passed } => write!(
                f,
                "the guard rejected {rejected} of {} values: loosen it, or draw values that pass it",
                rejected + passed
            ),
            Self::Missed { required, count, passed } => write!(
                f,
                "{count} of {passed} values are {:?}, less than the {} % required",
                required.label, required.percent
            ),
        }
    }
}

impl core::error::Error for Fault {}

/// Looks at `count` values of a property that are not rejected, drawn from `seed`. Needs no operating system: a guest can
/// run its properties by itself. The same arguments give the same result.
///
/// # Errors
/// The first [`Fault`].
///
/// ```
/// use halligan_generators::{any, check, list, property, run_seed};
///
/// let short = property!("lists are short", list(any::<u8>()), |list| check(list.len() < 3));
/// let fault = run_seed(&short, 7, 1000).unwrap_err();
/// assert!(fault.to_string().starts_with("vec![0, 0, 0]\nfails: the check does not hold\nat "));
/// ```
pub fn run_seed(property: &Property<'_>, seed: u64, count: u64) -> Result<Statistics, Fault> {
    let mut search = Search::new(property, seed, count);
    search.finish()?;
    Ok(search.statistics)
}

/// A search, value by value.
#[derive(Debug)]
pub struct Search<'p> {
    property: &'p Property<'p>,
    seed: u64,
    count: u64,
    /// How many times the count was doubled to be sure of the required shares.
    patience: u32,
    statistics: Statistics,
    tape: Tape,
    edited: Tape,
    /// The best score so far, and the choices that gave it.
    best: Option<(f64, Tape)>,
    mutator: TapeMutator,
}

impl<'p> Search<'p> {
    /// A search for `count` values that are not rejected. The first is drawn from `seed`, the next from the seed above.
    #[must_use]
    pub fn new(property: &'p Property<'p>, seed: u64, count: u64) -> Self {
        Self {
            property,
            seed,
            count,
            patience: 0,
            statistics: Statistics::default(),
            tape: Tape::new(),
            edited: Tape::new(),
            best: None,
            mutator: TapeMutator::new(),
        }
    }

    /// The property.
    #[must_use]
    pub fn property(&self) -> &'p Property<'p> {
        self.property
    }

    /// What was looked at so far.
    #[must_use]
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// The choices of the value looked at last.
    #[must_use]
    pub fn tape(&self) -> &Tape {
        &self.tape
    }

    /// Asks for twice as many values.
    pub fn double(&mut self) {
        self.count = self.count.saturating_mul(2);
    }

    /// Looks at values until there are enough.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn finish(&mut self) -> Result<(), Fault> {
        while !self.step()? {}
        Ok(())
    }

    /// Looks at one value; gives whether there are enough.
    ///
    /// # Errors
    /// A [`Fault`]: the search is then over.
    pub fn step(&mut self) -> Result<bool, Fault> {
        if self.statistics.passed() >= self.count && self.judge()? {
            return Ok(true);
        }
        let seed = self.seed;
        self.seed = seed.wrapping_add(1);
        let mut rng = Rng::with_seed(scramble(seed));
        let near = self.best.is_some() && rng.bool();
        let case = if near { self.run_near(&mut rng) } else { self.run_random(&mut rng) };
        self.statistics.add(&case, &self.tape);
        match case.verdict {
            Ok(()) => {}
            Err(Stop::Failed(failure)) => return Err(Fault::Failed(Box::new(self.shrink(seed, near, failure)))),
            Err(Stop::Rejected) => {
                let (rejected, passed) = (self.statistics.rejected(), self.statistics.passed());
                if rejected >= REJECTED.saturating_add(passed.saturating_mul(REJECTED_EACH)) {
                    return Err(Fault::Abandoned { rejected, passed });
                }
            }
        }
        if let Some(score) = case.notes.score
            && self.best.as_ref().is_none_or(|(best, _)| score >= *best)
        {
            let tape = self.best.take().map_or_else(Tape::new, |(_, tape)| tape);
            self.best = Some((score, core::mem::replace(&mut self.tape, tape)));
        }
        Ok(false)
    }

    /// Whether all required shares are met, or as sure as they get. If not, asks for twice as many values.
    fn judge(&mut self) -> Result<bool, Fault> {
        let passed = self.statistics.passed();
        if passed < JUDGED {
            return Ok(true);
        }
        let mut open = false;
        for required in self.property.required() {
            let count = self.statistics.count(required.label);
            match required.judge(count, passed) {
                Share::Met => {}
                Share::Open => open = true,
                Share::Missed => return Err(Fault::Missed { required: *required, count, passed }),
            }
        }
        if open && self.patience < PATIENCE {
            self.patience += 1;
            self.double();
            return Ok(false);
        }
        Ok(true)
    }

    /// Draws at random; one in four times some integers are at the ends of their ranges, and half of the times lists are
    /// longer than they are of themselves.
    fn run_random(&mut self, rng: &mut Rng) -> Case {
        let budget = 1 << rng.u64(0..=MAX_BUDGET_BITS);
        let edges = rng.u8(..4) == 0;
        let stretch = [0, 0, 0, 0, 1, 2, 4, 6][rng.usize(..8)];
        let source = Source::random(rng.u64(..), budget).stretched(stretch);
        self.tape.clear();
        if !edges {
            return self.property.run(&mut source.recording(&mut self.tape));
        }
        self.edited.clear();
        self.property.draw(&mut source.recording(&mut self.edited));
        for _ in 0..rng.u8(1..=3) {
            to_edge(&mut self.edited, rng);
        }
        self.property.run(&mut Source::tape(&self.edited).recording(&mut self.tape))
    }

    /// Draws near the best so far.
    fn run_near(&mut self, rng: &mut Rng) -> Case {
        if let Some((_, best)) = &self.best {
            self.edited.clone_from(best);
        }
        for _ in 0..rng.u8(1..=3) {
            self.mutator.mutate(&mut self.edited, rng.u64(..));
        }
        self.tape.clear();
        self.property.run(&mut Source::tape(&self.edited).recording(&mut self.tape))
    }

    fn shrink(&self, seed: u64, near: bool, failure: Failure) -> Counterexample {
        let mut found = Counterexample::new(self.property, &self.tape, failure);
        found.cases = self.statistics.cases();
        found.seed = (!near).then_some(seed);
        found
    }
}

impl Counterexample {
    /// Shrinks the value that `tape` draws.
    pub(crate) fn new(property: &Property<'_>, tape: &Tape, failure: Failure) -> Self {
        let (tape, calls) = property.shrink(tape, SHRINK_CALLS);
        let last = property.run(&mut Source::tape(&tape)).verdict;
        let again = matches!(last, Err(Stop::Failed(_)));
        let failure = if let Err(Stop::Failed(failure)) = last { failure } else { failure };
        let mut value = String::new();
        // Writing to a string cannot fail.
        let _ = property.print(&mut Source::tape(&tape), &mut value);
        Self { cases: 1, seed: None, tape, calls, value, failure, again }
    }
}

/// Sets an integer to an end of its range or beside it.
fn to_edge(tape: &mut Tape, rng: &mut Rng) {
    if tape.choices().is_empty() {
        return;
    }
    let index = rng.usize(..tape.choices().len());
    if let Choice::Integer { max, .. } = tape.choices()[index] {
        let value = [0, 1, max - 1, max][rng.usize(..4)];
        tape.set(index, Choice::Integer { value, max });
    }
}

/// Makes near seeds far (the finalizer of splitmix64).
fn scramble(seed: u64) -> u64 {
    let mixed = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}
