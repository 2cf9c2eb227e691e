//! Lowers choices that decide what follows: of a variant, an alternative, an option.
//!
//! What the lower choice draws may take fewer choices than what was there, so some of those that follow are deleted.

use super::{edit, run::Run};

/// How many lower values are tried.
const VALUES: u64 = 64;
/// How many choices behind are deleted at most.
const DELETED: usize = 16;

pub fn pass(run: &mut Run<'_>) {
    let mut index = 0;
    while index < run.best().choices().len() {
        while lower(run, index) {}
        index += 1;
    }
}

fn lower(run: &mut Run<'_>, index: usize) -> bool {
    let tape = run.best().clone();
    let Some((value, _)) = edit::integer(&tape, index) else { return false };
    if edit::mores(&tape)[index] {
        return false;
    }
    let end = edit::innermost(&tape, index).map_or(tape.choices().len(), |span| tape.spans()[span].range().end);
    for lower in 0..value.min(VALUES) {
        let mut candidate = edit::with(&tape, &[(index, lower)]);
        if !run.reshapes(&candidate, index + 1) {
            continue;
        }
        for _ in index..end.min(index + DELETED) {
            if run.attempt(&candidate) {
                return true;
            }
            if index + 1 < candidate.choices().len() {
                candidate.remove(index + 1);
            }
        }
    }
    false
}
