use alloc::{string::String, vec, vec::Vec};

use crate::{Alternatives, Generate, Source, Tape, Unreflected};

/// What [`concat()`] joins: byte strings and strings.
pub trait Joined: Sized {
    /// The empty one.
    const EMPTY: Self;

    /// Its length in bytes.
    fn len(&self) -> usize;

    /// Whether it is the empty one.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends `other`.
    fn append(&mut self, other: Self);

    /// The part from byte `start` to byte `end`, where it can be cut there.
    fn part(&self, start: usize, end: usize) -> Option<Self>;
}

impl Joined for Vec<u8> {
    const EMPTY: Self = Self::new();

    fn len(&self) -> usize {
        self.len()
    }

    fn append(&mut self, other: Self) {
        self.extend(other);
    }

    fn part(&self, start: usize, end: usize) -> Option<Self> {
        self.get(start..end).map(<[u8]>::to_vec)
    }
}

impl Joined for String {
    const EMPTY: Self = Self::new();

    fn len(&self) -> usize {
        self.len()
    }

    fn append(&mut self, other: Self) {
        self.push_str(&other);
    }

    fn part(&self, start: usize, end: usize) -> Option<Self> {
        self.get(start..end).map(Into::into)
    }
}

/// See [`concat()`].
#[derive(Clone, Copy, Debug)]
pub struct Concat<S, P> {
    separator: S,
    parts: P,
}

/// Draws each of `parts` and joins them, with what `separator` draws between each two: an array, a vector or a tuple of
/// generators of byte strings, or of strings.
///
/// Reflecting looks for a way to cut the value, the shortest first part first. It tries each part at each place once:
/// for `p` parts and `n` bytes at most `p * n * n` reflections of parts.
///
/// ```
/// use halligan_generators::{Generate, Source, Tape, concat, constant, range, string};
///
/// let word = string(range('a'..='z'));
/// let line = concat(constant(String::from(" ")), [word, word]);
/// assert_eq!(line.draw(&mut Source::bytes(&[1, 7, 1, 8, 0, 1, 20, 0])), "hi u");
///
/// let mut tape = Tape::new();
/// line.reflect(&String::from("hi u"), &mut tape).unwrap();
/// assert_eq!(line.draw(&mut Source::tape(&tape)), "hi u");
/// ```
pub const fn concat<S, P>(separator: S, parts: P) -> Concat<S, P>
where
    S: Generate<Value = P::Value>,
    P: Alternatives<Value: Joined>,
{
    Concat { separator, parts }
}

impl<S, P> Generate for Concat<S, P>
where
    S: Generate<Value = P::Value>,
    P: Alternatives<Value: Joined>,
{
    type Value = P::Value;

    fn draw(&self, source: &mut Source<'_>) -> P::Value {
        let mut joined = P::Value::EMPTY;
        for index in 0..self.parts.count() {
            if index > 0 {
                joined.append(self.separator.draw(source));
            }
            joined.append(self.parts.draw(index, source));
        }
        joined
    }

    fn reflect(&self, value: &P::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        let pieces = (2 * self.parts.count()).saturating_sub(1);
        let dead = vec![false; (pieces + 1) * (value.len() + 1)];
        let reflected = Cut { concat: self, value, pieces, dead }.from(0, 0, tape);
        if reflected { Ok(()) } else { Err(Unreflected("no cut gives the parts")) }
    }
}

/// A search for the places where the parts and the separators between them end.
struct Cut<'a, S, P: Alternatives> {
    concat: &'a Concat<S, P>,
    value: &'a P::Value,
    /// Parts and separators.
    pieces: usize,
    /// For each piece and place, whether no cut from there on is known to be possible.
    dead: Vec<bool>,
}

impl<S, P> Cut<'_, S, P>
where
    S: Generate<Value = P::Value>,
    P: Alternatives<Value: Joined>,
{
    /// Reflects the pieces from `piece` on, which start at byte `start`.
    fn from(&mut self, piece: usize, start: usize, tape: &mut Tape) -> bool {
        let state = piece * (self.value.len() + 1) + start;
        if piece == self.pieces {
            return start == self.value.len();
        }
        if self.dead[state] {
            return false;
        }
        let before = tape.checkpoint();
        // Nothing follows the last piece.
        let first = if piece + 1 == self.pieces { self.value.len() } else { start };
        for end in first..=self.value.len() {
            if self.piece(piece, start, end, tape) && self.from(piece + 1, end, tape) {
                return true;
            }
            tape.rewind(before);
        }
        self.dead[state] = true;
        false
    }

    fn piece(&self, piece: usize, start: usize, end: usize, tape: &mut Tape) -> bool {
        let Some(part) = self.value.part(start, end) else { return false };
        let reflected = if piece.is_multiple_of(2) {
            self.concat.parts.reflect(piece / 2, &part, tape)
        } else {
            self.concat.separator.reflect(&part, tape)
        };
        reflected.is_ok()
    }
}
