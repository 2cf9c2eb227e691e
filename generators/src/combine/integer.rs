use core::ops::{Bound, RangeBounds};

use crate::{Generate, Generated, Source, Tape, Unreflected};

/// The integer types. A draw of the whole type is little-endian in as many bytes as the type has; signed integers are
/// zigzag-encoded (0, -1, 1, -2, ...), so that simple choices are small values.
pub trait Integer: Copy + PartialOrd {
    /// The least value.
    const MIN: Self;
    /// The greatest value.
    const MAX: Self;

    /// How far `self` is above `low`; `low` is not above `self`.
    fn above(self, low: Self) -> u128;

    /// The value that is `offset` above `self`.
    fn plus(self, offset: u128) -> Self;

    /// Draws any value of the type.
    fn draw_any(source: &mut Source<'_>) -> Self;

    /// Appends the choice that [`draw_any`](Integer::draw_any) makes for this value.
    fn reflect_any(self, tape: &mut Tape);
}

macro_rules! shared {
    ($type:ident, $wide:ident) => {
        const MIN: Self = $type::MIN;
        const MAX: Self = $type::MAX;

        #[inline]
        fn above(self, low: Self) -> u128 {
            self.wrapping_sub(low) as $wide as u128
        }

        #[inline]
        fn plus(self, offset: u128) -> Self {
            self.wrapping_add(offset as $type)
        }
    };
}

macro_rules! integers {
    ($($unsigned:ident $signed:ident),+) => {$(
        impl Integer for $unsigned {
            shared!($unsigned, $unsigned);

            #[inline]
            fn draw_any(source: &mut Source<'_>) -> Self {
                draw_offset(source, $unsigned::MAX as u128) as $unsigned
            }

            #[inline]
            fn reflect_any(self, tape: &mut Tape) {
                reflect_offset(self as u128, $unsigned::MAX as u128, tape);
            }
        }

        impl Integer for $signed {
            shared!($signed, $unsigned);

            #[inline]
            fn draw_any(source: &mut Source<'_>) -> Self {
                let zigzag = $unsigned::draw_any(source);
                (zigzag >> 1) as $signed ^ -((zigzag & 1) as $signed)
            }

            #[inline]
            fn reflect_any(self, tape: &mut Tape) {
                ((self << 1) ^ (self >> ($signed::BITS - 1))).cast_unsigned().reflect_any(tape);
            }
        }

        integers!(@generated $unsigned);
        integers!(@generated $signed);
    )+};
    (@generated $type:ident) => {
        impl Generated for $type {
            #[inline]
            fn draw_from(source: &mut Source<'_>) -> Self {
                Self::draw_any(source)
            }

            #[inline]
            fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
                self.reflect_any(tape);
                Ok(())
            }
        }
    };
}

integers!(u8 i8, u16 i16, u32 i32, u64 i64, u128 i128, usize isize);

impl Generated for bool {
    #[inline]
    fn draw_from(source: &mut Source<'_>) -> Self {
        source.integer(1) == 1
    }

    #[inline]
    fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
        tape.integer((*self).into(), 1);
        Ok(())
    }
}

/// Draws an integer in `0..=max`: one choice, or two where `max` needs more than 64 bits.
#[inline]
fn draw_offset(source: &mut Source<'_>, max: u128) -> u128 {
    let Ok(small) = u64::try_from(max) else {
        let low = source.integer(u64::MAX);
        let high = u128::from(source.integer((max >> 64) as u64)) << 64;
        return (high | u128::from(low)).min(max);
    };
    source.integer(small).into()
}

#[inline]
fn reflect_offset(offset: u128, max: u128, tape: &mut Tape) {
    let Ok(small) = u64::try_from(max) else {
        tape.integer(offset as u64, u64::MAX);
        return tape.integer((offset >> 64) as u64, (max >> 64) as u64);
    };
    tape.integer(offset as u64, small);
}

/// See [`range`].
#[derive(Clone, Copy, Debug)]
pub struct Range<T> {
    low: T,
    high: T,
}

/// Draws an integer of a range; its low end is the simplest.
///
/// # Panics
/// If the range is empty.
///
/// ```
/// use halligan_generators::{Generate, Source, range};
///
/// assert_eq!(range(-5i8..5).draw(&mut Source::bytes(&[7])), 2);
/// assert_eq!(range(1024u16..).draw(&mut Source::bytes(&[])), 1024);
/// ```
#[inline]
pub fn range<T: Integer>(range: impl RangeBounds<T>) -> Range<T> {
    let low = match range.start_bound() {
        Bound::Included(low) => *low,
        Bound::Excluded(below) => below.plus(1),
        Bound::Unbounded => T::MIN,
    };
    let high = match range.end_bound() {
        Bound::Included(high) => *high,
        Bound::Excluded(above) => {
            assert!(*above > low, "range: the range is empty");
            low.plus(above.above(low) - 1)
        }
        Bound::Unbounded => T::MAX,
    };
    assert!(low <= high, "range: the range is empty");
    Range { low, high }
}

impl<T: Integer> Generate for Range<T> {
    type Value = T;

    #[inline]
    fn draw(&self, source: &mut Source<'_>) -> T {
        self.low.plus(draw_offset(source, self.high.above(self.low)))
    }

    #[inline]
    fn reflect(&self, value: &T, tape: &mut Tape) -> Result<(), Unreflected> {
        if !(self.low..=self.high).contains(value) {
            return Err(Unreflected("outside the range"));
        }
        reflect_offset(value.above(self.low), self.high.above(self.low), tape);
        Ok(())
    }
}

impl<T: Integer> Range<T> {
    /// Draws one of `favourites` `ratio` times as often as any of the range, in one choice: an edit of the choice stays
    /// an edit of the value. Low choices are the range itself, so favourites make no difference to what is simple.
    ///
    /// # Panics
    /// If there is no favourite or one is outside the range, or `ratio + 1` times the range is more than `u64::MAX`.
    ///
    /// ```
    /// use halligan_generators::{Generate, Source, range};
    ///
    /// let shift = range(0u8..=15).often(1, &[7, 8]);
    /// assert_eq!(shift.draw(&mut Source::bytes(&[3])), 3);
    /// assert_eq!(shift.draw(&mut Source::bytes(&[16])), 7);
    /// assert_eq!(shift.draw(&mut Source::bytes(&[17])), 8);
    /// ```
    #[must_use]
    #[inline]
    pub fn often(self, ratio: u32, favourites: &'static [T]) -> Often<T> {
        assert!(!favourites.is_empty(), "Range::often: no favourite");
        let inside = |favourite: &T| (self.low..=self.high).contains(favourite);
        assert!(favourites.iter().all(inside), "Range::often: a favourite is outside the range");
        let count = self.high.above(self.low) + 1;
        let max = u64::try_from(count * (u128::from(ratio) + 1) - 1).expect("Range::often: too many choices");
        Often { range: self, favourites, count: count as u64, max }
    }
}

/// See [`Range::often`].
#[derive(Clone, Copy, Debug)]
pub struct Often<T: 'static> {
    range: Range<T>,
    favourites: &'static [T],
    count: u64,
    max: u64,
}

impl<T: Integer> Generate for Often<T> {
    type Value = T;

    #[inline]
    fn draw(&self, source: &mut Source<'_>) -> T {
        let choice = source.integer(self.max);
        match choice.checked_sub(self.count) {
            None => self.range.low.plus(choice.into()),
            Some(favourite) => self.favourites[(favourite % self.favourites.len() as u64) as usize],
        }
    }

    #[inline]
    fn reflect(&self, value: &T, tape: &mut Tape) -> Result<(), Unreflected> {
        let Range { low, high } = self.range;
        if !(low..=high).contains(value) {
            return Err(Unreflected("outside the range"));
        }
        tape.integer(value.above(low) as u64, self.max);
        Ok(())
    }
}
