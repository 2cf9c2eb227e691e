//! Progress through many inputs: a bar on a terminal, a line now and then in a pipe.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Time between two lines in a pipe.
const PIPE_INTERVAL: Duration = Duration::from_secs(5);

/// Progress on standard error.
pub struct Bar {
    bar: ProgressBar,
    verb: &'static str,
    last: Instant,
}

impl Bar {
    /// A bar of `total` inputs; `verb` says what is done to them, as in `minimised`.
    pub fn new(verb: &'static str, total: usize) -> Self {
        let style = ProgressStyle::with_template("{bar:30.cyan/dim} {pos} of {len} {msg}, {eta} left");
        let bar = if std::io::stderr().is_terminal() && total > 1 {
            ProgressBar::new(total as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        } else {
            ProgressBar::hidden()
        };
        bar.set_length(total as u64);
        bar.set_message(verb);
        Self { bar, verb, last: Instant::now() }
    }

    /// Another input is done; `say` prints what came of it.
    pub fn done<T>(&mut self, say: impl FnOnce() -> T) -> T {
        self.bar.inc(1);
        let said = self.bar.suspend(say);
        self.tick();
        said
    }

    /// Time has passed.
    pub fn tick(&mut self) {
        self.bar.tick();
        let (done, total) = (self.bar.position(), self.bar.length().unwrap_or(0));
        if !std::io::stderr().is_terminal() && done < total && self.last.elapsed() >= PIPE_INTERVAL {
            eprintln!("{done} of {total} {}", self.verb);
            self.last = Instant::now();
        }
    }

    /// Takes the bar off the terminal.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
