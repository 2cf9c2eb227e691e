//! TCP segments (RFC 9293 section 3.1).

mod flags;
mod multipath;
mod option;
mod option_data;
mod sequence;

use alloc::{format, string::ToString, vec::Vec};

pub use self::{
    flags::Flags,
    multipath::{Address, Multipath},
    option::{CountKind, OptionData, SackBlock, TcpOption},
    sequence::{Mapping, Sequence},
};
use super::{
    Annotation, Model,
    fields::{Fields, hex, word},
    ip::PseudoHeader,
    option as options,
};
use crate::{Code, Derived, Generate, bytes, derived, range};

/// The pseudo header of segments that stand alone: 192.0.2.1 to 192.0.2.2, documentation addresses (RFC 5737 section 3).
pub const PSEUDO_HEADER: PseudoHeader = PseudoHeader { source: [192, 0, 2, 1], destination: [192, 0, 2, 2] };

/// The protocol number of TCP.
pub(super) const PROTOCOL: u8 = 6;

/// Length of a header without options, in bytes.
const FIXED: usize = 20;

/// A TCP segment.
///
/// ```
/// use halligan_generators::{Model, model::tcp::{Flags, Header, OptionData, Segment}};
///
/// let header = Header {
///     flags: Flags::SYN,
///     options: vec![OptionData::MaximumSegmentSize(1460).into()],
///     ..Header::default()
/// };
/// let segment = Segment::Whole { header, payload: b"early".to_vec() };
/// assert_eq!(segment.emit().len(), 20 + 4 + 5);
/// assert_eq!(Segment::dissect(&segment.emit()), segment);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Segment {
    /// A header and what follows it.
    #[generate(weight = 31)]
    Whole {
        /// The header, with its options.
        header: Header,
        /// The data.
        #[generate(with = bytes(0..=u32::MAX as usize))]
        payload: Vec<u8>,
    },
    /// Fewer bytes than a header has.
    Raw(#[generate(with = bytes(0..=FIXED - 1))] Vec<u8>),
}

/// A TCP header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
pub struct Header {
    /// The sender's port.
    pub source_port: u16,
    /// The receiver's port.
    pub destination_port: u16,
    /// The number of the first byte of data, or of the SYN.
    pub sequence_number: u32,
    /// The number that the sender expects next.
    pub acknowledgment_number: u32,
    /// Length of the header in 32-bit words, 4 bits. A receiver's options end there; where it is below 5 or beyond the
    /// segment, it is a lie and all that follows the fixed header is payload.
    #[generate(with = derived(range(0u8..=15)))]
    pub data_offset: Derived<u8>,
    /// Three bits that are zero, between data offset and flags.
    #[generate(with = derived(range(0u8..=7)))]
    pub reserved: Derived<u8>,
    /// The control bits.
    pub flags: Flags,
    /// The receive window, in bytes before scaling.
    pub window: u16,
    /// The checksum over pseudo header and segment.
    pub checksum: Derived<u16>,
    /// Offset of the byte behind the urgent data, from the sequence number.
    pub urgent_pointer: u16,
    /// The options. Zeros behind them fill up the last word.
    #[generate(with = options::options())]
    pub options: Vec<TcpOption>,
}

impl Segment {
    /// [`Model::dissect`] of a segment between these addresses.
    #[must_use]
    #[inline]
    pub fn dissect_under<const N: usize>(pseudo: &PseudoHeader<N>, bytes: &[u8]) -> Self {
        let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED>() else { return Self::Raw(bytes.to_vec()) };
        let [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, o0, o1, w0, w1, c0, c1, u0, u1] = *fixed;
        let offset = o0 >> 4;
        let options_len = usize::from(offset).checked_sub(5).map(|words| 4 * words);
        let (options, payload) = options_len.and_then(|len| rest.split_at_checked(len)).unwrap_or((&[], rest));
        let checksum = pseudo.checksum(PROTOCOL, &fixed[..16], &bytes[18..], bytes.len());
        let header = Header {
            source_port: u16::from_be_bytes([s0, s1]),
            destination_port: u16::from_be_bytes([d0, d1]),
            sequence_number: u32::from_be_bytes([q0, q1, q2, q3]),
            acknowledgment_number: u32::from_be_bytes([a0, a1, a2, a3]),
            data_offset: Derived::seen(offset, 5 + (options.len() / 4) as u8),
            reserved: Derived::seen(o0 >> 1 & 7, 0),
            flags: Flags::from_bits(u16::from_be_bytes([o0, o1])),
            window: u16::from_be_bytes([w0, w1]),
            checksum: Derived::seen(u16::from_be_bytes([c0, c1]), checksum),
            urgent_pointer: u16::from_be_bytes([u0, u1]),
            options: options::dissect(options),
        };
        Self::Whole { header, payload: payload.to_vec() }
    }

    /// [`Model::emit_to`] of a segment between these addresses.
    #[inline]
    pub fn emit_under<const N: usize>(&self, pseudo: &PseudoHeader<N>, out: &mut Vec<u8>) {
        let (header, payload) = match self {
            Self::Whole { header, payload } => (header, payload),
            Self::Raw(bytes) => return out.extend_from_slice(bytes),
        };
        let start = out.len();
        let words = options::words(&header.options);
        out.reserve(FIXED + 4 * words + payload.len());
        out.extend_from_slice(&header.fixed(words));
        options::emit_to(&header.options, out);
        out.extend_from_slice(payload);
        let segment = &out[start..];
        let checksum = header.checksum.or_else(|| pseudo.checksum(PROTOCOL, segment, &[], segment.len()));
        out[start + 16..start + 18].copy_from_slice(&checksum.to_be_bytes());
    }

    /// Visits the fields; `wire` is the emitted segment.
    pub(super) fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        match self {
            Self::Whole { header, payload } => {
                header.fields(wire, fields);
                options::annotate(&header.options, fields);
                fields.string("payload", payload, false);
            }
            Self::Raw(bytes) => fields.string("raw", bytes, false),
        }
    }
}

impl Header {
    /// The first 20 bytes, with a checksum of zero, above `words` words of options.
    #[inline]
    fn fixed(&self, words: usize) -> [u8; FIXED] {
        let offset = u16::from(self.data_offset.or((5 + words).min(15) as u8));
        let reserved = u16::from(self.reserved.or(0));
        let middle = offset << 12 | (reserved & 7) << 9 | self.flags.bits();
        let mut fixed = [0; FIXED];
        fixed[0..2].copy_from_slice(&self.source_port.to_be_bytes());
        fixed[2..4].copy_from_slice(&self.destination_port.to_be_bytes());
        fixed[4..8].copy_from_slice(&self.sequence_number.to_be_bytes());
        fixed[8..12].copy_from_slice(&self.acknowledgment_number.to_be_bytes());
        fixed[12..14].copy_from_slice(&middle.to_be_bytes());
        fixed[14..16].copy_from_slice(&self.window.to_be_bytes());
        fixed[18..20].copy_from_slice(&self.urgent_pointer.to_be_bytes());
        fixed
    }

    fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        fields.field("source port", 2, self.source_port.to_string(), false);
        fields.field("destination port", 2, self.destination_port.to_string(), false);
        fields.field("sequence number", 4, self.sequence_number.to_string(), false);
        fields.field("acknowledgment number", 4, self.acknowledgment_number.to_string(), false);
        let offset = format!("{} ({} bytes)", wire[12] >> 4, 4 * (wire[12] >> 4));
        fields.bits("data offset", 2, 0..4, offset, self.data_offset.is_lie());
        fields.bits("reserved", 2, 4..7, (wire[12] >> 1 & 7).to_string(), self.reserved.is_lie());
        fields.bits("flags", 2, 7..16, self.flags.to_string(), false);
        fields.field("window", 2, self.window.to_string(), false);
        fields.field("checksum", 2, hex(word(wire, 16)), self.checksum.is_lie());
        fields.field("urgent pointer", 2, self.urgent_pointer.to_string(), false);
    }
}

impl Model for Segment {
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
        let Self::Whole { header, .. } = self else { return 0 };
        let fields = header.data_offset.lies() + header.reserved.lies() + header.checksum.lies();
        fields + options::lies(&header.options)
    }
}
