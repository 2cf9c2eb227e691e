//! What was generated: labels and their shares, and which ends of integers' ranges were hit.

use alloc::{borrow::Cow, collections::BTreeMap};
use core::fmt;

use crate::{Case, Choice, Role, Stop, Tape};

/// Counts what the values of a property were. Shown as a table.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    passed: u64,
    rejected: u64,
    failed: u64,
    labels: BTreeMap<Cow<'static, str>, u64>,
    fields: BTreeMap<Field, Edges>,
}

/// An integer choice: the `index`th of those that a span makes itself, not in the spans inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// The name of the span; empty outside of all spans.
    pub span: &'static str,
    /// Which of the choices of the span, from zero on.
    pub index: u32,
    /// The greatest value of the choice; zero is the least, and the simplest.
    pub max: u64,
}

/// How often a field was drawn, and how often at the ends of its range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// How often it was drawn.
    pub drawn: u64,
    /// How often it was 0, 1, the greatest value less 1, and the greatest value.
    pub hit: [u64; 4],
}

/// Choices among fewer values are seldom integers to a reader, and have no inside.
const LEAST_MAX: u64 = 15;

impl Statistics {
    /// Counts a value that was looked at, and the choices that drew it.
    pub fn add(&mut self, case: &Case, tape: &Tape) {
        match case.verdict {
            Ok(()) => self.passed += 1,
            Err(Stop::Failed(_)) => self.failed += 1,
            Err(Stop::Rejected) => {
                self.rejected += 1;
                return;
            }
        }
        for label in &case.notes.labels {
            match self.labels.get_mut(label) {
                Some(count) => *count += 1,
                None => drop(self.labels.insert(label.clone(), 1)),
            }
        }
        self.add_edges(tape);
    }

    fn add_edges(&mut self, tape: &Tape) {
        // For each open span: where it ends, its name, and how many choices of its own there were.
        let mut open = alloc::vec![(u32::MAX, "", 0)];
        let mut spans = tape.spans().iter().peekable();
        for (at, choice) in (0..).zip(tape.choices()) {
            while open.last().is_some_and(|(end, ..)| *end <= at) {
                open.pop();
            }
            while let Some(span) = spans.next_if(|span| span.start <= at) {
                // The first choice of an item is whether there is one.
                let first = if span.label.role == Role::Item { u32::MAX } else { 0 };
                if span.end > at {
                    open.push((span.end, span.label.name, first));
                }
            }
            let Some((_, span, next)) = open.last_mut() else { continue };
            let index = *next;
            *next = next.wrapping_add(1);
            if let Choice::Integer { value, max: max @ LEAST_MAX.. } = *choice
                && index < u32::MAX
            {
                let edges = self.fields.entry(Field { span, index, max }).or_default();
                edges.drawn += 1;
                let ends = [0, 1, max - 1, max].map(|end| value == end);
                edges.hit.iter_mut().zip(ends).for_each(|(hit, end)| *hit += u64::from(end));
            }
        }
    }

    /// Values that passed.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// Values that were rejected.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// All values that were looked at.
    #[must_use]
    pub fn cases(&self) -> u64 {
        self.passed + self.rejected + self.failed
    }

    /// Values with a label, of those that were not rejected.
    #[must_use]
    pub fn count(&self, label: &str) -> u64 {
        self.labels.get(label).copied().unwrap_or(0)
    }

    /// The labels and how many values have them, in the order of the labels.
    pub fn labels(&self) -> impl Iterator<Item = (&str, u64)> {
        self.labels.iter().map(|(label, count)| (&**label, *count))
    }

    /// The integers drawn, by field.
    pub fn fields(&self) -> impl Iterator<Item = (&Field, &Edges)> {
        self.fields.iter()
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = (self.passed + self.failed).max(1) as f64;
        if !self.labels.is_empty() {
            writeln!(f, "{:>9} {:>7}  label", "values", "share")?;
        }
        for (label, count) in self.labels() {
            writeln!(f, "{count:>9} {:>5.1} %  {label}", count as f64 * 100.0 / total)?;
        }
        if !self.fields.is_empty() {
            writeln!(
                f,
                "{:>9} {:>7} {:>7} {:>7} {:>7}  field (span, choice, range)",
                "drawn", "0", "1", "max-1", "max"
            )?;
        }
        for (Field { span, index, max }, Edges { drawn, hit: [zero, one, below, top] }) in &self.fields {
            writeln!(f, "{drawn:>9} {zero:>7} {one:>7} {below:>7} {top:>7}  {span} #{index} 0..={max}")?;
        }
        Ok(())
    }
}
