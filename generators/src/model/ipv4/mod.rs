//! IPv4 packets (RFC 791 section 3.1).

pub(in crate::model) mod header;
mod option;

use alloc::vec::Vec;

use self::header::FIXED;
pub use self::{
    header::Header,
    option::{Ipv4Option, OptionData, RouteKind},
};
use super::{
    Annotation, Model,
    fields::Fields,
    ip::{Payload, PseudoHeader},
};
use crate::{Code, Derived, Generate, bytes, derived};

/// An IPv4 packet, and what follows it in its frame.
///
/// ```
/// use halligan_generators::{Derived, Model, model::{ip::Payload, ipv4::{Header, Packet}, tcp::Segment}};
///
/// let segment = Segment::Whole { header: Default::default(), payload: b"hello".to_vec() };
/// let packet = Packet::Whole {
///     header: Header { time_to_live: 64, ..Header::default() },
///     payload: Payload::Tcp { protocol: Derived::Auto, segment },
///     trailer: Derived::Auto,
/// };
/// assert_eq!(packet.emit()[..4], [0x45, 0, 0, 45]);
/// assert_eq!(Packet::dissect(&packet.emit()), packet);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Packet {
    /// A header, what it carries and what follows it.
    #[generate(weight = 31)]
    Whole {
        /// The header, with its options.
        header: Header,
        /// What the total length covers behind the header.
        payload: Payload,
        /// What lies behind the total length: nothing, or a lie. In a frame it is padding.
        #[generate(with = derived(bytes(1..=u32::MAX as usize)))]
        trailer: Derived<Vec<u8>>,
    },
    /// Fewer bytes than a header has.
    Raw(#[generate(with = bytes(0..=FIXED - 1))] Vec<u8>),
}

impl Packet {
    /// Takes the packet out of its trailer: [`Model::dissect`], but the trailer is given apart.
    #[inline]
    pub(super) fn dissect_prefix(bytes: &[u8]) -> (Self, &[u8]) {
        let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED>() else { return (Self::Raw(bytes.to_vec()), &[]) };
        let options = usize::from(fixed[0] & 0xf).checked_sub(5).map(|words| 4 * words);
        let (options, rest) = options.and_then(|len| rest.split_at_checked(len)).unwrap_or((&[], rest));
        let header = Header::dissect(fixed, options, bytes.len());
        let total_length = usize::from(u16::from_be_bytes([fixed[2], fixed[3]]));
        let payload = if header.total_length.is_lie() { rest.len() } else { total_length - FIXED - options.len() };
        let (payload, trailer) = rest.split_at(payload);
        let payload = Payload::dissect(&pseudo(&header), fixed[9], header.fragment_offset > 0, payload);
        (Self::Whole { header, payload, trailer: Derived::Auto }, trailer)
    }

    /// Visits the fields; `wire` is the emitted packet.
    pub(super) fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        let (header, payload, trailer) = match self {
            Self::Whole { header, payload, trailer } => (header, payload, trailer),
            Self::Raw(bytes) => return fields.string("raw", bytes, false),
        };
        let start = fields.at();
        header.fields(wire, payload.protocol().1, fields);
        payload.fields(&wire[fields.at() - start..], fields);
        if let Derived::Lie(trailer) = trailer {
            fields.string("trailer", trailer, true);
        }
    }
}

fn pseudo(header: &Header) -> PseudoHeader {
    PseudoHeader { source: header.source, destination: header.destination }
}

impl Model for Packet {
    #[inline]
    fn dissect(bytes: &[u8]) -> Self {
        let (mut packet, rest) = Self::dissect_prefix(bytes);
        if let Self::Whole { trailer, .. } = &mut packet
            && !rest.is_empty()
        {
            *trailer = Derived::Lie(rest.to_vec());
        }
        packet
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        let (header, payload, trailer) = match self {
            Self::Whole { header, payload, trailer } => (header, payload, trailer),
            Self::Raw(bytes) => return out.extend_from_slice(bytes),
        };
        let start = out.len();
        header.emit_to(payload.protocol().0, out);
        let header_length = out.len() - start;
        payload.emit_under(&pseudo(header), out);
        header.complete(header_length, &mut out[start..]);
        if let Derived::Lie(trailer) = trailer {
            out.extend_from_slice(trailer);
        }
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        self.fields(&self.emit(), &mut Fields::new(visit));
    }

    fn lies(&self) -> usize {
        let Self::Whole { header, payload, trailer } = self else { return 0 };
        header.lies() + payload.lies() + trailer.lies()
    }
}
