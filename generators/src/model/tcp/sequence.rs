//! The data sequence signal of Multipath TCP (RFC 8684 section 3.3).

use alloc::{string::ToString, vec::Vec};

use crate::{
    Code, Generate,
    model::fields::{Fields, hex},
};

/// A data sequence number, whole or its lower half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::tcp::Sequence")]
pub enum Sequence {
    /// The lower 32 bits.
    Short(u32),
    /// All 64 bits.
    Long(u64),
}

/// Where the data of a segment belong (RFC 8684 section 3.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::tcp::Mapping")]
pub struct Mapping {
    /// The data sequence number.
    pub sequence: Sequence,
    /// The sequence number in this subflow, relative to its first.
    pub subflow_sequence: u32,
    /// Length of the data in bytes.
    pub length: u16,
    /// A checksum over data and mapping.
    pub checksum: Option<u16>,
}

/// The flags F, m, M, a and A.
pub(super) fn signals(fin: bool, acknowledgment: &Option<Sequence>, mapping: &Option<Mapping>) -> u8 {
    let bits = |number: Option<Sequence>| match number {
        None => 0,
        Some(Sequence::Short(_)) => 1,
        Some(Sequence::Long(_)) => 3,
    };
    u8::from(fin) << 4 | bits(mapping.map(|mapping| mapping.sequence)) << 2 | bits(*acknowledgment)
}

/// Takes what follows the flags apart, where its length is right.
pub(super) fn dissect(flags: u8, data: &[u8]) -> Option<(bool, Option<Sequence>, Option<Mapping>)> {
    let (acknowledgment, rest) = Sequence::dissect(flags & 3, data)?;
    let (sequence, rest) = Sequence::dissect(flags >> 2 & 3, rest)?;
    let mapping = match (sequence, rest) {
        (None, []) => None,
        (Some(sequence), &[a, b, c, d, l0, l1, ref checksum @ ..]) if matches!(checksum.len(), 0 | 2) => {
            Some(Mapping {
                sequence,
                subflow_sequence: u32::from_be_bytes([a, b, c, d]),
                length: u16::from_be_bytes([l0, l1]),
                checksum: checksum.try_into().ok().map(u16::from_be_bytes),
            })
        }
        _ => return None,
    };
    Some((flags >> 4 & 1 == 1, acknowledgment, mapping))
}

impl Sequence {
    /// The number that two flags announce, and what follows it: the lower says that there is one, the upper that it is
    /// whole.
    fn dissect(flags: u8, data: &[u8]) -> Option<(Option<Self>, &[u8])> {
        match flags {
            3 => data.split_first_chunk().map(|(long, rest)| (Some(Self::Long(u64::from_be_bytes(*long))), rest)),
            1 => data.split_first_chunk().map(|(short, rest)| (Some(Self::Short(u32::from_be_bytes(*short))), rest)),
            _ => Some((None, data)),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Short(_) => 4,
            Self::Long(_) => 8,
        }
    }

    pub(super) fn emit_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Short(number) => out.extend_from_slice(&number.to_be_bytes()),
            Self::Long(number) => out.extend_from_slice(&number.to_be_bytes()),
        }
    }

    pub(super) fn field(&self, name: &'static str, fields: &mut Fields<'_>) {
        let text = match self {
            Self::Short(number) => number.to_string(),
            Self::Long(number) => number.to_string(),
        };
        fields.field(name, self.len(), text, false);
    }
}

impl Mapping {
    pub(super) fn len(&self) -> usize {
        self.sequence.len() + 6 + 2 * usize::from(self.checksum.is_some())
    }

    pub(super) fn emit_to(&self, out: &mut Vec<u8>) {
        self.sequence.emit_to(out);
        out.extend_from_slice(&self.subflow_sequence.to_be_bytes());
        out.extend_from_slice(&self.length.to_be_bytes());
        self.checksum.iter().for_each(|checksum| out.extend_from_slice(&checksum.to_be_bytes()));
    }

    pub(super) fn fields(&self, fields: &mut Fields<'_>) {
        self.sequence.field("data sequence number", fields);
        fields.field("subflow sequence number", 4, self.subflow_sequence.to_string(), false);
        fields.field("data-level length", 2, self.length.to_string(), false);
        self.checksum.iter().for_each(|checksum| fields.field("checksum", 2, hex(*checksum), false));
    }
}
