//! ICMP messages of IPv4 (RFC 792).

mod body;
mod quote;
mod router;

use alloc::{format, vec::Vec};

pub use self::{
    body::{
        AddressMask, Body, DomainNames, Echo, ExtendedEcho, InterfaceState, ParameterProblem, Photuris, Query,
        Redirect, Reserved, TimeExceeded, Timestamp, Traceroute, Unreachable, Unused,
    },
    quote::Quoted,
    router::{Router, RouterAdvertisement},
};
use super::{
    Annotation, Model,
    checksum::{finish, sum},
    fields::{Fields, hex, word},
    layout::Family,
};
use crate::{Code, Derived, Generate, bytes, range};

/// The protocol number of ICMP.
pub(super) const PROTOCOL: u8 = 1;

/// Length of type, code and checksum in bytes.
pub(super) const FIXED: usize = 4;

/// An ICMP message.
///
/// ```
/// use halligan_generators::{Derived, Model, model::icmp::{Body, Echo, Message}};
///
/// let body = Body::EchoRequest(Echo { identifier: 1, sequence_number: 2, data: b"ping".to_vec() });
/// let message = Message::Whole { code: 0, checksum: Derived::Auto, body };
/// assert_eq!(message.emit()[..2], [8, 0]);
/// assert_eq!(Message::dissect(&message.emit()), message);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Message {
    /// A header and a body, which gives the type.
    #[generate(weight = 31)]
    Whole {
        /// What the type leaves open.
        #[generate(with = range(0u8..).often(3, &[0, 1, 2, 3, 4]))]
        code: u8,
        /// The checksum over the message.
        checksum: Derived<u16>,
        /// What follows the checksum.
        body: Body,
    },
    /// Fewer bytes than type, code and checksum have.
    Raw(#[generate(with = bytes(0..=FIXED - 1))] Vec<u8>),
}

impl Message {
    /// Visits the fields; `wire` is the emitted message.
    pub(super) fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        let (checksum, body) = match self {
            Self::Whole { checksum, body, .. } => (checksum, body),
            Self::Raw(bytes) => return fields.string("raw", bytes, false),
        };
        fields.field("type", 1, format!("{} ({})", wire[0], body.name()), false);
        fields.field("code", 1, format!("{}", wire[1]), false);
        fields.field("checksum", 2, hex(word(wire, 2)), checksum.is_lie());
        body.annotate(fields);
    }
}

impl Model for Message {
    #[inline]
    fn dissect(bytes: &[u8]) -> Self {
        let Some((&[kind, code, c0, c1], rest)) = bytes.split_first_chunk() else { return Self::Raw(bytes.to_vec()) };
        let checksum = finish(sum(&[kind, code]) + sum(rest));
        let checksum = Derived::seen(u16::from_be_bytes([c0, c1]), checksum);
        Self::Whole { code, checksum, body: Body::dissect(kind, rest) }
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        let (code, checksum, body) = match self {
            Self::Whole { code, checksum, body } => (code, checksum, body),
            Self::Raw(bytes) => return out.extend_from_slice(bytes),
        };
        let start = out.len();
        out.extend_from_slice(&[body.kind(), *code, 0, 0]);
        body.emit_to(out);
        let checksum = checksum.or_else(|| finish(sum(&out[start..])));
        out[start + 2..start + 4].copy_from_slice(&checksum.to_be_bytes());
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        self.fields(&self.emit(), &mut Fields::new(visit));
    }

    fn lies(&self) -> usize {
        let Self::Whole { checksum, body, .. } = self else { return 0 };
        checksum.lies() + Family::lies(body)
    }
}
