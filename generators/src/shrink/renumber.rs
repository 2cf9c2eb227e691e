//! Deletes an item of a list, and lowers the integers in the others that may be the number of an item behind it.

use super::{edit, run::Run};
use crate::Role;

pub fn pass(run: &mut Run<'_>) {
    let mut list = 0;
    while list < run.best().spans().len() {
        if run.best().spans()[list].label.role == Role::List {
            let mut item = edit::items(run.best(), list).len();
            while item > 0 {
                item = (item - 1).min(edit::items(run.best(), list).len());
                delete(run, list, item);
            }
        }
        list += 1;
    }
}

/// Deletes item `item` of a list.
fn delete(run: &mut Run<'_>, list: usize, item: usize) {
    let tape = run.best();
    let items = edit::items(tape, list);
    let Some(span) = items.get(item) else { return };
    let range = tape.spans()[list].range();
    let behind = edit::positives(tape).into_iter().filter(|(at, value, _)| range.contains(at) && *value > item as u64);
    let mut candidate = tape.clone();
    behind.for_each(|(at, value, _)| edit::set(&mut candidate, at, value - 1));
    let candidate = edit::without(&candidate, &[*span]);
    run.attempt(&candidate);
}
