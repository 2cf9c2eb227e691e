//! Fields that follow from the rest of the message.

use crate::{Any, Generate, Generated, Source, Tape, Unreflected, any};

/// A field that follows from the rest of its message: a length, a checksum, an offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Derived<T> {
    /// Computed when the message is emitted.
    #[default]
    Auto,
    /// Emitted as it is. Dissecting yields it where the wire does not hold the computed value.
    Lie(T),
}

impl<T> Derived<T> {
    /// Whether the value is given rather than computed.
    #[must_use]
    pub fn is_lie(&self) -> bool {
        matches!(self, Self::Lie(_))
    }

    /// One for a lie, zero for [`Auto`](Derived::Auto): lies are counted by summing.
    #[must_use]
    pub fn lies(&self) -> usize {
        usize::from(self.is_lie())
    }
}

impl<T: Copy + PartialEq> Derived<T> {
    /// The value to emit, given the computed one.
    pub fn or(self, computed: T) -> T {
        match self {
            Self::Auto => computed,
            Self::Lie(value) => value,
        }
    }

    /// The value to emit; `compute` gives the computed one where it is needed.
    pub fn or_else(self, compute: impl FnOnce() -> T) -> T {
        match self {
            Self::Auto => compute(),
            Self::Lie(value) => value,
        }
    }

    /// What dissecting yields for a value on the wire, given the computed one.
    pub fn seen(wire: T, computed: T) -> Self {
        if wire == computed { Self::Auto } else { Self::Lie(wire) }
    }
}

/// How many times a derived field is computed for once that it lies.
const HONEST: u8 = 31;

/// See [`derived`].
#[derive(Clone, Copy, Debug)]
pub struct DerivedOf<G>(G);

/// A derived field that seldom lies; the lies come from `lies`.
///
/// ```
/// use halligan_generators::{Derived, Generate, Source, derived, range};
///
/// let offset = derived(range(0u8..=15));
/// assert_eq!(offset.draw(&mut Source::bytes(&[0])), Derived::Auto);
/// assert_eq!(offset.draw(&mut Source::bytes(&[31, 4])), Derived::Lie(4));
/// ```
///
/// A lie is one choice: the mutator tells and withdraws lies by inserting and removing the choice behind the rare event.
pub const fn derived<G: Generate>(lies: G) -> DerivedOf<G> {
    DerivedOf(lies)
}

impl<G: Generate> Generate for DerivedOf<G> {
    type Value = Derived<G::Value>;

    #[inline]
    fn draw(&self, source: &mut Source<'_>) -> Self::Value {
        if source.rare(HONEST) { Derived::Lie(self.0.draw(source)) } else { Derived::Auto }
    }

    #[inline]
    fn reflect(&self, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        tape.rare(value.is_lie(), HONEST);
        match value {
            Derived::Auto => Ok(()),
            Derived::Lie(lie) => self.0.reflect(lie, tape),
        }
    }
}

impl<T: Generated> Generated for Derived<T> {
    #[inline]
    fn draw_from(source: &mut Source<'_>) -> Self {
        const { derived::<Any<T>>(any()) }.draw(source)
    }

    #[inline]
    fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
        const { derived::<Any<T>>(any()) }.reflect(self, tape)
    }
}
