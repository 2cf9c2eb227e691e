//! The order in which a tape is simpler than another.

use core::{cmp::Ordering, ops::Range};

use crate::{Choice, Tape};

/// How many rare events the tape takes: lies, most often.
pub fn lies(tape: &Tape) -> usize {
    tape.choices().iter().filter(|choice| matches!(choice, Choice::Rare { taken: true, .. })).count()
}

/// Fewer lies first, then [shortlex].
pub fn compare(a: &Tape, b: &Tape) -> Ordering {
    lies(a).cmp(&lies(b)).then_with(|| shortlex(a, b))
}

/// Fewer choices first, then fewer bytes in byte strings, then the first choice that differs.
pub fn shortlex(a: &Tape, b: &Tape) -> Ordering {
    let bytes = |tape: &Tape| tape.choices().iter().map(|choice| tape.string(*choice).len()).sum::<usize>();
    let (all_a, all_b) = (0..a.choices().len(), 0..b.choices().len());
    let shorter = all_a.len().cmp(&all_b.len()).then_with(|| bytes(a).cmp(&bytes(b)));
    shorter.then_with(|| lexicographic(a, all_a, b, all_b))
}

/// The first choice that differs decides: the smaller integer, the event not taken, the shorter byte string, or the
/// smaller of two as long.
pub fn lexicographic(a: &Tape, of_a: Range<usize>, b: &Tape, of_b: Range<usize>) -> Ordering {
    let keys_a = a.choices()[of_a].iter().map(|choice| key(a, choice));
    keys_a.cmp(b.choices()[of_b].iter().map(|choice| key(b, choice)))
}

fn key<'a>(tape: &'a Tape, choice: &Choice) -> (u64, &'a [u8]) {
    match *choice {
        Choice::Integer { value, .. } => (value, &[]),
        Choice::Rare { taken, .. } => (taken.into(), &[]),
        Choice::Bytes { len, .. } => (len.into(), tape.string(*choice)),
    }
}

/// A hash of what the order looks at, so that equal tapes have equal hashes.
pub fn hash(tape: &Tape) -> u64 {
    // FNV-1a over words, with a final mix: tapes are short, and nobody attacks this table.
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut word = |word: u64| hash = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
    for choice in tape.choices() {
        let (number, string) = key(tape, choice);
        word(number);
        string.iter().for_each(|byte| word(u64::from(*byte)));
    }
    hash ^ hash >> 32
}
