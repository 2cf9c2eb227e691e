//! The mutator of wire bytes: one for every model.

use alloc::vec::Vec;
use core::marker::PhantomData;

use fastrand::Rng;

use crate::{Model, Source, Tape, TapeMutator, mutate::mutate_bytes};

/// Mutates wire bytes through their model: dissects, reflects, edits the tape, draws, emits. It keeps its buffers from
/// call to call.
///
/// ```
/// use halligan_generators::{Model, WireMutator, model::tcp::Segment};
///
/// let seed = Segment::Whole { header: Default::default(), payload: b"hello".to_vec() }.emit();
/// let (mut mutator, mut out) = (WireMutator::<Segment>::new(), Vec::new());
/// mutator.mutate(&seed, None, 1, 1500, &mut out);
/// assert_ne!(out, seed);
/// ```
#[derive(Debug)]
pub struct WireMutator<M> {
    mutator: TapeMutator,
    tape: Tape,
    edited: Tape,
    other: Tape,
    fresh: Tape,
    model: PhantomData<fn() -> M>,
}

/// How many choices and bytes of byte strings a value drawn from nothing is made of.
const FRESH: usize = 400;

impl<M: Model> WireMutator<M> {
    /// A mutator with empty buffers.
    #[must_use]
    pub fn new() -> Self {
        let tape = Tape::new;
        Self {
            mutator: TapeMutator::new(),
            tape: tape(),
            edited: tape(),
            other: tape(),
            fresh: tape(),
            model: PhantomData,
        }
    }

    /// Replaces what `out` holds by a variant of `input`, at most `max_len` bytes long, with parts of `other` spliced in
    /// where it is given. The same arguments give the same variant, and it is seldom `input` itself. Where no variant of
    /// the structure fits, and now and then in any case, the bytes themselves are mutated.
    pub fn mutate(&mut self, input: &[u8], other: Option<&[u8]>, seed: u64, max_len: usize, out: &mut Vec<u8>) {
        const ATTEMPTS: usize = 4;
        let mut rng = Rng::with_seed(seed);
        let reflected = reflect::<M>(input, &mut self.tape);
        let other = other.is_some_and(|other| reflect::<M>(other, &mut self.other));
        let attempts = if reflected { ATTEMPTS } else { 0 };
        for _ in 0..attempts {
            // Now and then what the model cannot say: bytes that are cut or moved anywhere.
            if rng.u8(..16) == 0 {
                break;
            }
            out.clear();
            if input.is_empty() {
                M::draw_from(&mut Source::random(rng.u64(..), max_len.min(FRESH))).emit_to(out);
            } else {
                self.edit(other, &mut rng);
                M::draw_from(&mut Source::tape(&self.edited)).emit_to(out);
            }
            if out.len() <= max_len && out != input {
                return;
            }
        }
        out.clear();
        out.extend_from_slice(input);
        mutate_bytes(out, 0, max_len, &mut rng);
    }

    /// Makes `edited` the tape with some edits.
    fn edit(&mut self, other: bool, rng: &mut Rng) {
        self.edited.clone_from(&self.tape);
        if other {
            self.mutator.splice(&mut self.edited, &self.other, rng.u64(..));
        }
        for _ in 0..rng.usize(1..=3) {
            if rng.u8(..4) > 0 || !self.splice(other && rng.bool(), rng) {
                self.mutator.mutate(&mut self.edited, rng.u64(..));
            }
        }
    }

    /// Splices from the other input, or from a value drawn from nothing.
    fn splice(&mut self, other: bool, rng: &mut Rng) -> bool {
        if !other {
            self.fresh.clear();
            M::draw_from(&mut Source::random(rng.u64(..), FRESH).recording(&mut self.fresh));
        }
        let donor = if other { &self.other } else { &self.fresh };
        self.mutator.splice(&mut self.edited, donor, rng.u64(..))
    }
}

impl<M: Model> Default for WireMutator<M> {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes `tape` the choices of what `bytes` are dissected to.
fn reflect<M: Model>(bytes: &[u8], tape: &mut Tape) -> bool {
    tape.clear();
    M::dissect(bytes).reflect_to(tape).is_ok()
}
