use core::{
    fmt,
    ops::{Deref, DerefMut},
};

use crate::{Code, Generate, Source, Tape, Unreflected};

/// Writes a value for people to read.
pub type Printer<T> = fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result;

/// See [`with_printer`].
#[derive(Clone, Copy, Debug)]
pub struct WithPrinter<G: Generate> {
    inner: G,
    printer: Printer<G::Value>,
}

/// Draws what `inner` draws, to be printed by `printer` wherever it is part of a counterexample.
///
/// ```
/// use halligan_generators::{Generate, Source, any, list, with_printer};
///
/// let address = with_printer(any::<u16>(), |port, f| write!(f, "port {port}"));
/// let ports = list(address).draw(&mut Source::bytes(&[1, 80, 0, 0]));
/// assert_eq!(format!("{ports:?}"), "[port 80]");
/// ```
pub const fn with_printer<G: Generate>(inner: G, printer: Printer<G::Value>) -> WithPrinter<G> {
    WithPrinter { inner, printer }
}

impl<G: Generate> Generate for WithPrinter<G> {
    type Value = Printed<G::Value>;

    fn draw(&self, source: &mut Source<'_>) -> Self::Value {
        Printed { value: self.inner.draw(source), printer: self.printer }
    }

    fn reflect(&self, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        self.inner.reflect(&value.value, tape)
    }
}

/// A value that is printed in its own way, and else is used as the value.
#[derive(Clone, Copy)]
pub struct Printed<T> {
    value: T,
    printer: Printer<T>,
}

impl<T> Printed<T> {
    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for Printed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Printed<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: PartialEq> PartialEq for Printed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> fmt::Debug for Printed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.printer)(&self.value, f)
    }
}

impl<T> fmt::Display for Printed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.printer)(&self.value, f)
    }
}

impl<T> Code for Printed<T> {
    fn code(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{self}")
    }
}
