//! Campaigns that cannot read or write: that is told of, and the rest goes on.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{Done, command};
use halligan::corpus;
use tempfile::TempDir;

fn fuzz(folder: &Path, more: &[&str]) -> Command {
    let mut command = command();
    command.args(["fuzz", "tcp_parser", "--host=native", "--jobs=1", "--seed=1"]).args(more);
    command.arg("--corpus").arg(folder.join("corpus")).arg("--findings").arg(folder.join("findings"));
    command
}

/// The inputs of a corpus; fails where one is torn.
fn inputs(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(files) = corpus::list_folder(folder) else { return BTreeMap::new() };
    let whole = |file: std::path::PathBuf| {
        let (name, bytes) = (file.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&file).unwrap());
        assert_eq!(name, corpus::name(&bytes), "a torn file");
        (name, bytes)
    };
    files.into_iter().map(whole).collect()
}

#[test]
fn damaged_files_are_told_of_and_the_rest_goes_on() {
    let folder = TempDir::new().unwrap();
    let corpus = folder.path().join("corpus");
    fs::create_dir_all(corpus.join(".campaign")).unwrap();
    fs::write(corpus.join(".campaign/record.json"), "torn").unwrap();
    fs::write(corpus.join("large"), vec![0; 2 << 20]).unwrap();
    fs::write(corpus.join("0123456789012345678901234567890123456789"), "torn").unwrap();
    let done = Done::of(fuzz(folder.path(), &["--runs=3000"]));
    assert_eq!(done.status, 0, "{done:?}");
    let warnings: Vec<_> = done.stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert_eq!(warnings.len(), 3, "{done:?}");
    for expected in ["is not what its name says", "large is larger than 1 MiB", "is not a campaign's record"] {
        assert!(warnings.iter().any(|line| line.contains(expected)), "{expected}: {warnings:?}");
    }
}

/// A small file system in memory, in a namespace of its own, with a command in it; none where that is not allowed.
fn on_a_full_disk(command: &Command, disk: &Path) -> Option<Done> {
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--map-root-user", "sh", "-c"]);
    // Little is left of it once the campaign begins: the filler takes 56 of 64 KiB.
    let script = "mount -t tmpfs -o size=64k tmpfs \"$0\" && head -c 57344 /dev/zero > \"$0/filler\" && exec \"$@\"";
    unshare.arg(script).arg(disk).arg(command.get_program()).args(command.get_args());
    unshare.current_dir(common::workspace());
    let done = Done::of(unshare);
    let refused = done.stderr.contains("unshare failed") || done.stderr.contains("permission denied");
    (!refused).then_some(done)
}

#[test]
fn a_full_disk_is_told_of_once_and_fuzzing_goes_on() {
    let folder = TempDir::new().unwrap();
    let command = fuzz(folder.path(), &["--runs=30000"]);
    let Some(done) = on_a_full_disk(&command, folder.path()) else {
        eprintln!("skipped the full disk: no namespaces here");
        return;
    };
    assert_eq!(done.status, 0, "{done:?}");
    let warnings: Vec<_> = done.stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert!((1..40).contains(&warnings.len()), "{done:?}");
    assert!(warnings.iter().any(|line| line.contains("No space left on device")), "{warnings:?}");
    assert!(warnings.iter().any(|line| line.contains("inputs could not be saved in ")), "{warnings:?}");
    assert!(done.stdout.contains("30,000"), "{done:?}");
}

#[test]
fn where_the_corpus_is_away_for_a_while_it_is_written_later() {
    let folder = TempDir::new().unwrap();
    let (corpus, aside) = (folder.path().join("corpus"), folder.path().join("aside"));
    let child = fuzz(folder.path(), &["--for=6s"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while inputs(&corpus).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(60), "it keeps inputs");
        thread::sleep(Duration::from_millis(1));
    }
    fs::rename(&corpus, &aside).unwrap();
    thread::sleep(Duration::from_secs(2));
    fs::rename(&aside, &corpus).unwrap();
    let output = child.wait_with_output().unwrap();
    let (told, table) = (String::from_utf8(output.stderr).unwrap(), String::from_utf8(output.stdout).unwrap());
    assert!(output.status.success() && told.contains("warning: cannot write"), "{told}");
    assert!(!told.contains("could not be saved"), "{told}");
    let kept = table.lines().find_map(|line| line.split_once(" inputs kept in ")).expect("the end says how many").0;
    assert_eq!(kept.replace(',', "").parse::<usize>().unwrap(), inputs(&corpus).len(), "{table}");
}
