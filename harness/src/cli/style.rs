//! The few styles of the output; they show on a terminal and vanish in a pipe.

use anstyle::{AnsiColor, Style};

/// `error:`.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// `note:` and `warning:`.
pub const NOTE: Style = AnsiColor::Yellow.on_default().bold();
/// What is well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What is not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Names of things.
pub const NAME: Style = AnsiColor::Cyan.on_default();
/// What can be skipped over.
pub const DIM: Style = Style::new().dimmed();

/// Says on standard error what is amiss without an end to the command.
pub fn warn(what: impl std::fmt::Display) {
    anstream::eprintln!("{NOTE}warning:{NOTE:#} {what}");
}
