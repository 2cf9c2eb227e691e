//! Shrinks byte strings: shortens, zeroes, then lowers byte by byte.

use alloc::vec::Vec;

use super::{
    run::Run,
    search::{all_or_largest, largest, least},
};
use crate::Choice;

pub fn pass(run: &mut Run<'_>) {
    let mut index = 0;
    while index < run.best().choices().len() {
        let tape = run.best().clone();
        if let choice @ Choice::Bytes { min, .. } = tape.choices()[index] {
            shrink(tape.string(choice), min as usize, &mut |string| {
                let mut candidate = tape.clone();
                candidate.set_string(index, string);
                run.attempt(&candidate)
            });
        }
        index += 1;
    }
}

/// Shrinks `string`, down to `min` bytes, as far as `works` lets it.
pub fn shrink(string: &[u8], min: usize, works: &mut dyn FnMut(&[u8]) -> bool) {
    let mut best = string.to_vec();
    shorten(&mut best, min, works);
    lower(&mut best, works);
}

/// Lowers bytes: zeroes them, or each by itself.
pub fn lower(best: &mut Vec<u8>, works: &mut dyn FnMut(&[u8]) -> bool) {
    zero(best, works);
    for at in 0..best.len() {
        let mut candidate = best.clone();
        best[at] = least(best[at].into(), |byte| {
            candidate[at] = byte as u8;
            works(&candidate)
        }) as u8;
    }
}

/// Deletes bytes, from the end as many at a time as can go.
fn shorten(best: &mut Vec<u8>, min: usize, works: &mut dyn FnMut(&[u8]) -> bool) {
    let mut end = best.len();
    while end > 0 && best.len() > min {
        let without = |count: usize| [&best[..end - count], &best[end..]].concat();
        let search = if end == best.len() { all_or_largest } else { largest };
        let deleted = search(end.min(best.len() - min), &mut |count| works(&without(count)));
        *best = without(deleted);
        end -= (deleted + 1).min(end);
    }
}

/// Zeroes bytes, from the end as many at a time as can be.
fn zero(best: &mut Vec<u8>, works: &mut dyn FnMut(&[u8]) -> bool) {
    let mut end = best.len();
    while end > 0 {
        let with_zeros = |count: usize| {
            let mut candidate = best.clone();
            candidate[end - count..end].fill(0);
            candidate
        };
        let search = if end == best.len() { all_or_largest } else { largest };
        let zeroed = search(end, &mut |count| works(&with_zeros(count)));
        *best = with_zeros(zeroed);
        end -= (zeroed + 1).min(end);
    }
}
