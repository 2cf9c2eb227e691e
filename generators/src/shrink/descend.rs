//! Replaces a span by one inside it with an equal label: of a recursive value, a part is left.

use super::{edit, run::Run};

pub fn pass(run: &mut Run<'_>) {
    let mut outer = 0;
    while outer < run.best().spans().len() {
        while descend(run, outer) {}
        outer += 1;
    }
}

fn descend(run: &mut Run<'_>, outer: usize) -> bool {
    let tape = run.best().clone();
    let Some(span) = tape.spans().get(outer) else { return false };
    let inside = tape.family(outer).skip(1).filter(|inner| tape.spans()[*inner].label == span.label);
    inside.into_iter().any(|inner| {
        let mut candidate = tape.clone();
        candidate.replace_span(outer, &edit::piece(&tape, inner));
        run.attempt(&candidate)
    })
}
