//! ICMP messages of IPv6 (RFC 4443), with neighbour discovery (RFC 4861), multicast listener discovery (RFC 2710 and RFC
//! 3810) and the control messages of RPL (RFC 6550).

mod body;
mod mld;
pub mod ndp;
pub mod rpl;

use alloc::{format, vec::Vec};

pub use self::{
    body::{Body, ParameterProblem, TooBig},
    mld::{Listener, Query, Record, Report},
};
use super::{
    Annotation, Model,
    fields::{Fields, hex, word},
    icmp::FIXED,
    ip::PseudoHeader,
    layout::Family,
};
use crate::{Code, Derived, Generate, bytes, range};

/// The number that announces ICMPv6.
pub(super) const PROTOCOL: u8 = 58;

/// The type of RPL's control messages (RFC 6550 section 6).
const RPL: u8 = 155;

/// The pseudo header of messages that stand alone: 2001:db8::1 to 2001:db8::2, documentation addresses (RFC 3849).
pub const PSEUDO_HEADER: PseudoHeader<16> = PseudoHeader {
    source: [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    destination: [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
};

/// An ICMPv6 message.
///
/// ```
/// use halligan_generators::{Derived, Model, model::{icmp::Echo, icmpv6::{Body, Message}}};
///
/// let body = Body::EchoRequest(Echo { identifier: 1, sequence_number: 2, data: b"ping".to_vec() });
/// let message = Message::Whole { code: 0, checksum: Derived::Auto, body };
/// assert_eq!(message.emit()[..2], [128, 0]);
/// assert_eq!(Message::dissect(&message.emit()), message);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Message {
    /// A header and a body, which gives the type.
    #[generate(weight = 24)]
    Whole {
        /// What the type leaves open.
        #[generate(with = range(0u8..).often(3, &[0, 1, 2, 3, 4]))]
        code: u8,
        /// The checksum over pseudo header and message.
        checksum: Derived<u16>,
        /// What follows the checksum.
        body: Body,
    },
    /// A control message of RPL, whose object gives the code: type 155.
    #[generate(weight = 7)]
    Rpl {
        /// The checksum over pseudo header and message.
        checksum: Derived<u16>,
        /// What follows the checksum.
        object: rpl::Object,
    },
    /// Fewer bytes than type, code and checksum have.
    Raw(#[generate(with = bytes(0..=FIXED - 1))] Vec<u8>),
}

impl Message {
    /// [`Model::dissect`] of a message between these addresses.
    #[must_use]
    #[inline]
    pub fn dissect_under<const N: usize>(pseudo: &PseudoHeader<N>, bytes: &[u8]) -> Self {
        let Some((&[kind, code, c0, c1], rest)) = bytes.split_first_chunk() else { return Self::Raw(bytes.to_vec()) };
        let checksum = pseudo.checksum(PROTOCOL, &[kind, code], rest, bytes.len());
        let checksum = Derived::seen(u16::from_be_bytes([c0, c1]), checksum);
        match kind {
            RPL => Self::Rpl { checksum, object: rpl::Object::dissect(code, rest) },
            kind => Self::Whole { code, checksum, body: Body::dissect(kind, rest) },
        }
    }

    /// [`Model::emit_to`] of a message between these addresses.
    #[inline]
    pub fn emit_under<const N: usize>(&self, pseudo: &PseudoHeader<N>, out: &mut Vec<u8>) {
        let start = out.len();
        let checksum = match self {
            Self::Whole { code, checksum, body } => {
                out.extend_from_slice(&[body.kind(), *code, 0, 0]);
                body.emit_to(out);
                checksum
            }
            Self::Rpl { checksum, object } => {
                out.extend_from_slice(&[RPL, object.kind(), 0, 0]);
                object.emit_to(out);
                checksum
            }
            Self::Raw(bytes) => return out.extend_from_slice(bytes),
        };
        let message = &out[start..];
        let checksum = checksum.or_else(|| pseudo.checksum(PROTOCOL, message, &[], message.len()));
        out[start + 2..start + 4].copy_from_slice(&checksum.to_be_bytes());
    }

    /// Visits the fields; `wire` is the emitted message.
    pub(super) fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        let mut header = |kind, code: &str, checksum: &Derived<u16>| {
            fields.field("type", 1, format!("{} ({kind})", wire[0]), false);
            fields.field("code", 1, format!("{}{code}", wire[1]), false);
            fields.field("checksum", 2, hex(word(wire, 2)), checksum.is_lie());
        };
        match self {
            Self::Whole { checksum, body, .. } => {
                header(body.name(), "", checksum);
                body.annotate(fields);
            }
            Self::Rpl { checksum, object } => {
                header("RPL control", &format!(" ({})", object.name()), checksum);
                object.annotate(fields);
            }
            Self::Raw(bytes) => fields.string("raw", bytes, false),
        }
    }
}

impl Model for Message {
    /// Under the pseudo header of messages that stand alone, [`PSEUDO_HEADER`].
    fn dissect(bytes: &[u8]) -> Self {
        Self::dissect_under(&PSEUDO_HEADER, bytes)
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        self.emit_under(&PSEUDO_HEADER, out);
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        self.fields(&self.emit(), &mut Fields::new(visit));
    }

    fn lies(&self) -> usize {
        match self {
            Self::Whole { checksum, body, .. } => checksum.lies() + Family::lies(body),
            Self::Rpl { checksum, object } => checksum.lies() + Family::lies(object),
            Self::Raw(_) => 0,
        }
    }
}
