//! Shrinks wire bytes as what they are, across the bounds of fields: for what a model leaves raw.

use alloc::vec::Vec;

use super::{run::Run, strings};

/// How many places of a long string are tried.
const PLACES: usize = 1024;

pub fn pass(run: &mut Run<'_>) {
    let Some(mut wire) = run.wire().map(<[u8]>::to_vec) else { return };
    shorten(run, &mut wire);
    strings::lower(&mut wire, &mut |bytes| run.attempt_wire(bytes));
}

/// Deletes bytes, before each place a long run first. What is simpler by no order costs no call, so all lengths are tried.
fn shorten(run: &mut Run<'_>, wire: &mut Vec<u8>) {
    let mut end = wire.len();
    while end > 0 {
        let lengths = core::iter::successors(Some(end), |length| Some(length / 2)).take_while(|length| *length > 0);
        let without = |length: &usize| [&wire[..end - length], &wire[end..]].concat();
        match lengths.map(|length| without(&length)).find(|bytes| run.attempt_wire(bytes)) {
            Some(shorter) => {
                end -= wire.len() - shorter.len();
                *wire = shorter;
            }
            None => end = end.saturating_sub(wire.len().div_ceil(PLACES)),
        }
    }
}
