//! What the image does without a harness: it tries all that an agent needs, and runs every target on inputs of its own.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::time::Duration;

use halligan_solo5::agent::OBSERVATION_CAPACITY;
use halligan_solo5::coverage::Counters;
use halligan_solo5::guest::{self, Console, Guest, HEAP};
use halligan_targets::{AnyTarget, TARGETS};

/// Inputs that each target runs on.
const INPUTS: u64 = 1000;

/// Longest input in bytes.
const INPUT_CAPACITY: usize = 1500;

/// Runs the test; 0 where all is well, else 1.
pub fn run(guest: &Guest) -> u8 {
    // The console does not fail.
    u8::from(report(guest).is_err())
}

fn report(guest: &Guest) -> fmt::Result {
    let mut out = Console;
    writeln!(out, "Halligan's fuzz agent; no mailbox is announced, so this is a self-test.")?;
    writeln!(out, "memory: {} MiB, heap: {} MiB", guest.memory() >> 20, HEAP.left() >> 20)?;
    heap()?;
    let wait = Duration::from_millis(10);
    let start = guest::monotonic();
    let ready = guest.host().poll(start + wait);
    let waited = guest::monotonic() - start;
    writeln!(out, "clock: {} s since 1970; waited {waited:?} for {wait:?}", guest::wall().as_secs())?;
    check(waited >= wait && ready == 0)?;
    // SAFETY: a guest has one thread, and takes the counters once.
    let mut counters = unsafe { Counters::take() };
    for target in TARGETS {
        let mark = HEAP.mark();
        let result = run_target(*target, &mut counters);
        // SAFETY: `run_target` keeps nothing.
        unsafe { HEAP.reset(mark) };
        result?;
    }
    writeln!(out, "self-test passed")
}

fn check(condition: bool) -> fmt::Result {
    if condition {
        return Ok(());
    }
    writeln!(Console, "self-test failed")?;
    Err(fmt::Error)
}

fn heap() -> fmt::Result {
    let (mark, left) = (HEAP.mark(), HEAP.left());
    let numbers: Vec<u64> = (0..1 << 17).collect();
    let sum: u64 = numbers.iter().sum();
    check(sum == ((1 << 17) - 1) << 16 && left - HEAP.left() >= 1 << 20)?;
    drop(numbers);
    // SAFETY: what was allocated since has been dropped.
    unsafe { HEAP.reset(mark) };
    check(HEAP.left() == left)
}

/// Runs a target on inputs that its own mutator makes, each from the one before.
fn run_target(target: &dyn AnyTarget, counters: &mut Counters) -> fmt::Result {
    let mut mutator = target.mutator();
    let mut answer: Box<[u8]> = alloc::vec![0; OBSERVATION_CAPACITY].into();
    let mut hits: Box<[u8]> = alloc::vec![0; 4 * counters.len()].into();
    let mut hit: Box<[bool]> = alloc::vec![false; counters.len()].into();
    let (mut input, mut next) = (Vec::with_capacity(INPUT_CAPACITY), Vec::with_capacity(INPUT_CAPACITY));
    let (mut bytes, mut failed) = (0, 0);
    for seed in 0..INPUTS {
        next.clear();
        mutator.mutate(&input, None, seed, INPUT_CAPACITY, &mut next);
        core::mem::swap(&mut input, &mut next);
        bytes += input.len();
        counters.clear();
        let filled = target.answer(&input, &mut answer);
        let count = counters.drain(&mut hits);
        for word in hits.chunks_exact(4).take(count) {
            hit[u32::from_le_bytes([word[0], word[1], word[2], word[3]]) as usize >> 8] = true;
        }
        if let Some(property) = filled.failed {
            failed += 1;
            let detail = core::str::from_utf8(&answer[filled.observation..][..filled.detail]).unwrap_or("(not text)");
            let name = target.properties().get(property as usize).map_or("?", |property| property.name);
            writeln!(Console, "{}: {name} does not hold: {detail}\n  input {input:02x?}", target.name())?;
        }
    }
    let edges = hit.iter().filter(|&&hit| hit).count();
    writeln!(
        Console,
        "{}: {INPUTS} inputs, {bytes} bytes, {failed} failed; {edges} of {} edges hit",
        target.name(),
        counters.len()
    )?;
    check(failed == 0)
}
