//! Floating-point numbers.

use crate::{Generated, Source, Tape, Unreflected};

/// Whole numbers, special values and any bits are equally likely.
const WHOLE: u64 = 0;
const SPECIAL: u64 = 1;
const BITS: u64 = 2;

macro_rules! floats {
    ($($float:ident $bits:ident $whole:ident),+) => {$(
        /// Any bit pattern, every NaN included; reflection is by bits. Simplest first: the whole numbers 0, -1, 1, -2 and
        /// on; then the values where arithmetic breaks (-0.0, 0.5, epsilon, the ends, the infinities, NaN); then any
        /// number, by how far its exponent is from that of 1, few digits behind the point before many.
        ///
        /// ```
        /// use halligan_generators::{Generate, Source, any};
        ///
        #[doc = concat!("let number = any::<", stringify!($float), ">();")]
        /// assert_eq!(number.draw(&mut Source::bytes(&[])), 0.0);
        /// assert_eq!(number.draw(&mut Source::bytes(&[0, 2])), 1.0);
        /// assert!(number.draw(&mut Source::bytes(&[1, 8])).is_nan());
        /// ```
        impl Generated for $float {
            fn draw_from(source: &mut Source<'_>) -> Self {
                match source.integer(BITS) {
                    WHOLE => $whole::draw_from(source).into(),
                    SPECIAL => {
                        let special = Self::SPECIAL;
                        special[source.integer(special.len() as u64 - 1) as usize]
                    }
                    _ => Self::from_bits(Self::LAYOUT.decode(source.integer($bits::MAX.into())) as $bits),
                }
            }

            fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
                let same = |other: Self| other.to_bits() == self.to_bits();
                // The cast saturates, and cuts off what is behind the point.
                let whole = *self as $whole;
                if same(whole.into()) {
                    tape.integer(WHOLE, BITS);
                    return whole.reflect_to(tape);
                }
                if let Some(index) = Self::SPECIAL.iter().position(|special| same(*special)) {
                    tape.integer(SPECIAL, BITS);
                    tape.integer(index as u64, Self::SPECIAL.len() as u64 - 1);
                    return Ok(());
                }
                tape.integer(BITS, BITS);
                tape.integer(Self::LAYOUT.encode(self.to_bits().into()), $bits::MAX.into());
                Ok(())
            }
        }

        impl Float for $float {
            const SPECIAL: &[Self] = &[
                -0.0,
                0.5,
                Self::EPSILON,
                Self::MIN_POSITIVE,
                Self::MAX,
                Self::MIN,
                Self::INFINITY,
                Self::NEG_INFINITY,
                Self::NAN,
            ];
            const LAYOUT: Layout = Layout {
                fraction: Self::MANTISSA_DIGITS - 1,
                exponent: $bits::BITS - Self::MANTISSA_DIGITS,
            };
        }
    )+};
}

trait Float: Sized + 'static {
    /// Values where arithmetic breaks, simplest first.
    const SPECIAL: &[Self];
    const LAYOUT: Layout;
}

floats!(f32 u32 i16, f64 u64 i32);

/// How many bits the fraction and the exponent have.
#[derive(Clone, Copy)]
struct Layout {
    fraction: u32,
    exponent: u32,
}

impl Layout {
    /// A permutation of the bit patterns that puts simple numbers first: the exponent (0, -1, 1, -2, ...) above the
    /// digits behind the point, the first digit lowest, above the sign.
    fn encode(self, bits: u64) -> u64 {
        let Self { fraction, exponent } = self;
        let mask = (1 << exponent) - 1;
        let unbiased = (bits >> fraction).wrapping_sub(mask >> 1) & mask;
        let negative = unbiased >> (exponent - 1);
        let zigzag = (unbiased << 1 ^ 0u64.wrapping_sub(negative)) & mask;
        let sign = bits >> (fraction + exponent);
        zigzag << (fraction + 1) | self.reversed(bits) << 1 | sign
    }

    fn decode(self, code: u64) -> u64 {
        let Self { fraction, exponent } = self;
        let mask = (1 << exponent) - 1;
        let zigzag = code >> (fraction + 1);
        let unbiased = zigzag >> 1 ^ 0u64.wrapping_sub(zigzag & 1);
        let biased = unbiased.wrapping_add(mask >> 1) & mask;
        (code & 1) << (fraction + exponent) | biased << fraction | self.reversed(code >> 1)
    }

    /// The lowest bits, as many as the fraction has, in reverse order.
    fn reversed(self, bits: u64) -> u64 {
        bits.reverse_bits() >> (u64::BITS - self.fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(code: u64) -> f64 {
        f64::from_bits(<f64 as Float>::LAYOUT.decode(code))
    }

    #[test]
    fn simple_numbers_come_first() {
        assert_eq!([0, 1, 2, 4, 6].map(decode), [1.0, -1.0, 1.5, 1.25, 1.75]);
        let exponent = |rank: u64| rank << 53;
        assert_eq!([1, 2, 3, 4].map(exponent).map(decode), [0.5, 2.0, 0.25, 4.0]);
        assert_eq!(decode(exponent(2046)), f64::from_bits(2046 << 52));
        assert_eq!(decode(exponent(2045)), 0.0, "next to last");
        assert_eq!(decode(exponent(2047)), f64::INFINITY, "last");
    }

    #[test]
    fn all_f32_exponents_and_signs_come_back() {
        let layout = <f32 as Float>::LAYOUT;
        for high in 0..=u64::from(u16::MAX) {
            for bits in [high << 16, high << 16 | 0xffff, high << 16 | 0x1234] {
                assert_eq!(layout.decode(layout.encode(bits)), bits);
                assert!(layout.encode(bits) <= u32::MAX.into());
            }
        }
    }
}
