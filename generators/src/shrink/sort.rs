//! Sorts neighbours that can stand for each other: spans with equal labels, integers of equal range.

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::{edit, order::lexicographic, run::Run};
use crate::Tape;

pub fn pass(run: &mut Run<'_>) {
    let mut outer = 0;
    loop {
        let tape = run.best();
        // First the spans in no other, then those in each span.
        let inside = match outer {
            0 => 0..tape.spans().len(),
            _ if outer > tape.spans().len() => break,
            _ => outer..tape.family(outer - 1).end,
        };
        let siblings: Vec<_> = edit::siblings(tape, inside).collect();
        let equal = |a: &usize, b: &usize| {
            let (a, b) = (&tape.spans()[*a], &tape.spans()[*b]);
            a.label == b.label && a.end == b.start
        };
        let groups: Vec<_> = siblings.chunk_by(equal).filter(|group| group.len() > 1).map(Vec::from).collect();
        groups.iter().for_each(|group| spans(run, group));
        outer += 1;
    }
    integers(run);
}

/// Sorts spans all at once, else by insertion.
fn spans(run: &mut Run<'_>, group: &[usize]) {
    let tape = run.best().clone();
    let mut sorted = group.to_vec();
    sorted.sort_by(|a, b| compare(&tape, *a, *b));
    if sorted == group || run.attempt(&permuted(&tape, group, &sorted)) {
        return;
    }
    // Each attempt that succeeds moves what is inside the spans, so the order is kept by rank.
    let mut order = group.to_vec();
    for end in 1..order.len() {
        for at in (1..=end).rev() {
            if compare(&tape, order[at - 1], order[at]) != Ordering::Greater {
                break;
            }
            order.swap(at - 1, at);
            if !run.attempt(&permuted(&tape, group, &order)) {
                order.swap(at - 1, at);
                break;
            }
        }
    }
}

fn compare(tape: &Tape, a: usize, b: usize) -> Ordering {
    lexicographic(tape, tape.spans()[a].range(), tape, tape.spans()[b].range())
}

/// The tape with the spans of `group` replaced by those of `order`.
fn permuted(tape: &Tape, group: &[usize], order: &[usize]) -> Tape {
    let mut candidate = tape.clone();
    // From the last on, so that the indices of the others stay right.
    for (to, from) in group.iter().zip(order).rev().filter(|(to, from)| to != from) {
        candidate.replace_span(*to, &edit::piece(tape, *from));
    }
    candidate
}

/// Sorts integers by insertion.
fn integers(run: &mut Run<'_>) {
    for end in 1..run.best().choices().len() {
        for at in (1..=end).rev() {
            let tape = run.best();
            let pair = (edit::integer(tape, at - 1), edit::integer(tape, at));
            let (Some((left, left_max)), Some((right, right_max))) = pair else { break };
            let mores = edit::mores(tape);
            if left <= right || left_max != right_max || mores[at - 1] || mores[at] {
                break;
            }
            let swapped = edit::with(tape, &[(at - 1, right), (at, left)]);
            if !run.attempt(&swapped) {
                break;
            }
        }
    }
}
