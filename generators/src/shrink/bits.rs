//! Clears bits of integers and bytes, and lowers integers a little: what a search by halves cannot see.

use super::{edit, run::Run};

/// How much an integer is lowered at most.
const LITTLE: u64 = 4;

pub fn pass(run: &mut Run<'_>) {
    let mut index = 0;
    while index < run.best().choices().len() {
        if !edit::mores(run.best())[index] {
            clear(run, index);
            lower(run, index);
        }
        string(run, index);
        index += 1;
    }
}

/// Clears bits, the greatest first.
fn clear(run: &mut Run<'_>, index: usize) {
    for bit in (0..u64::BITS).rev().map(|bit| 1 << bit) {
        let Some((value, _)) = edit::integer(run.best(), index) else { return };
        if value & bit != 0 {
            let candidate = edit::with(run.best(), &[(index, value ^ bit)]);
            run.attempt(&candidate);
        }
    }
}

fn lower(run: &mut Run<'_>, index: usize) {
    let Some((value, _)) = edit::integer(run.best(), index) else { return };
    let mut less = (2..=LITTLE.min(value)).rev();
    less.any(|less| {
        let candidate = edit::with(run.best(), &[(index, value - less)]);
        run.attempt(&candidate)
    });
}

/// Clears bits of the bytes of a string.
fn string(run: &mut Run<'_>, index: usize) {
    let tape = run.best().clone();
    let Some(choice) = tape.choices().get(index) else { return };
    let mut bytes = tape.string(*choice).to_vec();
    for at in 0..bytes.len() {
        for bit in (0..u8::BITS).rev().map(|bit| 1 << bit) {
            if bytes[at] & bit == 0 {
                continue;
            }
            bytes[at] ^= bit;
            let mut candidate = tape.clone();
            candidate.set_string(index, &bytes);
            if !run.attempt(&candidate) {
                bytes[at] ^= bit;
            }
        }
    }
}
