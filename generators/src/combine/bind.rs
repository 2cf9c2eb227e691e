use crate::{Generate, Source, Tape, Unreflected};

/// See [`Generate::bind`].
#[derive(Clone, Copy, Debug)]
pub struct Bind<A, To, From> {
    first: A,
    to: To,
    from: From,
}

impl<A, To, From> Bind<A, To, From> {
    pub(crate) const fn new(first: A, to: To, from: From) -> Self {
        Self { first, to, from }
    }
}

impl<A, G, To, From> Generate for Bind<A, To, From>
where
    A: Generate,
    G: Generate,
    To: Fn(&A::Value) -> G,
    From: Fn(&G::Value) -> Option<A::Value>,
{
    type Value = G::Value;

    fn draw(&self, source: &mut Source<'_>) -> G::Value {
        let first = self.first.draw(source);
        (self.to)(&first).draw(source)
    }

    fn reflect(&self, value: &G::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        let first = (self.from)(value).ok_or(Unreflected("no first value leads to it"))?;
        self.first.reflect(&first, tape)?;
        (self.to)(&first).reflect(value, tape)
    }
}
