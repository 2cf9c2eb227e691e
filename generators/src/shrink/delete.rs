//! Deletes items of lists: all of a list, else from its end as many at a time as can go.

use super::{edit, run::Run, search::largest};
use crate::Role;

pub fn pass(run: &mut Run<'_>) {
    let mut list = 0;
    while list < run.best().spans().len() {
        if run.best().spans()[list].label.role == Role::List {
            items(run, list);
        }
        list += 1;
    }
}

/// Deletes items of span `list`, which stays where it is.
fn items(run: &mut Run<'_>, list: usize) {
    let all = edit::items(run.best(), list);
    let mut end = all.len();
    let none = edit::without(run.best(), &all);
    if end > 1 && run.attempt(&none) {
        return;
    }
    while end > 0 {
        let tape = run.best().clone();
        let items = edit::items(&tape, list);
        end = end.min(items.len());
        let deleted = largest(end, |count| run.attempt(&edit::without(&tape, &items[end - count..end])));
        // The one before the run was tried and has to stay.
        end = end.saturating_sub(deleted + 1);
    }
}
