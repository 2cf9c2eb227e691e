//! Changes one choice.

use alloc::vec::Vec;

use fastrand::Rng;

use super::{bytes, pick};
use crate::{Choice, Tape};

/// How much a byte string grows at most.
const GROWTH: usize = 64;

/// Changes a choice, each as likely as any other.
pub fn choice(tape: &mut Tape, string: &mut Vec<u8>, rng: &mut Rng) {
    let Some(index) = pick(0..tape.choices().len(), rng, |_| true) else { return };
    match tape.choices()[index] {
        Choice::Integer { value, max } => {
            tape.set(index, Choice::Integer { value: integer(value, max, rng), max });
        }
        Choice::Rare { taken, odds } => toggle(tape, index, taken, odds, rng),
        choice @ Choice::Bytes { min, max, .. } => {
            string.clear();
            string.extend_from_slice(tape.string(choice));
            let max = (max as usize).min(string.len() + GROWTH);
            bytes::mutate(string, min as usize, max, rng);
            tape.set_string(index, string);
        }
    }
}

/// Another integer of `0..=max`: a neighbour, one bit apart, an edge, or any.
pub fn integer(value: u64, max: u64, rng: &mut Rng) -> u64 {
    let bits = u64::BITS - max.leading_zeros();
    let changed = match rng.u8(0..8) {
        0 => value.wrapping_add(rng.u64(1..=8)),
        1 => value.wrapping_sub(rng.u64(1..=8)),
        2 | 3 => value ^ 1 << rng.u32(0..bits),
        4 | 5 => edge(bits, max, rng),
        _ => rng.u64(0..=max),
    };
    let changed = if changed <= max { changed } else { changed % (max + 1) };
    // With nothing between, the next one is another.
    if changed != value { changed } else { value.checked_add(1).filter(|next| *next <= max).unwrap_or(0) }
}

/// The ends of the range, and what lies beside a power of two.
fn edge(bits: u32, max: u64, rng: &mut Rng) -> u64 {
    let power = 1u64 << rng.u32(0..bits);
    match rng.u8(0..6) {
        0 => 0,
        1 => max,
        2 => max - max.min(1),
        3 => power - 1,
        4 => power,
        _ => power.wrapping_add(1),
    }
}

/// Tells a lie or withdraws it. A lie is the one choice behind the event; what is put there is brought into its range
/// when it is drawn.
fn toggle(tape: &mut Tape, index: usize, taken: bool, odds: u8, rng: &mut Rng) {
    tape.set(index, Choice::Rare { taken: !taken, odds });
    if taken {
        tape.remove(index + 1);
    } else {
        let bits = 1 << rng.u32(2..=6);
        let max = u64::MAX >> (u64::BITS - bits);
        tape.insert(index + 1, Choice::Integer { value: integer(0, max, rng), max: u64::MAX });
    }
}
