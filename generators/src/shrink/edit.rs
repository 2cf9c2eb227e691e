//! Candidates: copies of a tape with one edit.

use alloc::{vec, vec::Vec};
use core::ops::Range;

use crate::{Choice, Role, Tape};

/// The items of the list that is span `list`, as indices of spans.
pub fn items(tape: &Tape, list: usize) -> Vec<usize> {
    children(tape, list).filter(|span| tape.spans()[*span].label.role == Role::Item).collect()
}

/// The spans right inside span `outer`.
pub fn children(tape: &Tape, outer: usize) -> impl Iterator<Item = usize> {
    siblings(tape, tape.family(outer).start + 1..tape.family(outer).end)
}

/// The spans of a range that lie in no other of it.
pub fn siblings(tape: &Tape, range: Range<usize>) -> impl Iterator<Item = usize> {
    let mut next = range.start;
    core::iter::from_fn(move || {
        let span = next;
        if span >= range.end {
            return None;
        }
        next = tape.family(span).end;
        Some(span)
    })
}

/// Which choices say that a list has one more item. They are left to the passes that know lists.
pub fn mores(tape: &Tape) -> Vec<bool> {
    let mut mores = vec![false; tape.choices().len()];
    for span in tape.spans().iter().filter(|span| span.label.role == Role::Item && !span.range().is_empty()) {
        mores[span.start as usize] = true;
    }
    mores
}

/// The value and the greatest value of an integer; nothing for other choices.
pub fn integer(tape: &Tape, index: usize) -> Option<(u64, u64)> {
    match tape.choices().get(index) {
        Some(Choice::Integer { value, max }) => Some((*value, *max)),
        _ => None,
    }
}

/// The integers that are not zero, as index, value and greatest value, but for those that say that a list goes on.
pub fn positives(tape: &Tape) -> Vec<(usize, u64, u64)> {
    let mores = mores(tape);
    let integers = (0..mores.len()).filter(|index| !mores[*index]);
    let integers = integers.filter_map(|index| integer(tape, index).map(|(value, max)| (index, value, max)));
    integers.filter(|(_, value, _)| *value > 0).collect()
}

/// Sets the value of an integer; other choices are left alone.
pub fn set(tape: &mut Tape, index: usize, value: u64) {
    if let Some((_, max)) = integer(tape, index) {
        tape.set(index, Choice::Integer { value, max });
    }
}

/// The tape with these integers set.
pub fn with(tape: &Tape, values: &[(usize, u64)]) -> Tape {
    let mut candidate = tape.clone();
    values.iter().for_each(|(index, value)| set(&mut candidate, *index, *value));
    candidate
}

/// The tape without these spans, none inside another.
pub fn without(tape: &Tape, spans: &[usize]) -> Tape {
    let mut candidate = tape.clone();
    spans.iter().rev().for_each(|span| candidate.replace_span(*span, &Tape::new()));
    candidate
}

/// The tape with nothing left of a span but its first `kept` choices; a draw reads zeros for the rest.
pub fn emptied(tape: &Tape, span: usize, kept: usize) -> Tape {
    let mut candidate = tape.clone();
    let choices = tape.spans()[span].range();
    candidate.splice(span, choices.start + kept..choices.end, span + 1..tape.family(span).end, &Tape::new());
    candidate
}

/// A copy of a span by itself.
pub fn piece(tape: &Tape, span: usize) -> Tape {
    let mut piece = Tape::new();
    piece.append_span(tape, span);
    piece
}

/// The innermost span that holds a choice.
pub fn innermost(tape: &Tape, index: usize) -> Option<usize> {
    tape.spans().iter().rposition(|span| span.range().contains(&index))
}
