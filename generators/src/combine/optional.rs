use crate::{Generate, Generated, Source, Tape, Unreflected, any};

/// See [`optional`].
#[derive(Clone, Copy, Debug)]
pub struct Optional<G>(G);

/// Draws a value or none, equally likely; none is the simplest.
///
/// ```
/// use halligan_generators::{Generate, Source, any, optional};
///
/// assert_eq!(optional(any::<u8>()).draw(&mut Source::bytes(&[1, 9])), Some(9));
/// assert_eq!(optional(any::<u8>()).draw(&mut Source::bytes(&[])), None);
/// ```
pub const fn optional<G: Generate>(some: G) -> Optional<G> {
    Optional(some)
}

impl<G: Generate> Generate for Optional<G> {
    type Value = Option<G::Value>;

    #[inline]
    fn draw(&self, source: &mut Source<'_>) -> Self::Value {
        (source.integer(1) == 1).then(|| self.0.draw(source))
    }

    #[inline]
    fn reflect(&self, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        tape.integer(value.is_some().into(), 1);
        value.as_ref().map_or(Ok(()), |some| self.0.reflect(some, tape))
    }
}

impl<T: Generated> Generated for Option<T> {
    fn draw_from(source: &mut Source<'_>) -> Self {
        optional(any()).draw(source)
    }

    fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
        optional(any()).reflect(self, tape)
    }
}
