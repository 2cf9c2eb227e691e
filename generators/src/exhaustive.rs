//! Every value up to a size, each once, simple values first.

use alloc::vec::Vec;

use crate::{Choice, Generate, Source, Tape};

/// How many values there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Just as many.
    Exactly(u64),
    /// More than that.
    MoreThan(u64),
}

/// Gives every value of a generator up to `size`, each once, in the order of size.
///
/// The size of a value is the sum over its choices of how many bits each needs: 0 for the simplest, 1 for the next, 2 for
/// the next two. Whether there is one more item of a list, or byte of a byte string, is a choice: a list of three `true`
/// has size 6. Each step in size about doubles the number of values, so look at [`count_up_to`] before. Where values cannot
/// be reflected, a value comes once for each way to draw it.
///
/// ```
/// use halligan_generators::{any, every, list};
///
/// let lists = list(any::<bool>()).max(3);
/// assert_eq!(every(&lists, 2).collect::<Vec<_>>(), [vec![], vec![false], vec![false, false], vec![true]]);
/// assert_eq!(every(&lists, 100).count(), 1 + 2 + 4 + 8);
/// ```
pub fn every<G: Generate>(generator: &G, size: u32) -> Every<'_, G> {
    Every { generator, walk: Walk::new(size), drawn: Tape::new(), reflected: Tape::new() }
}

/// Counts the values up to `size` by drawing them all, no more than `limit`.
///
/// ```
/// use halligan_generators::{Count, any, count_up_to, list};
///
/// assert_eq!(count_up_to(&list(any::<bool>()).max(3), 100, 1_000_000), Count::Exactly(15));
/// assert_eq!(count_up_to(&any::<u64>(), 64, 1_000), Count::MoreThan(1_000));
/// ```
pub fn count_up_to<G: Generate>(generator: &G, size: u32, limit: u64) -> Count {
    let mut count = 0;
    for _ in every(generator, size) {
        if count == limit {
            return Count::MoreThan(limit);
        }
        count += 1;
    }
    Count::Exactly(count)
}

/// See [`every`].
#[derive(Debug)]
pub struct Every<'g, G> {
    generator: &'g G,
    walk: Walk,
    drawn: Tape,
    reflected: Tape,
}

impl<G: Generate> Iterator for Every<'_, G> {
    type Item = G::Value;

    fn next(&mut self) -> Option<G::Value> {
        loop {
            let source = self.walk.next()?;
            self.drawn.clear();
            let value = self.generator.draw(&mut source.recording(&mut self.drawn));
            if self.walk.is_new() && is_canonical(self.generator, &value, &self.drawn, &mut self.reflected) {
                return Some(value);
            }
        }
    }
}

/// Whether `drawn` is what the value is reflected to: of all tapes that draw a value, one is. Where it cannot be
/// reflected, every tape is.
pub(crate) fn is_canonical<G: Generate>(generator: &G, value: &G::Value, drawn: &Tape, reflected: &mut Tape) -> bool {
    reflected.clear();
    generator.reflect(value, reflected).is_err()
        || drawn.choices().len() == reflected.choices().len()
            && drawn.choices().iter().zip(reflected.choices()).all(|(one, other)| match (*one, *other) {
                (Choice::Bytes { .. }, Choice::Bytes { .. }) => drawn.string(*one) == reflected.string(*other),
                (one, other) => one == other,
            })
}

/// A walk through all sequences of choices up to a size, size by size. Those of one size are walked in lexicographic
/// order, together with the smaller ones, which it met before.
#[derive(Debug)]
pub(crate) struct Walk {
    digits: Digits,
    size: u32,
    last: u32,
    started: bool,
    /// Whether a choice was left out since it is beyond the size.
    cut: bool,
}

impl Walk {
    pub(crate) fn new(last: u32) -> Self {
        Self { digits: Digits::default(), size: 0, last, started: false, cut: false }
    }

    /// A source of the next sequence of choices; none if there are no more.
    pub(crate) fn next(&mut self) -> Option<Source<'_>> {
        if !core::mem::replace(&mut self.started, true) {
            return Some(self.digits.source());
        }
        if !self.digits.advance(self.size, &mut self.cut) {
            if !self.cut || self.size == self.last {
                return None;
            }
            self.size += 1;
            self.cut = false;
            self.digits = Digits::default();
        }
        Some(self.digits.source())
    }

    /// Whether the choices drawn last were not met at a smaller size.
    pub(crate) fn is_new(&mut self) -> bool {
        self.digits.drawn.truncate(self.digits.next);
        self.digits.size() == self.size
    }

    /// Whether the walk, which is over, has met all there is.
    pub(crate) fn is_complete(&self) -> bool {
        !self.cut
    }
}

/// Choices as the digits of a number that counts up.
#[derive(Debug, Default)]
pub(crate) struct Digits {
    drawn: Vec<Digit>,
    next: usize,
}

#[derive(Clone, Copy, Debug)]
struct Digit {
    value: u64,
    max: u64,
}

impl Digit {
    fn size(self) -> u32 {
        u64::BITS - self.value.leading_zeros()
    }
}

impl Digits {
    fn source(&mut self) -> Source<'_> {
        self.next = 0;
        Source::digits(self)
    }

    pub(crate) fn draw(&mut self, max: u64) -> u64 {
        let next = self.next;
        self.next += 1;
        match self.drawn.get(next) {
            Some(digit) => digit.value,
            None => {
                self.drawn.push(Digit { value: 0, max });
                0
            }
        }
    }

    fn size(&self) -> u32 {
        self.drawn.iter().map(|digit| digit.size()).sum()
    }

    /// Counts the last digit up that has room, and drops those behind it; false if there is none. Sets `cut` where only
    /// the size is in the way.
    fn advance(&mut self, size: u32, cut: &mut bool) -> bool {
        self.drawn.truncate(self.next);
        let mut used = self.size();
        while let Some(last) = self.drawn.last_mut() {
            used -= last.size();
            if last.value < last.max {
                last.value += 1;
                if used + last.size() <= size {
                    return true;
                }
                *cut = true;
            }
            self.drawn.pop();
        }
        false
    }
}
