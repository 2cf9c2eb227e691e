//! From crash files to regressions: `triage`, and `promote`.

mod common;

use std::fs;
use std::path::Path;

use common::{Done, command, crashing, halligan, harmless};
use halligan_generators::Model;
use halligan_generators::model::tcp::Segment;
use serde_json::Value;
use tempfile::TempDir;

const PLANT: [&str; 2] = ["--plant", "tcp_parser/panic"];

fn triage(folder: &Path, more: &[&str]) -> Done {
    let mut command = command();
    command.args(["triage", "tcp_parser"]).arg(folder.join("crashes")).args(PLANT).args(more);
    Done::of(command)
}

/// A folder of crashes: many of one kind, one of which lost its checksum's and options' order, and two that are none.
fn crashes() -> TempDir {
    let folder = TempDir::new().unwrap();
    let crashes = folder.path().join("crashes");
    fs::create_dir(&crashes).unwrap();
    for size in 0..30 {
        fs::write(crashes.join(format!("crash-{size:02}")), crashing(size * 5)).unwrap();
    }
    for name in ["passes", "passes-too"] {
        fs::write(crashes.join(name), harmless()).unwrap();
    }
    folder
}

#[test]
fn many_crashes_of_one_cause_are_one_finding_of_one_form() {
    let folder = crashes();
    let findings = folder.path().join("findings");
    let done = triage(folder.path(), &["--json", "--findings", &findings.display().to_string()]);
    assert_eq!(done.status, 1, "{done:?}");
    let groups: Vec<Value> = done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(groups.len(), 1, "{done:?}");
    let group = &groups[0];
    assert_eq!((&group["kind"], &group["files"]), (&"panic".into(), &30.into()));
    assert!(group["hosts"].as_array().unwrap().len() >= 2, "{group}");
    assert!(group["line"].as_str().unwrap().contains("panic at targets/src/tcp/mod.rs:"), "{group}");
    let forms = group["forms"].as_array().unwrap();
    assert_eq!(forms.len(), 1, "{group}");
    assert_eq!((&forms[0]["bytes"], &forms[0]["lies"]), (&36.into(), &0.into()));
    let written = Path::new(group["folder"].as_str().unwrap());
    assert!(
        written.starts_with(&findings) && written.join("minimised").is_file() && written.join("report.md").is_file()
    );

    // Again, from what is there: the same table, and now for people.
    let done = triage(folder.path(), &[]);
    assert!(done.stdout.ends_with("1 finding in 32 inputs; 2 pass, 0 could not be minimised\n"), "{done:?}");
    assert!(done.stdout.starts_with("   30  panic at "), "{done:?}");
}

#[test]
fn where_nothing_breaks_there_is_no_finding() {
    let folder = crashes();
    let crashes = folder.path().join("crashes");
    let done = halligan(["triage", "tcp_parser", &crashes.display().to_string()]);
    assert_eq!(done.status, 0, "{done:?}");
    assert!(done.stdout.ends_with("0 findings in 32 inputs; 32 pass, 0 could not be minimised\n"), "{done:?}");
}

#[test]
fn a_finding_is_promoted_to_a_regression() {
    let folder = crashes();
    let findings = folder.path().join("findings");
    let done = triage(folder.path(), &["--json", "--findings", &findings.display().to_string()]);
    let group: Value = serde_json::from_str(done.stdout.lines().next().unwrap()).unwrap();
    let finding = group["folder"].as_str().unwrap();
    let to = folder.path().join("regressions");
    let promote = |name: &str| halligan(["promote", finding, "--name", name, "--to", &to.display().to_string()]);

    for name in ["../up", ".hidden", "explains.md", "", "a b"] {
        assert_eq!(promote(name).status, 2, "{name}");
    }
    assert!(Path::new(finding).exists() && !to.exists());
    let smallest = fs::read(Path::new(finding).join("minimised")).unwrap();
    let done = promote("stamps");
    assert_eq!(done.status, 0, "{done:?}");
    assert_eq!(fs::read(to.join("stamps")).unwrap(), smallest);
    let said = fs::read_to_string(to.join("stamps.md")).unwrap();
    assert!(said.contains("# tcp_parser: panic") && said.contains(&to.join("stamps").display().to_string()), "{said}");
    assert!(!said.contains(finding) && !Path::new(finding).exists());
    promote("stamps").fails_with("there is no finding");

    // `run` takes the input and leaves its explanation alone.
    let done = halligan(["run", "tcp_parser", &to.display().to_string()]);
    assert_eq!((done.status, done.stdout.lines().count()), (0, 1), "{done:?}");
    assert!(matches!(Segment::dissect(&smallest), Segment::Whole { .. }));
}

#[test]
fn what_is_no_finding_is_not_promoted() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().display().to_string();
    halligan(["promote", &path]).fails_with("there is no finding");
    fs::write(folder.path().join("report.json"), "{").unwrap();
    halligan(["promote", &path]).fails_with("is not a finding's report");
    fs::write(folder.path().join("report.json"), r#"{"target": "gone"}"#).unwrap();
    halligan(["promote", &path]).fails_with("there is no target 'gone'");
    fs::write(folder.path().join("report.json"), r#"{"target": "tcp_parser"}"#).unwrap();
    halligan(["promote", &path]).fails_with("holds no input");
}
