//! `halligan-afl TARGET FILE [plant=FAULT]`: runs a target on a file, for AFL++. It aborts where a property does not hold, and
//! where the code under test panics.

use std::env;
use std::fs;
use std::panic;
use std::process::{ExitCode, abort};

use halligan_targets::{find, planted};

/// Room for an observation and the detail of what does not hold, in bytes.
const ANSWER: usize = 1 << 16;

fn main() -> ExitCode {
    // To AFL++ a crash is a signal, not an exit status.
    panic::set_hook(Box::new(|panic| {
        eprintln!("{panic}");
        abort()
    }));
    let words: Vec<String> = env::args().skip(1).filter(|word| !planted::plant_by(word)).collect();
    let [name, path] = &words[..] else { return wrong("usage: halligan-afl TARGET FILE") };
    let Some(target) = find(name) else { return wrong(&format!("there is no target `{name}`")) };
    let input = match fs::read(path) {
        Ok(input) => input,
        Err(error) => return wrong(&format!("{path}: {error}")),
    };
    let mut answer = vec![0; ANSWER];
    let filled = target.answer(&input, &mut answer);
    let Some(failed) = filled.failed else { return ExitCode::SUCCESS };
    let property = &target.properties()[failed as usize];
    let detail = String::from_utf8_lossy(&answer[filled.observation..][..filled.detail]);
    eprintln!("{name}: {} ({}): {detail}", property.name, property.rfc);
    abort()
}

fn wrong(what: &str) -> ExitCode {
    eprintln!("error: {what}");
    ExitCode::from(2)
}
