use alloc::{format, string::ToString, vec::Vec};

use super::Ipv4Option;
use crate::{
    Code, Derived, Generate, derived, favour,
    model::{
        checksum::{finish, sum},
        fields::{Fields, hex, word},
        option as options,
    },
    octets, range,
};

/// Length of a header without options, in bytes.
pub(super) const FIXED: usize = 20;

/// An IPv4 header (RFC 791 section 3.1), but for the protocol, which belongs to the payload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ipv4::Header")]
pub struct Header {
    /// 4.
    #[generate(with = derived(range(0u8..=15)))]
    pub version: Derived<u8>,
    /// Length of the header in 32-bit words, 4 bits. A receiver's options end there; where it is below 5 or beyond the
    /// packet, it is a lie and all that follows the fixed header is payload.
    #[generate(with = derived(range(0u8..=15)))]
    pub header_length: Derived<u8>,
    /// Differentiated services code point (RFC 2474 section 3), 6 bits.
    #[generate(range = 0..=0x3f)]
    pub dscp: u8,
    /// Explicit congestion notification (RFC 3168 section 5), 2 bits.
    #[generate(range = 0..=3)]
    pub ecn: u8,
    /// Length of header and payload in bytes. Where it is shorter than the header or longer than the packet, it is a
    /// lie.
    pub total_length: Derived<u16>,
    /// What the fragments of one packet share.
    pub identification: u16,
    /// The first of three flags, which is zero.
    pub reserved: Derived<bool>,
    /// Routers must not fragment the packet.
    pub dont_fragment: bool,
    /// Fragments follow.
    #[generate(with = seldom())]
    pub more_fragments: bool,
    /// Offset of a fragment in units of 8 bytes, 13 bits.
    #[generate(with = range(0u16..=0x1fff).often(15, &[0]))]
    pub fragment_offset: u16,
    /// How many hops are left.
    pub time_to_live: u8,
    /// The checksum over the header.
    pub checksum: Derived<u16>,
    /// The source address.
    #[generate(with = address())]
    pub source: [u8; 4],
    /// The destination address.
    #[generate(with = address())]
    pub destination: [u8; 4],
    /// The options. Zeros behind them fill up the last word.
    #[generate(with = options::options())]
    pub options: Vec<Ipv4Option>,
}

/// Addresses that a receiver treats differently, half of the time: hosts of one network, its broadcast, and the special
/// ones (RFC 1122 section 3.2.1.3).
#[inline]
fn address() -> impl Generate<Value = [u8; 4]> {
    const SPECIAL: &[[u8; 4]] = &[
        [192, 0, 2, 1],
        [192, 0, 2, 2],
        [192, 0, 2, 255],
        [0, 0, 0, 0],
        [255, 255, 255, 255],
        [224, 0, 0, 1],
        [127, 0, 0, 1],
    ];
    favour(SPECIAL, octets())
}

/// True once in sixteen draws.
#[inline]
fn seldom() -> impl Generate<Value = bool> {
    range(0u8..=1).often(7, &[0]).iso(|bit| bit == 1, |bit| Some((*bit).into()))
}

impl Header {
    /// Takes the fixed header and its options apart. `packet` is the length of all bytes.
    #[inline]
    pub(in crate::model) fn dissect(fixed: &[u8; FIXED], options: &[u8], packet: usize) -> Self {
        let [first, service, l0, l1, i0, i1, f0, f1, ttl, _, c0, c1, s0, s1, s2, s3, d0, d1, d2, d3] = *fixed;
        let header = FIXED + options.len();
        let total_length = u16::from_be_bytes([l0, l1]);
        let checksum = finish(sum(&fixed[..10]) + sum(&fixed[12..]) + sum(options));
        Self {
            version: Derived::seen(first >> 4, 4),
            header_length: Derived::seen(first & 0xf, (header / 4) as u8),
            dscp: service >> 2,
            ecn: service & 3,
            total_length: if (header..=packet).contains(&total_length.into()) {
                Derived::Auto
            } else {
                Derived::Lie(total_length)
            },
            identification: u16::from_be_bytes([i0, i1]),
            reserved: Derived::seen(f0 >> 7 == 1, false),
            dont_fragment: f0 >> 6 & 1 == 1,
            more_fragments: f0 >> 5 & 1 == 1,
            fragment_offset: u16::from_be_bytes([f0 & 0x1f, f1]),
            time_to_live: ttl,
            checksum: Derived::seen(u16::from_be_bytes([c0, c1]), checksum),
            source: [s0, s1, s2, s3],
            destination: [d0, d1, d2, d3],
            options: options::dissect(options),
        }
    }

    /// Appends the header, as if no payload followed.
    #[inline]
    pub(in crate::model) fn emit_to(&self, protocol: u8, out: &mut Vec<u8>) {
        let words = 5 + options::words(&self.options);
        out.reserve(4 * words);
        let mut fixed = [0; FIXED];
        fixed[0] = self.version.or(4) << 4 | self.header_length.or(words.min(15) as u8) & 0xf;
        fixed[1] = self.dscp << 2 | self.ecn & 3;
        fixed[4..6].copy_from_slice(&self.identification.to_be_bytes());
        let flags = [self.reserved.or(false), self.dont_fragment, self.more_fragments];
        let flags = flags.iter().fold(0, |flags, flag| flags << 1 | u16::from(*flag));
        fixed[6..8].copy_from_slice(&(flags << 13 | self.fragment_offset & 0x1fff).to_be_bytes());
        fixed[8] = self.time_to_live;
        fixed[9] = protocol;
        fixed[12..16].copy_from_slice(&self.source);
        fixed[16..20].copy_from_slice(&self.destination);
        out.extend_from_slice(&fixed);
        options::emit_to(&self.options, out);
    }

    /// Writes what follows from the payload into the header at the start of `packet`.
    #[inline]
    pub(in crate::model) fn complete(&self, header: usize, packet: &mut [u8]) {
        let total_length = self.total_length.or(packet.len().min(0xffff) as u16);
        packet[2..4].copy_from_slice(&total_length.to_be_bytes());
        let checksum = self.checksum.or_else(|| finish(sum(&packet[..header])));
        packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    }

    /// How many derived fields do not have their computed value.
    #[must_use]
    pub fn lies(&self) -> usize {
        self.version.lies()
            + self.header_length.lies()
            + self.total_length.lies()
            + self.reserved.lies()
            + self.checksum.lies()
            + options::lies(&self.options)
    }

    /// Visits the fields; `wire` is the emitted packet.
    pub(in crate::model) fn fields(&self, wire: &[u8], protocol_lies: bool, fields: &mut Fields<'_>) {
        let [first, service] = [wire[0], wire[1]];
        fields.bits("version", 1, 0..4, (first >> 4).to_string(), self.version.is_lie());
        let length = format!("{} ({} bytes)", first & 0xf, 4 * (first & 0xf));
        fields.bits("header length", 1, 4..8, length, self.header_length.is_lie());
        fields.bits("DSCP", 1, 0..6, (service >> 2).to_string(), false);
        fields.bits("ECN", 1, 6..8, (service & 3).to_string(), false);
        fields.field("total length", 2, word(wire, 2).to_string(), self.total_length.is_lie());
        fields.field("identification", 2, hex(self.identification), false);
        let flag = |bit: u8| (wire[6] >> (7 - bit) & 1).to_string();
        fields.bits("reserved", 2, 0..1, flag(0), self.reserved.is_lie());
        fields.bits("don't fragment", 2, 1..2, flag(1), false);
        fields.bits("more fragments", 2, 2..3, flag(2), false);
        let offset = word(wire, 6) & 0x1fff;
        fields.bits("fragment offset", 2, 3..16, format!("{offset} ({} bytes)", u32::from(offset) * 8), false);
        fields.field("time to live", 1, self.time_to_live.to_string(), false);
        fields.field("protocol", 1, wire[9].to_string(), protocol_lies);
        fields.field("checksum", 2, hex(word(wire, 10)), self.checksum.is_lie());
        for (name, [a, b, c, d]) in [("source address", self.source), ("destination address", self.destination)] {
            fields.field(name, 4, format!("{a}.{b}.{c}.{d}"), false);
        }
        options::annotate(&self.options, fields);
    }
}
