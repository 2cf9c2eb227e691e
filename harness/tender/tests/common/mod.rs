//! Guests made of a few machine instructions, and a way to run them; no compiler is needed.
#![allow(dead_code, unused_imports, reason = "each test file uses its part")]
#![allow(missing_docs)]

mod code;
mod hypercalls;
mod image;
mod mailbox;
pub mod ring;

pub use code::{Argument, Code};
pub use hypercalls::Hypercalls;
pub use image::{EXECUTE, Image, Note, Program, READ, WRITE};
pub use mailbox::Mailbox;

use std::ffi::OsStr;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Output, Stdio};

use command_fds::{CommandFdExt, FdMapping};
use tempfile::NamedTempFile;

/// Where the guest's writable data begin.
pub const DATA: u64 = 0x20_0000;

/// A run of the tender that has ended.
pub struct Run {
    pub status: std::process::ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    /// The signal that ended it.
    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// The exit status.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// The one line that a tender that cannot start says, without its name.
    #[track_caller]
    pub fn error(&self) -> &str {
        assert_eq!(self.code(), Some(1), "{}", self.stderr);
        assert!(self.stdout.is_empty());
        let line = self.stderr.strip_prefix("halligan-tender: ").and_then(|line| line.strip_suffix('\n'));
        line.filter(|line| !line.contains('\n')).unwrap_or_else(|| panic!("not one line: {:?}", self.stderr))
    }

    /// What the guest wrote; it must have ended well.
    #[track_caller]
    pub fn console(&self) -> &[u8] {
        assert_eq!((self.status.code(), self.stderr.as_str()), (Some(0), ""), "{}", self.status);
        &self.stdout
    }
}

/// Runs the tender with these arguments.
pub fn tender<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    tender_with(arguments, [])
}

/// Runs the tender with these arguments and passes it descriptors, as 3 and on.
pub fn tender_with<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
    descriptors: impl IntoIterator<Item = OwnedFd>,
) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_halligan-tender"));
    command.args(arguments).stdin(Stdio::null());
    // SAFETY: one system call, which touches no memory. What one run says of addresses holds for the next.
    unsafe {
        command.pre_exec(|| match libc::personality(libc::ADDR_NO_RANDOMIZE as libc::c_ulong) {
            -1 => Err(std::io::Error::last_os_error()),
            _ => Ok(()),
        })
    };
    let mappings = (3..).zip(descriptors).map(|(child_fd, parent_fd)| FdMapping { parent_fd, child_fd });
    command.fd_mappings(mappings.collect()).expect("distinct descriptors");
    let Output { status, stdout, stderr } = command.output().expect("the tender runs");
    Run { status, stdout, stderr: String::from_utf8(stderr).expect("text") }
}

/// Writes `bytes` to a file.
pub fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    file
}

/// Runs `image` with 16 MiB of memory, `options` before it and no arguments.
pub fn run(image: &Image, options: &[&str]) -> Run {
    run_with(image, options, [])
}

/// As [`run`], and passes descriptors, as 3 and on.
pub fn run_with(image: &Image, options: &[&str], descriptors: impl IntoIterator<Item = OwnedFd>) -> Run {
    let file = file(&image.to_bytes());
    let words = ["--mem=16"].iter().chain(options).map(OsStr::new).chain([file.path().as_os_str()]);
    tender_with(words, descriptors)
}
