//! `min`: the same failure in fewest lies and bytes, for files and folders, and on from where it was stopped.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use common::{Done, command, crashing, halligan, harmless};
use halligan_generators::model::tcp::{Flags, Segment};
use halligan_generators::{Derived, Model};
use halligan_targets::{AnyTarget, TcpParser};
use serde_json::Value;
use tempfile::TempDir;

const CHECKSUM: [&str; 2] = ["--plant", "tcp_parser/checksum_exact"];
const PANIC: [&str; 2] = ["--plant", "tcp_parser/panic"];

fn min(path: &Path, more: &[&str]) -> Done {
    let mut command = command();
    command.args(["min", "tcp_parser"]).arg(path).args(more);
    Done::of(command)
}

fn read(path: impl AsRef<Path>) -> Vec<u8> {
    fs::read(path.as_ref()).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

fn record(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&read(folder.join(format!(".{name}.json")))).unwrap()
}

#[test]
fn a_panic_keeps_the_two_options_that_it_takes() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("crash");
    fs::write(&input, crashing(300)).unwrap();
    let done = min(&input, &PANIC);
    assert_eq!(done.status, 0, "{done:?}");
    let smallest = read(folder.path().join("min/crash"));
    // A header of 20 bytes, options of 3 and 10, and padding.
    assert_eq!((smallest.len(), TcpParser.lies(&smallest)), (36, 0), "{done:?}");
    let before = crashing(300);
    let said = format!("{} -> 36 bytes, {} -> 0 lies, ", before.len(), TcpParser.lies(&before));
    assert!(done.stdout.contains(&said) && done.stdout.contains("panic on native"), "{}", done.stdout);
    assert!(record(&folder.path().join("min"), "crash")["executions"].as_u64() < Some(600), "{done:?}");
    assert_eq!(
        halligan(["run", "tcp_parser", PANIC[0], PANIC[1], &folder.path().join("min/crash").display().to_string()])
            .status,
        1
    );
}

#[test]
fn a_folder_is_minimised_file_by_file_and_what_is_no_crash_is_said() {
    let folder = TempDir::new().unwrap();
    let (crashes, to) = (folder.path().join("crashes"), folder.path().join("to"));
    fs::create_dir(&crashes).unwrap();
    for size in 0..6 {
        fs::write(crashes.join(format!("crash-{size}")), crashing(size * 9)).unwrap();
    }
    fs::write(crashes.join("passes"), harmless()).unwrap();
    fs::write(crashes.join("too-large"), vec![0; 2 << 20]).unwrap();
    let to_text = to.display().to_string();
    let done = min(&crashes, &[PANIC[0], PANIC[1], "--to", &to_text, "--jobs", "2"]);
    // One file could not be read; the others were minimised all the same, and to the very same input.
    assert_eq!(done.status, 2, "{done:?}");
    assert!(
        done.stdout.contains("too-large is larger than 1 MiB")
            && done.stdout.contains("6 minimised, 1 pass, 1 could not be"),
        "{done:?}"
    );
    assert!(done.stderr.ends_with("error: 1 of 8 inputs could not be minimised\n"), "{done:?}");
    let results: BTreeSet<_> = (0..6).map(|size| read(to.join(format!("crash-{size}")))).collect();
    assert_eq!(results.iter().map(Vec::len).collect::<Vec<_>>(), [36], "{done:?}");
    assert!(!to.join("passes").exists() && !to.join("too-large").exists());
}

#[test]
fn what_was_done_before_is_not_done_again() {
    let folder = TempDir::new().unwrap();
    let (input, result) = (folder.path().join("crash"), folder.path().join("min/crash"));
    fs::write(&input, crashing(40)).unwrap();
    assert_eq!(min(&input, &PANIC).status, 0);
    let (first, written) =
        (record(&folder.path().join("min"), "crash"), fs::metadata(&result).unwrap().modified().unwrap());
    let done = min(&input, &PANIC);
    assert!(done.status == 0 && done.stdout.contains("was done before"), "{done:?}");
    assert_eq!(record(&folder.path().join("min"), "crash"), first);
    assert_eq!(fs::metadata(&result).unwrap().modified().unwrap(), written);
    // Another input of that name is another matter, and so is a result that fails no more.
    fs::write(&input, crashing(41)).unwrap();
    assert!(!min(&input, &PANIC).stdout.contains("was done before"));
    fs::write(&result, b"torn").unwrap();
    assert!(!min(&input, &PANIC).stdout.contains("was done before"));
    assert_eq!(read(&result).len(), 36);
}

#[test]
fn killed_at_any_moment_it_goes_on_where_it_was() {
    let folder = TempDir::new().unwrap();
    let (input, to) = (folder.path().join("crash"), folder.path().join("min"));
    fs::write(&input, crashing(1200)).unwrap();
    let (mut sizes, mut executions) = (vec![crashing(1200).len()], 0);
    for moment in 0..12 {
        let mut child = command()
            .args(["min", "tcp_parser", PANIC[0], PANIC[1], "--host", "native"])
            .arg(&input)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while !to.join("crash").exists()
            && child.try_wait().unwrap().is_none()
            && start.elapsed() < Duration::from_secs(60)
        {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(moment * 7 % 40));
        child.kill().unwrap();
        child.wait().unwrap();
        // Whatever is there is whole: it still fails, and the record can be read.
        let best = read(to.join("crash"));
        assert!(best.len() <= *sizes.last().unwrap());
        sizes.push(best.len());
        if to.join(".crash.json").exists() {
            let spent = record(&to, "crash")["executions"].as_u64().unwrap();
            assert!(spent >= executions);
            executions = spent;
        }
        let path = to.join("crash").display().to_string();
        assert_eq!(halligan(["run", "tcp_parser", PANIC[0], PANIC[1], "--host", "native", &path]).status, 1);
    }
    assert_eq!(min(&input, &[PANIC[0], PANIC[1], "--host", "native"]).status, 0);
    assert_eq!(read(to.join("crash")).len(), 36, "{sizes:?}");
}

#[test]
fn a_limit_ends_it_and_the_next_run_goes_on() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("crash");
    fs::write(&input, crashing(500)).unwrap();
    let limited = [PANIC[0], PANIC[1], "--executions", "20"];
    let done = min(&input, &limited);
    assert!(done.status == 0 && done.stdout.contains("20 executions, not finished"), "{done:?}");
    let done = min(&input, &limited);
    assert!(done.stdout.contains(" 40 executions"), "{done:?}");
    assert_eq!(min(&input, &PANIC).status, 0);
    assert_eq!(read(folder.path().join("min/crash")).len(), 36);
}

#[test]
fn the_property_stays_the_same() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("wrong");
    // The fault takes URG and a checksum of 0, which is a lie; the lie of the data offset has no part in it.
    let Segment::Whole { mut header, payload } = Segment::dissect(&crashing(64)) else { unreachable!() };
    header.flags = header.flags | Flags::URG;
    (header.checksum, header.reserved) = (Derived::Lie(0), Derived::Lie(3));
    fs::write(&input, Segment::Whole { header, payload }.emit()).unwrap();
    let done = min(&input, &CHECKSUM);
    assert_eq!(done.status, 0, "{done:?}");
    assert!(done.stdout.contains(", 2 -> 1 lies") && done.stdout.contains("checksum_exact on native"), "{done:?}");
    let smallest = read(folder.path().join("min/wrong"));
    assert_eq!((smallest.len(), TcpParser.lies(&smallest)), (20, 1), "{done:?}");
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    halligan(["min", "tcp_parser", &path("missing")]).fails_with("cannot open");
    halligan(["min", "tcp_parser", &path("")]).fails_with("is empty: there is nothing to run");
    fs::write(path("a"), harmless()).unwrap();
    let done = halligan(["min", "tcp_parser", &path("a")]);
    assert!(done.status == 2 && done.stderr.ends_with("a breaks nothing: there is nothing to minimise\n"), "{done:?}");
    fs::create_dir(path("b")).unwrap();
    fs::write(folder.path().join("b/a"), "").unwrap();
    halligan(["min", "tcp_parser", &path("a"), &path("b/a"), "--to", &path("to")]).fails_with("have one name");
    halligan(["min", "tcp_parser", &path("a"), "--to", &path("a")]).fails_with("cannot write to the folder");
}
