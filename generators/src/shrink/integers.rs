//! Makes each integer as small as it can be while the others stay, until all are.

use super::{edit, run::Run, search::least};

pub fn pass(run: &mut Run<'_>) {
    let mut lowered = true;
    while lowered {
        lowered = false;
        for index in 0..run.best().choices().len() {
            lowered |= lower(run, index);
        }
    }
}

/// Gives whether the integer was lowered.
fn lower(run: &mut Run<'_>, index: usize) -> bool {
    let tape = run.best().clone();
    match edit::integer(&tape, index) {
        Some((value, _)) if !edit::mores(&tape)[index] => {
            least(value, |value| run.attempt(&edit::with(&tape, &[(index, value)]))) < value
        }
        _ => false,
    }
}
