//! Replaces what is drawn by the simplest: spans, the outer first, then runs of choices.

use alloc::vec::Vec;

use super::{
    edit,
    run::Run,
    search::{all_or_largest, largest},
};
use crate::{Choice, Role, Tape};

pub fn pass(run: &mut Run<'_>) {
    spans(run);
    choices(run);
}

/// Empties spans, or all of them but their first choice, which says what kind of thing follows.
fn spans(run: &mut Run<'_>) {
    let mut span = 0;
    while span < run.best().spans().len() {
        let tape = run.best().clone();
        let range = tape.spans()[span].range();
        let item = tape.spans()[span].label.role == Role::Item;
        let emptied = !item && !range.is_empty() && run.attempt(&edit::emptied(&tape, span, 0));
        let first = tape.spans().get(span + 1).is_none_or(|inner| inner.range().start > range.start);
        if !emptied && first && range.len() > 1 {
            run.attempt(&edit::emptied(&tape, span, 1));
        }
        span += 1;
    }
}

/// Makes choices zero, from the end as many at a time as can be.
fn choices(run: &mut Run<'_>) {
    let mut end = usize::MAX;
    while end > 0 {
        let tape = run.best().clone();
        let mores = edit::mores(&tape);
        let rest: Vec<_> = (0..mores.len()).filter(|index| !mores[*index] && !is_zero(&tape, *index)).collect();
        end = end.min(rest.len());
        let search = if end == rest.len() { all_or_largest } else { largest };
        let zeroed = search(end, &mut |count| {
            let mut candidate = tape.clone();
            rest[end - count..end].iter().for_each(|index| zero(&mut candidate, *index));
            run.attempt(&candidate)
        });
        end = end.saturating_sub(zeroed + 1);
    }
}

/// Whether there is nothing to zero; lies have a pass of their own.
fn is_zero(tape: &Tape, index: usize) -> bool {
    match tape.choices()[index] {
        Choice::Integer { value, .. } => value == 0,
        Choice::Rare { .. } => true,
        string @ Choice::Bytes { .. } => tape.string(string).iter().all(|byte| *byte == 0),
    }
}

/// Zeroes an integer or all bytes of a string.
fn zero(tape: &mut Tape, index: usize) {
    edit::set(tape, index, 0);
    let len = tape.string(tape.choices()[index]).len();
    tape.set_string(index, &alloc::vec![0; len]);
}
