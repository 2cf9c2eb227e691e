//! Campaigns: they find what is planted and nothing else, repeat themselves, and end well.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use common::{Done, command, halligan};
use halligan::agents::Agents;
use halligan::campaign::{self, Peers, Settings};
use halligan::corpus::Folder;
use halligan::engines::Engine;
use halligan::findings::Store;
use halligan::host::{Host, Isolation, Kind};
use halligan_targets::planted::PANIC;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;

/// A field that is read wrongly without a panic.
const MISREAD: &str = "tcp_parser/views_agree";

/// A campaign of so many runs, with a corpus and findings in `folder`; with one job and the seed 1 unless `more` says else.
fn fuzz(folder: &Path, runs: u32, more: &[&str]) -> Done {
    let mut command = command_in(folder);
    command.arg(format!("--runs={runs}")).args(more);
    for (option, value) in [("--jobs", "1"), ("--seed", "1")] {
        if !more.iter().any(|word| word.starts_with(option)) {
            command.args([option, value]);
        }
    }
    Done::of(command)
}

fn command_in(folder: &Path) -> Command {
    let mut command = command();
    command.args(["fuzz", "tcp_parser", "--for", "10m"]);
    command.arg("--corpus").arg(folder.join("corpus")).arg("--findings").arg(folder.join("findings"));
    command
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder exists");
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // The campaign's record is hidden.
    names.filter(|name| !name.starts_with('.')).collect()
}

/// The reports of a campaign's findings.
fn reports(folder: &Path) -> Vec<Value> {
    let findings = folder.join("findings");
    let read = |name: &String| {
        let folder = findings.join(name);
        let files = ["input", "minimised", "packet.pcapng", "report.json", "report.md", "reproduce.rs", "script.pkt"];
        assert_eq!(names(&folder), files.map(String::from).into());
        serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap()
    };
    names(&findings).iter().map(read).collect()
}

fn find_what_is_planted(host: &str, shown_by: &[&str]) {
    let found = [PANIC, MISREAD].map(|fault| {
        let folder = TempDir::new().unwrap();
        let done = fuzz(folder.path(), 20_000, &["--plant", fault, "--host", host]);
        assert_eq!(done.status, 1, "{done:?}");
        let mut reports = reports(folder.path());
        assert_eq!(reports.len(), 1, "{reports:?}");
        (folder, reports.remove(0))
    });
    let [(_, panic), (_, misread)] = &found;

    assert_eq!(panic["kind"], "panic");
    assert_eq!(panic["place"]["place"]["file"], "targets/src/tcp/mod.rs");
    assert!(panic["symptom"].as_str().unwrap().contains("planted: timestamps behind a large window scale"));
    assert!(panic["value"].as_str().unwrap().contains("WindowScale("));

    assert_eq!(misread["kind"], "views_agree");
    assert_eq!(misread["property"]["rfc"], "RFC 9293 section 3.1");
    assert!(misread["symptom"].as_str().unwrap().starts_with("window: expected "));
    assert!(misread["value"].as_str().unwrap().contains("urgent_pointer: "));
    let frames = misread["frames"].as_array().unwrap();
    assert!(frames.iter().any(|frame| frame["place"]["file"] == "targets/src/tcp/mod.rs"), "{frames:?}");

    for report in [panic, misread] {
        assert_eq!(report["hosts"], Value::from(shown_by));
        assert_eq!(report["diverges"], false);
        let replay: Vec<_> = report["replay"].as_str().unwrap().split(' ').skip(4).collect();
        let done = halligan(replay);
        assert_eq!(done.status, 1, "{done:?}");
        assert!(done.stdout.starts_with("failed"), "{done:?}");
    }
}

#[test]
fn what_is_planted_is_found_natively() {
    find_what_is_planted("native", &["native"]);
}

#[test]
fn what_is_planted_is_found_in_the_unikernel() {
    find_what_is_planted("spt", &["spt"]);
    if hvt_works() {
        find_what_is_planted("hvt", &["hvt"]);
    }
}

#[test]
fn what_is_planted_is_found_on_all_hosts_at_once() {
    let hosts = ["native", "spt", "hvt"];
    find_what_is_planted("all", if hvt_works() { &hosts } else { &hosts[..2] });
}

fn hvt_works() -> bool {
    Kind::Hvt.available().inspect_err(|why| eprintln!("skipped hvt: {why:#}")).is_ok()
}

#[test]
fn where_nothing_is_planted_nothing_is_found_and_coverage_grows() {
    let folder = TempDir::new().unwrap();
    let done = fuzz(folder.path(), 30_000, &["--json"]);
    assert_eq!(done.status, 0, "{done:?}");
    let lines: Vec<Value> = done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    assert_eq!((&first["event"], &last["event"]), (&"start".into(), &"end".into()));
    assert_eq!((&last["findings"], &last["divergences"]), (&0.into(), &0.into()));
    assert_eq!(names(&folder.path().join("findings")), BTreeSet::new());
    let hosts = last["hosts"].as_array().unwrap();
    assert_eq!(hosts.len(), if hvt_works() { 3 } else { 2 });
    let seeds = first["seeds"].as_u64().unwrap();
    for host in hosts {
        assert_eq!((&host["executions"], &host["restarts"]), (&30_000.into(), &0.into()));
        assert!(host["covered"].as_u64() > Some(200), "{host}");
        assert!(host["kept"].as_u64() > Some(seeds), "{host}, {seeds} seeds");
    }
    // All images link the same code under test, so they cover the same of it.
    assert!(hosts.iter().all(|host| host["covered"] == hosts[0]["covered"]), "{hosts:?}");
    assert_eq!(names(&folder.path().join("corpus")).len() as u64, last["corpus"].as_u64().unwrap());
}

#[test]
fn hosts_that_disagree_are_found_out() {
    let build = |fault| Agents::build(fault).expect("the agents can be built");
    // The unikernel misreads what its native twin reads right.
    let (right, wrong) = (build(None), build(Some(MISREAD)));
    let hosts = vec![Host::new(Kind::Native, &right).unwrap(), Host::new(Kind::Spt, &wrong).unwrap()];
    let folder = TempDir::new().unwrap();
    let seeds = halligan::import::seeds("tcp_parser").unwrap();
    let settings = Settings {
        engine: Engine::default(),
        fuzzer: None,
        target: halligan_targets::find("tcp_parser").unwrap(),
        hosts,
        fault: Some(MISREAD.into()),
        seeds: seeds.into_iter().map(|seed| seed.bytes).collect(),
        corpus: Folder::create(&folder.path().join("corpus")).unwrap(),
        findings: Store::create(&folder.path().join("findings")).unwrap(),
        time: Duration::from_secs(600),
        runs: Some(20_000),
        jobs: 1,
        seed: 1,
        timeout: Duration::from_secs(10),
        isolation: Isolation::default(),
        peers: Peers::default(),
    };
    let figures = campaign::run(&settings, &AtomicBool::new(false), Duration::from_millis(10), |_, _| Ok(())).unwrap();
    assert!(figures.divergences > 0);
    assert_eq!(figures.hosts.iter().map(|host| host.findings).collect::<Vec<_>>(), [0, 1]);
    for report in reports(folder.path()) {
        assert_eq!((&report["diverges"], &report["hosts"]), (&true.into(), &["spt"][..].into()));
        assert_eq!(report["witnesses"][0]["outcome"], "All properties held.");
    }
}

#[test]
fn the_same_seed_keeps_the_same_inputs() {
    let kept = |more: &[&str]| {
        let folder = TempDir::new().unwrap();
        assert_eq!(fuzz(folder.path(), 10_000, more).status, 0);
        names(&folder.path().join("corpus"))
    };
    let first = kept(&[]);
    assert!(first.len() > 50);
    assert_eq!(kept(&[]), first);
    assert_ne!(kept(&["--seed=2"]), first);
}

#[test]
fn jobs_share_what_they_keep() {
    let folder = TempDir::new().unwrap();
    let done = fuzz(folder.path(), 30_000, &["--jobs=3"]);
    assert_eq!(done.status, 0, "{done:?}");
    let row = done.stdout.lines().find(|line| line.starts_with("spt")).expect("a row for spt");
    assert!(row.contains(" 30,000 "), "{row}");
}

#[test]
fn ctrl_c_ends_with_the_table() {
    let folder = TempDir::new().unwrap();
    let mut child = command_in(folder.path())
        .arg("--seed=1")
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(said.any(|line| line.contains(" runs, ")), "it shows progress");
    // As a terminal does: to all processes of the group.
    kill_process_group(Pid::from_raw(child.id() as i32).unwrap(), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    assert!(stdout.starts_with("host") && stdout.contains("no findings") && stdout.contains("next:"), "{stdout}");
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let path = |path: &Path| path.display().to_string();
    let fuzz = |option: &str, value: &Path| {
        let corpus = folder.path().join("corpus");
        let mut arguments = vec!["fuzz", "tcp_parser", option];
        let (value, corpus) = (path(value), path(&corpus));
        arguments.push(&value);
        if option != "--corpus" {
            arguments.extend(["--corpus", &corpus]);
        }
        halligan(arguments)
    };
    fuzz("--corpus", &file.join("x")).fails_with("cannot write to the folder");
    fuzz("--findings", &file).fails_with("cannot write to the folder");
    fuzz("--seeds", &empty).fails_with("is empty: import seeds with");
    fuzz("--seeds", &folder.path().join("missing")).fails_with("cannot read the folder");
    halligan(["fuzz", "tls"]).fails_with("there is no target 'tls'");
    assert_eq!(halligan(["fuzz", "tcp_parser", "--for", "soon"]).status, 2);
    assert_eq!(halligan(["fuzz", "tcp_parser", "--plant", "tcp_parser/wings"]).status, 2);
    assert_eq!(names(folder.path()), ["corpus", "empty", "file"].map(String::from).into());
}

#[test]
fn bench_shows_each_host() {
    let done = halligan(["bench", "tcp_parser", "--for", "50ms"]);
    assert_eq!(done.status, 0, "{done:?}");
    let stdout = done.stdout;
    for host in ["native", "spt", "all"] {
        assert!(stdout.lines().any(|line| line.starts_with(host)), "{stdout}");
    }
}
