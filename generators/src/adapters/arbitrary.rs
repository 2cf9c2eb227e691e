//! To and from `arbitrary`: its fuzz targets draw from generators, its types are values of generators.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use halligan_generators::{adapters::{Drawn, arbitrary::draw}, model::tcp::Segment, range};
//!
//! // For `fuzz_target!(|connection: Connection| ..)`.
//! #[derive(Arbitrary)]
//! struct Connection {
//!     #[arbitrary(with = |input: &mut Unstructured<'_>| draw(&range(1024u16..), input))]
//!     port: u16,
//!     first: Drawn<Segment>,
//!     again: bool,
//! }
//!
//! let connection = Connection::arbitrary(&mut Unstructured::new(&[1, 0])).unwrap();
//! assert_eq!(connection.port, 1025);
//! ```

use alloc::vec::Vec;
use core::{fmt, marker::PhantomData};

use arbitrary::{Arbitrary, Result, Unstructured};

use super::Drawn;
use crate::{Generate, Generated, Source, Tape, Unreflected, any};

/// How many more bytes than it needs at least a value is made of.
const ROOM: usize = 4096;

/// Draws from the bytes of `unstructured`, and takes those that were used.
///
/// # Errors
/// None: it is a result since `#[arbitrary(with = ..)]` wants one.
pub fn draw<G: Generate>(generator: &G, unstructured: &mut Unstructured<'_>) -> Result<G::Value> {
    let bytes = unstructured.peek_bytes(unstructured.len()).unwrap_or_default();
    let mut source = Source::bytes(bytes);
    let value = generator.draw(&mut source);
    unstructured.bytes(bytes.len() - source.rest().len())?;
    Ok(value)
}

impl<'a, T: Generated> Arbitrary<'a> for Drawn<T> {
    fn arbitrary(unstructured: &mut Unstructured<'a>) -> Result<Self> {
        draw(&any(), unstructured).map(Drawn)
    }
}

/// See [`arbitrary`](fn@arbitrary).
#[derive(Debug)]
pub struct ArbitraryOf<T>(PhantomData<fn() -> T>);

/// Draws the bytes that a value of type `T` is made of. They are one choice, a byte string: mutators and shrinkers edit
/// it, but know nothing of what is in it. Derive [`Generate`](derive@crate::Generate) where they should.
///
/// ```
/// use halligan_generators::{adapters::arbitrary::arbitrary, check, nonetheless, property, run_seed};
///
/// let sorted = property!("letters are small", arbitrary::<String>(), |made| {
///     let text = nonetheless(made.value())?;
///     check(!text.contains(char::is_uppercase))
/// });
/// assert!(run_seed(&sorted, 1, 1000).is_err());
/// ```
#[must_use]
pub const fn arbitrary<T: for<'a> Arbitrary<'a>>() -> ArbitraryOf<T> {
    ArbitraryOf(PhantomData)
}

/// A value, and the bytes that it is made of. Two are equal if their bytes are.
#[derive(Clone)]
pub struct Made<T> {
    bytes: Vec<u8>,
    value: Result<T>,
}

impl<T> Made<T> {
    /// The value; none where the type makes none of these bytes.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref().ok()
    }

    /// The bytes, as a corpus of a fuzz target has them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T> PartialEq for Made<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T: fmt::Debug> fmt::Debug for Made<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Ok(value) => value.fmt(f),
            Err(error) => write!(f, "(no value: {error})"),
        }
    }
}

impl<T: for<'a> Arbitrary<'a>> Generate for ArbitraryOf<T> {
    type Value = Made<T>;

    fn draw(&self, source: &mut Source<'_>) -> Made<T> {
        let (min, max) = bounds::<T>();
        let bytes = source.string(min, max);
        let value = T::arbitrary_take_rest(Unstructured::new(&bytes));
        Made { bytes, value }
    }

    fn reflect(&self, value: &Made<T>, tape: &mut Tape) -> core::result::Result<(), Unreflected> {
        let (min, max) = bounds::<T>();
        tape.string_of(&value.bytes, min, max);
        Ok(())
    }
}

/// How many bytes a value is made of.
fn bounds<T: for<'a> Arbitrary<'a>>() -> (usize, usize) {
    let (min, max) = T::size_hint(0);
    (min, max.unwrap_or(min + ROOM))
}
