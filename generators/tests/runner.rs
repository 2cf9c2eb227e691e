//! The runner as a program: what it prints and how it exits.

mod program;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
    time::{Duration, Instant},
};

fn program() -> &'static Path {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| program::example("faults"));
    &PROGRAM
}

fn run(arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).env_remove("__AFL_SHM_ID").output().expect("the example runs")
}

/// The exit status and what was printed.
fn outcome(arguments: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = run(arguments);
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    (status.code().expect("no signal"), text)
}

/// A file with these choices.
fn file(choices: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(&file, choices).expect("it can be written");
    file
}

fn path(file: &tempfile::NamedTempFile) -> &str {
    file.path().to_str().expect("plain letters")
}

#[track_caller]
fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[test]
fn without_arguments_every_property_runs() {
    let (status, text) = outcome(&[]);
    assert_eq!(status, 1);
    assert!(text.starts_with("seed "), "{text}");
    assert_has(&text, &["reversing twice changes nothing ... pass, 1,000 values\n", " of 12 properties failed\n"]);
}

#[test]
fn counterexamples_are_minimal_code_and_say_how_to_replay() {
    let (status, text) = outcome(&["--seed", "1", "the sum"]);
    assert_eq!(status, 1);
    let again = format!("again:  {} --choices '01e80300' 'the sum is small'", program().display());
    assert_has(&text, &["    vec![1000]\n    fails: the check does not hold\n    at ", "faults.rs:32:13\n", &again]);
}

#[test]
fn the_commands_that_are_printed_replay() {
    let (_, text) = outcome(&["--seed", "1", "the sum"]);
    for command in ["again:", "before:"] {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(command)).expect("both are printed");
        let output = Command::new("sh").args(["-c", line]).output().expect("a shell");
        assert_eq!(output.status.code(), Some(1), "{line}");
        let replayed = String::from_utf8_lossy(&output.stdout);
        assert_has(&replayed, &["vec![1000]"]);
        assert!(command == "again:" || replayed.contains("FAIL, value 1,"), "{replayed}");
    }
}

#[test]
fn each_kind_of_failure_says_what_it_is() {
    let (status, text) = outcome(&["--seed", "1"]);
    assert_eq!(status, 1);
    assert_has(
        &text,
        &[
            "    (vec![0], 1)\n    fails: panic: index out of bounds: the len is 1 but the index is 1\n    at ",
            "    Point { x: 0, y: -1 }\n    fails: 0 is not -1\n",
            "    port 1\n",
            "\")\n    fails: error: number too large to fit in target type\n",
            "nothing passes ... FAIL: the guard rejected 1000 of 1000 values: loosen it, or draw values that pass it\n",
            "    (no value: the generator panics)\n    fails: panic: no such side: 7\n    at ",
            "    (not printed: panic: out of ink)\n    fails: the check does not hold\n",
            "hardly anything is labelled ... FAIL: ",
            "values are \"one bit pattern apart\", less than the 1 % required\n",
        ],
    );
}

#[test]
fn the_same_seed_gives_the_same_output() {
    let (first, second) = (outcome(&["--seed", "5"]), outcome(&["--seed", "5"]));
    assert_eq!(first, second);
    assert_ne!(outcome(&["--seed", "6"]).1, first.1);
}

#[test]
fn a_new_seed_each_time() {
    let seed = || outcome(&["reversing"]).1.lines().next().map(str::to_owned);
    assert_ne!(seed(), seed());
}

#[test]
fn what_holds_exits_with_zero() {
    let (status, text) = outcome(&["reversing", "first"]);
    assert_eq!(status, 0);
    assert_has(&text, &["the first is there ... pass, 1,000 values, ", " more rejected\n"]);
}

#[test]
fn a_name_in_full_selects_one() {
    assert_eq!(outcome(&["--list", "in"]).1.lines().count(), 6);
    assert_eq!(outcome(&["--list", "indices are in range"]).1, "indices are in range\n");
    assert_eq!(outcome(&["--list"]).1.lines().count(), 12);
}

#[test]
fn repeat_sets_how_many_values() {
    assert_has(&outcome(&["-r", "5", "reversing"]).1, &["pass, 5 values"]);
}

#[test]
fn infinite_draws_new_values_until_one_fails() {
    // Half of the values fail: one soon does, unless each round draws the same.
    let values: Vec<_> = (0..20).map(|seed| infinite(&["--seed", &seed.to_string(), "-r", "1", "ports"])).collect();
    assert!(values.contains(&1) && values.iter().any(|value| *value > 2), "{values:?}");
}

/// Which value failed; those before passed, in rounds of twice as many values each.
fn infinite(arguments: &[&str]) -> u32 {
    let (status, text) = outcome(&[&["-i"], arguments].concat());
    assert_eq!(status, 1);
    assert_has(&text, &["1 of 1 properties failed\n"]);
    let (_, failed) = text.split_once("FAIL, value ").expect("one fails");
    let value: u32 = failed.split_once(',').and_then(|(value, _)| value.parse().ok()).expect("a number");
    let rounds = text.matches("... pass, ").count() as u32;
    assert!(value > 2u32.pow(rounds) / 2 && value <= 2u32.pow(rounds), "{text}");
    value
}

#[test]
fn a_score_leads_to_what_chance_does_not_find() {
    let (status, text) = outcome(&["-r", "100000", "--seed", "1", "magic"]);
    assert_eq!(status, 1);
    assert_has(&text, &["FAIL", "    vec![72, 84, 84, 80]\n", "again: "]);
}

#[test]
fn infinite_goes_on_where_nothing_fails() {
    let mut child = Command::new(program())
        .args(["--infinite", "reversing"])
        .stdout(Stdio::null())
        .spawn()
        .expect("the example runs");
    let until = Instant::now() + Duration::from_millis(500);
    while Instant::now() < until {
        assert!(child.try_wait().expect("a child").is_none(), "it ended");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("it still ran");
    child.wait().expect("a child");
}

#[test]
fn a_file_is_one_value() {
    let big = file(&[1, 0xe8, 3, 0]);
    let (status, text) = outcome(&[path(&big), "the sum is small"]);
    assert_eq!(status, 1);
    assert_has(&text, &["the sum is small ... FAIL\n\n    vec![1000]\n    fails: the check does not hold\n"]);
    let small = file(&[1, 0xe7, 3, 0]);
    let (status, text) = outcome(&["--verbose", path(&small), "the sum is small"]);
    assert_eq!((status, &*text), (0, "the sum is small ... pass\n\n    vec![999]\n\n"));
    let none = file(&[0]);
    assert_eq!(
        outcome(&[path(&none), "the first is there"]),
        (0, "the first is there ... rejected: the guard rejects the value\n".into())
    );
}

#[test]
fn the_first_choice_of_a_file_picks_the_property() {
    assert_has(&outcome(&[path(&file(&[1, 1, 0xe8, 3, 0]))]).1, &["the sum is small ... FAIL\n\n    vec![1000]\n"]);
    assert_has(
        &outcome(&[path(&file(&[4, 1]))]).1,
        &["points are on the diagonal ... FAIL\n\n    Point { x: -1, y: 0 }\n"],
    );
}

#[cfg(unix)]
#[test]
fn under_afl_a_failure_aborts() {
    use std::os::unix::process::ExitStatusExt;

    let run = |choices: &[u8]| {
        let file = file(choices);
        let mut command = Command::new(program());
        command.args([path(&file), "the sum is small"]).env("__AFL_SHM_ID", "0");
        command.output().expect("the example runs").status
    };
    assert_eq!(run(&[1, 0xe8, 3, 0]).signal(), Some(6));
    assert_eq!(run(&[1, 0xe7, 3, 0]).code(), Some(0));
}

#[test]
fn exhaustive_counts_and_looks_at_every_value() {
    assert_eq!(
        outcome(&["--exhaustive", "3", "reversing"]),
        (0, "reversing twice changes nothing ... 9 values ... pass, 9 values, there are larger ones\n".into())
    );
    assert_has(&outcome(&["-e", "20", "ports"]).1, &["65,536 values ... FAIL, value 2, ", "port 1\n"]);
    assert_has(
        &outcome(&["-e", "16", "nothing passes"]).1,
        &["256 values ... pass, 0 values, 256 more rejected, all there are"],
    );
}

#[test]
fn verbose_shows_what_was_generated() {
    let (_, text) = outcome(&["--verbose", "--seed", "1", "reversing"]);
    assert_has(&text, &[" %  long\n", "field (span, choice, range)\n", "  u8 #0 0..=255\n"]);
    let (_, text) = outcome(&["--verbose", "--seed", "1", "-r", "10000", "points are"]);
    assert_has(&text, &["Point #"]);
}

#[test]
fn a_wrong_command_line_exits_with_two_and_one_line() {
    for arguments in [
        &["--sed", "1"][..],
        &["--seed", "one"],
        &["--seed"],
        &["--repeat", "0"],
        &["no such property"],
        &["no/such/file"],
        &["@@"],
        &["--choices", "0g", "the sum"],
        &["--choices", "00"],
        &["-i", "--list"],
        &["--exhaustive", "3", "--seed", "1"],
    ] {
        let (status, text) = outcome(arguments);
        assert_eq!(status, 2, "{arguments:?}: {text}");
        assert!(text.starts_with("error: ") && text.lines().count() == 1, "{text}");
    }
}

#[test]
fn help_is_no_failure() {
    let (status, text) = outcome(&["--help"]);
    assert_eq!(status, 0);
    assert_has(&text, &["Usage: ", "--exhaustive", "Exit status: "]);
}

#[test]
fn a_pipe_gets_no_escapes() {
    assert!(!outcome(&["--seed", "1", "-v"]).1.contains('\x1b'));
}
