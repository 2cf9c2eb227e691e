//! Shrinking: what is left, and how many calls it took. Every property is shrunk from many random values that break it.

mod bits;
mod bytes;
mod challenges;
mod count;
mod delete;
mod descend;
mod integers;
mod lies;
mod lower;
mod quality;
mod redistribute;
mod simplest;
mod sort;
mod steps;
mod strings;
mod together;

use std::fmt::Debug;

use halligan_generators::{Generate, Shrunk, Source, Tape, shrink};

/// How many random failing values a property is shrunk from.
const STARTS: usize = 50;

/// Random tapes that draw values which fail.
fn starts<G: Generate>(generator: &G, fails: impl Fn(&G::Value) -> bool) -> Vec<Tape> {
    let draw = |seed| {
        let mut tape = Tape::new();
        let value = generator.draw(&mut Source::random(seed, 300).recording(&mut tape));
        fails(&value).then_some(tape)
    };
    let found: Vec<_> = (0..1_000_000).filter_map(draw).take(STARTS).collect();
    assert_eq!(found.len(), STARTS, "too few random values fail");
    found
}

/// Shrinks a failing value, and checks what holds for any shrinking.
fn shrunk<G: Generate<Value: PartialEq + Debug>>(
    generator: &G,
    start: &Tape,
    fails: impl Fn(&G::Value) -> bool,
) -> Shrunk<G::Value> {
    let mut calls = 0;
    let shrunk = shrink(generator, start, 10_000, |value| {
        calls += 1;
        fails(value)
    });
    assert!(shrunk.finished && fails(&shrunk.value));
    assert_eq!(calls, shrunk.calls);
    assert_eq!(generator.draw(&mut Source::tape(&shrunk.tape)), shrunk.value);
    shrunk
}

/// Shrinks from many starts: `minimal` is always left, and the longest way to it takes `most` calls.
#[track_caller]
fn minimal<G: Generate<Value: PartialEq + Debug>>(
    generator: &G,
    fails: impl Fn(&G::Value) -> bool,
    minimal: &G::Value,
    most: usize,
) {
    let shrunk = starts(generator, &fails).into_iter().map(|start| {
        let shrunk = shrunk(generator, &start, &fails);
        assert_eq!(&shrunk.value, minimal, "after {} calls", shrunk.calls);
        shrunk.calls
    });
    assert_eq!(shrunk.max(), Some(most), "calls at most");
}
