use alloc::vec::Vec;

use crate::{Generate, Source, Tape, Unreflected};

/// Generators of one type of value to choose among: an array or a vector of generators, or a tuple of different ones.
pub trait Alternatives {
    /// What all alternatives draw.
    type Value;

    /// How many alternatives there are.
    fn count(&self) -> usize;

    /// Draws from alternative `index`.
    fn draw(&self, index: usize, source: &mut Source<'_>) -> Self::Value;

    /// Reflects by alternative `index`.
    ///
    /// # Errors
    /// [`Unreflected`] where that alternative never draws `value`.
    fn reflect(&self, index: usize, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected>;
}

macro_rules! of_slice {
    ($(($($bounds:tt)*) $type:ty),+) => {$(
        impl<$($bounds)*> Alternatives for $type {
            type Value = G::Value;

            fn count(&self) -> usize {
                self.len()
            }

            fn draw(&self, index: usize, source: &mut Source<'_>) -> G::Value {
                self[index].draw(source)
            }

            fn reflect(&self, index: usize, value: &G::Value, tape: &mut Tape) -> Result<(), Unreflected> {
                self[index].reflect(value, tape)
            }
        }
    )+};
}

of_slice!((G: Generate, const N: usize) [G; N], (G: Generate) Vec<G>);

macro_rules! of_tuple {
    ($count:literal: $($name:ident $index:tt),+) => {
        impl<V, $($name: Generate<Value = V>),+> Alternatives for ($($name,)+) {
            type Value = V;

            fn count(&self) -> usize {
                $count
            }

            fn draw(&self, index: usize, source: &mut Source<'_>) -> V {
                match index {
                    $($index => self.$index.draw(source),)+
                    _ => unreachable!("the index is below the count"),
                }
            }

            fn reflect(&self, index: usize, value: &V, tape: &mut Tape) -> Result<(), Unreflected> {
                match index {
                    $($index => self.$index.reflect(value, tape),)+
                    _ => unreachable!("the index is below the count"),
                }
            }
        }
    };
}

of_tuple!(1: A 0);
of_tuple!(2: A 0, B 1);
of_tuple!(3: A 0, B 1, C 2);
of_tuple!(4: A 0, B 1, C 2, D 3);
of_tuple!(5: A 0, B 1, C 2, D 3, E 4);
of_tuple!(6: A 0, B 1, C 2, D 3, E 4, F 5);
of_tuple!(7: A 0, B 1, C 2, D 3, E 4, F 5, G 6);
of_tuple!(8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// Reflects by the first alternative that draws `value`; `prefix` appends the choice that selects it.
fn reflect_first<A: Alternatives>(
    alternatives: &A,
    value: &A::Value,
    tape: &mut Tape,
    prefix: impl Fn(usize, &mut Tape),
) -> Result<(), Unreflected> {
    let start = tape.checkpoint();
    for index in 0..alternatives.count() {
        prefix(index, tape);
        if alternatives.reflect(index, value, tape).is_ok() {
            return Ok(());
        }
        tape.rewind(start);
    }
    Err(Unreflected("no alternative draws it"))
}

/// See [`choose`].
#[derive(Clone, Copy, Debug)]
pub struct Choose<A>(A);

/// Draws from one of the alternatives, all equally likely; the first is the simplest.
///
/// # Panics
/// If there is no alternative.
///
/// ```
/// use halligan_generators::{Generate, Source, choose, constant, range};
///
/// let port = choose((constant(80u16), range(1024..)));
/// assert_eq!(port.draw(&mut Source::bytes(&[0])), 80);
/// assert_eq!(port.draw(&mut Source::bytes(&[1, 1, 0])), 1025);
/// ```
pub fn choose<A: Alternatives>(alternatives: A) -> Choose<A> {
    assert!(alternatives.count() > 0, "choose: no alternative");
    Choose(alternatives)
}

impl<A: Alternatives> Generate for Choose<A> {
    type Value = A::Value;

    fn draw(&self, source: &mut Source<'_>) -> A::Value {
        let index = source.integer(self.0.count() as u64 - 1);
        self.0.draw(index as usize, source)
    }

    fn reflect(&self, value: &A::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        let max = self.0.count() as u64 - 1;
        reflect_first(&self.0, value, tape, |index, tape| tape.integer(index as u64, max))
    }
}

/// See [`weighted`].
#[derive(Clone, Copy, Debug)]
pub struct Weighted<A, const N: usize> {
    weights: [u32; N],
    total: u64,
    alternatives: A,
}

/// Draws from one of the alternatives, each as likely as its weight; the first is the simplest.
///
/// # Panics
/// If there is no alternative, a weight is zero, or there are not as many weights as alternatives.
///
/// ```
/// use halligan_generators::{Generate, Source, constant, weighted};
///
/// let method = weighted([9, 1], [constant("GET"), constant("BREW")]);
/// assert_eq!(method.draw(&mut Source::bytes(&[8])), "GET");
/// assert_eq!(method.draw(&mut Source::bytes(&[9])), "BREW");
/// ```
pub fn weighted<A: Alternatives, const N: usize>(weights: [u32; N], alternatives: A) -> Weighted<A, N> {
    assert!(N > 0 && N == alternatives.count(), "weighted: one weight for each alternative");
    assert!(!weights.contains(&0), "weighted: a weight is zero");
    let total = weights.iter().map(|weight| u64::from(*weight)).sum();
    Weighted { weights, total, alternatives }
}

impl<A: Alternatives, const N: usize> Generate for Weighted<A, N> {
    type Value = A::Value;

    fn draw(&self, source: &mut Source<'_>) -> A::Value {
        let mut ticket = source.integer(self.total - 1);
        let mut index = 0;
        while ticket >= self.weights[index].into() {
            ticket -= u64::from(self.weights[index]);
            index += 1;
        }
        self.alternatives.draw(index, source)
    }

    fn reflect(&self, value: &A::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        reflect_first(&self.alternatives, value, tape, |index, tape| {
            let ticket = self.weights[..index].iter().map(|weight| u64::from(*weight)).sum();
            tape.integer(ticket, self.total - 1);
        })
    }
}
