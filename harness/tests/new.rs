//! `halligan new`: a target in a crate of one's own, away from this workspace.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Done, command, halligan, workspace};
use tempfile::TempDir;

fn new(folder: &Path, name: &str) -> Done {
    let mut command = command();
    command.args(["new", name, "--in"]).arg(folder);
    Done::of(command)
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let folder = TempDir::new().unwrap();
    new(folder.path(), "parser").fails_with("is not the folder of a crate");
    for name in ["", "Parser", "a-b", "../up", "9a"] {
        assert_eq!(halligan(["new", name]).status, 2, "{name}");
    }
    fs::write(folder.path().join("Cargo.toml"), "[package").unwrap();
    new(folder.path(), "parser").fails_with("cargo cannot read");
    assert!(!folder.path().join("fuzz").exists());
}

/// A crate with nothing in it but a parser.
fn own_crate(folder: &Path) {
    let manifest = "[package]\nname = \"my-crate\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    let parser = "/// Reads a kind, a length and as many bytes.\n\
        pub fn parse(input: &[u8]) -> Option<(u8, &[u8])> {\n    \
        let [kind, length, rest @ ..] = input else { return None };\n    \
        Some((*kind, rest.get(..usize::from(*length))?))\n}\n";
    fs::create_dir(folder.join("src")).unwrap();
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/lib.rs"), parser).unwrap();
}

/// Cargo in the crate's folder, with what the registry was asked for already; it builds in `target`.
fn cargo(folder: &Path, target: &Path, arguments: &[&str]) -> Done {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).current_dir(folder).env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", target);
    // What the README has installed; the harness's own flags are not the user's.
    cargo.env("RUSTUP_TOOLCHAIN", "nightly").env_remove("RUSTFLAGS");
    Done::of(cargo)
}

/// What the README's section on one's own parser says, as it says it: scaffold, test, put one's own parser in, fuzz.
#[test]
#[ignore = "needs cargo-fuzz and its dependencies, and minutes"]
fn an_own_parser_is_tested_and_fuzzed_and_its_fault_is_found() {
    let folder = TempDir::new().unwrap();
    let (folder, target) = (folder.path(), workspace().join("fuzz/target"));
    own_crate(folder);
    let done = new(folder, "my_parser");
    assert_eq!(done.status, 0, "{done:?}");
    for command in ["cargo test --manifest-path fuzz/Cargo.toml", "cargo fuzz run my_parser"] {
        assert!(done.stdout.contains(command), "{done:?}");
    }
    // The parser of the crate in place of the one that was written.
    let file = folder.join("fuzz/src/my_parser.rs");
    let written = fs::read_to_string(&file).unwrap();
    let (head, rest) = written.split_once("// Make it yours").unwrap();
    let (_, rest) = rest.split_once("\n}\n").unwrap();
    fs::write(&file, format!("{head}pub use my_crate::parse;\n{rest}")).unwrap();

    let done = cargo(folder, &target, &["test", "--manifest-path", "fuzz/Cargo.toml"]);
    assert!(done.status == 0 && done.stdout.contains("the_property_holds ... ok"), "{done:?}");
    let run = ["fuzz", "run", "my_parser", "--", "-runs=20000", "-seed=1"];
    let done = cargo(folder, &target, &run);
    assert!(done.status == 0 && done.stderr.contains("Done 20000 runs"), "{done:?}");

    // A mistake in the parser: nobody has to change the target for it to be found.
    let parser = folder.join("src/lib.rs");
    let wrong = fs::read_to_string(&parser).unwrap().replace("Some((*kind,", "Some((*kind & 0x7f,");
    fs::write(&parser, wrong).unwrap();
    let done = cargo(folder, &target, &["test", "--manifest-path", "fuzz/Cargo.toml"]);
    assert!(done.status != 0 && done.stdout.contains("the_property_holds ... FAILED"), "{done:?}");
    let done = cargo(folder, &target, &run);
    assert!(done.status != 0 && done.stderr.contains("Whole { kind: "), "{done:?}");
    assert_eq!(fs::read_dir(folder.join("fuzz/artifacts/my_parser")).unwrap().count(), 1);
}
