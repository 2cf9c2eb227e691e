//! Reflective generators and lossless protocol models.
//!
//! A [generator](Generate) draws a structured value from a [`Source`] of choices, and *reflects* a value back into the
//! choices that draw it. A [`Model`] is the value of a protocol unit; it takes any bytes apart and puts them together
//! again without loss. Together they make one mutator serve every protocol ([`WireMutator`]):
//!
//! ```text
//! bytes -> dissect -> value -> reflect -> tape -> mutate or splice -> draw -> value -> emit -> bytes
//! ```
//!
//! The laws, for every generator `g`, value `v`, byte string `b`:
//! - a draw always ends, whatever the source; the end of the source means the simplest choice, zero;
//! - `g.draw(g.reflect(v)) == v` where `v` can be reflected, and every drawn value can be;
//! - `emit(dissect(b)) == b`; `dissect(emit(v))` is `v` in normal form: read as a receiver reads it.
//!
//! ```
//! use halligan_generators::{Generate, Source, Tape, range, list};
//!
//! let generator = list(range(10u16..=20));
//! let value = generator.draw(&mut Source::bytes(&[1, 5, 1, 7, 0]));
//! assert_eq!(value, [15, 17]);
//!
//! let mut tape = Tape::new();
//! generator.reflect(&value, &mut tape).unwrap();
//! assert_eq!(generator.draw(&mut Source::tape(&tape)), value);
//! assert_eq!(generator.draw(&mut Source::bytes(&tape.to_bytes())), value);
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
extern crate self as halligan_generators;
#[cfg(feature = "std")]
extern crate std;

pub mod adapters;
mod check;
mod code;
mod combine;
mod derived;
mod exhaustive;
mod generate;
#[doc = include_str!("../GUIDE.md")]
pub mod guide {}
mod laws;
pub mod model;
mod mutate;
#[cfg(feature = "std")]
pub mod runner;
mod shrink;
mod source;
mod statistics;
mod tape;
mod wire;

pub use check::*;
pub use code::Code;
pub use combine::*;
pub use derived::{Derived, DerivedOf, derived};
pub use exhaustive::{Count, Every, count_up_to, every};
pub use generate::{Any, Generate, Generated, Unreflected, any};
pub use halligan_generators_derive::{Code, Generate};
pub use laws::{laws, laws_by};
pub use model::{Annotation, Model};
pub use mutate::TapeMutator;
pub use shrink::{Shrunk, ShrunkWire, shrink, shrink_wire};
pub use source::Source;
pub use statistics::{Edges, Field, Statistics};
pub use tape::{Checkpoint, Choice, Label, Role, Span, Tape};
pub use wire::WireMutator;
