//! The command line: help on one screen, completions, and no panic whatever the arguments.

mod common;

use std::process::Command;

use common::{Done, halligan};
use tempfile::TempDir;

/// Lines and columns of the screen that the help of any command fits.
const SCREEN: (usize, usize) = (45, 100);

/// The names of all commands, as the help lists them.
fn commands() -> Vec<String> {
    let help = halligan(["--help"]).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // Those that are indented more go on with a description.
    let listed = listed.filter(|line| !line.starts_with("   "));
    let names: Vec<_> = listed.filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect();
    assert!(names.len() >= 13, "{help}");
    names
}

#[test]
fn the_help_of_each_command_fits_one_screen_and_has_examples() {
    for command in commands() {
        let done = halligan([&command[..], "--help"]);
        let (lines, columns) =
            (done.stdout.lines().count(), done.stdout.lines().map(|line| line.chars().count()).max());
        assert_eq!((done.status, &done.stderr[..]), (0, ""), "{command}");
        assert!(
            lines <= SCREEN.0 && columns <= Some(SCREEN.1),
            "{command}: {lines} lines of {columns:?}\n{}",
            done.stdout
        );
        assert!(done.stdout.contains(&format!("\n  halligan {command} ")), "{command}: {}", done.stdout);
        let runs_on = ["boot", "completions"].contains(&&command[..]);
        assert!(runs_on || done.stdout.contains("Exit status:"), "{command}: {}", done.stdout);
    }
}

#[test]
fn completions_know_commands_and_options() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let done = halligan(["completions", shell]);
        assert_eq!(done.status, 0, "{done:?}");
        for word in ["triage", "executions", "promote"] {
            assert!(done.stdout.contains(word), "{shell}: {word}");
        }
    }
    let bash = halligan(["completions", "bash"]).stdout;
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("halligan.bash");
    std::fs::write(&script, bash).unwrap();
    let complete = format!(
        "source {}; COMP_WORDS=(halligan tri); COMP_CWORD=1; _halligan halligan tri halligan; echo ${{COMPREPLY[@]}}",
        script.display()
    );
    let mut command = Command::new("bash");
    command.args(["-c", &complete]);
    let done = Done::of(command);
    assert_eq!((done.status, done.stdout.trim()), (0, "triage"), "{done:?}");
}

/// Argument lists that make no sense; none comes as far as to build or fuzz anything.
fn senseless(commands: &[String], folder: &str) -> Vec<Vec<String>> {
    const WORDS: [&str; 16] = [
        "",
        "-",
        "--",
        "---",
        "=",
        "\u{0}x",
        "tcp_parser",
        "no_such_target",
        "--host",
        "--host=moon",
        "--jobs=0",
        "--jobs=-1",
        "--for=soon",
        "--executions=many",
        "\u{1f9ef}",
        "99999999999999999999999999",
    ];
    let missing = format!("{folder}/missing/input");
    let mut lists: Vec<Vec<String>> = WORDS.iter().map(|word| vec![(*word).to_owned()]).collect();
    for command in commands {
        for word in WORDS {
            // Valid by themselves.
            let starts = word == "tcp_parser" && ["fuzz", "bench"].contains(&&command[..]);
            if !starts && !(command == "list") {
                lists.push(vec![command.clone(), word.to_owned()]);
            }
            lists.push(vec![command.clone(), "no_such_target".into(), word.to_owned()]);
            lists.push(vec![command.clone(), "no_such_target".into(), word.to_owned(), missing.clone()]);
            lists.push(vec![command.clone(), word.to_owned(), "--no-such-option".into()]);
        }
    }
    lists.iter_mut().flatten().for_each(|word| word.retain(|c| c != '\0'));
    lists
}

#[test]
fn no_argument_list_makes_it_panic() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().display().to_string();
    let lists = senseless(&commands(), &path);
    assert!(lists.len() > 500, "{}", lists.len());
    for list in lists {
        let done = halligan(&list);
        assert_eq!(done.status, 2, "{list:?}: {done:?}");
        assert!(!done.stderr.contains("panicked") && !done.stderr.contains("RUST_BACKTRACE"), "{list:?}: {done:?}");
        assert!(done.stderr.starts_with("error: ") || done.stderr.contains("Usage:"), "{list:?}: {done:?}");
        assert_eq!(done.stdout, "", "{list:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
#[cfg(unix)]
fn arguments_need_not_be_unicode() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let odd = OsStr::from_bytes(b"\xff\xfe");
    for command in commands() {
        for list in [vec![OsStr::new(&command), odd], vec![OsStr::new(&command), OsStr::new("no_such_target"), odd]] {
            let mut halligan = common::command();
            let output = halligan.args(&list).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.code() == Some(2) && !said.contains("panicked"), "{list:?}: {said}");
        }
    }
}
