//! Unicode scalar values.

use crate::{Generated, Integer, Source, Tape, Unreflected};

/// Where the surrogates, which are no scalar values, start, and how many there are.
const GAP: u32 = 0xd800;
const SURROGATES: u32 = 0x800;

/// ASCII is as likely as all the rest, so that strings show structure.
const ASCII: u64 = 1;
const SPECIAL: u64 = 2;
const SCALAR: u64 = 3;

/// Characters where text handling breaks: the ends of each encoded length, the borders of the surrogates, white space
/// that is none, marks that join, reorder or hide, and letters whose length changes with their case.
const SPECIALS: [char; 24] = [
    '\u{80}',
    '\u{7ff}',
    '\u{800}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{ffff}',
    '\u{10000}',
    '\u{10ffff}',
    '\u{85}',
    '\u{a0}',
    '\u{2028}',
    '\u{3000}',
    '\u{feff}',
    '\u{fffd}',
    '\u{301}',
    '\u{200d}',
    '\u{200b}',
    '\u{202e}',
    '\u{df}',
    '\u{130}',
    '\u{149}',
    '\u{1f3}',
    '\u{212a}',
    '\u{1f600}',
];

/// The number of a scalar value when surrogates are not counted.
fn index(scalar: char) -> u32 {
    let code = u32::from(scalar);
    if code < GAP { code } else { code - SURROGATES }
}

fn scalar(index: u32) -> char {
    let code = if index < GAP { index } else { index + SURROGATES };
    char::from_u32(code).expect("no surrogate and not above char::MAX")
}

/// The letter `a` is the simplest; ASCII from there on and around.
fn ascii(choice: u64) -> char {
    char::from((u64::from(b'a') + choice) as u8 & 0x7f)
}

/// Scalar values, counted without the surrogates: `range('a'..='z')` works. Any `char`: half of them ASCII (`a` is the
/// simplest, then on and around), a quarter where text handling breaks, a quarter any scalar value.
///
/// ```
/// use halligan_generators::{Generate, Source, any, range};
///
/// assert_eq!(any::<char>().draw(&mut Source::bytes(&[0, 1])), 'b');
/// assert_eq!(range('\u{d7ff}'..).draw(&mut Source::bytes(&[1])), '\u{e000}');
/// ```
impl Integer for char {
    const MIN: Self = Self::MIN;
    const MAX: Self = Self::MAX;

    #[inline]
    fn above(self, low: Self) -> u128 {
        (index(self) - index(low)).into()
    }

    #[inline]
    fn plus(self, offset: u128) -> Self {
        scalar(index(self) + offset as u32)
    }

    fn draw_any(source: &mut Source<'_>) -> Self {
        match source.integer(SCALAR) {
            0..=ASCII => ascii(source.integer(0x7f)),
            SPECIAL => SPECIALS[source.integer(SPECIALS.len() as u64 - 1) as usize],
            _ => scalar(source.integer(index(Self::MAX).into()) as u32),
        }
    }

    fn reflect_any(self, tape: &mut Tape) {
        if self.is_ascii() {
            tape.integer(0, SCALAR);
            tape.integer((u64::from(self)).wrapping_sub(u64::from(b'a')) & 0x7f, 0x7f);
        } else if let Some(index) = SPECIALS.iter().position(|special| *special == self) {
            tape.integer(SPECIAL, SCALAR);
            tape.integer(index as u64, SPECIALS.len() as u64 - 1);
        } else {
            tape.integer(SCALAR, SCALAR);
            tape.integer(index(self).into(), index(Self::MAX).into());
        }
    }
}

impl Generated for char {
    fn draw_from(source: &mut Source<'_>) -> Self {
        Self::draw_any(source)
    }

    fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
        self.reflect_any(tape);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scalar_value_is_counted_once() {
        let all = (char::MIN..=char::MAX).enumerate();
        for (number, character) in all {
            assert_eq!(index(character), number as u32);
            assert_eq!(scalar(number as u32), character);
        }
    }
}
