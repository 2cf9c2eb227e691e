//! The observation: a canonical, deterministic account of what a parser saw.
//!
//! It is a sequence of named values, self-describing and compact, so that two hosts can be compared byte by byte and a
//! person can read the difference:
//!
//! ```text
//! u8 length of the name, name, u8 kind, value
//! kind 0..=8   an unsigned integer of so many bytes, little-endian, without leading zeros
//! kind 255     u32 length, bytes
//! ```

use core::fmt;

const BYTES: u8 = 255;

/// Writes an observation into memory that the caller gives. What does not fit is left out, and a last byte of 255, which
/// no name's length has, says so.
pub struct Observation<'a> {
    buffer: &'a mut [u8],
    length: usize,
    full: bool,
}

impl<'a> Observation<'a> {
    /// An empty observation that may fill `buffer`.
    pub fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, length: 0, full: false }
    }

    /// Notes a number. `name` is at most 254 bytes long.
    pub fn number(&mut self, name: &str, value: impl Into<u64>) {
        let value = value.into();
        let size = 8 - value.leading_zeros() as usize / 8;
        self.value(name, size as u8, &[], &value.to_le_bytes()[..size]);
    }

    /// Notes bytes. `name` is at most 254 bytes long.
    pub fn bytes(&mut self, name: &str, value: &[u8]) {
        self.value(name, BYTES, &(value.len() as u32).to_le_bytes(), value);
    }

    fn value(&mut self, name: &str, kind: u8, length: &[u8], value: &[u8]) {
        let size = 2 + name.len() + length.len() + value.len();
        // One byte stays free for the mark.
        if self.full || self.length + size >= self.buffer.len() {
            self.full = true;
            return;
        }
        let mut at = self.length;
        for part in [&[name.len() as u8][..], name.as_bytes(), &[kind], length, value] {
            self.buffer[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        self.length = at;
    }

    /// Ends the observation and returns its length in bytes.
    pub fn finish(self) -> usize {
        let Some(end) = self.buffer.get_mut(self.length).filter(|_| self.full) else {
            return self.length;
        };
        *end = u8::MAX;
        self.length + 1
    }
}

/// One value of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number.
    Number(u64),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Bytes(bytes) => {
                write!(f, "[{}]", bytes.len())?;
                bytes.iter().try_for_each(|byte| write!(f, " {byte:02x}"))
            }
        }
    }
}

/// Reads an observation back as pairs of name and value. Ends early where the bytes are not an observation.
pub fn read(mut observation: &[u8]) -> impl Iterator<Item = (&str, Value<'_>)> {
    core::iter::from_fn(move || {
        let (&length, rest) = observation.split_first()?;
        let (name, rest) = rest.split_at_checked(length.into())?;
        let (&kind, rest) = rest.split_first()?;
        let (value, rest) = if kind == BYTES {
            let (length, rest) = rest.split_first_chunk()?;
            let (bytes, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            (Value::Bytes(bytes), rest)
        } else {
            let (digits, rest) = rest.split_at_checked(kind.into()).filter(|_| kind <= 8)?;
            (Value::Number(digits.iter().rev().fold(0, |number, &digit| number << 8 | u64::from(digit))), rest)
        };
        observation = rest;
        Some((core::str::from_utf8(name).ok()?, value))
    })
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn what_is_noted_is_read_back() {
        let mut buffer = [0; 100];
        let mut observation = Observation::new(&mut buffer);
        observation.number("zero", 0u8);
        observation.number("port", 443u16);
        observation.number("max", u64::MAX);
        observation.bytes("payload", b"hi");
        observation.bytes("empty", b"");
        let length = observation.finish();
        let values: Vec<_> = read(&buffer[..length]).collect();
        assert_eq!(
            values,
            [
                ("zero", Value::Number(0)),
                ("port", Value::Number(443)),
                ("max", Value::Number(u64::MAX)),
                ("payload", Value::Bytes(b"hi")),
                ("empty", Value::Bytes(b"")),
            ]
        );
    }

    #[test]
    fn what_does_not_fit_is_marked() {
        let mut buffer = [0; 12];
        let mut observation = Observation::new(&mut buffer);
        observation.number("a", 1u8);
        observation.bytes("b", &[0; 10]);
        observation.number("c", 1u8);
        let length = observation.finish();
        assert_eq!(length, 5);
        assert_eq!(buffer[4], 255);
        assert_eq!(read(&buffer[..length]).count(), 1);
    }

    #[test]
    fn any_bytes_can_be_read() {
        let mut state = 7u32;
        for length in 0..2000 {
            let bytes: Vec<u8> = (0..length % 40)
                .map(|_| {
                    state = state.wrapping_mul(1664525).wrapping_add(1013904223);
                    (state >> 24) as u8 % 9
                })
                .collect();
            read(&bytes).for_each(drop);
        }
    }
}
