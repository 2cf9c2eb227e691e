use alloc::vec::Vec;

use crate::{Generate, Source, Tape, Unreflected};

/// See [`shuffle`].
#[derive(Clone, Debug)]
pub struct Shuffle<T>(Vec<T>);

/// Draws the items in any order; the order given is the simplest. Each choice takes one of the items that are left.
///
/// ```
/// use halligan_generators::{Generate, Source, shuffle};
///
/// let segments = shuffle(["first", "second", "third"]);
/// assert_eq!(segments.draw(&mut Source::bytes(&[])), ["first", "second", "third"]);
/// assert_eq!(segments.draw(&mut Source::bytes(&[2, 1])), ["third", "second", "first"]);
/// ```
pub fn shuffle<T: Clone + PartialEq>(items: impl Into<Vec<T>>) -> Shuffle<T> {
    Shuffle(items.into())
}

impl<T: Clone + PartialEq> Generate for Shuffle<T> {
    type Value = Vec<T>;

    fn draw(&self, source: &mut Source<'_>) -> Vec<T> {
        let mut left = self.0.clone();
        let next = || Some(left.remove(source.integer(left.len().checked_sub(1)? as u64) as usize));
        core::iter::from_fn(next).collect()
    }

    fn reflect(&self, value: &Vec<T>, tape: &mut Tape) -> Result<(), Unreflected> {
        let mut left: Vec<&T> = self.0.iter().collect();
        if value.len() != left.len() {
            return Err(Unreflected("not a permutation of the items"));
        }
        for item in value {
            let index = left.iter().position(|other| *other == item);
            let index = index.ok_or(Unreflected("not a permutation of the items"))?;
            tape.integer(index as u64, left.len() as u64 - 1);
            left.remove(index);
        }
        Ok(())
    }
}
