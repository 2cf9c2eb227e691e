//! Campaigns that are killed at any moment: nothing that was saved is lost or torn, and the next one goes on.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{Done, command};
use halligan::corpus;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;

/// How often to kill one, unless `HALLIGAN_KILLS` says how often.
const KILLS: u64 = 10;

/// After so many kills a corpus is nearly complete, and another is begun: a campaign writes most when it is young.
const KILLS_A_CORPUS: u64 = 10;

/// A campaign that finds the planted fault.
fn fuzz(folder: &Path, seed: u64, more: &[&str]) -> Command {
    let mut command = command();
    command.args(["fuzz", "tcp_parser", "--host=native", "--jobs=2", "--json", "--plant=tcp_parser/views_agree"]);
    command.arg(format!("--seed={seed}")).args(more);
    command.arg("--corpus").arg(folder.join("corpus")).arg("--findings").arg(folder.join("findings"));
    command
}

/// The next of a fixed row of numbers.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// All files under `folder` that are not hidden, and the campaign's record.
fn files(folder: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with('.') && name != ".campaign" {
            continue;
        }
        if path.is_dir() {
            files(&path, into);
        } else {
            let bytes = fs::read(&path).unwrap();
            into.insert(path, bytes);
        }
    }
}

/// What a campaign saved so far; fails where a file is torn.
fn saved(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut saved = BTreeMap::new();
    files(folder, &mut saved);
    for (path, bytes) in &saved {
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.parent() == Some(&folder.join("corpus")) {
            assert_eq!(name, corpus::name(bytes), "{} is torn", path.display());
        }
        if name.ends_with(".json") {
            assert!(serde_json::from_slice::<Value>(bytes).is_ok(), "{} is torn", path.display());
        }
    }
    for finding in
        saved.keys().filter(|path| path.starts_with(folder.join("findings"))).filter_map(|path| path.parent())
    {
        for name in ["input", "report.json", "report.md", "packet.pcapng", "reproduce.rs"] {
            assert!(saved.contains_key(&finding.join(name)), "{} lacks {name}", finding.display());
        }
    }
    saved
}

/// Starts a campaign and kills it, with all that it started, `moment` after it began to fuzz, or after its start.
fn kill_one(folder: &Path, seed: u64, moment: Duration, fuzzing: bool) {
    let mut command = fuzz(folder, seed, &["--for=10m"]);
    let mut child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    if fuzzing {
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert!(line.contains("\"start\""), "{line}");
    }
    let start = Instant::now();
    // Who looks while it is being written sees no torn file either.
    while start.elapsed() < moment {
        saved(folder);
        thread::sleep(Duration::from_millis(1));
    }
    kill_process_group(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
}

/// Lets a campaign come to its end; it has to know all that was saved, and to leave nothing half-done.
fn goes_on(folder: &Path, before: &BTreeMap<PathBuf, Vec<u8>>) {
    let done = Done::of(fuzz(folder, 1, &["--runs=5000"]));
    assert!((done.status == 0 || done.status == 1) && !done.stdout.contains("\"warning\""), "{done:?}");
    assert!(!done.stderr.contains("warning: "), "{done:?}");
    let start: Value = serde_json::from_str(done.stdout.lines().next().unwrap()).unwrap();
    let inputs = before.keys().filter(|path| path.parent() == Some(&folder.join("corpus"))).count() as u64;
    assert!(start["seeds"].as_u64() >= Some(inputs), "{start}: {inputs} were saved");
    for folder in ["corpus", "findings"].map(|name| folder.join(name)) {
        let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let hidden: Vec<_> = entries.filter(|name| name.starts_with('.') && name != ".campaign").collect();
        assert!(hidden.is_empty(), "{} holds {hidden:?}", folder.display());
    }
}

#[test]
fn whenever_a_campaign_is_killed_nothing_is_lost_or_torn() {
    let kills = std::env::var("HALLIGAN_KILLS").map_or(KILLS, |kills| kills.parse().expect("a number"));
    let (mut state, mut fuzzed) = (1, 0);
    for round in 0..kills.div_ceil(KILLS_A_CORPUS) {
        let folder = TempDir::new().unwrap();
        let mut known: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
        for kill in 0..KILLS_A_CORPUS {
            // One in four before it fuzzes.
            let fuzzing = kill % 4 != 3;
            let moment = Duration::from_micros(random(&mut state) % 500_000);
            kill_one(folder.path(), round * KILLS_A_CORPUS + kill, moment, fuzzing);
            let now = saved(folder.path());
            for path in known.keys() {
                assert!(now.contains_key(path), "{} is lost", path.display());
            }
            fuzzed += usize::from(now.len() > known.len());
            known = now;
        }
        goes_on(folder.path(), &known);
    }
    assert!(fuzzed as u64 > kills / 4, "{fuzzed} of {kills} campaigns saved something before they were killed");
}
