//! Removes lies: all at once, then one by one.

use alloc::vec::Vec;

use super::run::Run;
use crate::{Choice, Tape};

/// Choices that the lie itself takes, the likeliest number first.
const LIE: [usize; 3] = [1, 0, 2];

pub fn pass(run: &mut Run<'_>) {
    let lies: Vec<_> = (0..run.best().choices().len()).filter(|index| taken(run.best(), *index)).collect();
    let mut honest = run.best().clone();
    lies.iter().rev().for_each(|index| withdraw(&mut honest, *index, LIE[0]));
    if lies.is_empty() || run.attempt(&honest) {
        return;
    }
    let mut index = 0;
    while index < run.best().choices().len() {
        for choices in LIE {
            if taken(run.best(), index) {
                let mut candidate = run.best().clone();
                withdraw(&mut candidate, index, choices);
                run.attempt(&candidate);
            }
        }
        index += 1;
    }
}

fn taken(tape: &Tape, index: usize) -> bool {
    matches!(tape.choices().get(index), Some(Choice::Rare { taken: true, .. }))
}

/// Withdraws a lie, and the choices behind it that say which.
fn withdraw(tape: &mut Tape, index: usize, choices: usize) {
    if let Choice::Rare { odds, .. } = tape.choices()[index] {
        tape.set(index, Choice::Rare { taken: false, odds });
    }
    for _ in 0..choices {
        if index + 1 < tape.choices().len() {
            tape.remove(index + 1);
        }
    }
}
