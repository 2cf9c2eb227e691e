//! The passes, and the order in which they run.

use super::{
    bits, bytes, count, delete, descend, integers, join, lies, lower, redistribute, renumber,
    run::{Run, State, Subject},
    simplest, sort, steps, strings, together,
};
use crate::Tape;

/// In the order of the first turn: what takes most away goes first.
const PASSES: [fn(&mut Run<'_>); 16] = [
    lies::pass,
    delete::pass,
    descend::pass,
    join::pass,
    simplest::pass,
    lower::pass,
    redistribute::pass,
    together::pass,
    integers::pass,
    strings::pass,
    sort::pass,
    count::pass,
    renumber::pass,
    steps::pass,
    bits::pass,
    bytes::pass,
];

/// The passes from here on cost many calls and seldom find something: they wait until the others find nothing.
const LATE: usize = PASSES.len() - 5;

/// A shrinker between two passes.
#[derive(Clone, Debug)]
pub struct Shrinker {
    state: State,
    /// The passes in the order of this turn.
    order: [usize; PASSES.len()],
    /// How many of them have run in this turn.
    ran: usize,
    /// Which passes found something in this turn, by pass.
    gained: [bool; PASSES.len()],
    /// How many successes there were when a pass last found nothing: until there are more, it finds nothing again.
    quiet: [Option<usize>; PASSES.len()],
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A pass has run.
    Ran,
    /// No pass finds anything simpler.
    Finished,
    /// The subject cannot tell any more.
    Stopped,
}

impl Shrinker {
    /// A shrinker of what `start` draws.
    pub fn new(start: &Tape, subject: &mut dyn Subject) -> Self {
        Self {
            state: State::new(start, subject),
            order: core::array::from_fn(|pass| pass),
            ran: 0,
            gained: [false; PASSES.len()],
            quiet: [None; PASSES.len()],
        }
    }

    /// The simplest tape known to fail.
    pub fn best(&self) -> &Tape {
        self.state.best()
    }

    /// Runs the next pass that may find something.
    pub fn step(&mut self, subject: &mut dyn Subject) -> Step {
        let before = self.state.successes;
        if self.quiet.iter().all(|quiet| *quiet == Some(before)) {
            return Step::Finished;
        }
        if self.ran == PASSES.len() {
            self.ran = 0;
            self.order.sort_by_key(|pass| (*pass >= LATE, !self.gained[*pass]));
            self.gained = [false; PASSES.len()];
        }
        let pass = self.order[self.ran];
        if pass >= LATE && self.gained.contains(&true) {
            self.ran = PASSES.len();
            return Step::Ran;
        }
        self.ran += 1;
        if self.quiet[pass] == Some(before) {
            return Step::Ran;
        }
        let mut run = Run::new(&mut self.state, subject);
        PASSES[pass](&mut run);
        if run.stopped() {
            return Step::Stopped;
        }
        self.gained[pass] = self.state.successes > before;
        if !self.gained[pass] {
            self.quiet[pass] = Some(before);
        }
        Step::Ran
    }
}
