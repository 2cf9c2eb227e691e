//! The fuzz agent as an ordinary process.
//!
//! `halligan-native --mailbox=@MEMFD,@WAKE,@DONE,SIZE [--snapshots] [TARGET] [misbehave=KIND] [plant=FAULT]`, as the harness
//! starts it: three open file descriptors and the mailbox's size in bytes. From the first input on it may make few system
//! calls, as in the unikernel. With `--snapshots` every input has a process of its own.
//!
//! `halligan-native TARGET seed=N [count=N] [plant=FAULT]` checks the target on inputs that it draws itself.

mod ends;
mod filter;
mod fork;
mod heap;
mod shared;

use std::convert::Infallible;
use std::error::Error;
use std::process::ExitCode;

use halligan_solo5::agent::{self, Between, Task};
use halligan_solo5::coverage::Counters;
use halligan_targets::Seeded;
use halligan_targets::planted::plant_by;

use fork::Family;
use heap::HEAP;
use shared::Shared;

fn main() -> ExitCode {
    // With it, the standard library would open files when memory runs out, which the filter forbids.
    // SAFETY: this process has one thread.
    unsafe { std::env::remove_var("RUST_BACKTRACE") };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        Some((first, words)) if first.starts_with("--mailbox=") => serve(first, words).map(|never| match never {}),
        _ => check(&arguments),
    };
    done.unwrap_or_else(|error| {
        eprintln!("halligan-native: {error}");
        ExitCode::FAILURE
    })
}

fn check(words: &[String]) -> Result<ExitCode, Box<dyn Error>> {
    let seeded = Seeded::parse(words.iter().map(String::as_str).filter(|word| !plant_by(word)))?;
    let (mark, mut said) = (HEAP.mark(), String::new());
    // SAFETY: between inputs, only what was allocated before the mark is in use.
    let passed = seeded.check(&mut said, || unsafe { HEAP.reset(mark) })?;
    print!("{said}");
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn serve(mailbox: &str, words: &[String]) -> Result<Infallible, Box<dyn Error>> {
    let shared: Shared = mailbox.parse()?;
    let snapshots = words.first().is_some_and(|word| word == "--snapshots");
    let words = words.iter().map(String::as_str).skip(snapshots.into()).filter(|word| !plant_by(word));
    let task = Task::parse(words, halligan_targets::find).map_err(|unknown| unknown.to_string())?;
    let (mut agent, last_words) = shared.open()?;
    ends::report_to(last_words)?;
    let filter = filter::compile(shared)?;
    if !snapshots {
        seccompiler::apply_filter(&filter)?;
    }
    // SAFETY: this process has one thread, and takes the counters once.
    let counters = unsafe { Counters::take() };
    HEAP.limit(agent::HEAP_LIMIT);
    let mark = HEAP.mark();
    // SAFETY: between inputs, only what was allocated before the mark is in use.
    let reset = || unsafe { HEAP.reset(mark) };
    let family = Family::new(filter);
    let restore = || family.fork();
    let between = if snapshots { Between::Restore(&restore) } else { Between::Reset(&reset) };
    agent::serve(&mut agent, counters, between, |input, answer| {
        task.run(&HEAP, input, answer, |target, input, answer| target.answer(input, answer))
    })
}
