use alloc::boxed::Box;

use crate::{Generate, Label, Source, Tape, Unreflected, source::MAX_DEPTH};

/// See [`lazy`].
#[derive(Clone, Copy, Debug)]
pub struct Lazy<F>(F);

/// A generator that is built when it is used: to name a generator before it exists.
///
/// ```
/// use halligan_generators::{Generate, Source, lazy, range};
///
/// assert_eq!(lazy(|| range(3u8..=9)).draw(&mut Source::bytes(&[1])), 4);
/// ```
pub const fn lazy<G: Generate, F: Fn() -> G>(build: F) -> Lazy<F> {
    Lazy(build)
}

impl<G: Generate, F: Fn() -> G> Generate for Lazy<F> {
    type Value = G::Value;

    fn draw(&self, source: &mut Source<'_>) -> G::Value {
        (self.0)().draw(source)
    }

    fn reflect(&self, value: &G::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        (self.0)().reflect(value, tape)
    }
}

/// See [`fix`].
#[derive(Clone, Copy, Debug)]
pub struct Fix<B, F> {
    base: B,
    step: F,
}

/// A recursive generator: draws from `base`, the simplest, or from what `step` makes of the generator itself. Recursion
/// ends in `base` when the source ends, and 256 levels deep, each list and pointer on the way counted.
///
/// ```
/// use halligan_generators::{Generate, Source, constant, fix};
///
/// // The height of a tower: nothing, or a storey on a tower.
/// let tower = fix(constant(0), |again| Box::new(again.iso(|below| below + 1, |height: &u32| height.checked_sub(1))));
/// assert_eq!(tower.draw(&mut Source::bytes(&[1, 1, 1, 0])), 3);
/// ```
pub const fn fix<B, F>(base: B, step: F) -> Fix<B, F>
where
    B: Generate,
    F: for<'a> Fn(&'a dyn Generate<Value = B::Value>) -> Box<dyn Generate<Value = B::Value> + 'a>,
{
    Fix { base, step }
}

impl<B, F> Generate for Fix<B, F>
where
    B: Generate,
    F: for<'a> Fn(&'a dyn Generate<Value = B::Value>) -> Box<dyn Generate<Value = B::Value> + 'a>,
{
    type Value = B::Value;

    fn draw(&self, source: &mut Source<'_>) -> B::Value {
        let label = Label::of::<B::Value>();
        let deeper = source.deeper(|source| {
            source.span(label, |source| {
                if source.integer(1) == 1 { (self.step)(self).draw(source) } else { self.base.draw(source) }
            })
        });
        deeper.unwrap_or_else(|| self.base.draw(source))
    }

    fn reflect(&self, value: &B::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        if tape.depth >= MAX_DEPTH {
            return self.base.reflect(value, tape);
        }
        tape.depth += 1;
        let start = tape.checkpoint();
        let label = Label::of::<B::Value>();
        let base = tape.span(label, |tape| {
            tape.integer(0, 1);
            self.base.reflect(value, tape)
        });
        let reflected = base.or_else(|_| {
            tape.rewind(start);
            tape.span(label, |tape| {
                tape.integer(1, 1);
                (self.step)(self).reflect(value, tape)
            })
        });
        tape.depth -= 1;
        reflected
    }
}
