use crate::{Generate, Source, Tape, Unreflected};

/// See [`Generate::map`].
#[derive(Clone, Copy, Debug)]
pub struct Map<G, F> {
    inner: G,
    to: F,
}

impl<G, F> Map<G, F> {
    pub(crate) const fn new(inner: G, to: F) -> Self {
        Self { inner, to }
    }
}

impl<G: Generate, T, F: Fn(G::Value) -> T> Generate for Map<G, F> {
    type Value = T;

    #[inline]
    fn draw(&self, source: &mut Source<'_>) -> T {
        (self.to)(self.inner.draw(source))
    }

    fn reflect(&self, _: &T, _: &mut Tape) -> Result<(), Unreflected> {
        Err(Unreflected("a map has no way back; `iso` has"))
    }
}
