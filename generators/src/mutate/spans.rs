//! Deletes, duplicates, swaps and moves what spans draw.

use fastrand::Rng;

use super::pick;
use crate::{Role, Tape};

/// A random item of a list.
fn item(tape: &Tape, rng: &mut Rng) -> Option<usize> {
    pick(0..tape.spans().len(), rng, |index| tape.spans()[index].label.role == Role::Item)
}

/// The list that holds an item.
fn list_of(tape: &Tape, item: usize) -> Option<usize> {
    let spans = tape.spans();
    let wanted = spans[item];
    (0..item).rev().find(|index| {
        let span = &spans[*index];
        span.label.role == Role::List && span.label.name == wanted.label.name && span.end >= wanted.end
    })
}

/// Deletes an item.
pub fn delete(tape: &mut Tape, rng: &mut Rng) -> bool {
    let Some(item) = item(tape, rng) else { return false };
    tape.replace_span(item, &Tape::new());
    true
}

/// Puts a copy of an item somewhere into its list.
pub fn duplicate(tape: &mut Tape, piece: &mut Tape, rng: &mut Rng) -> bool {
    let Some(item) = item(tape, rng) else { return false };
    let Some(list) = list_of(tape, item) else { return false };
    copy(tape, item, piece);
    let at = rng.usize(0..=tape.items(list));
    tape.insert_item(list, at, piece);
    true
}

/// Moves an item within its list.
pub fn relocate(tape: &mut Tape, piece: &mut Tape, rng: &mut Rng) -> bool {
    let Some(item) = item(tape, rng) else { return false };
    let Some(list) = list_of(tape, item).filter(|list| tape.items(*list) > 1) else { return false };
    copy(tape, item, piece);
    tape.replace_span(item, &Tape::new());
    let at = rng.usize(0..=tape.items(list));
    tape.insert_item(list, at, piece);
    true
}

/// Swaps two spans with equal labels.
pub fn swap(tape: &mut Tape, piece: &mut Tape, rng: &mut Rng) -> bool {
    let spans = tape.spans();
    let Some(first) = pick(0..spans.len(), rng, |index| !spans[index].range().is_empty()) else { return false };
    let end = spans[first].end;
    let equal = |index: usize| {
        let span = &spans[index];
        span.label == spans[first].label && span.start >= end && !span.range().is_empty()
    };
    let Some(second) = pick(first + 1..spans.len(), rng, equal) else { return false };
    // The later one first, so that the index of the earlier one stays right.
    let mut earlier = Tape::new();
    earlier.append_span(tape, first);
    copy(tape, second, piece);
    tape.replace_span(second, &earlier);
    tape.replace_span(first, piece);
    true
}

/// Makes `piece` a copy of a span.
pub fn copy(tape: &Tape, span: usize, piece: &mut Tape) {
    piece.clear();
    piece.append_span(tape, span);
}
