//! Moves what an integer has over to one behind it, so that sums stay.

use super::{edit, run::Run, search::all_or_largest};

/// How many integers behind are tried.
const NEAR: usize = 8;

pub fn pass(run: &mut Run<'_>) {
    let mut from = 0;
    while from < run.best().choices().len() {
        let (mut to, mut tried) = (from + 1, 0);
        while to < run.best().choices().len() && tried < NEAR {
            tried += usize::from(shift(run, from, to));
            to += 1;
        }
        from += 1;
    }
}

/// Moves as much as can be; gives whether there was anything to move.
fn shift(run: &mut Run<'_>, from: usize, to: usize) -> bool {
    let tape = run.best().clone();
    let mores = edit::mores(&tape);
    let (Some((source, _)), Some((sink, max))) = (edit::integer(&tape, from), edit::integer(&tape, to)) else {
        return false;
    };
    let limit = usize::try_from(source.min(max - sink)).unwrap_or(usize::MAX);
    if limit == 0 || mores[from] || mores[to] {
        return false;
    }
    let mut moves = |less: u64, more: u64| run.attempt(&edit::with(&tape, &[(from, source - less), (to, sink + more)]));
    if all_or_largest(limit, |moved| moves(moved as u64, moved as u64)) > 0 {
        return true;
    }
    // Signed integers are zigzag-encoded: a negative one is odd, and one less is two more.
    if source % 2 == 0 || sink + source >= max || !moves(source, source + 1) {
        all_or_largest(limit / 2, |pairs| moves(2 * pairs as u64, 2 * pairs as u64));
    }
    true
}
