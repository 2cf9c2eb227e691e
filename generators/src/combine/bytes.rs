use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::{Generate, Source, Tape, Unreflected};

/// See [`bytes`] and [`bytes_of`].
#[derive(Clone, Copy, Debug)]
pub struct Bytes {
    min: usize,
    max: usize,
}

/// Draws a byte string whose length is in the range. As bytes: its length above the least, then its bytes.
///
/// # Panics
/// If the range is empty or ends above `u32::MAX`.
///
/// ```
/// use halligan_generators::{Generate, Source, bytes};
///
/// assert_eq!(bytes(0..=9).draw(&mut Source::bytes(b"\x02hi!")), b"hi");
/// assert_eq!(bytes(2..=9).draw(&mut Source::bytes(&[])), [0, 0]);
/// ```
pub const fn bytes(len: RangeInclusive<usize>) -> Bytes {
    let (min, max) = (*len.start(), *len.end());
    assert!(min <= max, "bytes: the range of lengths is empty");
    assert!(max <= u32::MAX as usize, "bytes: lengths end at u32::MAX");
    Bytes { min, max }
}

/// Draws a byte string of one length.
///
/// ```
/// use halligan_generators::{Generate, Source, bytes_of};
///
/// assert_eq!(bytes_of(2).draw(&mut Source::bytes(b"hi!")), b"hi");
/// ```
pub const fn bytes_of(len: usize) -> Bytes {
    bytes(len..=len)
}

impl Generate for Bytes {
    type Value = Vec<u8>;

    #[inline]
    fn draw(&self, source: &mut Source<'_>) -> Vec<u8> {
        source.string(self.min, self.max)
    }

    #[inline]
    fn reflect(&self, value: &Vec<u8>, tape: &mut Tape) -> Result<(), Unreflected> {
        if !(self.min..=self.max).contains(&value.len()) {
            return Err(Unreflected("a byte string of another length"));
        }
        tape.string_of(value, self.min, self.max);
        Ok(())
    }
}

/// See [`octets`].
#[derive(Clone, Copy, Debug)]
pub struct Octets<const N: usize>;

/// Draws an array of bytes as one choice: an address, a key.
///
/// ```
/// use halligan_generators::{Generate, Source, octets};
///
/// assert_eq!(octets::<4>().draw(&mut Source::bytes(&[192, 0, 2])), [192, 0, 2, 0]);
/// ```
pub const fn octets<const N: usize>() -> Octets<N> {
    Octets
}

impl<const N: usize> Generate for Octets<N> {
    type Value = [u8; N];

    #[inline]
    fn draw(&self, source: &mut Source<'_>) -> [u8; N] {
        source.octets()
    }

    #[inline]
    fn reflect(&self, value: &[u8; N], tape: &mut Tape) -> Result<(), Unreflected> {
        tape.string_of(value, N, N);
        Ok(())
    }
}
