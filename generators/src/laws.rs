//! The laws of generators, to test one's own with.

use alloc::vec::Vec;
use core::fmt::Debug;

use fastrand::Rng;

use crate::{Choice, Generate, Source, Tape, TapeMutator};

/// Checks the laws of a generator on `rounds` random byte strings, as many random sources, and mutated tapes: a draw ends;
/// what is recorded and what is reflected draws the same value again by the same choices, as a tape and as bytes; the
/// spans nest. Gives all values drawn, for a look at what there is among them. The same for the same arguments.
///
/// # Panics
/// Where a law does not hold. The message has the value and what it was drawn from.
///
/// ```
/// use halligan_generators::{laws, list, range};
///
/// let drawn = laws(&list(range(1u8..=6)).max(3), 1000);
/// assert!(drawn.contains(&vec![]) && drawn.contains(&vec![6, 6, 6]));
/// ```
///
/// ```should_panic
/// use halligan_generators::{Generate, laws, range};
///
/// // The way back does not undo the way there.
/// laws(&range(0u8..=9).iso(|digit| digit + 1, |digit| Some(*digit)), 1000);
/// ```
pub fn laws<G>(generator: &G, rounds: u64) -> Vec<G::Value>
where
    G: Generate<Value: Debug + PartialEq>,
{
    laws_by(generator, rounds, |one, other| one == other)
}

/// [`laws`] for values whose equality is not `==`: `same` tells.
///
/// # Panics
/// Where a law does not hold.
///
/// ```
/// use halligan_generators::{any, laws_by};
///
/// laws_by(&any::<f64>(), 1000, |one, other| one.to_bits() == other.to_bits());
/// ```
pub fn laws_by<G>(generator: &G, rounds: u64, same: impl Fn(&G::Value, &G::Value) -> bool) -> Vec<G::Value>
where
    G: Generate<Value: Debug>,
{
    let mut laws = Laws { generator, same, recorded: Tape::new(), reflected: Tape::new() };
    let (mut rng, mut mutator) = (Rng::with_seed(rounds), TapeMutator::new());
    let (mut values, mut tape, mut donor, mut bytes) = (Vec::new(), Tape::new(), Tape::new(), Vec::new());
    for round in 0..rounds {
        values.push(laws.check(|| Source::random(round, 40)));

        tape.clone_from(&laws.recorded);
        for edit in 0..4 {
            mutator.mutate(&mut tape, round ^ edit);
            check_shape(&tape);
            mutator.splice(&mut tape, &donor, round ^ edit);
            check_shape(&tape);
        }
        values.push(laws.check(|| Source::tape(&tape)));
        core::mem::swap(&mut donor, &mut laws.recorded);

        bytes.clear();
        bytes.resize_with(rng.usize(..40), || rng.u8(..));
        values.push(laws.check(|| Source::bytes(&bytes)));
    }
    values.push(laws.check(|| Source::bytes(&[])));
    values
}

struct Laws<'a, G, S> {
    generator: &'a G,
    same: S,
    recorded: Tape,
    reflected: Tape,
}

impl<G: Generate<Value: Debug>, S: Fn(&G::Value, &G::Value) -> bool> Laws<'_, G, S> {
    fn check<'s>(&mut self, source: impl Fn() -> Source<'s>) -> G::Value {
        let value = self.generator.draw(&mut source());
        self.recorded.clear();
        let again = self.generator.draw(&mut source().recording(&mut self.recorded));
        assert!((self.same)(&value, &again), "recorded, the draw of {value:?} is {again:?}");
        self.check_tape(&value, &self.recorded, "record");

        self.reflected.clear();
        if let Err(error) = self.generator.reflect(&value, &mut self.reflected) {
            panic!("{error}: {value:?}");
        }
        self.check_tape(&value, &self.reflected, "reflection");
        value
    }

    /// The tape and its bytes draw the value, and nothing is left over or missing.
    fn check_tape(&self, value: &G::Value, tape: &Tape, what: &str) {
        check_shape(tape);
        let mut drawn = Tape::new();
        let by_tape = self.generator.draw(&mut Source::tape(tape).recording(&mut drawn));
        assert!((self.same)(value, &by_tape), "the {what} of {value:?} draws {by_tape:?}");
        let choices = |tape: &Tape| (tape.choices().to_vec(), tape.spans().to_vec());
        assert_eq!(choices(tape), choices(&drawn), "the {what} of {value:?} has other choices than its draw");
        let by_bytes = self.generator.draw(&mut Source::bytes(&tape.to_bytes()));
        assert!((self.same)(value, &by_bytes), "the {what} of {value:?} draws, as bytes, {by_bytes:?}");
    }
}

/// Choices are within their bounds. Spans are ordered by start, and each ends no later than those that are open where it
/// starts.
fn check_shape(tape: &Tape) {
    let (mut open, mut last) = (Vec::new(), 0);
    for span in tape.spans() {
        assert!(span.start >= last && span.start <= span.end, "spans are ordered: {:?}", tape.spans());
        last = span.start;
        open.retain(|end| *end > span.start);
        assert!(open.iter().all(|end| span.end <= *end), "spans nest: {:?}", tape.spans());
        assert!(span.end as usize <= tape.choices().len(), "spans end with the tape: {:?}", tape.spans());
        open.push(span.end);
    }
    for choice in tape.choices() {
        match *choice {
            Choice::Integer { value, max } => assert!(value <= max, "{choice:?} is within its bounds"),
            Choice::Rare { .. } => {}
            Choice::Bytes { len, min, max, .. } => {
                assert!((min..=max).contains(&len), "{choice:?} is within its bounds");
                assert_eq!(tape.string(*choice).len(), len as usize);
            }
        }
    }
}
