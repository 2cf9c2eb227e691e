//! Corpora on their way: `export` to a capture and back, `cmin`, and merging.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{Done, command, crashing, halligan};
use halligan::agents::Agents;
use halligan::compare::replay;
use halligan::corpus;
use halligan::host::{Host, Kind, Options};
use halligan_targets::TcpParser;
use halligan_targets::planted::PANIC;
use tempfile::TempDir;

fn cmin(inputs: &[&Path], to: &Path, more: &[&str]) -> Done {
    let mut command = command();
    command.args(["cmin", "tcp_parser"]).args(inputs).arg("--to").arg(to).args(more);
    Done::of(command)
}

fn contents(folder: &Path) -> BTreeSet<Vec<u8>> {
    corpus::read_folder(folder).unwrap().into_iter().map(|input| input.bytes).collect()
}

/// The edges that the inputs of a folder cover.
fn edges(folder: &Path, kind: Kind) -> BTreeSet<u32> {
    let host = Host::new(kind, &Agents::build(None).unwrap()).unwrap();
    let inputs = contents(folder);
    replay(&host, &TcpParser, Options::default(), inputs.iter().map(|input| &input[..]), |_| ()).unwrap().covered
}

#[test]
fn what_is_exported_is_imported_again() {
    let folder = TempDir::new().unwrap();
    let seeds = corpus::seeds("tcp_parser");
    let (capture, to) = (folder.path().join("new/seeds.pcapng"), folder.path().join("again"));
    let [capture_text, to_text] = [&capture, &to].map(|path| path.display().to_string());
    let done = halligan(["export", "tcp_parser", &seeds.display().to_string(), "--to", &capture_text]);
    assert!(done.status == 0 && done.stdout.contains(&format!("{} packets to", contents(&seeds).len())), "{done:?}");
    let done = halligan(["import", &capture_text, "--target", "tcp_parser", "--to", &to_text]);
    assert_eq!(done.status, 0, "{done:?}");
    assert_eq!(contents(&to), contents(&seeds));
    let text = String::from_utf8_lossy(&fs::read(&capture).unwrap()).into_owned();
    assert!(text.contains("syn-") && text.contains("acknowledgment number"), "comments");
}

#[test]
fn the_smallest_corpus_covers_as_much_on_every_host() {
    let folder = TempDir::new().unwrap();
    let (seeds, to) = (corpus::seeds("tcp_parser"), folder.path().join("smallest"));
    let done = cmin(&[&seeds], &to, &[]);
    assert_eq!(done.status, 0, "{done:?}");
    let (before, after) = (contents(&seeds), contents(&to));
    assert!(after.len() * 2 < before.len() && after.is_subset(&before), "{} of {}", after.len(), before.len());
    for kind in Kind::ALL.into_iter().filter(|kind| kind.available().is_ok()) {
        assert_eq!(edges(&to, kind), edges(&seeds, kind), "{kind}");
    }
    for input in corpus::read_folder(&to).unwrap() {
        assert_eq!(input.path.file_name().unwrap().to_str().unwrap(), corpus::name(&input.bytes));
    }
    // There is nothing to add to it.
    let done = cmin(&[&seeds], &to, &[]);
    assert!(done.stdout.contains("kept  0 of "), "{done:?}");
    assert_eq!(contents(&to), after);
}

#[test]
fn corpora_are_merged() {
    let folder = TempDir::new().unwrap();
    let [one, other, to] = ["one", "other", "to"].map(|name| folder.path().join(name));
    let seeds = contents(&corpus::seeds("tcp_parser"));
    for (index, seed) in seeds.iter().enumerate() {
        let part = corpus::Folder::create(if index % 2 == 0 { &one } else { &other }).unwrap();
        part.save(seed).unwrap();
    }
    assert_eq!(cmin(&[&one], &to, &[]).status, 0);
    let first = contents(&to);
    assert_eq!(cmin(&[&other], &to, &[]).status, 0);
    assert!(first.is_subset(&contents(&to)), "what was there stays");
    let all = folder.path().join("all");
    fs::create_dir(&all).unwrap();
    seeds.iter().for_each(|seed| drop(corpus::Folder::create(&all).unwrap().save(seed).unwrap()));
    assert_eq!(edges(&to, Kind::Native), edges(&all, Kind::Native));
}

#[test]
fn what_breaks_something_is_left_out_and_said() {
    let folder = TempDir::new().unwrap();
    let (inputs, to) = (folder.path().join("inputs"), folder.path().join("to"));
    let corpus = corpus::Folder::create(&inputs).unwrap();
    corpus.save(&crashing(4)).unwrap();
    let done = cmin(&[&inputs], &to, &["--plant", PANIC]);
    assert!(done.status == 2 && done.stderr.contains("each of the 1 inputs breaks something"), "{done:?}");
    corpus.save(&common::harmless()).unwrap();
    let done = cmin(&[&inputs], &to, &["--plant", PANIC]);
    assert!(done.status == 0 && done.stderr.contains("1 inputs break something and are left out"), "{done:?}");
    assert_eq!(contents(&to), [common::harmless()].into());
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("file"), "x").unwrap();
    halligan(["export", "tcp_parser", &path("missing"), "--to", &path("x.pcapng")]).fails_with("cannot open");
    halligan(["export", "tcp_parser", &path("file"), "--to", &path("file/x")]).fails_with("cannot write to the folder");
    halligan(["cmin", "tcp_parser", &path("file"), "--to", &path("file")]).fails_with("cannot write to the folder");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
