use alloc::{string::String, vec::Vec};

use super::list::Plain;
use crate::{Generate, Generated, List, Source, Tape, Unreflected, any, list};

/// See [`string`].
#[derive(Clone, Copy, Debug)]
pub struct Text<G: Generate>(List<G, Plain<G>>);

/// Draws a string of characters; the empty one is the simplest.
///
/// ```
/// use halligan_generators::{Generate, Source, range, string};
///
/// let host = string(range('a'..='z')).min(1).max(63);
/// assert_eq!(host.draw(&mut Source::bytes(&[1, 7, 1, 8, 0])), "hi");
/// assert_eq!(host.draw(&mut Source::bytes(&[])), "a");
/// ```
pub const fn string<G: Generate<Value = char>>(character: G) -> Text<G> {
    Text(list(character))
}

impl<G: Generate<Value = char>> Text<G> {
    /// Sets the average length of random strings, 4 at first. At least 1.
    #[must_use]
    pub fn average(self, average: u32) -> Self {
        Self(self.0.average(average))
    }

    /// Sets the least number of characters, 0 at first.
    #[must_use]
    pub fn min(self, min: usize) -> Self {
        Self(self.0.min(min))
    }

    /// Sets the greatest number of characters; at first the source alone bounds it.
    #[must_use]
    pub fn max(self, max: usize) -> Self {
        Self(self.0.max(max))
    }
}

impl<G: Generate<Value = char>> Generate for Text<G> {
    type Value = String;

    fn draw(&self, source: &mut Source<'_>) -> String {
        self.0.draw(source).into_iter().collect()
    }

    fn reflect(&self, value: &String, tape: &mut Tape) -> Result<(), Unreflected> {
        self.0.reflect(&value.chars().collect::<Vec<_>>(), tape)
    }
}

impl Generated for String {
    fn draw_from(source: &mut Source<'_>) -> Self {
        string(any()).draw(source)
    }

    fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
        string(any()).reflect(self, tape)
    }
}
