//! What hosts promise: equal answers, equal coverage, and a verdict for every way in which an agent can end.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{halligan, workspace};
use halligan::agents::Agents;
use halligan::compare::{replay, stack_edges};
use halligan::corpus;
use halligan::host::{Death, Host, Inputs, Isolation, Kind, Options, Outcome, Worker};
use halligan_targets::{AnyTarget, TARGETS};

static HOSTS: LazyLock<Vec<Host>> = LazyLock::new(|| {
    let agents = Agents::build(None).expect("the agents can be built");
    let works = |kind: &Kind| match kind.available() {
        // A machine may well have no KVM; any other host must work.
        Err(why) if *kind == Kind::Hvt => {
            eprintln!("skipped hvt: {why:#}");
            false
        }
        _ => true,
    };
    let host = |kind| Host::new(kind, &agents).expect("the host works here");
    Kind::ALL.into_iter().filter(works).map(host).collect()
});

fn seeds(target: &dyn AnyTarget) -> Vec<corpus::Input> {
    corpus::read_seeds(&corpus::seeds(target.name()), target.name()).expect("there are seeds")
}

/// Seeds and many variants of them.
fn many(target: &dyn AnyTarget) -> Vec<Vec<u8>> {
    let mut inputs: Vec<_> = seeds(target).into_iter().map(|seed| seed.bytes).collect();
    let (mut mutator, seeds) = (target.mutator(), inputs.len());
    for seed in 0..3000 {
        let mut variant = Vec::new();
        let (one, other) = (&inputs[seed % inputs.len()], &inputs[seed % seeds]);
        mutator.mutate(one, Some(other), seed as u64, 2000, &mut variant);
        inputs.push(variant);
    }
    inputs
}

#[test]
fn hosts_see_and_cover_the_same() {
    let [native, others @ ..] = &HOSTS[..] else { panic!("there are several hosts") };
    for target in TARGETS {
        let inputs = many(*target);
        let replay =
            |host| replay(host, *target, Options::default(), inputs.iter().map(Vec::as_slice), |_| ()).unwrap();
        let ours = replay(native);
        assert_eq!(ours.accounts.len(), inputs.len());
        let covered = stack_edges(native, &ours.covered).unwrap();
        assert!(covered.len() > 50, "{} edges", covered.len());
        for host in others {
            let theirs = replay(host);
            let isolated = Options { isolation: Isolation::Snapshot, ..Options::default() };
            let some = inputs.iter().take(300).map(Vec::as_slice);
            let again = halligan::compare::replay(host, *target, isolated, some, |_| ()).unwrap();
            assert!(again.accounts == theirs.accounts[..again.accounts.len()], "{} with snapshots", host.kind());
            for (input, (ours, theirs)) in inputs.iter().zip(ours.accounts.iter().zip(&theirs.accounts)) {
                assert!(ours.agrees(theirs), "{input:02x?}: native {ours:?}, {} {theirs:?}", host.kind());
            }
            assert_eq!(covered, stack_edges(host, &theirs.covered).unwrap(), "{}", host.kind());
        }
    }
}

#[test]
fn images_have_the_same_edges_in_the_stack() {
    let all = |host: &Host| (0..host.edges().len() as u32).collect::<BTreeSet<_>>();
    let [native, others @ ..] = &HOSTS[..] else { panic!("there are several hosts") };
    let ours = stack_edges(native, &all(native)).unwrap();
    assert!(ours.len() > 200, "{} edges", ours.len());
    for host in others {
        assert_eq!(ours, stack_edges(host, &all(host)).unwrap(), "{}", host.kind());
    }
    let is_relative =
        |edge: &&_| halligan::edges::Edge::frame(edge).is_some_and(|frame| !frame.place.file.starts_with('/'));
    assert!(ours.iter().all(is_relative));
}

#[test]
fn the_same_input_hits_the_same_edges_every_time() {
    for host in HOSTS.iter() {
        let mut worker = host.worker(TARGETS[0], Options::default()).unwrap();
        let seed = &seeds(TARGETS[0])[0].bytes;
        let mut run = || worker.run(seed, |run| run.hits().collect::<Vec<_>>()).unwrap();
        let first = run();
        assert!(!first.is_empty());
        assert!((0..100).all(|_| run() == first), "{}", host.kind());
    }
}

/// Runs five inputs, of which the second and the fourth make the agent misbehave; returns their outcomes.
fn misbehave(host: &Host, kind: &str, isolation: Isolation) -> (Vec<Outcome>, u64) {
    // A busy machine makes any of the others slow.
    let timeout = if kind == "loop" { Duration::from_millis(500) } else { Duration::from_secs(60) };
    let options = Options { timeout, isolation, ..Options::default() };
    let mut worker = host.worker_with(&["tcp_parser", &format!("misbehave={kind}")], options).unwrap();
    let inputs: Inputs = [&b"one"[..], b"!two", b"three", b"!four", b"five"].into_iter().collect();
    worker.submit(inputs).unwrap();
    let mut outcomes = Vec::new();
    worker.collect(|_, run| outcomes.push(run.outcome)).unwrap();
    (outcomes, worker.starts())
}

/// Batches that overlap come back whole and in order, whether an agent dies in them or they do not fit the mailbox.
#[test]
fn overlapping_batches_come_back_in_order() {
    for host in HOSTS.iter() {
        // Without a target the observation is the input.
        let mut worker = host.worker_with(&["misbehave=panic"], Options::default()).unwrap();
        let batch = |number: u32| {
            let input = |index: u32| match (number + index) % 7 {
                0 => format!("!{number}.{index}"),
                1 => format!("{number}.{index}{}", "-".repeat(10_000)),
                _ => format!("{number}.{index}"),
            };
            (0..if number.is_multiple_of(3) { 400 } else { 3 }).map(input).collect::<Vec<_>>()
        };
        let inputs = |number| batch(number).iter().map(String::as_bytes).collect::<Inputs>();
        worker.submit(inputs(0)).unwrap();
        for number in 0..12 {
            worker.submit(inputs(number + 1)).unwrap();
            let mut seen = Vec::new();
            let look = |_, run: halligan::host::Run<'_>| {
                let died = matches!(run.outcome, Outcome::Died(Death::Panic { .. }));
                seen.push((!died).then(|| String::from_utf8(run.observation().to_vec()).unwrap()));
            };
            worker.collect(look).unwrap();
            let expected = batch(number).into_iter().map(|input| Some(input).filter(|input| !input.starts_with('!')));
            assert!(seen == expected.collect::<Vec<_>>(), "{}, batch {number}: {seen:?}", host.kind());
        }
    }
}

fn check(kind: &str, is_expected: impl Fn(&Death) -> bool) {
    let levels = [(Isolation::Persistent, 3), (Isolation::Snapshot, 3), (Isolation::Fresh, 5)];
    for (host, (isolation, agents)) in HOSTS.iter().flat_map(|host| levels.map(|level| (host, level))) {
        let (outcomes, starts) = misbehave(host, kind, isolation);
        assert_eq!(starts, agents, "{}, {isolation}: an agent a death, and one more; or one an input", host.kind());
        assert_eq!(outcomes.len(), 5);
        for (index, outcome) in outcomes.iter().enumerate() {
            match outcome {
                Outcome::Passed => assert!(index % 2 == 0, "{} went on with {index}", host.kind()),
                Outcome::Died(death) => assert!(index % 2 == 1 && is_expected(death), "{}: {death:?}", host.kind()),
                Outcome::Failed { .. } => panic!("{}: {outcome:?}", host.kind()),
            }
        }
    }
}

/// What an input finds that others have left behind, with misbehaviours that do not end an agent: each input's own view, of
/// five of which the second and the fourth misbehave, in two batches.
fn left_behind(host: &Host, kind: &str, isolation: Isolation) -> ([u64; 5], u64) {
    let options = Options { isolation, ..Options::default() };
    let mut worker = host.worker_with(&[&format!("misbehave={kind}")], options).unwrap();
    worker.submit([&b"one"[..], b"!two", b"three"].into_iter().collect()).unwrap();
    worker.submit([&b"!four"[..], b"five"].into_iter().collect()).unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let state = |run: &halligan::host::Run<'_>| run.observation().last_chunk().copied().map(u64::from_le_bytes);
        let look = |_, run: halligan::host::Run<'_>| {
            seen.push(state(&run).unwrap_or_else(|| panic!("{} {isolation}: {:?}", host.kind(), run.outcome)));
        };
        worker.collect(look).unwrap();
    }
    (seen.try_into().unwrap(), worker.starts())
}

#[test]
fn what_an_input_leaves_behind_is_gone_from_the_next_under_snapshot_and_fresh() {
    for (host, kind) in HOSTS.iter().flat_map(|host| ["leak", "scribble", "corrupt"].map(|kind| (host, kind))) {
        let context = format!("{} {kind}", host.kind());
        let ([one, two, three, four, five], starts) = left_behind(host, kind, Isolation::Persistent);
        assert!(two == three && four == five && one != two && three != four, "{context}: nothing was left behind");
        assert_eq!(starts, 1, "{context}");
        for (isolation, agents) in [(Isolation::Snapshot, 1), (Isolation::Fresh, 5)] {
            assert_eq!(
                left_behind(host, kind, isolation),
                ([one, two, one, two, one], agents),
                "{context} {isolation}"
            );
        }
    }
}

#[test]
fn a_panic_is_told_with_its_place() {
    check("panic", |death| {
        let Death::Panic { message, backtrace } = death else { return false };
        message.contains("a panic on request") && message.contains("misbehaviour.rs:") && !backtrace.is_empty()
    });
    for host in HOSTS.iter() {
        let (outcomes, _) = misbehave(host, "panic", Isolation::Snapshot);
        let Outcome::Died(Death::Panic { backtrace, .. }) = &outcomes[1] else { panic!("{outcomes:?}") };
        let frames = host.edges().backtrace(backtrace).unwrap();
        let place = |frame: &halligan::edges::Frame| frame.place.file == "targets/solo5/src/misbehaviour.rs";
        assert!(frames.iter().any(place), "{}: {frames:#?}", host.kind());
    }
}

#[test]
fn a_fault_is_told_with_its_place() {
    check("fault", |death| matches!(death, Death::Fault { address: 8, .. }));
    for host in HOSTS.iter() {
        let (outcomes, _) = misbehave(host, "fault", Isolation::Snapshot);
        let Outcome::Died(Death::Fault { rip, signal, .. }) = outcomes[1] else { panic!("{outcomes:?}") };
        assert_eq!(signal, libc::SIGSEGV as u32);
        let frames = host.edges().frames(rip).unwrap();
        assert_eq!(frames[0].place.file, "targets/solo5/src/misbehaviour.rs", "{}", host.kind());
    }
}

#[test]
fn a_loop_without_end_is_a_hang() {
    check("loop", |death| *death == Death::Hang);
}

#[test]
fn memory_that_runs_out_is_told_apart() {
    check("oom", |death| matches!(death, Death::OutOfMemory { .. }));
}

#[test]
fn a_forbidden_system_call_is_told_apart() {
    check("syscall", |death| *death == Death::ForbiddenSyscall);
}

#[test]
fn an_agent_that_does_not_start_is_an_error_in_one_line() {
    for host in HOSTS.iter() {
        let mut worker: Worker = host.worker_with(&["sulk"], Options::default()).unwrap();
        let error = format!("{:#}", worker.run(b"", |_| ()).unwrap_err());
        assert!(error.contains("did not start") && error.contains("there is no target 'sulk'"), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn the_seeds_pass_and_the_hosts_agree() {
    let done = halligan(["run", "tcp_parser", "corpora/tcp_parser/seeds"]);
    let count = seeds(halligan_targets::find("tcp_parser").unwrap()).len();
    assert_eq!(done.status, 0, "{}{}", done.stdout, done.stderr);
    assert!(done.stdout.ends_with(&format!("{count} inputs: {count} passed, 0 failed, 0 differ\n")), "{}", done.stdout);
    let done = halligan(["compare", "tcp_parser", "corpora/tcp_parser/seeds"]);
    assert_eq!(done.status, 0, "{}{}", done.stdout, done.stderr);
    assert!(done.stdout.ends_with("the same on every host\n"), "{}", done.stdout);
}

#[test]
fn a_replay_is_told_as_json_too() {
    let path = "corpora/tcp_parser/seeds/rst-55f62967";
    let done = halligan(["run", "tcp_parser", path, "--json"]);
    let told: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&told["input"], &told["agree"]), (&path.into(), &true.into()));
    assert_eq!(told["hosts"]["spt"]["verdict"], "passed");
    assert_eq!(told["hosts"]["spt"]["observation"], told["hosts"]["native"]["observation"]);
}

#[test]
fn a_corrupt_image_is_an_error_in_one_line() {
    let folder = tempfile::TempDir::new().unwrap();
    let agents = Agents::build(None).unwrap();
    let image = folder.path().join("image");
    let whole = fs::read(&agents.unikernel).unwrap();
    let load = || {
        let error = Host::new(Kind::Spt, &Agents { unikernel: image.clone(), ..agents.clone() }).err().unwrap();
        let error = format!("{error:#}");
        assert_eq!(error.lines().count(), 1, "{error}");
        error
    };
    assert!(load().contains("image: No such file"), "{}", load());
    for bytes in [&b""[..], b"#!/bin/sh\n", &whole[..64], &whole[..whole.len() / 2]] {
        fs::write(&image, bytes).unwrap();
        assert!(load().contains("is corrupt (remove it, and it is built anew)"), "{}", load());
    }
    assert!(workspace().join("corpora").is_dir());
}

#[test]
fn agents_do_not_outlive_a_harness_that_is_killed() {
    let hosts = HOSTS.len();
    let folder = tempfile::TempDir::new().unwrap();
    let mut harness = common::command()
        .args(["fuzz", "tcp_parser", "--for", "60s", "--jobs", "1"])
        .args(["--corpus".as_ref(), folder.path().join("corpus").as_os_str()])
        .args(["--findings".as_ref(), folder.path().join("findings").as_os_str()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let agents = || -> Vec<u32> { children(harness.id()).into_iter().filter(|pid| is_agent(*pid)).collect() };
    wait_until("all agents run", || agents().len() == hosts);
    let agents = agents();
    harness.kill().unwrap();
    harness.wait().unwrap();
    wait_until("no agent runs", || agents.iter().all(|pid| !is_agent(*pid)));
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "after 20 s it is not so that {what}");
        sleep(Duration::from_millis(20));
    }
}

fn children(parent: u32) -> Vec<u32> {
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_child = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|id| id.trim() == parent.to_string()))
    };
    pids.filter(is_child).collect()
}

fn is_agent(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("--mailbox="))
}
