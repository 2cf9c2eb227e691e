//! Lossless models of protocol units.
//!
//! A model takes any bytes apart and puts the very same bytes together again. What does not parse becomes a raw part;
//! a field that follows from the rest is [`Derived`](crate::Derived): computed on emission, or a lie.
//!
//! ```
//! use halligan_generators::{Derived, Model, model::tcp::{Header, Segment}};
//!
//! let syn = Segment::Whole { header: Header { data_offset: Derived::Lie(4), ..Header::default() }, payload: vec![] };
//! assert_eq!(syn.emit()[12] >> 4, 4);
//! assert_eq!(Segment::dissect(&syn.emit()), syn);
//! assert_eq!(syn.lies(), 1);
//! ```

use alloc::{string::String, vec::Vec};
use core::{fmt::Debug, ops::Range};

use crate::Generated;

pub mod arp;
mod checksum;
pub mod dhcp;
pub mod dns;
pub mod ethernet;
mod fields;
pub mod icmp;
pub mod icmpv6;
pub mod igmp;
pub mod ip;
pub mod ipv4;
pub mod ipv6;
mod layout;
pub mod option;
pub mod tcp;
pub mod tls;
pub mod tlv;
pub mod udp;

/// The structured value of a protocol unit: a frame, a packet, a segment.
///
/// Three laws, for every byte string `b` and every value `v`:
/// - `dissect(b).emit() == b`;
/// - `dissect(v.emit())` is `v` in *normal form*: the same bytes, read as a receiver reads them. What was dissected is in
///   normal form;
/// - what was dissected can be [reflected](crate::Generate::reflect).
pub trait Model: Generated + Clone + PartialEq + Debug {
    /// Takes `bytes` apart. It never fails: what does not parse becomes a raw part.
    fn dissect(bytes: &[u8]) -> Self;

    /// Appends the unit to `out`.
    fn emit_to(&self, out: &mut Vec<u8>);

    /// The unit as bytes.
    fn emit(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.emit_to(&mut out);
        out
    }

    /// Visits the fields in the order of the emitted bytes, so that every bit belongs to exactly one of them.
    fn annotate(&self, visit: &mut dyn FnMut(Annotation));

    /// How many derived fields are given rather than computed.
    fn lies(&self) -> usize;
}

/// A field on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// Where it lies within the unit, in bytes.
    pub bytes: Range<usize>,
    /// Which bits of `bytes` it takes if not all; bit 0 is the most significant of the first byte, as RFCs count.
    pub bits: Option<Range<u8>>,
    /// The field's name.
    pub name: &'static str,
    /// Its value, for people.
    pub value: String,
    /// Whether it is a derived field that does not have its computed value.
    pub lie: bool,
    /// How deep it is nested: 0 for the fields of the unit itself, 1 for those of its payload or its options, and so on.
    pub depth: u8,
}
