//! Adapters to other libraries, each behind the feature of its name.
//!
//! Plain bytes need none: any byte string draws a value, and a value is reflected into bytes that draw it.
//!
//! ```
//! use halligan_generators::{Generate, Source, Tape, list, range};
//!
//! let dice = list(range(1u8..=6));
//! assert_eq!(dice.draw(&mut Source::bytes(&[1, 5, 1, 0])), [6, 1]);
//! let mut tape = Tape::new();
//! dice.reflect(&vec![6, 1], &mut tape).unwrap();
//! assert_eq!(tape.to_bytes(), [1, 5, 1, 0, 0]);
//! ```

#[cfg(feature = "arbitrary")]
pub mod arbitrary;
#[cfg(feature = "bolero")]
pub mod bolero;
#[cfg(feature = "proptest")]
pub mod proptest;
#[cfg(feature = "rand")]
pub mod rand;

/// How many choices and bytes of byte strings a value is made of, where the other library has as many as it is asked for.
#[cfg(any(feature = "bolero", feature = "proptest", feature = "rand"))]
const BUDGET: usize = 1000;

/// A value drawn by the generator of its type, for libraries that choose how to make a value by its type: this type is
/// `Arbitrary` to arbitrary and to proptest, and a `TypeGenerator` to bolero.
#[cfg(any(feature = "arbitrary", feature = "bolero", feature = "proptest"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Drawn<T>(
    /// The value.
    pub T,
);
