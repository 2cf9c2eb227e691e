//! Ethernet frames (IEEE 802.3 section 3), without preamble and frame check sequence, as captures hold them.

mod header;
mod llc;

use alloc::{string::ToString, vec::Vec};

use self::header::{ADDRESSES, MIN_TYPE};
pub use self::{
    header::{Header, Tag, TagKind},
    llc::Llc,
};
use super::{
    Annotation, Model, arp,
    fields::{Fields, hex, word},
    ipv4, ipv6,
};
use crate::{Code, Derived, Generate, bytes, derived, range};

/// The least length of a frame without its check sequence (IEEE 802.3 section 3.2.8).
const MIN_FRAME: usize = 60;

/// The type of IPv4 (RFC 894).
const IPV4: u16 = 0x0800;

/// The type of IPv6 (RFC 2464 section 3).
const IPV6: u16 = 0x86dd;

/// The type of ARP (RFC 826).
const ARP: u16 = 0x0806;

/// An Ethernet frame.
///
/// ```
/// use halligan_generators::{Derived, Model, model::ethernet::{Frame, Header, Payload, Tag, TagKind}};
///
/// let tag = Tag { kind: TagKind::Customer, priority: 0, drop_eligible: false, vlan: 7 };
/// let frame = Frame::Whole {
///     header: Header { tags: vec![tag], ..Header::default() },
///     payload: Payload::Raw { ethertype: 0x88cc, bytes: vec![0; 42] },
///     padding: Derived::Auto,
///     trailer: Derived::Auto,
/// };
/// assert_eq!(frame.emit()[12..18], [0x81, 0x00, 0, 7, 0x88, 0xcc]);
/// assert_eq!(Frame::dissect(&frame.emit()), frame);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[expect(clippy::large_enum_variant, reason = "nearly all frames are the large variant; a box would cost each of them")]
pub enum Frame {
    /// Addresses and tags, what they carry, and padding.
    #[generate(weight = 31)]
    Whole {
        /// Addresses and tags.
        header: Header,
        /// What the frame carries, with its type or length.
        payload: Payload,
        /// Zeros up to 60 bytes, or a lie: other bytes up to there, or fewer.
        #[generate(with = derived(bytes(0..=MIN_FRAME)))]
        padding: Derived<Vec<u8>>,
        /// What lies behind: nothing, or a lie, as a check sequence that was captured.
        #[generate(with = derived(bytes(1..=u32::MAX as usize)))]
        trailer: Derived<Vec<u8>>,
    },
    /// Fewer bytes than addresses and a type have.
    Raw(#[generate(with = bytes(0..=ADDRESSES + 1))] Vec<u8>),
}

/// What a frame carries.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Payload {
    /// An IPv4 packet; what follows it is padding.
    #[generate(weight = 14)]
    Ipv4 {
        /// 0x0800. A receiver takes a packet under another type for [`Raw`](Payload::Raw).
        ethertype: Derived<u16>,
        /// The packet.
        packet: ipv4::Packet,
    },
    /// An IPv6 packet; what follows it is padding.
    #[generate(weight = 14)]
    Ipv6 {
        /// 0x86dd.
        ethertype: Derived<u16>,
        /// The packet.
        packet: ipv6::Packet,
    },
    /// An ARP packet; what follows it is padding.
    #[generate(weight = 4)]
    Arp {
        /// 0x0806. A receiver takes a packet under another type for [`Raw`](Payload::Raw).
        ethertype: Derived<u16>,
        /// The packet.
        packet: arp::Packet,
    },
    /// Another type. Nothing tells where the payload ends and padding starts: a receiver takes all for payload.
    Raw {
        /// The type, at least 0x0600.
        #[generate(range = MIN_TYPE..)]
        ethertype: u16,
        /// The bytes.
        #[generate(with = bytes(0..=u32::MAX as usize))]
        bytes: Vec<u8>,
    },
    /// A length in the place of a type (IEEE 802.3 section 3.2.6): a frame of IEEE 802.2, as spanning tree uses them.
    Length {
        /// Length of what follows, in bytes, below 0x0600. What is behind it is padding; a lie is longer than the frame.
        #[generate(with = derived(range(0..MIN_TYPE)))]
        length: Derived<u16>,
        /// What follows.
        llc: Llc,
    },
}

impl Payload {
    /// Takes what follows addresses and tags apart; gives it and what is left over.
    #[inline]
    fn dissect(ethertype: u16, bytes: &[u8]) -> (Self, &[u8]) {
        if ethertype == IPV4 {
            let (packet, rest) = ipv4::Packet::dissect_prefix(bytes);
            (Self::Ipv4 { ethertype: Derived::Auto, packet }, rest)
        } else if ethertype == IPV6 {
            let (packet, rest) = ipv6::Packet::dissect_prefix(bytes);
            (Self::Ipv6 { ethertype: Derived::Auto, packet }, rest)
        } else if ethertype == ARP {
            let (packet, rest) = arp::Packet::dissect_prefix(bytes);
            (Self::Arp { ethertype: Derived::Auto, packet }, rest)
        } else if ethertype >= MIN_TYPE {
            (Self::Raw { ethertype, bytes: bytes.to_vec() }, &[])
        } else {
            let (inside, rest) = bytes.split_at_checked(ethertype.into()).unwrap_or((bytes, &[]));
            let length = Derived::seen(ethertype, inside.len() as u16);
            (Self::Length { length, llc: Llc::dissect(inside) }, rest)
        }
    }

    /// Type or length, and whether it lies.
    fn type_or_length(&self) -> (u16, bool) {
        match self {
            Self::Ipv4 { ethertype, .. } => (ethertype.or(IPV4), ethertype.is_lie()),
            Self::Ipv6 { ethertype, .. } => (ethertype.or(IPV6), ethertype.is_lie()),
            Self::Raw { ethertype, .. } => (*ethertype, false),
            Self::Arp { ethertype, .. } => (ethertype.or(ARP), ethertype.is_lie()),
            Self::Length { length, llc } => (length.or(llc.len().min((MIN_TYPE - 1).into()) as u16), length.is_lie()),
        }
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.type_or_length().0.to_be_bytes());
        match self {
            Self::Ipv4 { packet, .. } => packet.emit_to(out),
            Self::Ipv6 { packet, .. } => packet.emit_to(out),
            Self::Arp { packet, .. } => packet.emit_to(out),
            Self::Raw { bytes, .. } => out.extend_from_slice(bytes),
            Self::Length { llc, .. } => llc.emit_to(out),
        }
    }

    fn lies(&self) -> usize {
        match self {
            Self::Ipv4 { ethertype, packet } => ethertype.lies() + packet.lies(),
            Self::Ipv6 { ethertype, packet } => ethertype.lies() + packet.lies(),
            Self::Arp { ethertype, packet } => ethertype.lies() + packet.lies(),
            Self::Raw { .. } => 0,
            Self::Length { length, .. } => length.lies(),
        }
    }

    fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        let (value, lie) = self.type_or_length();
        match self {
            Self::Length { .. } => fields.field("length", 2, value.to_string(), lie),
            _ => fields.field("type", 2, hex(value), lie),
        }
        match self {
            Self::Ipv4 { packet, .. } => {
                let at = fields.at();
                fields.deeper(|fields| packet.fields(&wire[at..], fields));
            }
            Self::Ipv6 { packet, .. } => {
                let at = fields.at();
                fields.deeper(|fields| packet.fields(&wire[at..], fields));
            }
            Self::Raw { bytes, .. } => fields.string("payload", bytes, false),
            Self::Arp { packet, .. } => fields.deeper(|fields| packet.fields(fields)),
            Self::Length { llc, .. } => llc.fields(fields),
        }
    }
}

/// How many zeros bring a frame of `len` bytes to the least length.
fn missing(len: usize) -> usize {
    MIN_FRAME.saturating_sub(len)
}

impl Model for Frame {
    #[inline]
    fn dissect(bytes: &[u8]) -> Self {
        let Some((header, rest)) = Header::dissect(bytes) else { return Self::Raw(bytes.to_vec()) };
        let (payload, rest) = Payload::dissect(word(rest, 0), &rest[2..]);
        let missing = missing(bytes.len() - rest.len());
        let (padding, trailer) = rest.split_at(missing.min(rest.len()));
        let honest = padding.len() == missing && padding.iter().all(|byte| *byte == 0);
        let padding = if honest { Derived::Auto } else { Derived::Lie(padding.to_vec()) };
        let trailer = if trailer.is_empty() { Derived::Auto } else { Derived::Lie(trailer.to_vec()) };
        Self::Whole { header, payload, padding, trailer }
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        let (header, payload, padding, trailer) = match self {
            Self::Whole { header, payload, padding, trailer } => (header, payload, padding, trailer),
            Self::Raw(bytes) => return out.extend_from_slice(bytes),
        };
        let start = out.len();
        header.emit_to(out);
        payload.emit_to(out);
        match padding {
            Derived::Auto => out.extend_from_slice(&[0; MIN_FRAME][..missing(out.len() - start)]),
            Derived::Lie(padding) => out.extend_from_slice(padding),
        }
        if let Derived::Lie(trailer) = trailer {
            out.extend_from_slice(trailer);
        }
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        let wire = self.emit();
        let mut fields = Fields::new(visit);
        let (header, payload, padding, trailer) = match self {
            Self::Whole { header, payload, padding, trailer } => (header, payload, padding, trailer),
            Self::Raw(bytes) => return fields.string("raw", bytes, false),
        };
        header.fields(&mut fields);
        payload.fields(&wire, &mut fields);
        let trailer = if let Derived::Lie(trailer) = trailer { &trailer[..] } else { &[] };
        let padded = &wire[fields.at()..wire.len() - trailer.len()];
        fields.string("padding", padded, padding.is_lie());
        fields.string("trailer", trailer, true);
    }

    fn lies(&self) -> usize {
        let Self::Whole { payload, padding, trailer, .. } = self else { return 0 };
        payload.lies() + padding.lies() + trailer.lies()
    }
}
