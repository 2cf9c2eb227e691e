use alloc::{format, string::ToString, vec::Vec};

use crate::{
    Code, Derived, Generate, derived, favour,
    model::{
        fields::{Fields, word},
        layout::Value,
    },
    octets, range,
};

/// Length of a header in bytes.
pub(in crate::model) const FIXED: usize = 40;

/// An IPv6 header (RFC 8200 section 3), but for the next header, which belongs to what follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ipv6::Header")]
pub struct Header {
    /// 6.
    #[generate(with = derived(range(0u8..=15)))]
    pub version: Derived<u8>,
    /// Differentiated services code point (RFC 2474 section 3), 6 bits.
    #[generate(range = 0..=0x3f)]
    pub dscp: u8,
    /// Explicit congestion notification (RFC 3168 section 5), 2 bits.
    #[generate(range = 0..=3)]
    pub ecn: u8,
    /// The flow (RFC 6437), 20 bits.
    #[generate(range = 0..=0xf_ffff)]
    pub flow_label: u32,
    /// Length of what follows the header in bytes. Where it is longer than the packet, it is a lie.
    pub payload_length: Derived<u16>,
    /// How many hops are left.
    #[generate(with = range(0u8..).often(1, &[255, 64, 1]))]
    pub hop_limit: u8,
    /// The source address.
    #[generate(with = address())]
    pub source: [u8; 16],
    /// The destination address.
    #[generate(with = address())]
    pub destination: [u8; 16],
}

/// Addresses that a receiver treats differently (RFC 4291), half of the time: hosts of one network, all nodes, all routers,
/// a solicited node, and the special ones.
#[inline]
fn address() -> impl Generate<Value = [u8; 16]> {
    const SPECIAL: &[[u8; 16]] = &[
        [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
        [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
        [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
        [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 1],
        [0; 16],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ];
    favour(SPECIAL, octets())
}

impl Header {
    /// Takes the header apart; `available` is the length of what follows.
    #[inline]
    pub(in crate::model) fn dissect(fixed: &[u8; FIXED], available: usize) -> Self {
        let first = u32::read(&fixed[..4]);
        let length = word(fixed, 4);
        Self {
            version: Derived::seen((first >> 28) as u8, 6),
            dscp: (first >> 22) as u8 & 0x3f,
            ecn: (first >> 20) as u8 & 3,
            flow_label: first & 0xf_ffff,
            payload_length: if usize::from(length) <= available { Derived::Auto } else { Derived::Lie(length) },
            hop_limit: fixed[7],
            source: Value::read(&fixed[8..24]),
            destination: Value::read(&fixed[24..]),
        }
    }

    /// Appends the header, as if nothing followed.
    #[inline]
    pub(in crate::model) fn emit_to(&self, next: u8, out: &mut Vec<u8>) {
        let class = u32::from(self.dscp << 2 | self.ecn & 3);
        let mut fixed = [0; FIXED];
        let first = u32::from(self.version.or(6)) << 28 | class << 20 | self.flow_label & 0xf_ffff;
        fixed[..4].copy_from_slice(&first.to_be_bytes());
        fixed[6] = next;
        fixed[7] = self.hop_limit;
        fixed[8..24].copy_from_slice(&self.source);
        fixed[24..].copy_from_slice(&self.destination);
        out.extend_from_slice(&fixed);
    }

    /// Writes the length of what follows into the header at the start of `packet`.
    #[inline]
    pub(in crate::model) fn complete(&self, packet: &mut [u8]) {
        let length = self.payload_length.or((packet.len() - FIXED).min(0xffff) as u16);
        packet[4..6].copy_from_slice(&length.to_be_bytes());
    }

    pub(in crate::model) fn lies(&self) -> usize {
        self.version.lies() + self.payload_length.lies()
    }

    /// Visits the fields; `wire` starts with the emitted header, and `next_lies` tells of the number of what follows.
    pub(in crate::model) fn fields(&self, wire: &[u8], next_lies: bool, fields: &mut Fields<'_>) {
        fields.bits("version", 4, 0..4, (wire[0] >> 4).to_string(), self.version.is_lie());
        fields.bits("DSCP", 4, 4..10, (self.dscp & 0x3f).to_string(), false);
        fields.bits("ECN", 4, 10..12, (self.ecn & 3).to_string(), false);
        fields.bits("flow label", 4, 12..32, format!("{:#07x}", self.flow_label & 0xf_ffff), false);
        fields.field("payload length", 2, word(wire, 4).to_string(), self.payload_length.is_lie());
        fields.field("next header", 1, wire[6].to_string(), next_lies);
        fields.field("hop limit", 1, self.hop_limit.to_string(), false);
        fields.field("source address", 16, self.source.show(), false);
        fields.field("destination address", 16, self.destination.show(), false);
    }
}
