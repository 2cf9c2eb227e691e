//! Lowers integers in step: equal ones to an equal value, neighbours by an equal difference; shortens and zeroes equal byte strings.

use alloc::{collections::BTreeMap, vec::Vec};

use super::{edit, run::Run, search::least};

pub fn pass(run: &mut Run<'_>) {
    equal_integers(run);
    equal_strings(run);
}

fn equal_integers(run: &mut Run<'_>) {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for (index, value, max) in edit::positives(run.best()) {
        groups.entry((value, max)).or_default().push(index);
    }
    for ((value, _), group) in groups {
        lower(run, &group, value);
        if group.len() > 2 {
            group.windows(2).for_each(|pair| lower(run, pair, value));
        }
    }
}

/// Lowers the integers of a group if they still have this value.
fn lower(run: &mut Run<'_>, group: &[usize], value: u64) {
    let tape = run.best().clone();
    let unchanged = |index: &usize| edit::integer(&tape, *index).is_some_and(|(now, _)| now == value);
    if group.len() > 1 && group.iter().all(unchanged) {
        least(value, |value| {
            let values: Vec<_> = group.iter().map(|index| (*index, value)).collect();
            run.attempt(&edit::with(&tape, &values))
        });
    }
}

fn equal_strings(run: &mut Run<'_>) {
    let mut groups = BTreeMap::<Vec<u8>, Vec<_>>::new();
    for (index, choice) in run.best().choices().iter().enumerate() {
        let string = run.best().string(*choice);
        if !string.is_empty() {
            groups.entry(string.to_vec()).or_default().push(index);
        }
    }
    for (string, group) in groups {
        let tape = run.best().clone();
        let unchanged = |index: &usize| tape.choices().get(*index).is_some_and(|choice| tape.string(*choice) == string);
        if group.len() < 2 || !group.iter().all(unchanged) {
            continue;
        }
        super::strings::shrink(&string, 0, &mut |string| {
            let mut candidate = tape.clone();
            group.iter().for_each(|index| candidate.set_string(*index, string));
            run.attempt(&candidate)
        });
    }
}
