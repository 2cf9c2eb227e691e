//! A campaign on a terminal: what its screen shows, and that the terminal is as before when it ends.

mod common;

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use common::workspace;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};
use tempfile::TempDir;

const SIZE: (u16, u16) = (30, 100);

/// A terminal with a campaign in it.
struct Terminal {
    child: Child,
    keys: File,
    /// Kept open, so that what was printed last can be read.
    line: File,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
}

impl Terminal {
    fn fuzz(arguments: &[&str]) -> Self {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keys).unwrap();
        unlockpt(&keys).unwrap();
        let name = ptsname(&keys, Vec::new()).unwrap().into_string().unwrap();
        let size = Winsize { ws_row: SIZE.0, ws_col: SIZE.1, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&keys, size).unwrap();
        let line = File::options().read(true).write(true).open(name).unwrap();
        let end = || Stdio::from(line.try_clone().unwrap());
        // As a shell would: in a session of its own, whose terminal this is, so that Ctrl-C is a signal.
        let child = Command::new("setsid")
            .arg("--ctty")
            .arg(env!("CARGO_BIN_EXE_halligan"))
            .args(["fuzz", "tcp_parser", "--jobs", "1", "--seed", "1", "--host", "native"])
            .args(arguments)
            .env("TERM", "xterm-256color")
            .current_dir(workspace())
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("setsid runs");
        let keys = File::from(keys);
        let [rows, columns] = [SIZE.0, SIZE.1].map(|size| size.try_into().expect("a screen has a size"));
        let screen = vt100::Parser::new(rows, columns, 200);
        let (send, output) = channel();
        let mut reader = keys.try_clone().unwrap();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if send.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { child, keys, line, output, screen }
    }

    /// Reads until the screen is as `wanted`; fails after a minute.
    fn until(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) -> String {
        let start = Instant::now();
        while !wanted(self.screen.screen()) {
            assert!(start.elapsed() < Duration::from_secs(120), "{what}:\n{}", self.screen.screen().contents());
            if let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(100)) {
                self.screen.process(&bytes);
            }
        }
        self.screen.screen().contents()
    }

    /// Asserts that it has ended and left the terminal as it was.
    fn ended(mut self, status: i32) -> String {
        assert_eq!(self.child.wait().unwrap().code(), Some(status));
        let shown = self.until("the end", |screen| screen.contents().contains("next:"));
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor(), "the terminal is given back");
        let modes = tcgetattr(&self.line).unwrap().local_modes;
        assert!(modes.contains(rustix::termios::LocalModes::ICANON | rustix::termios::LocalModes::ECHO));
        shown
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Where a test fails, its campaign must not go on.
        let _ = self.child.kill();
    }
}

#[test]
fn the_screen_shows_the_campaign_and_ctrl_c_gives_it_back() {
    let folder = TempDir::new().unwrap();
    let (corpus, findings) = (folder.path().join("corpus"), folder.path().join("findings"));
    let (corpus, findings) = (corpus.display().to_string(), findings.display().to_string());
    let mut terminal = Terminal::fuzz(&["--for", "10m", "--corpus", &corpus, "--findings", &findings]);
    let shown = terminal.until("the dashboard", |screen| {
        screen.alternate_screen() && screen.contents().contains("100.0%") && screen.contents().contains("malformed")
    });
    for expected in
        ["fuzzing tcp_parser on native with 1 job", "runs/s", "last new", "edges", "findings by kind", "none"]
    {
        assert!(shown.contains(expected), "{expected} in\n{shown}");
    }
    let row = shown.lines().find(|line| line.contains("native ") && line.contains('/')).expect("a row of the host");
    assert!(row.contains('+') && row.split_whitespace().count() >= 9, "{row}");
    assert!(shown.contains("rarest in the corpus") && shown.contains("9 min 5"), "{shown}");
    // The curve of edges is drawn in dots.
    assert!(shown.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "{shown}");
    terminal.keys.write_all(b"\x03").unwrap();
    let end = terminal.ended(0);
    assert!(end.contains("beyond seeds") && end.contains("no findings"), "{end}");
}
