use crate::{Generate, Source, Tape, Unreflected};

/// See [`Generate::iso`].
#[derive(Clone, Copy, Debug)]
pub struct Iso<G, To, From> {
    inner: G,
    to: To,
    from: From,
}

impl<G, To, From> Iso<G, To, From> {
    pub(crate) const fn new(inner: G, to: To, from: From) -> Self {
        Self { inner, to, from }
    }
}

impl<G, T, To, From> Generate for Iso<G, To, From>
where
    G: Generate,
    To: Fn(G::Value) -> T,
    From: Fn(&T) -> Option<G::Value>,
{
    type Value = T;

    #[inline]
    fn draw(&self, source: &mut Source<'_>) -> T {
        (self.to)(self.inner.draw(source))
    }

    #[inline]
    fn reflect(&self, value: &T, tape: &mut Tape) -> Result<(), Unreflected> {
        let inner = (self.from)(value).ok_or(Unreflected("outside the image of the isomorphism"))?;
        self.inner.reflect(&inner, tape)
    }
}
