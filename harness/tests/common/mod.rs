//! Runs the command, as a shell would.
#![allow(dead_code, reason = "each test uses a part")]

pub mod capture;

use std::path::PathBuf;
use std::process::{Command, Output};

use halligan_generators::model::tcp::{Flags, Header, OptionData, Segment, TcpOption};
use halligan_generators::{Derived, Model};

/// What a command came to.
#[derive(Debug)]
pub struct Done {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    /// What `command` comes to.
    pub fn of(mut command: Command) -> Self {
        Self::new(command.output().expect("the command runs"))
    }

    fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the command writes UTF-8");
        Self {
            status: output.status.code().expect("the command was not killed"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Asserts that it failed with one line on standard error that reads like `expected`, and nothing else.
    pub fn fails_with(&self, expected: &str) {
        assert_eq!(self.status, 2, "{self:?}");
        assert_eq!(self.stdout, "");
        assert_eq!(self.stderr.lines().count(), 1, "{}", self.stderr);
        assert!(self.stderr.starts_with("error: ") && self.stderr.contains(expected), "{}", self.stderr);
    }
}

/// Runs `halligan` with these arguments in the workspace.
pub fn halligan<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Done {
    let mut command = command();
    command.args(arguments);
    Done::of(command)
}

pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_halligan"));
    command.current_dir(workspace());
    command
}

pub fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the harness lies in a workspace")
}

/// A segment that brings about the planted panic, with much that has no part in it: the lie of its checksum, options
/// before and behind, and a payload of so many bytes.
pub fn crashing(payload: usize) -> Vec<u8> {
    let header = Header {
        source_port: 4321,
        destination_port: 80,
        flags: Flags::ACK | Flags::PSH,
        window: 501,
        checksum: Derived::Lie(0xbeef),
        options: vec![
            TcpOption::NoOperation,
            OptionData::WindowScale(13).into(),
            OptionData::Timestamps { value: 77, echo: 78 }.into(),
            TcpOption::NoOperation,
        ],
        ..Header::default()
    };
    Segment::Whole { header, payload: (0..payload).map(|index| index as u8).collect() }.emit()
}

/// A segment that nothing is wrong with.
pub fn harmless() -> Vec<u8> {
    Segment::Whole { header: Header::default(), payload: vec![] }.emit()
}
