//! One run of the passes: the best tape so far, and attempts to better it.

use alloc::collections::BTreeSet;
use core::cmp::Ordering;

use super::order;
use crate::{Choice, Tape};

/// What is shrunk.
pub trait Subject {
    /// Draws from `candidate`, and makes `canonical` the simplest known choices of what was drawn. Gives its length in
    /// wire bytes, which counts before the number of choices; nothing where the draw is out of the question.
    fn draw(&mut self, candidate: &Tape, canonical: &mut Tape) -> Option<usize>;

    /// Whether what was drawn last still fails, and so is kept. Nothing where nobody can tell any more: the run ends.
    fn still_fails(&mut self, canonical: &Tape) -> Option<bool>;

    /// The wire bytes of what was kept last, where there are some.
    fn wire(&self) -> Option<&[u8]> {
        None
    }

    /// The choices of wire bytes.
    fn of_wire(&mut self, _bytes: &[u8]) -> Option<Tape> {
        None
    }
}

/// What a run knows. A clone of it can be run again.
#[derive(Clone, Debug)]
pub struct State {
    best: Tape,
    lies: usize,
    size: usize,
    tried: BTreeSet<u64>,
    /// How often a simpler tape was found.
    pub successes: usize,
}

impl State {
    /// Starts with the choices that `subject` makes of `start`, which is known to fail.
    pub fn new(start: &Tape, subject: &mut dyn Subject) -> Self {
        let mut best = Tape::new();
        let size = subject.draw(start, &mut best).unwrap_or(0);
        let (lies, tried) = (order::lies(&best), BTreeSet::from([order::hash(&best)]));
        Self { best, lies, size, tried, successes: 0 }
    }

    /// The simplest tape known to fail.
    pub fn best(&self) -> &Tape {
        &self.best
    }
}

/// A run of passes over a subject.
pub struct Run<'a> {
    state: &'a mut State,
    subject: &'a mut dyn Subject,
    canonical: Tape,
    stopped: bool,
}

impl<'a> Run<'a> {
    /// A run that goes on from `state`.
    pub fn new(state: &'a mut State, subject: &'a mut dyn Subject) -> Self {
        Self { state, subject, canonical: Tape::new(), stopped: false }
    }

    /// The simplest tape known to fail.
    pub fn best(&self) -> &Tape {
        &self.state.best
    }

    /// Whether the subject cannot tell any more.
    pub fn stopped(&self) -> bool {
        self.stopped
    }

    /// Takes `candidate` for the best if it is simpler and still fails. Nothing is tried twice.
    pub fn attempt(&mut self, candidate: &Tape) -> bool {
        if self.stopped {
            return false;
        }
        let Some(size) = self.subject.draw(candidate, &mut self.canonical) else { return false };
        let state = &mut *self.state;
        let lies = order::lies(&self.canonical);
        let order = lies.cmp(&state.lies).then(size.cmp(&state.size));
        let order = order.then_with(|| order::shortlex(&self.canonical, &state.best));
        if order != Ordering::Less || !state.tried.insert(order::hash(&self.canonical)) {
            return false;
        }
        let fails = self.subject.still_fails(&self.canonical);
        self.stopped = fails.is_none();
        if fails != Some(true) {
            return false;
        }
        core::mem::swap(&mut state.best, &mut self.canonical);
        (state.lies, state.size) = (lies, size);
        state.successes += 1;
        true
    }

    /// The wire bytes of the best, where there are some.
    pub fn wire(&self) -> Option<&[u8]> {
        self.subject.wire()
    }

    /// [Attempts](Run::attempt) what these wire bytes are.
    pub fn attempt_wire(&mut self, bytes: &[u8]) -> bool {
        self.subject.of_wire(bytes).is_some_and(|candidate| self.attempt(&candidate))
    }

    /// Whether `candidate` is drawn from other choices than the best tape from `from` on: more or fewer, or of other
    /// kinds and ranges. It is not tried.
    pub fn reshapes(&mut self, candidate: &Tape, from: usize) -> bool {
        if self.subject.draw(candidate, &mut self.canonical).is_none() {
            return false;
        }
        let shape = |choice: &Choice| match *choice {
            Choice::Integer { max, .. } => (0, 0, max),
            Choice::Rare { odds, .. } => (1, 0, odds.into()),
            Choice::Bytes { min, max, .. } => (2, min, max.into()),
        };
        let [drawn, best] = [&self.canonical, &self.state.best].map(|tape| tape.choices().iter().skip(from).map(shape));
        !drawn.eq(best)
    }

    /// How many choices fewer than the best tape `candidate` is drawn from. It is not tried.
    pub fn saved(&mut self, candidate: &Tape) -> usize {
        if self.subject.draw(candidate, &mut self.canonical).is_none() {
            return 0;
        }
        self.state.best.choices().len().saturating_sub(self.canonical.choices().len())
    }
}
