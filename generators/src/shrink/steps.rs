//! Lowers integers near each other by an equal difference, so that their distance stays.

use super::{edit, run::Run, search::all_or_largest};

/// How many integers behind are tried.
const NEAR: usize = 2;

pub fn pass(run: &mut Run<'_>) {
    let integers = edit::positives(run.best());
    for (at, (left, ..)) in integers.iter().enumerate() {
        integers[at + 1..].iter().take(NEAR).for_each(|(right, ..)| lower(run, *left, *right));
    }
}

fn lower(run: &mut Run<'_>, left: usize, right: usize) {
    let tape = run.best().clone();
    let (Some((a, _)), Some((b, _))) = (edit::integer(&tape, left), edit::integer(&tape, right)) else { return };
    let mut works = |step: usize| run.attempt(&edit::with(&tape, &[(left, a - step as u64), (right, b - step as u64)]));
    // Equal ones are lowered together.
    if a != b && a.min(b) > 0 && works(1) {
        all_or_largest(usize::try_from(a.min(b)).unwrap_or(usize::MAX), works);
    }
}
