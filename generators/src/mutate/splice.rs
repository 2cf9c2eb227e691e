//! Takes spans over from another tape.

use fastrand::Rng;

use super::{pick, spans::copy};
use crate::{Role, Tape};

/// Replaces a span by one of `donor` with an equal label; not all of the tape, for nothing would be left.
pub fn replace(tape: &mut Tape, donor: &Tape, piece: &mut Tape, rng: &mut Rng) -> bool {
    let spans = tape.spans();
    let part = |index: usize| (1..tape.choices().len()).contains(&spans[index].range().len());
    let Some(span) = pick(0..spans.len(), rng, part) else { return false };
    let label = spans[span].label;
    let Some(found) = pick(0..donor.spans().len(), rng, |index| donor.spans()[index].label == label) else {
        return false;
    };
    copy(donor, found, piece);
    tape.replace_span(span, piece);
    true
}

/// Puts an item of `donor` into a list of such items.
pub fn insert(tape: &mut Tape, donor: &Tape, piece: &mut Tape, rng: &mut Rng) -> bool {
    let spans = tape.spans();
    let Some(list) = pick(0..spans.len(), rng, |index| spans[index].label.role == Role::List) else { return false };
    let name = spans[list].label.name;
    let fits = |index: usize| {
        let label = donor.spans()[index].label;
        label.role == Role::Item && label.name == name
    };
    let Some(found) = pick(0..donor.spans().len(), rng, fits) else { return false };
    copy(donor, found, piece);
    let at = rng.usize(0..=tape.items(list));
    tape.insert_item(list, at, piece);
    true
}
