//! Ethernet frames (IEEE 802.3 section 3), without preamble and frame check sequence, as captures hold them.

mod header;

use alloc::{string::ToString, vec::Vec};

use self::header::{ADDRESSES, MIN_TYPE};
pub use self::header::{Header, Llc, Tag, TagKind};
use super::{
    Annotation, Model,
    fields::{Fields, hex, word},
    ipv4,
};
use crate::{Code, Derived, Generate, bytes, derived, range};

/// The least length of a frame without its check sequence (IEEE 802.3 section 3.2.8).
const MIN_FRAME: usize = 60;

/// The type of IPv4 (RFC 894).
const IPV4: u16 = 0x0800;

/// An Ethernet frame.
///
/// ```
/// use halligan_generators::{Derived, Model, model::ethernet::{Frame, Header, Payload, Tag, TagKind}};
///
/// let tag = Tag { kind: TagKind::Customer, priority: 0, drop_eligible: false, vlan: 7 };
/// let frame = Frame::Whole {
///     header: Header { tags: vec![tag], ..Header::default() },
///     payload: Payload::Raw { ethertype: 0x0806, bytes: vec![0; 42] },
///     padding: Derived::Auto,
/// };
/// assert_eq!(frame.emit()[12..18], [0x81, 0x00, 0, 7, 0x08, 0x06]);
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
        /// Zeros up to 60 bytes, or a lie.
        #[generate(with = derived(bytes(0..=u32::MAX as usize)))]
        padding: Derived<Vec<u8>>,
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
        /// The header, where there is room for one.
        llc: Option<Llc>,
        /// What follows it.
        #[generate(with = bytes(0..=u32::MAX as usize))]
        information: Vec<u8>,
    },
}

impl Payload {
    /// Takes what follows addresses and tags apart; gives it and what is left over.
    #[inline]
    fn dissect(ethertype: u16, bytes: &[u8]) -> (Self, &[u8]) {
        if ethertype == IPV4 {
            let (packet, rest) = ipv4::Packet::dissect_prefix(bytes);
            (Self::Ipv4 { ethertype: Derived::Auto, packet }, rest)
        } else if ethertype >= MIN_TYPE {
            (Self::Raw { ethertype, bytes: bytes.to_vec() }, &[])
        } else {
            let (inside, rest) = bytes.split_at_checked(ethertype.into()).unwrap_or((bytes, &[]));
            let (llc, information) = match inside {
                [destination, source, control, information @ ..] => {
                    let llc = Llc { destination: *destination, source: *source, control: *control };
                    (Some(llc), information)
                }
                short => (None, short),
            };
            let length = Derived::seen(ethertype, inside.len() as u16);
            (Self::Length { length, llc, information: information.to_vec() }, rest)
        }
    }

    /// Type or length, and whether it lies.
    fn type_or_length(&self) -> (u16, bool) {
        match self {
            Self::Ipv4 { ethertype, .. } => (ethertype.or(IPV4), ethertype.is_lie()),
            Self::Raw { ethertype, .. } => (*ethertype, false),
            Self::Length { length, llc, information } => {
                let computed = if llc.is_some() { 3 } else { 0 } + information.len();
                (length.or(computed.min((MIN_TYPE - 1).into()) as u16), length.is_lie())
            }
        }
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.type_or_length().0.to_be_bytes());
        match self {
            Self::Ipv4 { packet, .. } => packet.emit_to(out),
            Self::Raw { bytes, .. } => out.extend_from_slice(bytes),
            Self::Length { llc, information, .. } => {
                if let Some(Llc { destination, source, control }) = llc {
                    out.extend_from_slice(&[*destination, *source, *control]);
                }
                out.extend_from_slice(information);
            }
        }
    }

    fn lies(&self) -> usize {
        match self {
            Self::Ipv4 { ethertype, packet } => ethertype.lies() + packet.lies(),
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
            Self::Raw { bytes, .. } => fields.string("payload", bytes, false),
            Self::Length { llc, information, .. } => {
                if let Some(Llc { destination, source, control }) = llc {
                    fields.field("destination service access point", 1, destination.to_string(), false);
                    fields.field("source service access point", 1, source.to_string(), false);
                    fields.field("control", 1, control.to_string(), false);
                }
                fields.string("information", information, false);
            }
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
        let (payload, padding) = Payload::dissect(word(rest, 0), &rest[2..]);
        let zeros = missing(bytes.len() - padding.len());
        let honest = padding.len() == zeros && padding.iter().all(|byte| *byte == 0);
        let padding = if honest { Derived::Auto } else { Derived::Lie(padding.to_vec()) };
        Self::Whole { header, payload, padding }
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        let (header, payload, padding) = match self {
            Self::Whole { header, payload, padding } => (header, payload, padding),
            Self::Raw(bytes) => return out.extend_from_slice(bytes),
        };
        let start = out.len();
        header.emit_to(out);
        payload.emit_to(out);
        match padding {
            Derived::Auto => out.extend_from_slice(&[0; MIN_FRAME][..missing(out.len() - start)]),
            Derived::Lie(padding) => out.extend_from_slice(padding),
        }
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        let wire = self.emit();
        let mut fields = Fields::new(visit);
        let (header, payload, padding) = match self {
            Self::Whole { header, payload, padding } => (header, payload, padding),
            Self::Raw(bytes) => return fields.string("raw", bytes, false),
        };
        header.fields(&mut fields);
        payload.fields(&wire, &mut fields);
        let at = fields.at();
        fields.string("padding", &wire[at..], padding.is_lie());
    }

    fn lies(&self) -> usize {
        let Self::Whole { payload, padding, .. } = self else { return 0 };
        payload.lies() + padding.lies()
    }
}
