//! IPv6 packets (RFC 8200).

mod extension;
pub(in crate::model) mod header;
mod option;
mod routing;

use alloc::vec::Vec;

use self::header::FIXED;
pub use self::{
    extension::{Body, Extension},
    header::Header,
    option::{Ipv6Option, OptionData, RplInformation},
    routing::{Route, Routing},
};
use super::{
    Annotation, Model,
    fields::{Fields, word},
    ip::{Payload, PseudoHeader},
    layout::MAX,
};
use crate::{Code, Derived, Generate, any, bytes, derived, list};

/// An IPv6 packet, and what follows it in its frame.
///
/// ```
/// use halligan_generators::{Derived, Model, model::{ip::Payload, ipv6::{Body, Header, Packet}}};
///
/// let packet = Packet::Whole {
///     header: Header { hop_limit: 64, ..Header::default() },
///     extensions: vec![Body::HopByHop(vec![]).into()],
///     payload: Payload::Raw { protocol: 59, bytes: vec![] },
///     trailer: Derived::Auto,
/// };
/// assert_eq!(packet.emit()[40..], [59, 0, 1, 4, 0, 0, 0, 0]);
/// assert_eq!(Packet::dissect(&packet.emit()), packet);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Packet {
    /// A header, what it carries and what follows it.
    #[generate(weight = 31)]
    Whole {
        /// The header.
        header: Header,
        /// The extension headers, up to the one of a later fragment.
        #[generate(with = list(any()).average(1).max(usize::MAX))]
        extensions: Vec<Extension>,
        /// What follows them within the payload length. ESP (50) and "no next header" (59) are raw.
        payload: Payload,
        /// What lies behind the payload length: nothing, or a lie. In a frame it is padding.
        #[generate(with = derived(bytes(1..=MAX)))]
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
        let header = Header::dissect(fixed, rest.len());
        let length = if header.payload_length.is_lie() { rest.len() } else { word(fixed, 4).into() };
        let (mut rest, trailer) = rest.split_at(length);
        let (mut next, mut extensions, mut later) = (fixed[6], Vec::new(), false);
        while !later && let Some((extension, behind, left)) = Extension::dissect(next, rest) {
            later = extension.is_later_fragment();
            extensions.push(extension);
            (next, rest) = (behind, left);
        }
        let payload = Payload::dissect(&pseudo(&header, &extensions), next, later, rest);
        (Self::Whole { header, extensions, payload, trailer: Derived::Auto }, trailer)
    }

    /// Visits the fields; `wire` is the emitted packet.
    pub(super) fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        let (header, extensions, payload, trailer) = match self {
            Self::Whole { header, extensions, payload, trailer } => (header, extensions, payload, trailer),
            Self::Raw(bytes) => return fields.string("raw", bytes, false),
        };
        let start = fields.at();
        let mut numbers = extensions.iter().map(Extension::number).chain([payload.protocol()]);
        let mut lies = || numbers.next().is_some_and(|(_, lie)| lie);
        header.fields(wire, lies(), fields);
        for extension in extensions {
            let wire = &wire[fields.at() - start..];
            fields.deeper(|fields| extension.fields(wire, lies(), fields));
        }
        payload.fields(&wire[fields.at() - start..], fields);
        if let Derived::Lie(trailer) = trailer {
            fields.string("trailer", trailer, true);
        }
    }
}

/// The pseudo header, with the final destination (RFC 8200 section 8.1).
fn pseudo(header: &Header, extensions: &[Extension]) -> PseudoHeader<16> {
    let route = extensions.iter().find_map(|extension| match &extension.body {
        Body::Routing(routing) => Some(routing),
        _ => None,
    });
    let destination = route.map_or(header.destination, |route| route.final_destination(header.destination));
    PseudoHeader { source: header.source, destination }
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
        let (header, extensions, payload, trailer) = match self {
            Self::Whole { header, extensions, payload, trailer } => (header, extensions, payload, trailer),
            Self::Raw(bytes) => return out.extend_from_slice(bytes),
        };
        let start = out.len();
        let last = payload.protocol().0;
        let next = |index: usize| extensions.get(index).map_or(last, |extension| extension.number().0);
        header.emit_to(next(0), out);
        for (index, extension) in extensions.iter().enumerate() {
            extension.emit_to(next(index + 1), out);
        }
        payload.emit_under(&pseudo(header, extensions), out);
        header.complete(&mut out[start..]);
        if let Derived::Lie(trailer) = trailer {
            out.extend_from_slice(trailer);
        }
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        self.fields(&self.emit(), &mut Fields::new(visit));
    }

    fn lies(&self) -> usize {
        let Self::Whole { header, extensions, payload, trailer } = self else { return 0 };
        header.lies() + extensions.iter().map(Extension::lies).sum::<usize>() + payload.lies() + trailer.lies()
    }
}
