//! The mutator of tapes: one for every generator.

mod bytes;
mod change;
mod spans;
mod splice;

use alloc::vec::Vec;
use core::ops::Range;

use fastrand::Rng;

pub(crate) use self::bytes::mutate as mutate_bytes;
use crate::Tape;

/// Edits tapes at random. It keeps its buffers from call to call.
///
/// ```
/// use halligan_generators::{Generate, Source, Tape, TapeMutator, any};
///
/// let generator = any::<(u8, Vec<u16>)>();
/// let mut tape = Tape::new();
/// generator.reflect(&(7, vec![1, 2, 3]), &mut tape).unwrap();
/// TapeMutator::new().mutate(&mut tape, 1);
/// assert_ne!(generator.draw(&mut Source::tape(&tape)), (7, vec![1, 2, 3]));
/// ```
#[derive(Debug, Default)]
pub struct TapeMutator {
    piece: Tape,
    string: Vec<u8>,
}

impl TapeMutator {
    /// A mutator with empty buffers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes one edit: changes a choice, edits a byte string, tells or withdraws a lie, or deletes, duplicates, swaps or
    /// moves spans. The same arguments give the same edit. A tape without choices is left alone.
    pub fn mutate(&mut self, tape: &mut Tape, seed: u64) {
        let mut rng = Rng::with_seed(seed);
        let moved = match rng.u8(0..12) {
            0 => spans::delete(tape, &mut rng),
            1 => spans::duplicate(tape, &mut self.piece, &mut rng),
            2 => spans::swap(tape, &mut self.piece, &mut rng),
            3 => spans::relocate(tape, &mut self.piece, &mut rng),
            _ => false,
        };
        if !moved {
            change::choice(tape, &mut self.string, &mut rng);
        }
    }

    /// Puts a span of `donor` in the place of one with an equal label, or an item of it into a list. Gives whether there
    /// was one to put. A donor that is drawn at random draws a part of the value anew.
    pub fn splice(&mut self, tape: &mut Tape, donor: &Tape, seed: u64) -> bool {
        let mut rng = Rng::with_seed(seed);
        rng.bool() && splice::insert(tape, donor, &mut self.piece, &mut rng)
            || splice::replace(tape, donor, &mut self.piece, &mut rng)
    }
}

/// The first index that `wanted` accepts, from a random one on and around.
fn pick(range: Range<usize>, rng: &mut Rng, mut wanted: impl FnMut(usize) -> bool) -> Option<usize> {
    if range.is_empty() {
        return None;
    }
    let middle = rng.usize(range.clone());
    (middle..range.end).chain(range.start..middle).find(|index| wanted(*index))
}
