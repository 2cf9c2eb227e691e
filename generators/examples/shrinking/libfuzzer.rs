//! What `cargo fuzz tmin` runs: libFuzzer's minimiser, on the bytes of which `arbitrary` makes a value.

use std::{fs, path::Path, process::Command};

use halligan_generators::Source;

use crate::failing::Failing;

/// Bytes of a start, as many as ours has choices.
const BYTES: usize = 300;

/// Executions of a round that finds nothing smaller, which is the last: as `cargo fuzz tmin` has it.
const ROUND: usize = 255;

/// What `program` leaves of so many random bytes of which a failing value is made, and its executions.
pub fn minimise(program: &Path, failing: Failing, starts: usize) -> Vec<(usize, Vec<u8>)> {
    let start = |seed| Some(Source::random(seed, BYTES).string(BYTES, BYTES)).filter(|bytes| failing.fails(bytes));
    (0..).filter_map(start).take(starts).map(|start| run(program, failing, &start)).collect()
}

fn run(program: &Path, failing: Failing, start: &[u8]) -> (usize, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let [input, output] = ["start", "smaller"].map(|name| folder.path().join(name));
    fs::write(&input, start).expect("the start can be written");
    let mut command = Command::new(program);
    command.env("HALLIGAN_FAILING", format!("{failing:?}")).env("RUST_BACKTRACE", "0");
    command.args(["-minimize_crash=1", "-print_final_stats=1", "-seed=1"]).arg(format!("-runs={ROUND}"));
    command.arg(format!("-exact_artifact_path={}", output.display())).arg(&input);
    let done = command.output().expect("libFuzzer's program runs");
    let said = String::from_utf8_lossy(&done.stderr);
    let counts = said.split("stat::number_of_executed_units:").skip(1);
    let found = counts.filter_map(|count| count.split_whitespace().next()?.parse::<usize>().ok()).sum::<usize>();
    // The last round counts nothing.
    let executions = found + ROUND * said.matches("no crashes found").count();
    assert!(executions > 0, "{} minimised nothing: {said}", program.display());
    (executions, fs::read(&output).unwrap_or_else(|_| start.to_vec()))
}
