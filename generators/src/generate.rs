//! The generator trait, and the type-level entry to generators.

use alloc::boxed::Box;
use core::{fmt, marker::PhantomData};

use crate::{
    Source, Tape,
    combine::{Bind, Iso, Map, Optional, optional},
};

/// Draws values from choices, and reflects values back into choices.
///
/// Two laws: a draw ends for any source, and `draw(reflect(v)) == v` whenever reflection succeeds; it must succeed for
/// every value that can be drawn.
pub trait Generate {
    /// What is drawn.
    type Value;

    /// Draws a value.
    fn draw(&self, source: &mut Source<'_>) -> Self::Value;

    /// Appends to `tape` the choices that draw `value`.
    ///
    /// # Errors
    /// [`Unreflected`] where this generator never draws `value`. The tape may then hold a part of it.
    fn reflect(&self, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected>;

    /// Maps by an isomorphism: `to` builds, `from` takes apart, or gives nothing where `to` never builds the value.
    ///
    /// ```
    /// use halligan_generators::{Generate, Source, range};
    ///
    /// let even = range(0u8..=9).iso(|half| half * 2, |even| (even % 2 == 0).then_some(even / 2));
    /// assert_eq!(even.draw(&mut Source::bytes(&[4])), 8);
    /// ```
    fn iso<T, To, From>(self, to: To, from: From) -> Iso<Self, To, From>
    where
        Self: Sized,
        To: Fn(Self::Value) -> T,
        From: Fn(&T) -> Option<Self::Value>,
    {
        Iso::new(self, to, from)
    }

    /// Maps without a way back: what is drawn cannot be reflected, so no mutator, shrinker or seed reaches into it. Where
    /// the way back can be told, [`iso`](Generate::iso) is better.
    ///
    /// ```
    /// use halligan_generators::{Generate, Source, Tape, any};
    ///
    /// let length = any::<Vec<bool>>().map(|list| list.len());
    /// assert_eq!(length.draw(&mut Source::bytes(&[1, 0, 1, 0])), 2);
    /// assert!(length.reflect(&2, &mut Tape::new()).is_err());
    /// ```
    fn map<T, F>(self, to: F) -> Map<Self, F>
    where
        Self: Sized,
        F: Fn(Self::Value) -> T,
    {
        Map::new(self, to)
    }

    /// Draws a value, then draws from the generator that `to` makes of it; `from` finds the first value again in the
    /// second. Where the second generator does not depend on the first value, a tuple and [`iso`](Generate::iso)
    /// reflect and mutate better.
    ///
    /// ```
    /// use halligan_generators::{Generate, Source, bytes_of, range};
    ///
    /// let short = range(0usize..=3).bind(|len| bytes_of(*len), |bytes: &Vec<u8>| Some(bytes.len()));
    /// assert_eq!(short.draw(&mut Source::bytes(&[2, b'h', b'i', b'!'])), b"hi");
    /// ```
    fn bind<G, To, From>(self, to: To, from: From) -> Bind<Self, To, From>
    where
        Self: Sized,
        G: Generate,
        To: Fn(&Self::Value) -> G,
        From: Fn(&G::Value) -> Option<Self::Value>,
    {
        Bind::new(self, to, from)
    }

    /// Draws a value or none; none is the simplest. See [`optional`].
    fn optional(self) -> Optional<Self>
    where
        Self: Sized,
    {
        optional(self)
    }
}

impl<G: Generate + ?Sized> Generate for &G {
    type Value = G::Value;

    fn draw(&self, source: &mut Source<'_>) -> Self::Value {
        (**self).draw(source)
    }

    fn reflect(&self, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        (**self).reflect(value, tape)
    }
}

impl<G: Generate + ?Sized> Generate for Box<G> {
    type Value = G::Value;

    fn draw(&self, source: &mut Source<'_>) -> Self::Value {
        (**self).draw(source)
    }

    fn reflect(&self, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        (**self).reflect(value, tape)
    }
}

/// Types with a generator of their own: `#[derive(Generate)]` implements this. Draw one with [`any`], or with the
/// `T::generator()` that the derive adds.
pub trait Generated: Sized {
    /// Draws a value.
    fn draw_from(source: &mut Source<'_>) -> Self;

    /// Appends to `tape` the choices that draw this value.
    ///
    /// # Errors
    /// [`Unreflected`] where [`draw_from`](Generated::draw_from) never gives this value.
    fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected>;
}

/// The generator of all values of a type. See [`any`].
pub struct Any<T>(PhantomData<fn() -> T>);

/// The generator of a type that has one of its own. It is free to make.
///
/// ```
/// use halligan_generators::{Generate, Source, any};
///
/// let (port, open) = any::<(u16, bool)>().draw(&mut Source::bytes(&[80, 0, 1]));
/// assert_eq!((port, open), (80, true));
/// ```
#[must_use]
pub const fn any<T: Generated>() -> Any<T> {
    Any(PhantomData)
}

impl<T: Generated> Generate for Any<T> {
    type Value = T;

    #[inline]
    fn draw(&self, source: &mut Source<'_>) -> T {
        T::draw_from(source)
    }

    #[inline]
    fn reflect(&self, value: &T, tape: &mut Tape) -> Result<(), Unreflected> {
        value.reflect_to(tape)
    }
}

/// A value that the generator never draws, so it has no choices to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreflected(
    /// Why, in a few words.
    pub &'static str,
);

impl fmt::Display for Unreflected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the generator never draws this value: {}", self.0)
    }
}

impl core::error::Error for Unreflected {}
