use crate::{Generate, Source, Tape, Unreflected};

/// See [`constant`].
#[derive(Clone, Copy, Debug)]
pub struct Constant<T>(T);

/// Draws always the same value, from no choice at all.
///
/// ```
/// use halligan_generators::{Generate, Source, constant};
///
/// assert_eq!(constant("GET").draw(&mut Source::bytes(&[])), "GET");
/// ```
pub const fn constant<T: Clone + PartialEq>(value: T) -> Constant<T> {
    Constant(value)
}

impl<T: Clone + PartialEq> Generate for Constant<T> {
    type Value = T;

    fn draw(&self, _: &mut Source<'_>) -> T {
        self.0.clone()
    }

    fn reflect(&self, value: &T, _: &mut Tape) -> Result<(), Unreflected> {
        if *value == self.0 { Ok(()) } else { Err(Unreflected("not the constant")) }
    }
}
