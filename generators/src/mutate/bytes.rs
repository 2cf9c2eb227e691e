//! Edits byte strings.

use alloc::vec::Vec;
use core::ops::Range;

use fastrand::Rng;

use super::change::integer;

/// Makes one edit that leaves the string within `min..=max` bytes.
pub fn mutate(string: &mut Vec<u8>, min: usize, max: usize, rng: &mut Rng) {
    string.truncate(max);
    if string.len() < min {
        string.resize(min, 0);
    }
    let (shrink, grow) = (string.len() - min, max - string.len());
    let len = string.len();
    match rng.u8(0..12) {
        0 | 1 if grow > 0 => insert(string, grow, rng),
        2 if grow > 0 && len > 0 => {
            let range = part(len, grow, rng);
            let at = rng.usize(0..=len);
            string.extend_from_within(range.clone());
            string[at..].rotate_right(range.len());
        }
        3 | 4 if shrink > 0 => {
            let range = part(len, shrink, rng);
            string.drain(range);
        }
        5 if shrink > 0 => string.truncate(len - rng.usize(1..=shrink)),
        6 if len > 1 => {
            let range = part(len, len - 1, rng);
            let to = rng.usize(0..=len - range.len());
            string.copy_within(range, to);
        }
        7 | 8 if len > 1 => word(string, rng),
        _ if len > 0 => {
            let at = rng.usize(0..len);
            string[at] = integer(string[at].into(), 0xff, rng) as u8;
        }
        _ if grow > 0 => insert(string, grow, rng),
        _ => {}
    }
}

/// Inserts random bytes, or one byte many times.
fn insert(string: &mut Vec<u8>, grow: usize, rng: &mut Rng) {
    let count = short(grow, rng);
    let at = rng.usize(0..=string.len());
    let (byte, same) = (rng.u8(..), rng.bool());
    string.resize(string.len() + count, byte);
    string[at..].rotate_right(count);
    if !same {
        rng.fill(&mut string[at..at + count]);
    }
}

/// Overwrites a big-endian word by another.
fn word(string: &mut [u8], rng: &mut Rng) {
    let width = if string.len() >= 4 && rng.bool() { 4 } else { 2 };
    let at = rng.usize(0..=string.len() - width);
    let place = &mut string[at..at + width];
    let value = place.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    let changed = integer(value, u64::MAX >> (64 - 8 * width), rng);
    place.copy_from_slice(&changed.to_be_bytes()[8 - width..]);
}

/// A part of at least one byte and at most `limit`, short ones more often.
fn part(len: usize, limit: usize, rng: &mut Rng) -> Range<usize> {
    let count = short(len.min(limit), rng);
    let start = rng.usize(0..=len - count);
    start..start + count
}

/// A number of `1..=max`, each magnitude as likely as any other.
fn short(max: usize, rng: &mut Rng) -> usize {
    let bits = rng.u32(1..=usize::BITS - max.leading_zeros());
    rng.usize(1..=max.min(usize::MAX >> (usize::BITS - bits)))
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, vec::Vec};

    use fastrand::Rng;

    use super::mutate;

    fn variants(string: &[u8], min: usize, max: usize) -> BTreeSet<Vec<u8>> {
        let mut rng = Rng::with_seed(1);
        let mut variant = || {
            let mut edited = string.to_vec();
            mutate(&mut edited, min, max, &mut rng);
            assert!((min..=max).contains(&edited.len()), "{edited:?}");
            edited
        };
        (0..5000).map(|_| variant()).collect()
    }

    #[test]
    fn every_edit_happens() {
        let variants = variants(b"abcdef", 0, 9);
        let expected: [&[u8]; 10] = [
            b"abc",
            b"",
            b"cdef",
            b"abef",
            b"abcdefabc",
            b"abcabcdef",
            b"abcdabcef",
            b"ababef",
            b"abcdeg",
            b"abcd\xff\xff",
        ];
        for edited in expected {
            assert!(variants.contains(edited), "{}", edited.escape_ascii());
        }
        assert!(variants.iter().any(|edited| edited.ends_with(b"abcdef") && edited.len() == 9));
    }

    #[test]
    fn bounds_are_kept() {
        assert!(variants(b"abc", 3, 3).len() > 100);
        assert_eq!(variants(b"abc", 0, 0), [Vec::new()].into());
        assert!(variants(b"", 0, 4).iter().any(|edited| edited.len() == 4));
        assert!(variants(b"abcdef", 2, 4).iter().all(|edited| (2..=4).contains(&edited.len())));
    }
}
