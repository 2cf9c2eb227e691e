//! What the cargo-fuzz targets share: a runner on the host that `HALLIGAN_HOST` names, the structure-aware mutator for
//! libFuzzer, and what is printed when an input breaks a property.

mod counters;
mod finding;
mod runner;
mod seeds;

use std::cell::RefCell;
use std::env;
use std::process::exit;

use halligan_targets::Mutate;
use libfuzzer_sys::fuzzer_mutate;

use runner::Runner;

/// One variant in so many is libFuzzer's own, of bytes: with words of its dictionary, and of what was compared.
const BYTES: u32 = 16;

thread_local! {
    // libFuzzer calls from one thread.
    static FUZZER: RefCell<Option<Fuzzer>> = const { RefCell::new(None) };
}

struct Fuzzer {
    runner: Runner,
    mutator: Box<dyn Mutate>,
    /// The variant being made, and the input it is made of, which shares memory with where the variant goes.
    variant: Vec<u8>,
    input: Vec<u8>,
}

/// Starts the host that `HALLIGAN_HOST` names (native if unset) for the target called `name`. For a fuzz target's `init`.
///
/// Where that fails, it prints one line and exits with status 2.
pub fn start(name: &str) {
    let started = Runner::new(name).and_then(|runner| {
        seeds::copy(name)?;
        Ok(runner)
    });
    let runner = started.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        exit(2)
    });
    let mutator = runner.target().mutator();
    FUZZER.set(Some(Fuzzer { runner, mutator, variant: Vec::new(), input: Vec::new() }));
}

/// As [`start`], for the target that the environment variable called `variable` names.
pub fn start_named(variable: &str) {
    let name = env::var(variable).unwrap_or_else(|_| {
        eprintln!("error: set {variable} to the name of a target, as in {variable}=tcp_parser");
        exit(2)
    });
    start(&name);
}

fn with<T>(body: impl FnOnce(&mut Fuzzer) -> T) -> T {
    FUZZER.with_borrow_mut(|fuzzer| body(fuzzer.as_mut().expect("libFuzzer calls init first")))
}

/// Runs `input`.
///
/// # Panics
/// Where a property does not hold or a guest dies, after a description of the finding; libFuzzer then keeps the input.
pub fn run(input: &[u8]) {
    with(|fuzzer| fuzzer.runner.run(input));
}

/// Replaces the first `size` bytes of `data` by a variant of at most `max_size` bytes and returns its size.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    if seed.is_multiple_of(BYTES) {
        return fuzzer_mutate(data, size, max_size);
    }
    with(|fuzzer| {
        let Fuzzer { mutator, variant, input, .. } = fuzzer;
        input.clear();
        input.extend_from_slice(&data[..size]);
        variant.clear();
        mutator.mutate(input, None, seed.into(), max_size, variant);
        data[..variant.len()].copy_from_slice(variant);
        variant.len()
    })
}

/// Writes a variant of `input` with parts of `other` to `out` and returns its size.
pub fn cross_over(input: &[u8], other: &[u8], out: &mut [u8], seed: u32) -> usize {
    with(|fuzzer| {
        let Fuzzer { mutator, variant, .. } = fuzzer;
        variant.clear();
        mutator.mutate(input, Some(other), seed.into(), out.len(), variant);
        out[..variant.len()].copy_from_slice(variant);
        variant.len()
    })
}
