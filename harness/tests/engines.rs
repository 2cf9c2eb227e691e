//! Engines: whichever it is, the corpus, the findings and the table are the same.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{Done, command, crashing, halligan, harmless};
use halligan::corpus;
use halligan_generators::{Generate, Source};
use libafl_bolts::rands::{Rand, StdRand};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;

const PLANT: &str = "--plant=tcp_parser/panic";

fn fuzz(folder: &Path, engine: &str, more: &[&str]) -> Command {
    let mut command = command();
    command.args(["fuzz", "tcp_parser", "--seed=1", "--jobs=1", "--engine", engine]).args(more);
    command.arg("--corpus").arg(folder.join("corpus")).arg("--findings").arg(folder.join("findings"));
    command
}

fn kept(folder: &Path) -> BTreeSet<String> {
    let files = corpus::list_folder(&folder.join("corpus")).unwrap();
    files.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

/// The reports of the findings.
fn reports(folder: &Path) -> Vec<Value> {
    let folders = fs::read_dir(folder.join("findings")).unwrap().map(|entry| entry.unwrap().path());
    let reports = folders.filter_map(|folder| fs::read(folder.join("report.json")).ok());
    reports.map(|report| serde_json::from_slice(&report).unwrap()).collect()
}

/// The one finding is the planted panic, as `engine` found it and triage would write it.
fn is_the_planted_panic(folder: &Path, engine: &str) {
    let reports = reports(folder);
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert_eq!((&reports[0]["kind"], &reports[0]["engine"]), (&"panic".into(), &engine.into()));
    assert!(reports[0]["symptom"].as_str().unwrap().contains("planted: timestamps behind a large window scale"));
    assert!(!reports[0]["minimised"].is_null(), "{}", reports[0]);
}

/// Nothing of a fuzzer's own is left behind.
fn is_tidy(folder: &Path) {
    let entries = fs::read_dir(folder.join("corpus")).unwrap().map(|entry| entry.unwrap().file_name());
    let hidden: Vec<_> = entries.filter(|name| name.to_str().unwrap().starts_with('.')).collect();
    assert_eq!(hidden, [".campaign"]);
}

#[test]
fn blind_chance_draws_every_input_from_the_generator_by_the_seed() {
    let run = |more: &[&str]| {
        let folder = TempDir::new().unwrap();
        let seeds = folder.path().join("seeds");
        fs::create_dir(&seeds).unwrap();
        fs::write(seeds.join("harmless"), harmless()).unwrap();
        let mut command = fuzz(folder.path(), "random", &["--host=native", "--runs=5000"]);
        let done = Done::of({
            command.arg("--seeds").arg(seeds).args(more);
            command
        });
        assert_eq!(done.status, 0, "{done:?}");
        kept(folder.path())
    };
    let first = run(&[]);
    assert!(first.len() > 20, "{}", first.len());
    assert_eq!(run(&[]), first);

    let inputs = halligan_targets::find("tcp_parser").unwrap().inputs();
    let (mut rand, mut drawn) = (StdRand::with_seed(1), BTreeSet::from([corpus::name(&harmless())]));
    for regression in corpus::read_folder(&corpus::regressions("tcp_parser")).unwrap_or_default() {
        drawn.insert(corpus::name(&regression.bytes));
    }
    for _ in 0..5000 {
        let mut input = inputs.draw(&mut Source::random(rand.next(), 400));
        input.truncate(4096);
        drawn.insert(corpus::name(&input));
    }
    assert!(first.is_subset(&drawn), "{:?}", first.difference(&drawn));
}

#[test]
fn blind_chance_finds_what_is_planted() {
    let folder = TempDir::new().unwrap();
    let done = Done::of(fuzz(folder.path(), "random", &[PLANT, "--host=native", "--runs=100000"]));
    assert_eq!(done.status, 1, "{done:?}");
    is_the_planted_panic(folder.path(), "random");
}

#[test]
fn what_an_engine_cannot_do_is_said_in_one_line() {
    let refused = |arguments: &[&str], expected: &str| {
        halligan([&["fuzz", "tcp_parser", "--engine"], arguments].concat()).fails_with(expected);
    };
    refused(&["libfuzzer", "--host=all"], "--engine libfuzzer fuzzes one host: name it");
    refused(&["libfuzzer", "--isolation=snapshot"], "--engine libfuzzer knows no --isolation");
    refused(&["afl", "--host=spt"], "--engine afl fuzzes natively alone");
    refused(&["afl", "--isolation=fresh"], "--engine afl knows no --isolation");
    refused(&["afl", "--listen=127.0.0.1:0"], "--engine afl takes in no inputs of others");
    refused(&["afl", "--join=localhost:1"], "--engine afl takes in no inputs of others");
    assert_eq!(halligan(["fuzz", "tcp_parser", "--engine=honggfuzz"]).status, 2);
}

#[test]
fn what_is_missing_is_said_in_one_line() {
    let (folder, empty) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for (engine, install) in [("libfuzzer", "cargo install cargo-fuzz"), ("afl", "install afl++")] {
        let mut command = fuzz(folder.path(), engine, &[]);
        command.env("PATH", empty.path());
        Done::of(command).fails_with(install);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

/// A stand-in for cargo-fuzz. Its first run fails on an input, the next keeps one and goes on until it is interrupted.
const CARGO_FUZZ: &str = r#"#!/bin/sh
[ "$1 $2" = "fuzz run" ] || exit 0
[ "$3 $4 $5" = "--features planted tcp_parser" ] && [ "$HALLIGAN_PLANT" = tcp_parser/panic ] || exit 3
[ "$HALLIGAN_HOST" = native ] && [ -n "$(ls "$7")" ] || exit 4
here=$(dirname "$0")
for word; do case $word in -artifact_prefix=*) failures=${word#*=} ;; esac; done
if mkdir "$here/ran" 2>/dev/null; then
    cp "$here/crash" "$failures/crash-1"
    cp "$here/harmless" "$failures/crash-2"
    printf '#2\tINITED\n#100\tNEW    cov: 7\n'
    exit 1
fi
cp "$here/kept" "$6/kept"
trap 'echo "stat::number_of_executed_units: 60"; exit 1' INT
printf '#50\tNEW    cov: 8\n'
echo started >"$here/started"
while :; do sleep 0.1; done
"#;

#[test]
fn a_program_is_watched_started_again_and_interrupted() {
    let (folder, bin) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let path = |name: &str| -> PathBuf { bin.path().join(name) };
    fs::write(path("cargo"), CARGO_FUZZ).unwrap();
    fs::set_permissions(path("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    // A segment with more options than any seed's.
    let mut kept = harmless();
    kept[12] = 0xf0;
    kept.resize(60, 1);
    for (name, bytes) in [("crash", &crashing(10)), ("harmless", &harmless()), ("kept", &kept)] {
        fs::write(path(name), bytes).unwrap();
    }
    let seeds = folder.path().join("seeds");
    fs::create_dir(&seeds).unwrap();
    fs::write(seeds.join("harmless"), harmless()).unwrap();
    let mut command = fuzz(folder.path(), "libfuzzer", &[PLANT, "--for=10m", "--json"]);
    let paths = std::env::var("PATH").unwrap();
    command.arg("--seeds").arg(seeds).env("PATH", format!("{}:{paths}", bin.path().display()));
    // The agents are built by the real one.
    command.env("CARGO", std::env::var_os("CARGO").expect("cargo runs the tests"));
    let mut child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut events = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let done = events.find(|event| event["hosts"][0]["executions"] == 150);
    assert!(done.is_some() && path("started").exists(), "it tells of 100 executions, and of 50 more");
    kill_process_group(Pid::from_child(&child), Signal::INT).unwrap();
    let rest: Vec<Value> = events.collect();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{rest:?} {output:?}");
    let end = rest.last().unwrap();
    assert_eq!((&end["event"], &end["hosts"][0]["executions"]), (&"end".into(), &160.into()));
    assert_eq!((&end["findings"], &end["kinds"]["panic"]), (&1.into(), &1.into()));
    is_the_planted_panic(folder.path(), "libFuzzer");
    assert!(self::kept(folder.path()).contains(&corpus::name(&fs::read(path("kept")).unwrap())));
    // What fails on no host here is kept, and told of.
    let warning = rest.iter().find(|event| event["event"] == "warning").expect("a warning");
    assert!(warning["line"].as_str().unwrap().contains("libFuzzer failed on an input that nothing is wrong with here"));
    assert_eq!(fs::read_dir(folder.path().join("findings/unconfirmed")).unwrap().count(), 1);
    is_tidy(folder.path());
}

#[test]
#[ignore = "needs cargo-fuzz and minutes"]
fn libfuzzer_finds_what_is_planted_and_goes_on() {
    let folder = TempDir::new().unwrap();
    let done = Done::of(fuzz(folder.path(), "libfuzzer", &[PLANT, "--for=20s"]));
    assert_eq!(done.status, 1, "{done:?}");
    is_the_planted_panic(folder.path(), "libFuzzer");
    is_tidy(folder.path());
    let before = kept(folder.path()).len();
    let done = Done::of(fuzz(folder.path(), "libfuzzer", &["--host=spt", "--runs=20000", "--json"]));
    assert_eq!(done.status, 0, "{done:?}");
    let end: Value = serde_json::from_str(done.stdout.lines().last().unwrap()).unwrap();
    assert!(end["hosts"][0]["host"] == "spt" && end["hosts"][0]["executions"].as_u64() >= Some(20_000), "{end}");
    assert!(kept(folder.path()).len() >= before);
}

#[test]
#[ignore = "needs afl++ and minutes"]
fn afl_finds_what_is_planted_by_our_mutator_alone_and_its_queue_is_kept() {
    let folder = TempDir::new().unwrap();
    let mut command = fuzz(folder.path(), "afl", &[PLANT, "--for=60s", "--json"]);
    command.env("AFL_CUSTOM_MUTATOR_ONLY", "1");
    let done = Done::of(command);
    assert_eq!(done.status, 1, "{done:?}");
    is_the_planted_panic(folder.path(), "AFL++");
    is_tidy(folder.path());
    let end: Value = serde_json::from_str(done.stdout.lines().last().unwrap()).unwrap();
    let host = &end["hosts"][0];
    assert!(host["executions"].as_u64() > Some(1000), "{end}");
    assert!(host["covered"].as_u64() > host["covered_by_seeds"].as_u64(), "{end}");
}
