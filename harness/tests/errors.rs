//! What is wrong with a command is said in one line.

mod common;

use std::fs;
use std::io::Read;
use std::process::Stdio;

use common::{command, halligan};
use halligan_targets::TARGETS;
use tempfile::TempDir;

#[test]
fn a_target_that_does_not_exist() {
    let names: Vec<_> = TARGETS.iter().map(|target| target.name()).collect();
    let expected = &format!("there is no target 'tls'; the targets are {}\n", names.join(", "));
    halligan(["run", "tls", "Cargo.toml"]).fails_with(expected);
    halligan(["show", "tls", "Cargo.toml"]).fails_with(expected);
    halligan(["compare", "tls", "Cargo.toml"]).fails_with(expected);
    halligan(["import", "Cargo.toml", "--target", "tls"]).fails_with(expected);
    halligan(["show", "tcp_parsr", "x"]).fails_with("there is no target 'tcp_parsr' (did you mean 'tcp_parser'?);");
}

#[test]
fn an_input_that_is_missing_or_none() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).into_os_string().into_string().unwrap();
    let missing = path("missing");
    halligan(["run", "tcp_parser", &missing]).fails_with(&format!("cannot open {missing}: No such file"));
    halligan(["show", "tcp_parser", &missing]).fails_with(&format!("cannot open {missing}: No such file"));
    halligan(["show", "tcp_parser", &path("")]).fails_with("is a folder, not an input");
    halligan(["run", "tcp_parser", &path("")]).fails_with("is empty: there is nothing to run");
    fs::write(path("large"), vec![0; (1 << 20) + 1]).unwrap();
    halligan(["run", "tcp_parser", &path("large")]).fails_with("large is larger than 1 MiB: not an input");
    halligan(["run", "tcp_parser", &path("")]).fails_with("large is larger than 1 MiB: not an input");
}

#[test]
fn arguments_that_make_no_sense() {
    for arguments in [&["run"][..], &["sing"], &["run", "tcp_parser", "x", "--host", "moon"], &[]] {
        let done = halligan(arguments);
        assert_eq!((done.status, &done.stdout[..]), (2, ""));
        assert!(!done.stderr.contains("panicked"));
    }
}

#[test]
fn a_reader_that_has_seen_enough() {
    let mut child = command()
        .args(["list", "--properties"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), &said[..]), (Some(0), ""));
}

#[test]
fn help_tells_the_exit_status() {
    for arguments in [&["--help"][..], &["run", "--help"], &["compare", "--help"], &["show", "--help"]] {
        let done = halligan(arguments);
        assert!(done.status == 0 && done.stdout.contains("Exit status:"), "{arguments:?}");
    }
}
