//! The tape: a recorded sequence of typed choices, with the spans that structure it.

use alloc::vec::Vec;
use core::ops::Range;

use crate::{Unreflected, source::MAX_DEPTH};

/// One choice a generator made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// An integer in `0..=max`; zero is the simplest.
    Integer {
        /// What was chosen.
        value: u64,
        /// The largest value that could have been.
        max: u64,
    },
    /// A rare event, taken once in `odds + 1` draws: a lie, most often. Not taken is the simplest.
    Rare {
        /// Whether the event happened.
        taken: bool,
        /// How many times it does not happen for once that it does.
        odds: u8,
    },
    /// A byte string of `min..=max` bytes, kept in the side buffer of the tape.
    Bytes {
        /// Where the string starts in the side buffer.
        start: u32,
        /// Its length.
        len: u32,
        /// The least length that could have been chosen.
        min: u32,
        /// The largest length that could have been chosen.
        max: u32,
    },
}

/// Names what a span draws. Spans with equal labels can stand for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// The name, a type's path most often.
    pub name: &'static str,
    /// What the span is to a list.
    pub role: Role,
}

/// What a span is to a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A value by itself.
    Value,
    /// An item: a "more" choice and the element after it.
    Item,
    /// A list of items with the same name, and perhaps a "no more" choice.
    List,
}

impl Label {
    /// The label of values of type `T`.
    #[must_use]
    pub fn of<T: ?Sized>() -> Self {
        Self { name: core::any::type_name::<T>(), role: Role::Value }
    }

    /// The label of list items of type `T`.
    #[must_use]
    pub fn item<T: ?Sized>() -> Self {
        Self { name: core::any::type_name::<T>(), role: Role::Item }
    }

    /// The label of lists of items of type `T`.
    #[must_use]
    pub fn list<T: ?Sized>() -> Self {
        Self { name: core::any::type_name::<T>(), role: Role::List }
    }
}

/// The choices from `start` to `end` (exclusive) that drew one thing. Spans nest and never cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Index of the first choice.
    pub start: u32,
    /// Index after the last choice.
    pub end: u32,
    /// What the choices draw.
    pub label: Label,
}

impl Span {
    /// The choices of the span, as indices.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A sequence of choices. [`clear`](Tape::clear) keeps the memory, so one tape can serve many values.
///
/// ```
/// use halligan_generators::{Generate, Source, Tape, any};
///
/// let mut tape = Tape::new();
/// any::<(u8, u16)>().reflect(&(1, 0x0203), &mut tape).unwrap();
/// assert_eq!(tape.to_bytes(), [1, 3, 2]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tape {
    choices: Vec<Choice>,
    spans: Vec<Span>,
    bytes: Vec<u8>,
    pub(crate) depth: u32,
}

/// A length of a tape to come back to with [`Tape::rewind`].
#[derive(Clone, Copy, Debug)]
pub struct Checkpoint {
    choices: usize,
    spans: usize,
    bytes: usize,
    depth: u32,
}

impl Tape {
    /// An empty tape.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything but the memory.
    pub fn clear(&mut self) {
        self.choices.clear();
        self.spans.clear();
        self.bytes.clear();
        self.depth = 0;
    }

    /// The choices, in the order in which they are drawn.
    #[must_use]
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// The spans, ordered by start, the enclosing span before the enclosed.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The byte string of a [`Choice::Bytes`] of this tape; empty for other choices.
    #[must_use]
    pub fn string(&self, choice: Choice) -> &[u8] {
        match choice {
            Choice::Bytes { start, len, .. } => &self.bytes[start as usize..][..len as usize],
            _ => &[],
        }
    }

    /// Appends an integer in `0..=max`. Where there is nothing to choose, nothing is appended.
    #[inline]
    pub fn integer(&mut self, value: u64, max: u64) {
        debug_assert!(value <= max);
        if max > 0 {
            self.choices.push(Choice::Integer { value, max });
        }
    }

    /// Appends a rare event.
    #[inline]
    pub fn rare(&mut self, taken: bool, odds: u8) {
        self.choices.push(Choice::Rare { taken, odds });
    }

    /// Appends a byte string whose length was chosen from `min..=max`.
    #[inline]
    pub fn string_of(&mut self, string: &[u8], min: usize, max: usize) {
        debug_assert!((min..=max).contains(&string.len()));
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(string);
        self.choices.push(Choice::Bytes { start, len: string.len() as u32, min: min as u32, max: max as u32 });
    }

    /// Appends what `body` appends, as one span.
    ///
    /// # Errors
    /// What `body` returns. The tape then holds a part of the value: [`rewind`](Tape::rewind) it before going on.
    #[inline]
    pub fn span(
        &mut self,
        label: Label,
        body: impl FnOnce(&mut Self) -> Result<(), Unreflected>,
    ) -> Result<(), Unreflected> {
        let open = self.open(label);
        body(self)?;
        self.close(open);
        Ok(())
    }

    /// Reflects one level deeper what [`Source::nested`](crate::Source) draws.
    pub(crate) fn nested(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<(), Unreflected>,
    ) -> Result<(), Unreflected> {
        if self.depth >= MAX_DEPTH {
            let mut end = Self::new();
            body(&mut end)?;
            return if end.is_simplest() { Ok(()) } else { Err(Unreflected("nested too deep")) };
        }
        self.depth += 1;
        body(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// Whether the end of a source draws it.
    fn is_simplest(&self) -> bool {
        self.choices.iter().all(|choice| match *choice {
            Choice::Integer { value, .. } => value == 0,
            Choice::Rare { taken, .. } => !taken,
            Choice::Bytes { len, min, .. } => len == min && self.string(*choice).iter().all(|byte| *byte == 0),
        })
    }

    #[inline]
    pub(crate) fn open(&mut self, label: Label) -> usize {
        let start = self.choices.len() as u32;
        self.spans.push(Span { start, end: start, label });
        self.spans.len() - 1
    }

    #[inline]
    pub(crate) fn close(&mut self, open: usize) {
        self.spans[open].end = self.choices.len() as u32;
    }

    /// Closes the open items: those that seem to be empty, while an item holds at least the choice that there is one.
    pub(crate) fn close_items(&mut self) {
        let end = self.choices.len() as u32;
        let open = |span: &&mut Span| span.label.role == Role::Item && span.start == span.end;
        self.spans.iter_mut().filter(open).for_each(|span| span.end = end);
    }

    /// Forgets that a span was opened; its choices stay.
    #[inline]
    pub(crate) fn unopen(&mut self, open: usize) {
        self.spans.remove(open);
    }

    /// Where the tape ends now.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { choices: self.choices.len(), spans: self.spans.len(), bytes: self.bytes.len(), depth: self.depth }
    }

    /// Forgets what was appended since the checkpoint.
    pub fn rewind(&mut self, to: Checkpoint) {
        self.choices.truncate(to.choices);
        self.spans.truncate(to.spans);
        self.bytes.truncate(to.bytes);
        self.depth = to.depth;
    }

    /// Replaces the choice at `index`.
    pub fn set(&mut self, index: usize, choice: Choice) {
        self.choices[index] = choice;
    }

    /// Replaces the byte string at `index` by `string`, cut or zero-filled to its bounds. Other choices are left alone.
    pub fn set_string(&mut self, index: usize, string: &[u8]) {
        let Choice::Bytes { min, max, .. } = self.choices[index] else { return };
        let start = self.bytes.len();
        self.bytes.extend_from_slice(string);
        let len = string.len().clamp(min as usize, max as usize);
        self.bytes.resize(start + len, 0);
        self.choices[index] = Choice::Bytes { start: start as u32, len: len as u32, min, max };
    }

    /// Inserts a choice before the one at `index`, into the innermost span that holds the choice before it.
    pub fn insert(&mut self, index: usize, choice: Choice) {
        self.choices.insert(index, choice);
        let at = index as u32;
        for span in &mut self.spans {
            span.end += u32::from(span.end > at || span.end == at && span.start < at);
            span.start += u32::from(span.start >= at);
        }
    }

    /// Removes the choice at `index`.
    pub fn remove(&mut self, index: usize) {
        self.choices.remove(index);
        let at = index as u32;
        for span in &mut self.spans {
            span.end -= u32::from(span.end > at);
            span.start -= u32::from(span.start > at);
        }
    }

    /// Span `index` and the spans inside it, as indices.
    #[must_use]
    pub fn family(&self, index: usize) -> Range<usize> {
        let outer = self.spans[index];
        let inside = |span: &&Span| span.start < outer.end && span.end <= outer.end;
        index..index + 1 + self.spans[index + 1..].iter().take_while(inside).count()
    }

    /// Appends span `index` of `from`, with all that it holds.
    pub fn append_span(&mut self, from: &Tape, index: usize) {
        let (outer, at) = (from.spans[index], self.choices.len() as u32);
        for choice in &from.choices[outer.range()] {
            match *choice {
                Choice::Bytes { min, max, .. } => self.string_of(from.string(*choice), min as usize, max as usize),
                other => self.choices.push(other),
            }
        }
        let moved = |span: &Span| Span {
            start: span.start - outer.start + at,
            end: span.end - outer.start + at,
            label: span.label,
        };
        self.spans.extend(from.spans[from.family(index)].iter().map(moved));
    }

    /// Replaces span `index` by all of `piece`; an empty piece deletes the span.
    pub fn replace_span(&mut self, index: usize, piece: &Tape) {
        self.splice(index, self.spans[index].range(), self.family(index), piece);
    }

    /// Inserts all of `piece` before item `item` of the list that is span `list`, or behind its last item.
    pub fn insert_item(&mut self, list: usize, item: usize, piece: &Tape) {
        let family = self.family(list);
        let (mut span, mut at) = (list + 1, self.spans[list].start as usize);
        for _ in 0..item {
            if span >= family.end || self.spans[span].label.role != Role::Item {
                break;
            }
            at = self.spans[span].end as usize;
            span = self.family(span).end;
        }
        self.splice(list, at..at, span..span, piece);
    }

    /// How many items the list that is span `list` has.
    #[must_use]
    pub fn items(&self, list: usize) -> usize {
        let family = self.family(list);
        let (mut span, mut count) = (list + 1, 0);
        while span < family.end && self.spans[span].label.role == Role::Item {
            span = self.family(span).end;
            count += 1;
        }
        count
    }

    /// Replaces choices and the spans that draw them by those of `piece`, inside or instead of the span `anchor`.
    pub(crate) fn splice(&mut self, anchor: usize, choices: Range<usize>, spans: Range<usize>, piece: &Tape) {
        let (at, removed) = (choices.start as u32, choices.len() as u32);
        let (offset, added) = (self.bytes.len() as u32, piece.choices.len() as u32);
        self.bytes.extend_from_slice(&piece.bytes);
        let moved = piece.choices.iter().map(|choice| match *choice {
            Choice::Bytes { start, len, min, max } => Choice::Bytes { start: start + offset, len, min, max },
            other => other,
        });
        self.choices.splice(choices, moved);
        let shift = |at: &mut u32| *at = *at - removed + added;
        let outer = self.spans[anchor];
        for span in &mut self.spans[..=anchor] {
            if span.start <= outer.start && span.end >= outer.end {
                shift(&mut span.end);
            }
        }
        for span in &mut self.spans[spans.end..] {
            shift(&mut span.start);
            shift(&mut span.end);
        }
        let inner =
            piece.spans.iter().map(|span| Span { start: span.start + at, end: span.end + at, label: span.label });
        self.spans.splice(spans, inner);
    }

    /// The tape as bytes: integers little-endian in the least width that holds their maximum, byte strings as their
    /// length above the minimum, then their bytes. [`Source::bytes`](crate::Source::bytes) draws from them what
    /// [`Source::tape`](crate::Source::tape) draws from this tape, if the tape was recorded or reflected and not edited.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_bytes(&mut out);
        out
    }

    /// Appends [`to_bytes`](Tape::to_bytes) to `out`.
    pub fn write_bytes(&self, out: &mut Vec<u8>) {
        let mut integer = |value: u64, max: u64, tail: &[u8]| {
            out.extend_from_slice(&value.to_le_bytes()[..width(max)]);
            out.extend_from_slice(tail);
        };
        for choice in &self.choices {
            match *choice {
                Choice::Integer { value, max } => integer(value, max, &[]),
                Choice::Rare { taken, odds } => integer(if taken { odds.into() } else { 0 }, u64::from(odds), &[]),
                Choice::Bytes { len, min, max, .. } => {
                    integer((len - min).into(), (max - min).into(), self.string(*choice));
                }
            }
        }
    }
}

/// How many bytes hold every value of `0..=max`.
#[inline]
pub(crate) const fn width(max: u64) -> usize {
    (64 - max.leading_zeros() as usize).div_ceil(8)
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::{Choice, Label, Tape};
    use crate::Source;

    /// Outer span over choices 1 to 4, inner spans over 2 and over 3 and 4; choices 0 and 5 outside.
    fn tape() -> Tape {
        let mut tape = Tape::new();
        tape.integer(0, 9);
        let outer = tape.open(Label::of::<u8>());
        tape.integer(1, 9);
        let inner = tape.open(Label::of::<u16>());
        tape.integer(2, 9);
        tape.close(inner);
        let inner = tape.open(Label::of::<u32>());
        tape.integer(3, 9);
        tape.integer(4, 9);
        tape.close(inner);
        tape.close(outer);
        tape.integer(5, 9);
        tape
    }

    fn spans(tape: &Tape) -> Vec<(u32, u32)> {
        tape.spans().iter().map(|span| (span.start, span.end)).collect()
    }

    fn values(tape: &Tape) -> Vec<u64> {
        let value = |choice: &Choice| if let Choice::Integer { value, .. } = choice { *value } else { 99 };
        tape.choices().iter().map(value).collect()
    }

    #[test]
    fn an_inserted_choice_is_in_the_span_before_it() {
        let inserted = |at| {
            let mut tape = tape();
            tape.insert(at, Choice::Integer { value: 7, max: 9 });
            assert_eq!(values(&tape)[at], 7);
            spans(&tape)
        };
        assert_eq!(spans(&tape()), [(1, 5), (2, 3), (3, 5)]);
        assert_eq!(inserted(1), [(2, 6), (3, 4), (4, 6)]);
        assert_eq!(inserted(2), [(1, 6), (3, 4), (4, 6)]);
        assert_eq!(inserted(3), [(1, 6), (2, 4), (4, 6)]);
        assert_eq!(inserted(4), [(1, 6), (2, 3), (3, 6)]);
        assert_eq!(inserted(5), [(1, 6), (2, 3), (3, 6)]);
        assert_eq!(inserted(6), [(1, 5), (2, 3), (3, 5)]);
    }

    #[test]
    fn a_removed_choice_is_missing_in_its_spans_alone() {
        let removed = |at| {
            let mut tape = tape();
            tape.remove(at);
            spans(&tape)
        };
        assert_eq!(removed(0), [(0, 4), (1, 2), (2, 4)]);
        assert_eq!(removed(1), [(1, 4), (1, 2), (2, 4)]);
        assert_eq!(removed(2), [(1, 4), (2, 2), (2, 4)]);
        assert_eq!(removed(3), [(1, 4), (2, 3), (3, 4)]);
        assert_eq!(removed(4), [(1, 4), (2, 3), (3, 4)]);
        assert_eq!(removed(5), [(1, 5), (2, 3), (3, 5)]);
    }

    #[test]
    fn a_replaced_span_keeps_what_is_around_it() {
        let (mut changed, mut piece) = (tape(), Tape::new());
        piece.append_span(&changed, 2);
        assert_eq!((values(&piece), spans(&piece)), (vec![3, 4], vec![(0, 2)]));
        changed.replace_span(1, &piece);
        assert_eq!(values(&changed), [0, 1, 3, 4, 3, 4, 5]);
        assert_eq!(spans(&changed), [(1, 6), (2, 4), (4, 6)]);
        changed.replace_span(0, &Tape::new());
        assert_eq!((values(&changed), spans(&changed)), (vec![0, 5], vec![]));
    }

    /// Too few choices in a span read as zero, too many are skipped: what is behind the span stays what it is.
    #[test]
    fn edits_stay_local() {
        let tape = tape();
        let mut source = Source::tape(&tape);
        let drawn = |source: &mut Source<'_>, count| (0..count).map(|_| source.integer(9)).collect::<Vec<_>>();
        assert_eq!(drawn(&mut source, 1), [0]);
        source.span(Label::of::<u8>(), |source| {
            assert_eq!(drawn(source, 1), [1]);
            source.span(Label::of::<u16>(), |source| assert_eq!(drawn(source, 3), [2, 0, 0]));
            source.span(Label::of::<u32>(), |source| assert_eq!(drawn(source, 1), [3]));
            assert_eq!(drawn(source, 1), [0]);
        });
        assert_eq!(drawn(&mut source, 2), [5, 0]);
    }

    /// From a tape as from bytes, what is out of range wraps around.
    #[test]
    fn tapes_of_another_shape_are_reduced() {
        let mut tape = Tape::new();
        tape.integer(1000, 9999);
        tape.string_of(b"long", 0, 9);
        tape.rare(true, 3);
        let mut source = Source::tape(&tape);
        assert_eq!(source.integer(255), 1000 % 256);
        assert_eq!(source.string(0, 2), b"lo");
        assert_eq!(source.integer(255), 0);
    }
}
