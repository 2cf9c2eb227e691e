//! Shrinks what fails: one shrinker for every generator and every model.
//!
//! [`shrink`] works on the choices of a value, [`shrink_wire`] on those of wire bytes. A candidate is an edited tape; it is
//! drawn, and taken if it still fails and its own choices are simpler. A tape is simpler than another if, in this order,
//! - it takes fewer rare events: lies go before anything else;
//! - its wire bytes are fewer, where there are some;
//! - it has fewer choices;
//! - its byte strings have fewer bytes altogether;
//! - the first choice that differs is the smaller: the integer, the event that is not taken, the byte string that is shorter
//!   or, of two as long, smaller.
//!
//! The passes run in turns until none finds anything simpler; those that found something go first in the next turn. No
//! candidate is tried twice, and the same failure shrinks by the same steps.

mod bits;
mod bytes;
mod count;
mod delete;
mod descend;
mod edit;
mod integers;
mod join;
mod lies;
mod lower;
mod order;
mod passes;
mod redistribute;
mod renumber;
mod run;
mod search;
mod simplest;
mod sort;
mod steps;
mod strings;
mod together;
mod wire;

use core::cmp::Ordering;

pub use self::wire::{ShrunkWire, shrink_wire};
pub(crate) use self::{
    passes::{Shrinker, Step},
    run::Subject,
};
use crate::{Generate, Source, Tape};

/// What is left after shrinking.
#[derive(Clone, Debug)]
pub struct Shrunk<T> {
    /// The simplest value that failed.
    pub value: T,
    /// The choices that draw it.
    pub tape: Tape,
    /// How often the failure was looked for.
    pub calls: usize,
    /// Whether no pass finds anything simpler; if not, the calls ran out.
    pub finished: bool,
}

/// Shrinks the value that `generator` draws from `tape`, which is known to fail: looks for a simpler one that `still_fails`,
/// with at most `calls` looks.
///
/// ```
/// use halligan_generators::{Source, Tape, any, list, shrink, Generate};
///
/// let generator = list(any::<u16>());
/// let mut tape = Tape::new();
/// let found = generator.draw(&mut Source::random(3, 100).recording(&mut tape));
/// assert!(found.iter().any(|value| *value >= 1000));
///
/// let shrunk = shrink(&generator, &tape, 1000, |list| list.iter().any(|value| *value >= 1000));
/// assert_eq!(shrunk.value, [1000]);
/// ```
pub fn shrink<G: Generate>(
    generator: &G,
    tape: &Tape,
    calls: usize,
    still_fails: impl FnMut(&G::Value) -> bool,
) -> Shrunk<G::Value> {
    let value = generator.draw(&mut Source::tape(tape));
    let mut trial =
        Trial { generator, still_fails, limit: calls, calls: 0, drawn: None, best: None, reflected: Tape::new() };
    let (tape, finished) = finish(Shrinker::new(tape, &mut trial), &mut trial);
    Shrunk { value: trial.best.unwrap_or(value), tape, calls: trial.calls, finished }
}

/// Runs all passes; gives the simplest tape, and whether they came to their end.
fn finish(mut shrinker: Shrinker, subject: &mut dyn Subject) -> (Tape, bool) {
    loop {
        match shrinker.step(subject) {
            Step::Ran => {}
            step => return (shrinker.best().clone(), step == Step::Finished),
        }
    }
}

/// A generator, and a question about what it draws.
struct Trial<'a, G: Generate, F> {
    generator: &'a G,
    still_fails: F,
    limit: usize,
    calls: usize,
    drawn: Option<G::Value>,
    best: Option<G::Value>,
    reflected: Tape,
}

impl<G: Generate, F: FnMut(&G::Value) -> bool> Subject for Trial<'_, G, F> {
    fn draw(&mut self, candidate: &Tape, canonical: &mut Tape) -> Option<usize> {
        self.drawn = Some(draw(self.generator, candidate, canonical, &mut self.reflected));
        Some(0)
    }

    fn still_fails(&mut self, _canonical: &Tape) -> Option<bool> {
        if self.calls == self.limit {
            return None;
        }
        self.calls += 1;
        let fails = self.drawn.as_ref().is_some_and(&mut self.still_fails);
        if fails {
            self.best = self.drawn.take();
        }
        Some(fails)
    }
}

/// Draws from `candidate`; makes `canonical` the simpler of the choices that were drawn and those that the value is
/// reflected to.
pub(crate) fn draw<G: Generate>(
    generator: &G,
    candidate: &Tape,
    canonical: &mut Tape,
    reflected: &mut Tape,
) -> G::Value {
    canonical.clear();
    reflected.clear();
    let value = generator.draw(&mut Source::tape(candidate).recording(canonical));
    if generator.reflect(&value, reflected).is_ok() && order::compare(reflected, canonical) == Ordering::Less {
        core::mem::swap(reflected, canonical);
    }
    value
}
