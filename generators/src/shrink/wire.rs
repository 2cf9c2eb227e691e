//! Shrinks wire bytes through their model.

use alloc::vec::Vec;
use core::marker::PhantomData;

use super::{Shrinker, finish, run::Subject, shrink};
use crate::{Generate, Model, Source, Tape, bytes};

/// What is left of wire bytes after shrinking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShrunkWire {
    /// The simplest bytes that failed; never more than there were.
    pub bytes: Vec<u8>,
    /// How often the failure was looked for.
    pub calls: usize,
    /// How many lies the bytes tell; see [`Model::lies`].
    pub lies: usize,
    /// Whether no pass finds anything simpler; if not, the calls ran out.
    pub finished: bool,
}

/// Shrinks wire bytes which are known to fail: looks for simpler ones that `still_fails`, with at most `calls` looks. They are
/// dissected, reflected, shrunk and emitted; then bytes are deleted and lowered whatever field they belong to. What the
/// model does not give back as it was is shrunk as plain bytes.
///
/// ```
/// use halligan_generators::{Model, model::tcp::Segment, shrink_wire};
///
/// let found = b"\x00\x50\xd4\x31\x00\x00\x00\x01\x00\x00\x00\x02\x40\x18\x7d\x40\xbe\xef\x00\x00hello".to_vec();
/// let shrunk = shrink_wire::<Segment>(&found, 1000, |bytes| bytes.len() >= 20 && bytes[12] >> 4 < 5);
/// assert_eq!(shrunk.lies, 1);
/// assert_eq!(shrunk.bytes.len(), 20);
/// assert_eq!(shrunk.bytes[12], 0);
/// ```
pub fn shrink_wire<M: Model>(found: &[u8], calls: usize, mut still_fails: impl FnMut(&[u8]) -> bool) -> ShrunkWire {
    let mut trial = Trial::<M, _> {
        still_fails: &mut still_fails,
        limit: calls,
        longest: found.len(),
        calls: 0,
        drawn: Vec::new(),
        best: found.to_vec(),
        model: PhantomData,
    };
    let start = trial.of_wire(found).filter(|start| M::draw_from(&mut Source::tape(start)).emit() == found);
    if let Some(start) = start {
        let (_, finished) = finish(Shrinker::new(&start, &mut trial), &mut trial);
        let lies = M::dissect(&trial.best).lies();
        return ShrunkWire { bytes: trial.best, calls: trial.calls, lies, finished };
    }
    let (generator, mut tape) = (bytes(0..=found.len()), Tape::new());
    // A string of this length is always drawn.
    let _ = generator.reflect(&found.to_vec(), &mut tape);
    let shrunk = shrink(&generator, &tape, calls, |bytes| still_fails(bytes));
    let lies = M::dissect(&shrunk.value).lies();
    ShrunkWire { bytes: shrunk.value, calls: shrunk.calls, lies, finished: shrunk.finished }
}

/// A model, and a question about its wire bytes.
struct Trial<'a, M, F> {
    still_fails: &'a mut F,
    limit: usize,
    longest: usize,
    calls: usize,
    drawn: Vec<u8>,
    best: Vec<u8>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model, F: FnMut(&[u8]) -> bool> Subject for Trial<'_, M, F> {
    /// The choices are those of the bytes as a receiver reads them.
    fn draw(&mut self, candidate: &Tape, canonical: &mut Tape) -> Option<usize> {
        self.drawn.clear();
        canonical.clear();
        M::draw_from(&mut Source::tape(candidate)).emit_to(&mut self.drawn);
        let fits = self.drawn.len() <= self.longest;
        (fits && M::dissect(&self.drawn).reflect_to(canonical).is_ok()).then_some(self.drawn.len())
    }

    fn still_fails(&mut self, _canonical: &Tape) -> Option<bool> {
        if self.calls == self.limit {
            return None;
        }
        self.calls += 1;
        let fails = (self.still_fails)(&self.drawn);
        if fails {
            core::mem::swap(&mut self.best, &mut self.drawn);
        }
        Some(fails)
    }

    fn wire(&self) -> Option<&[u8]> {
        Some(&self.best)
    }

    fn of_wire(&mut self, bytes: &[u8]) -> Option<Tape> {
        let mut tape = Tape::new();
        M::dissect(bytes).reflect_to(&mut tape).ok().map(|()| tape)
    }
}
