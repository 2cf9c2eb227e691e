//! Lowers a number and deletes one of the things that it counts, anywhere behind it.

use super::{edit, run::Run};

pub fn pass(run: &mut Run<'_>) {
    let mut index = 0;
    while index < run.best().choices().len() {
        if !edit::mores(run.best())[index] {
            fewer(run, index);
        }
        index += 1;
    }
}

/// Tries choice `index` as a count.
fn fewer(run: &mut Run<'_>, index: usize) {
    let mut at = run.best().choices().len();
    while at > index + 1 {
        at -= 1;
        let tape = run.best();
        let Some((value @ 1.., _)) = edit::integer(tape, index) else { return };
        let lowered = edit::with(tape, &[(index, value - 1)]);
        // One thing takes as many choices as one less saves, or those of a span.
        let one = run.saved(&lowered);
        if one == 0 {
            return;
        }
        let spans = lowered.spans().iter().enumerate();
        let mut spans = spans.filter(|(_, span)| span.start as usize == at && !span.range().is_empty());
        let by_span = spans.any(|(span, _)| run.attempt(&edit::without(&lowered, &[span])));
        if !by_span && at + one <= lowered.choices().len() {
            let mut candidate = lowered;
            (0..one).for_each(|_| candidate.remove(at));
            run.attempt(&candidate);
        }
        at = at.min(run.best().choices().len());
    }
}
