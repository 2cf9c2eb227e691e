use crate::{Generate, Generated, Source, Tape, Unreflected, any};

/// See [`result`].
#[derive(Clone, Copy, Debug)]
pub struct Either<A, B> {
    ok: A,
    err: B,
}

/// Draws `Ok` or `Err`, equally likely; `Ok` is the simplest.
///
/// ```
/// use halligan_generators::{Generate, Source, any, constant, result};
///
/// let answer = result(any::<u8>(), constant("timeout"));
/// assert_eq!(answer.draw(&mut Source::bytes(&[0, 7])), Ok(7));
/// assert_eq!(answer.draw(&mut Source::bytes(&[1])), Err("timeout"));
/// ```
pub const fn result<A: Generate, B: Generate>(ok: A, err: B) -> Either<A, B> {
    Either { ok, err }
}

impl<A: Generate, B: Generate> Generate for Either<A, B> {
    type Value = Result<A::Value, B::Value>;

    #[inline]
    fn draw(&self, source: &mut Source<'_>) -> Self::Value {
        if source.integer(1) == 0 { Ok(self.ok.draw(source)) } else { Err(self.err.draw(source)) }
    }

    #[inline]
    fn reflect(&self, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        tape.integer(value.is_err().into(), 1);
        match value {
            Ok(ok) => self.ok.reflect(ok, tape),
            Err(err) => self.err.reflect(err, tape),
        }
    }
}

impl<A: Generated, B: Generated> Generated for Result<A, B> {
    fn draw_from(source: &mut Source<'_>) -> Self {
        result(any(), any()).draw(source)
    }

    fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
        result(any(), any()).reflect(self, tape)
    }
}
