//! What people read.

use alloc::{format, string::String, string::ToString};
use core::fmt::Write as _;
use std::{
    env,
    io::{self, IsTerminal, Stdout, Write},
    time::{Duration, Instant},
};

use super::{FAILS, HOLDS};
use crate::{Count, Counterexample, Fault, Property, Statistics, Stop, Verdict};

/// How often a terminal hears of progress, and how many values go by without a look at the clock.
const EVERY: Duration = Duration::from_millis(200);
const UNTIMED: u64 = 64;

pub struct Report {
    program: String,
    out: Stdout,
    terminal: bool,
    colour: bool,
    verbose: bool,
    next: Instant,
}

impl Report {
    pub fn new(program: &str, verbose: bool) -> Self {
        let out = io::stdout();
        let terminal = out.is_terminal();
        let colour = terminal && env::var_os("NO_COLOR").is_none();
        Self { program: quoted(program), out, terminal, colour, verbose, next: Instant::now() + EVERY }
    }

    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    pub fn seed(&mut self, seed: u64) -> io::Result<()> {
        writeln!(self.out, "seed {seed}")
    }

    /// Names the property before it runs, so that it is known where the program dies.
    pub fn start(&mut self, property: &Property<'_>) -> io::Result<()> {
        write!(self.out, "{} ... ", property.name())?;
        self.out.flush()
    }

    /// Tells a terminal how far the property is.
    pub fn progress(&mut self, property: &Property<'_>, statistics: &Statistics) -> io::Result<()> {
        if !self.terminal || !statistics.cases().is_multiple_of(UNTIMED) || Instant::now() < self.next {
            return Ok(());
        }
        self.next = Instant::now() + EVERY;
        write!(self.out, "\r\x1b[K{} ... {}", property.name(), values(statistics))?;
        self.out.flush()
    }

    pub fn count(&mut self, count: Count) -> io::Result<()> {
        match count {
            Count::Exactly(count) => write!(self.out, "{} values ... ", grouped(count))?,
            Count::MoreThan(count) => write!(self.out, "more than {} values ... ", grouped(count))?,
        }
        self.out.flush()
    }

    pub fn pass(&mut self, property: &Property<'_>, statistics: &Statistics, note: Option<&str>) -> io::Result<()> {
        self.again(property)?;
        let note = note.map(|note| format!(", {note}")).unwrap_or_default();
        writeln!(self.out, "{}, {}{note}", self.painted(32, "pass"), values(statistics))?;
        self.statistics(statistics)
    }

    pub fn fail(&mut self, property: &Property<'_>, statistics: &Statistics, fault: &Fault) -> io::Result<()> {
        self.again(property)?;
        let failed = self.painted(31, "FAIL");
        match fault {
            Fault::Failed(found) => {
                let (cases, calls) = (grouped(found.cases), grouped(found.calls as u64));
                writeln!(self.out, "{failed}, value {cases}, shrunk by looking at {calls} more\n")?;
                writeln!(self.out, "{}\n", indented(&fault.to_string()))?;
                self.replay(property, found)?;
            }
            _ => writeln!(self.out, "{failed}: {fault}")?,
        }
        self.statistics(statistics)
    }

    /// How to look at the value again.
    fn replay(&mut self, property: &Property<'_>, found: &Counterexample) -> io::Result<()> {
        let (program, name) = (&self.program, quoted(property.name()));
        let mut hex = String::new();
        for byte in found.tape.to_bytes() {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        writeln!(self.out, "    again:  {program} --choices '{hex}' {name}")?;
        if let Some(seed) = found.seed {
            writeln!(self.out, "    before: {program} --seed {seed} --repeat 1 {name}")?;
        }
        writeln!(self.out)
    }

    /// One value, looked at alone.
    pub fn value(&mut self, value: &str, verdict: &Verdict) -> io::Result<()> {
        match verdict {
            Ok(()) => writeln!(self.out, "{}", self.painted(32, "pass"))?,
            Err(Stop::Rejected) => writeln!(self.out, "{}: the guard rejects the value", self.painted(33, "rejected"))?,
            Err(Stop::Failed(failure)) => {
                let (failed, text) = (self.painted(31, "FAIL"), indented(&format!("{value}\nfails: {failure}")));
                return writeln!(self.out, "{failed}\n\n{text}\n");
            }
        }
        if self.verbose { writeln!(self.out, "\n{}\n", indented(value)) } else { Ok(()) }
    }

    pub fn end(&mut self, failed: usize, of: usize) -> io::Result<u8> {
        if failed == 0 {
            return Ok(HOLDS);
        }
        writeln!(self.out, "{failed} of {of} properties failed")?;
        Ok(FAILS)
    }

    fn statistics(&mut self, statistics: &Statistics) -> io::Result<()> {
        let table = statistics.to_string();
        if !self.verbose || table.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n{}\n", indented(table.trim_end()))
    }

    /// Overwrites the progress, where there may have been some.
    fn again(&mut self, property: &Property<'_>) -> io::Result<()> {
        if self.terminal { write!(self.out, "\r\x1b[K{} ... ", property.name()) } else { Ok(()) }
    }

    fn painted(&self, colour: u8, text: &str) -> String {
        if self.colour { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.into() }
    }
}

fn values(statistics: &Statistics) -> String {
    let passed = format!("{} values", grouped(statistics.passed()));
    match statistics.rejected() {
        0 => passed,
        rejected => format!("{passed}, {} more rejected", grouped(rejected)),
    }
}

/// With a comma before each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn indented(text: &str) -> String {
    format!("    {}", text.replace('\n', "\n    "))
}

/// As a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./=:@".contains(letter);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
