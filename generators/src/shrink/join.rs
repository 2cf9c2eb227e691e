//! Moves all items of a list to the next list of its kind: what is spread over many lists comes to stand in one.

use super::{edit, run::Run};
use crate::{Role, Tape};

pub fn pass(run: &mut Run<'_>) {
    let mut list = 0;
    while list < run.best().spans().len() {
        if run.best().spans()[list].label.role == Role::List {
            join(run, list);
        }
        list += 1;
    }
}

/// Moves the items of span `from` to the front of the next list with an equal label.
fn join(run: &mut Run<'_>, from: usize) {
    let tape = run.best();
    let (label, items) = (tape.spans()[from].label, edit::items(tape, from));
    let next = (tape.family(from).end..tape.spans().len()).find(|span| tape.spans()[*span].label == label);
    let Some(to) = next.filter(|_| !items.is_empty()) else { return };
    let mut candidate = tape.clone();
    items.iter().rev().for_each(|item| candidate.insert_item(to, 0, &edit::piece(tape, *item)));
    items.iter().rev().for_each(|item| candidate.replace_span(*item, &Tape::new()));
    run.attempt(&candidate);
}
