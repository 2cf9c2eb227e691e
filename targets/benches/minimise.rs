//! Minimising, on every fault that can be planted: ours beside proptest's shrinking, libFuzzer's `-minimize_crash` and
//! afl-tmin, from the same starting inputs. `ci/compare-minimisers` builds the other tools' programs and runs this.
//!
//! `HALLIGAN_LIBFUZZER` is the folder of the cargo-fuzz programs, `HALLIGAN_AFL` the program for AFL++; each may be unset.

use std::cell::Cell;
use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use halligan_targets::planted::plant;
use halligan_targets::{AnyTarget, TARGETS};
use proptest::collection;
use proptest::num::u8::BinarySearch;
use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// Mutants tried for the start of each fault.
const MUTANTS: u64 = 100_000;
/// The start is the largest of so many inputs that show the fault.
const CANDIDATES: usize = 20;
const MAX_LEN: usize = 1500;
/// How long libFuzzer may take; what it has by then counts, and its executions until then.
const SECONDS: &str = "45";
/// Executions that proptest and we may take.
const LIMIT: usize = 50_000;

/// What a tool made of a start.
#[derive(Clone)]
struct Result {
    bytes: usize,
    lies: usize,
    executions: usize,
}

impl Result {
    fn new(target: &dyn AnyTarget, input: &[u8], executions: usize) -> Self {
        Self { bytes: input.len(), lies: target.lies(input), executions }
    }
}

impl fmt::Display for Result {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {} / {}", self.bytes, self.lies, self.executions)
    }
}

/// What breaks: the property, and the symptom without the input's numbers, as `halligan min` tells failures apart.
fn failure(target: &dyn AnyTarget, input: &[u8], answer: &mut [u8]) -> Option<(u32, String)> {
    let filled = target.answer(input, answer);
    let detail = String::from_utf8_lossy(&answer[filled.observation..][..filled.detail]);
    let head = detail.split(':').next().unwrap_or_default();
    Some((filled.failed?, head.chars().filter(|c| !c.is_ascii_digit()).take(60).collect()))
}

fn seeds(target: &dyn AnyTarget) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora").join(target.name()).join("seeds");
    let mut paths: Vec<_> = folder.read_dir().expect("a target has seeds").map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a seed can be read")).collect()
}

/// A large input that shows what is planted.
fn start(target: &dyn AnyTarget, seeds: &[Vec<u8>]) -> Option<Vec<u8>> {
    let (mut mutator, mut out, mut answer) = (target.mutator(), Vec::new(), vec![0; 1 << 16]);
    let (mut pool, mut best, mut found) = (seeds.to_vec(), None::<Vec<u8>>, 0);
    for round in 0..MUTANTS {
        let seed = round.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let slot = (seed >> 32) as usize % pool.len();
        let other = &pool[(seed >> 8) as usize % pool.len()];
        mutator.mutate(&pool[slot], Some(other), seed, MAX_LEN, &mut out);
        if failure(target, &out, &mut answer).is_some() {
            found += 1;
            if best.as_ref().is_none_or(|best| best.len() < out.len()) {
                best = Some(out.clone());
            }
            if found == CANDIDATES {
                break;
            }
        } else if round % 4 == 0 {
            pool[slot].clone_from(if round % 16 == 0 { &seeds[slot] } else { &out });
        }
    }
    best
}

fn ours(target: &dyn AnyTarget, start: &[u8]) -> Result {
    let mut answer = vec![0; 1 << 16];
    let expected = failure(target, start, &mut answer);
    let shrunk = target.shrink(start, LIMIT, &mut |input| failure(target, input, &mut answer) == expected);
    Result::new(target, &shrunk.bytes, shrunk.calls)
}

/// Bytes of the start, one after the other: proptest's own strategies cannot be told where to start.
#[derive(Debug)]
struct Bytes {
    start: Rc<[u8]>,
    next: Rc<Cell<usize>>,
}

impl Strategy for Bytes {
    type Tree = BinarySearch;
    type Value = u8;

    fn new_tree(&self, _: &mut TestRunner) -> NewTree<Self> {
        let index = self.next.replace(self.next.get() + 1);
        Ok(BinarySearch::new(self.start.get(index).copied().unwrap_or(0)))
    }
}

/// proptest's shrinking of a vector of bytes.
fn proptest(target: &dyn AnyTarget, start: &[u8]) -> Result {
    let mut answer = vec![0; 1 << 16];
    let expected = failure(target, start, &mut answer);
    let next = Rc::new(Cell::new(0));
    let strategy = collection::vec(Bytes { start: start.into(), next: next.clone() }, 0..=start.len());
    let mut runner = TestRunner::deterministic();
    let mut tree = loop {
        next.set(0);
        let tree = strategy.new_tree(&mut runner).expect("bytes can be drawn");
        if tree.current() == start {
            break tree;
        }
    };
    let (mut best, mut executions) = (start.to_vec(), 0);
    let mut goes_on = tree.simplify();
    while goes_on && executions < LIMIT {
        let current = tree.current();
        executions += 1;
        goes_on = if failure(target, &current, &mut answer) == expected {
            best = current;
            tree.simplify()
        } else {
            tree.complicate()
        };
    }
    Result::new(target, &best, executions)
}

/// A file that is removed in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let folder = env::temp_dir().join(format!("halligan-minimise-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder can be made");
        Self(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The numbers behind `what` in what a tool printed.
fn numbers(said: &str, what: &str) -> Option<usize> {
    let behind = said.match_indices(what).map(|(at, _)| &said[at + what.len()..]);
    let number = |rest: &str| {
        let rest = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
        rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())].parse::<usize>().ok()
    };
    behind.map(number).try_fold(None, |sum: Option<usize>, number| Some(Some(sum.unwrap_or(0) + number?))).flatten()
}

/// What `cargo fuzz tmin` runs, for at most [`SECONDS`].
fn libfuzzer(program: &Path, target: &dyn AnyTarget, fault: &str, start: &[u8]) -> Option<Result> {
    let scratch = Scratch::new();
    let [input, output] = ["start", "smaller"].map(|name| scratch.file(name));
    fs::write(&input, start).expect("the start can be written");
    let mut command = Command::new("timeout");
    command.arg(SECONDS).arg(program).env("HALLIGAN_PLANT", fault).env_remove("HALLIGAN_HOST");
    command.env("ASAN_OPTIONS", "symbolize=0").env("RUST_BACKTRACE", "0");
    command.args(["-minimize_crash=1", "-print_final_stats=1", "-seed=1", "-runs=255"]);
    command.arg(format!("-exact_artifact_path={}", output.display())).arg(&input);
    let done = command.output().expect("the fuzzer runs");
    let said = String::from_utf8_lossy(&done.stderr);
    let executions = numbers(&said, "stat::number_of_executed_units:")?;
    let smallest = fs::read(&output).ok().filter(|output| output.len() <= start.len());
    Some(Result::new(target, &smallest.unwrap_or_else(|| start.to_vec()), executions))
}

fn afl(program: &Path, target: &dyn AnyTarget, fault: &str, start: &[u8]) -> Option<Result> {
    let scratch = Scratch::new();
    let [input, output] = ["start", "smaller"].map(|name| scratch.file(name));
    fs::write(&input, start).expect("the start can be written");
    let mut command = Command::new("afl-tmin");
    command.env("AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "1").env("AFL_SKIP_CPUFREQ", "1");
    command.arg("-i").arg(&input).arg("-o").arg(&output).arg("--").arg(program);
    command.args([target.name(), "@@", &format!("plant={fault}")]);
    let done = command.output().ok()?;
    let said = [done.stdout, done.stderr].concat();
    let executions = numbers(&plain(&String::from_utf8_lossy(&said)), "Number of execs done")?;
    Some(Result::new(target, &fs::read(&output).ok()?, executions))
}

/// Text without the escape sequences that colour it.
fn plain(said: &str) -> String {
    let mut parts = said.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

const TOOLS: [&str; 4] = ["halligan min", "proptest", "cargo fuzz tmin", "afl-tmin"];

fn main() {
    let fuzzers = env::var_os("HALLIGAN_LIBFUZZER").map(PathBuf::from);
    let afl_program = env::var_os("HALLIGAN_AFL").map(PathBuf::from);
    println!(
        "Each cell: bytes / lies / executions.\n\n| fault | start | {} |\n|---|---|{}",
        TOOLS.join(" | "),
        "---|".repeat(TOOLS.len())
    );
    let mut rows: Vec<[Option<Result>; 4]> = Vec::new();
    let mut names = Vec::new();
    for target in TARGETS {
        let seeds = seeds(*target);
        for property in target.properties() {
            let fault = format!("{}/{}", target.name(), property.name);
            plant(Some(&fault));
            let Some(start) = start(*target, &seeds) else {
                println!("| {fault} | none found | | | | |");
                continue;
            };
            let fuzzer = fuzzers.as_ref().map(|folder| folder.join(target.name())).filter(|program| program.is_file());
            let row = [
                Some(ours(*target, &start)),
                Some(proptest(*target, &start)),
                fuzzer.and_then(|program| libfuzzer(&program, *target, &fault, &start)),
                afl_program.as_deref().and_then(|program| afl(program, *target, &fault, &start)),
            ];
            let cells = row.iter().map(|cell| cell.as_ref().map_or("-".to_owned(), ToString::to_string));
            let cells = cells.collect::<Vec<_>>().join(" | ");
            println!("| {fault} | {} / {} | {cells} |", start.len(), target.lies(&start));
            rows.push(row);
            names.push(fault);
        }
    }
    sum_up(&names, &rows);
}

/// What has to hold: never larger than the best of the others, never more lies, few executions.
fn sum_up(names: &[String], rows: &[[Option<Result>; 4]]) {
    let (mut larger, mut lying) = (Vec::new(), Vec::new());
    for (name, row) in names.iter().zip(rows) {
        let Some(ours) = &row[0] else { continue };
        let best = row[1..].iter().flatten().map(|other| other.bytes).min();
        let honest = row[1..].iter().flatten().map(|other| other.lies).min();
        if best.is_some_and(|best| ours.bytes > best) {
            larger.push(&name[..]);
        }
        if honest.is_some_and(|honest| ours.lies > honest) {
            lying.push(&name[..]);
        }
    }
    println!("\n{} faults", rows.len());
    println!("larger than the best of the others: {}: {}", larger.len(), larger.join(", "));
    println!("more lies than the best of the others: {}: {}", lying.len(), lying.join(", "));
    for (tool, name) in TOOLS.iter().enumerate() {
        let all = || rows.iter().filter_map(|row| row[tool].as_ref());
        if all().next().is_none() {
            continue;
        }
        let ratio = rows
            .iter()
            .filter_map(|row| Some(row[0].as_ref()?.executions as f64 / row[tool].as_ref()?.executions.max(1) as f64));
        println!(
            "{name}: median {} bytes, {} lies, {} executions; ours take {:.2} times as many",
            median(all().map(|result| result.bytes as f64).collect()),
            median(all().map(|result| result.lies as f64).collect()),
            median(all().map(|result| result.executions as f64).collect()),
            median(ratio.collect()),
        );
    }
}
