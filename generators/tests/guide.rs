//! What the guide shows is what is in the example, and what it prints.

mod program;

use std::process::Command;

const GUIDE: &str = include_str!("../GUIDE.md");

#[test]
fn its_snippets_are_the_example() {
    let main = include_str!("../examples/guide/main.rs");
    let program = &main[main.find("mod message;").expect("it has modules")..];
    for code in [program, include_str!("../examples/guide/message.rs"), include_str!("../examples/guide/parser.rs")] {
        assert!(GUIDE.contains(code), "the guide does not have\n{code}");
    }
}

#[test]
fn its_output_is_that_of_the_example() {
    let example = program::example("guide");
    let output = Command::new(&example).args(["--seed", "1"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8_lossy(&output.stdout).replace(&*example.to_string_lossy(), "messages");
    assert!(GUIDE.contains(&printed), "the guide does not have\n{printed}");
}
