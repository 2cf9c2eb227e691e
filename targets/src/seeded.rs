//! A target checked from a seed alone: its inputs are drawn where it runs, and no harness chooses them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::fmt::{self, Debug, Write};

use halligan_generators::{Fault, Generate, Source, Tape, Unreflected, fail, property, run_seed};

use crate::{AnyTarget, digest};

/// Inputs drawn where nothing else is asked for.
const COUNT: u64 = 1000;

/// Most bytes of observation and detail of one input.
const ANSWER_CAPACITY: usize = 16 << 10;

/// What a command line asks for: `TARGET seed=N [count=N]`.
#[derive(Clone, Copy)]
pub struct Seeded {
    target: &'static dyn AnyTarget,
    seed: u64,
    count: u64,
}

impl Seeded {
    /// Reads the words of a command line.
    ///
    /// # Errors
    /// Says which word is wrong, or what is missing.
    pub fn parse<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Self, String> {
        const USAGE: &str = "expected TARGET seed=N [count=N]";
        let (mut target, mut seed, mut count) = (None, None, COUNT);
        for word in words {
            let number = |text: &str| text.parse().map_err(|_| format!("{USAGE}, not '{word}'"));
            if let Some(text) = word.strip_prefix("seed=") {
                seed = Some(number(text)?);
            } else if let Some(text) = word.strip_prefix("count=") {
                count = number(text)?;
            } else {
                target = Some(crate::find(word).ok_or_else(|| format!("there is no target '{word}'"))?);
            }
        }
        let (Some(target), Some(seed)) = (target, seed) else { return Err(USAGE.into()) };
        Ok(Self { target, seed, count })
    }

    /// Draws the inputs, each from a seed of its own, and checks the target's properties. Writes one line to `out`, which
    /// ends with a digest of all inputs and observations; or the first seed whose input fails, and the simplest input that
    /// does. Gives whether all held.
    ///
    /// The same seed writes the same everywhere. Nothing that an input has allocated is used after the call of `between`
    /// that follows it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn check(&self, out: &mut impl Write, mut between: impl FnMut()) -> Result<bool, fmt::Error> {
        let Self { target, seed, count } = *self;
        let name = target.name();
        let mut digest = digest::EMPTY;
        for seed in (0..count).map(|index| seed.wrapping_add(index)) {
            match check(target, seed, digest) {
                Ok(longer) => digest = longer,
                Err(fault) => {
                    writeln!(out, "{name}: fails for seed {seed}\n{fault}")?;
                    return Ok(false);
                }
            }
            between();
        }
        writeln!(out, "{name}: {count} inputs from seed {seed} pass, digest {digest:016x}")?;
        Ok(true)
    }
}

/// Draws one input and checks it; adds it and the observation to the digest.
fn check(target: &dyn AnyTarget, seed: u64, digest: u64) -> Result<u64, Fault> {
    let (digest, answer) = (Cell::new(digest), RefCell::new([0; ANSWER_CAPACITY]));
    let holds = property!(target.name(), Inputs(target), |input| {
        let answer = &mut *answer.borrow_mut();
        let filled = target.answer(&input.bytes, answer);
        let (observation, rest) = answer.split_at(filled.observation);
        digest.set(digest::add(digest::add(digest.get(), &input.bytes), observation));
        let Some(property) = filled.failed else { return Ok(()) };
        let name = target.properties()[property as usize].name;
        fail(format_args!("{name}: {}", String::from_utf8_lossy(&rest[..filled.detail])))
    });
    run_seed(&holds, seed, 1)?;
    drop(holds);
    Ok(digest.into_inner())
}

/// Draws a target's inputs.
struct Inputs<'t>(&'t dyn AnyTarget);

/// An input, shown as its value.
struct Input<'t> {
    target: &'t dyn AnyTarget,
    bytes: Vec<u8>,
}

impl Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.target.code(&self.bytes))
    }
}

impl<'t> Generate for Inputs<'t> {
    type Value = Input<'t>;

    fn draw(&self, source: &mut Source<'_>) -> Input<'t> {
        Input { target: self.0, bytes: self.0.inputs().draw(source) }
    }

    fn reflect(&self, input: &Input<'t>, tape: &mut Tape) -> Result<(), Unreflected> {
        self.0.inputs().reflect(&input.bytes, tape)
    }
}
