//! The fuzz agent as an ordinary process.
//!
//! `halligan-native --mailbox=@MEMFD,@WAKE,@DONE,SIZE [TARGET] [misbehave=KIND]`, as the harness starts it: three open file
//! descriptors and the mailbox's size in bytes. From the first input on it may make few system calls, as in the unikernel.

mod ends;
mod filter;
mod heap;
mod shared;

use std::convert::Infallible;
use std::process::ExitCode;

use halligan_solo5::agent::{self, Task};
use halligan_solo5::coverage::Counters;

use heap::HEAP;
use shared::Shared;

fn main() -> ExitCode {
    // With it, the standard library would open files when memory runs out, which the filter forbids.
    // SAFETY: this process has one thread.
    unsafe { std::env::remove_var("RUST_BACKTRACE") };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Err(error) = run(&arguments);
    eprintln!("halligan-native: {error}");
    ExitCode::FAILURE
}

fn run(arguments: &[String]) -> Result<Infallible, Box<dyn std::error::Error>> {
    let (first, words) = arguments.split_first().ok_or("started without a mailbox; the harness starts this program")?;
    let shared: Shared = first.parse()?;
    let words = words.iter().map(String::as_str);
    let task = Task::parse(words, halligan_targets::find).map_err(|unknown| unknown.to_string())?;
    let (mut agent, last_words) = shared.open()?;
    ends::report_to(last_words)?;
    filter::install(shared)?;
    // SAFETY: this process has one thread, and takes the counters once.
    let counters = unsafe { Counters::take() };
    HEAP.limit(agent::HEAP_LIMIT);
    let mark = HEAP.mark();
    // SAFETY: between inputs, only what was allocated before the mark is in use.
    let reset = || unsafe { HEAP.reset(mark) };
    agent::serve(&mut agent, counters, reset, |input, answer| {
        task.run(input, answer, |target, input, answer| target.answer(input, answer))
    })
}
