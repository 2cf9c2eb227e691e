use alloc::{format, string::ToString, vec::Vec};

use crate::{
    Code, Generate, any, list,
    model::fields::{Fields, mac_address, word},
    octets,
};

/// Length of both addresses in bytes.
pub(super) const ADDRESSES: usize = 12;

/// The least type; below it is a length (IEEE 802.3 section 3.2.6).
pub(super) const MIN_TYPE: u16 = 0x0600;

/// What stands before the type or length of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ethernet::Header")]
pub struct Header {
    /// The destination address.
    #[generate(with = octets::<6>())]
    pub destination: [u8; 6],
    /// The source address.
    #[generate(with = octets::<6>())]
    pub source: [u8; 6],
    /// The tags, the outermost first.
    #[generate(with = list(any()).average(1).max(usize::MAX))]
    pub tags: Vec<Tag>,
}

/// A tag (IEEE 802.1Q section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ethernet::Tag")]
pub struct Tag {
    /// Whose tag it is.
    pub kind: TagKind,
    /// The priority code point, 3 bits.
    #[generate(range = 0..=7)]
    pub priority: u8,
    /// Whether the frame may be dropped first.
    pub drop_eligible: bool,
    /// The VLAN, 12 bits.
    #[generate(range = 0..=0xfff)]
    pub vlan: u16,
}

/// Whose a tag is (IEEE 802.1Q section 9.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ethernet::TagKind")]
pub enum TagKind {
    /// A customer's: type 0x8100.
    Customer,
    /// A service provider's: type 0x88a8 (formerly IEEE 802.1ad).
    Service,
    /// A service provider's from before the standard: type 0x9100.
    Legacy,
}

impl TagKind {
    fn ethertype(self) -> u16 {
        match self {
            Self::Customer => 0x8100,
            Self::Service => 0x88a8,
            Self::Legacy => 0x9100,
        }
    }

    fn of(ethertype: u16) -> Option<Self> {
        [Self::Customer, Self::Service, Self::Legacy].into_iter().find(|kind| kind.ethertype() == ethertype)
    }
}

impl Header {
    /// Takes addresses and tags apart; gives them and what follows, at least the two bytes of a type.
    #[inline]
    pub(super) fn dissect(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (addresses, mut rest) = bytes.split_at_checked(ADDRESSES)?;
        let ([destination, source], _) = addresses.as_chunks::<6>() else { return None };
        let mut tags = Vec::new();
        while rest.len() >= 6
            && let Some(kind) = TagKind::of(word(rest, 0))
        {
            let (priority, drop_eligible) = (rest[2] >> 5, rest[2] >> 4 & 1 == 1);
            tags.push(Tag { kind, priority, drop_eligible, vlan: word(rest, 2) & 0xfff });
            rest = &rest[4..];
        }
        (rest.len() >= 2).then_some((Self { destination: *destination, source: *source, tags }, rest))
    }

    #[inline]
    pub(super) fn emit_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.destination);
        out.extend_from_slice(&self.source);
        for tag in &self.tags {
            out.extend_from_slice(&tag.kind.ethertype().to_be_bytes());
            let control = u16::from(tag.priority) << 13 | u16::from(tag.drop_eligible) << 12 | tag.vlan & 0xfff;
            out.extend_from_slice(&control.to_be_bytes());
        }
    }

    pub(super) fn fields(&self, fields: &mut Fields<'_>) {
        fields.field("destination address", 6, mac_address(self.destination), false);
        fields.field("source address", 6, mac_address(self.source), false);
        for tag in &self.tags {
            fields.field("tag type", 2, format!("{:#06x}", tag.kind.ethertype()), false);
            fields.bits("priority", 2, 0..3, (tag.priority & 7).to_string(), false);
            fields.bits("drop eligible", 2, 3..4, u8::from(tag.drop_eligible).to_string(), false);
            fields.bits("VLAN", 2, 4..16, (tag.vlan & 0xfff).to_string(), false);
        }
    }
}
