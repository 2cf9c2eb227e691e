//! What TCP options look like on the wire.

use alloc::{format, string::ToString, vec::Vec};

use super::{CountKind, Multipath, OptionData, SackBlock};
use crate::model::{fields::Fields, option::Data};

impl Data for OptionData {
    #[inline]
    fn kind(&self) -> u8 {
        match self {
            Self::MaximumSegmentSize(_) => 2,
            Self::WindowScale(_) => 3,
            Self::SackPermitted => 4,
            Self::Sack(_) => 5,
            Self::Echo(_) => 6,
            Self::EchoReply(_) => 7,
            Self::Timestamps { .. } => 8,
            Self::PartialOrderPermitted => 9,
            Self::PartialOrderProfile { .. } => 10,
            Self::ConnectionCount { kind, .. } => 11 + *kind as u8,
            Self::AlternateChecksum(_) => 14,
            Self::AlternateChecksumData(_) => 15,
            Self::Md5Signature(_) => 19,
            Self::QuickStart { .. } => 27,
            Self::UserTimeout { .. } => 28,
            Self::Authentication { .. } => 29,
            Self::Multipath(_) => 30,
            Self::FastOpen(_) => 34,
            Self::EncryptionNegotiation(_) => 69,
            Self::AccurateEcn { reversed, .. } => 172 + 2 * u8::from(*reversed),
            Self::Experiment { second, .. } => 253 + u8::from(*second),
            Self::Other { kind, .. } => *kind,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::MaximumSegmentSize(_) => "maximum segment size",
            Self::WindowScale(_) => "window scale",
            Self::SackPermitted => "SACK permitted",
            Self::Sack(_) => "SACK",
            Self::Echo(_) => "echo",
            Self::EchoReply(_) => "echo reply",
            Self::Timestamps { .. } => "timestamps",
            Self::PartialOrderPermitted => "partial order permitted",
            Self::PartialOrderProfile { .. } => "partial order profile",
            Self::ConnectionCount { kind: CountKind::Count, .. } => "CC",
            Self::ConnectionCount { kind: CountKind::New, .. } => "CC.NEW",
            Self::ConnectionCount { kind: CountKind::Echo, .. } => "CC.ECHO",
            Self::AlternateChecksum(_) => "alternate checksum",
            Self::AlternateChecksumData(_) => "alternate checksum data",
            Self::Md5Signature(_) => "MD5 signature",
            Self::QuickStart { .. } => "quick start",
            Self::UserTimeout { .. } => "user timeout",
            Self::Authentication { .. } => "TCP-AO",
            Self::Multipath(_) => "MPTCP",
            Self::FastOpen(_) => "fast open",
            Self::EncryptionNegotiation(_) => "encryption negotiation",
            Self::AccurateEcn { .. } => "accurate ECN",
            Self::Experiment { .. } => "experiment",
            Self::Other { .. } => "other",
        }
    }

    #[inline]
    fn len(&self) -> usize {
        match self {
            Self::MaximumSegmentSize(_) | Self::UserTimeout { .. } => 2,
            Self::WindowScale(_) | Self::PartialOrderProfile { .. } | Self::AlternateChecksum(_) => 1,
            Self::SackPermitted | Self::PartialOrderPermitted => 0,
            Self::Echo(_) | Self::EchoReply(_) | Self::ConnectionCount { .. } => 4,
            Self::QuickStart { .. } => 6,
            Self::Sack(blocks) => 8 * blocks.len(),
            Self::Timestamps { .. } => 8,
            Self::Md5Signature(_) => 16,
            Self::Authentication { mac, .. } => 2 + mac.len(),
            Self::Multipath(multipath) => multipath.len(),
            Self::AccurateEcn { counters, .. } => 3 * counters.len(),
            Self::Experiment { data, .. } => 2 + data.len(),
            Self::AlternateChecksumData(data)
            | Self::FastOpen(data)
            | Self::EncryptionNegotiation(data)
            | Self::Other { data, .. } => data.len(),
        }
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::MaximumSegmentSize(size) => out.extend_from_slice(&size.to_be_bytes()),
            Self::WindowScale(shift) => out.push(*shift),
            Self::SackPermitted | Self::PartialOrderPermitted => {}
            Self::Echo(data) | Self::EchoReply(data) | Self::ConnectionCount { count: data, .. } => {
                out.extend_from_slice(&data.to_be_bytes());
            }
            Self::PartialOrderProfile { start, end, filler } => {
                out.push(u8::from(*start) << 7 | u8::from(*end) << 6 | filler & 0x3f);
            }
            Self::AlternateChecksum(number) => out.push(*number),
            Self::QuickStart { reserved, rate, ttl_difference, nonce } => {
                out.extend_from_slice(&[reserved << 4 | rate & 0xf, *ttl_difference]);
                out.extend_from_slice(&nonce.to_be_bytes());
            }
            Self::Sack(blocks) => {
                for block in blocks {
                    out.extend_from_slice(&block.left.to_be_bytes());
                    out.extend_from_slice(&block.right.to_be_bytes());
                }
            }
            Self::Timestamps { value, echo } => {
                out.extend_from_slice(&(u64::from(*value) << 32 | u64::from(*echo)).to_be_bytes());
            }
            Self::Md5Signature(digest) => out.extend_from_slice(digest),
            Self::UserTimeout { minutes, timeout } => {
                out.extend_from_slice(&(u16::from(*minutes) << 15 | timeout & 0x7fff).to_be_bytes());
            }
            Self::Authentication { key_id, receive_next_key_id, mac } => {
                out.extend_from_slice(&[*key_id, *receive_next_key_id]);
                out.extend_from_slice(mac);
            }
            Self::Multipath(multipath) => multipath.emit_to(out),
            Self::AccurateEcn { counters, .. } => out.extend_from_slice(counters.as_flattened()),
            Self::Experiment { id, data, .. } => {
                out.extend_from_slice(&id.to_be_bytes());
                out.extend_from_slice(data);
            }
            Self::AlternateChecksumData(data)
            | Self::FastOpen(data)
            | Self::EncryptionNegotiation(data)
            | Self::Other { data, .. } => out.extend_from_slice(data),
        }
    }

    #[inline]
    fn dissect(kind: u8, data: &[u8]) -> Self {
        match (kind, data) {
            (2, &[high, low]) => Self::MaximumSegmentSize(u16::from_be_bytes([high, low])),
            (3, &[shift]) => Self::WindowScale(shift),
            (4, &[]) => Self::SackPermitted,
            (5, blocks) if blocks.len() % 8 == 0 => {
                Self::Sack(blocks.as_chunks().0.iter().map(|block| SackBlock::from_wire(*block)).collect())
            }
            (6, &[a, b, c, d]) => Self::Echo(u32::from_be_bytes([a, b, c, d])),
            (7, &[a, b, c, d]) => Self::EchoReply(u32::from_be_bytes([a, b, c, d])),
            (8, &[a, b, c, d, e, f, g, h]) => {
                Self::Timestamps { value: u32::from_be_bytes([a, b, c, d]), echo: u32::from_be_bytes([e, f, g, h]) }
            }
            (9, &[]) => Self::PartialOrderPermitted,
            (10, &[flags]) => {
                Self::PartialOrderProfile { start: flags >> 7 == 1, end: flags >> 6 & 1 == 1, filler: flags & 0x3f }
            }
            (11..=13, &[a, b, c, d]) => Self::ConnectionCount {
                kind: CountKind::ALL[usize::from(kind - 11)],
                count: u32::from_be_bytes([a, b, c, d]),
            },
            (14, &[number]) => Self::AlternateChecksum(number),
            (15, data) => Self::AlternateChecksumData(data.to_vec()),
            (19, digest) if let Ok(digest) = digest.try_into() => Self::Md5Signature(digest),
            (27, &[first, ttl_difference, a, b, c, d]) => Self::QuickStart {
                reserved: first >> 4,
                rate: first & 0xf,
                ttl_difference,
                nonce: u32::from_be_bytes([a, b, c, d]),
            },
            (28, &[high, low]) => {
                Self::UserTimeout { minutes: high >> 7 == 1, timeout: u16::from_be_bytes([high & 0x7f, low]) }
            }
            (29, [key_id, receive_next_key_id, mac @ ..]) => {
                Self::Authentication { key_id: *key_id, receive_next_key_id: *receive_next_key_id, mac: mac.to_vec() }
            }
            (30, &[first, ref rest @ ..]) => Self::Multipath(Multipath::dissect(first, rest)),
            (34, cookie) => Self::FastOpen(cookie.to_vec()),
            (69, data) => Self::EncryptionNegotiation(data.to_vec()),
            (172 | 174, counters) if counters.len() % 3 == 0 => {
                Self::AccurateEcn { reversed: kind == 174, counters: counters.as_chunks().0.to_vec() }
            }
            (253 | 254, &[high, low, ref data @ ..]) => {
                Self::Experiment { second: kind == 254, id: u16::from_be_bytes([high, low]), data: data.to_vec() }
            }
            (kind, data) => Self::Other { kind, data: data.to_vec() },
        }
    }

    #[inline]
    fn fixed_len(kind: u8) -> Option<usize> {
        match kind {
            2 | 28 => Some(2),
            3 | 10 | 14 => Some(1),
            4 | 9 => Some(0),
            6 | 7 | 11..=13 => Some(4),
            8 => Some(8),
            27 => Some(6),
            19 => Some(16),
            _ => None,
        }
    }

    fn lies(&self) -> usize {
        if let Self::Multipath(multipath) = self { multipath.lies() } else { 0 }
    }

    fn annotate(&self, fields: &mut Fields<'_>) {
        match self {
            Self::MaximumSegmentSize(size) => fields.field("maximum segment size", 2, size.to_string(), false),
            Self::WindowScale(shift) => fields.field("window shift", 1, shift.to_string(), false),
            Self::SackPermitted | Self::PartialOrderPermitted => {}
            Self::Echo(data) | Self::EchoReply(data) => fields.field("echoed data", 4, data.to_string(), false),
            Self::PartialOrderProfile { start, end, filler } => {
                fields.bits("start", 1, 0..1, u8::from(*start).to_string(), false);
                fields.bits("end", 1, 1..2, u8::from(*end).to_string(), false);
                fields.bits("filler", 1, 2..8, (filler & 0x3f).to_string(), false);
            }
            Self::ConnectionCount { count, .. } => fields.field("connection count", 4, count.to_string(), false),
            Self::AlternateChecksum(number) => fields.field("checksum number", 1, number.to_string(), false),
            Self::QuickStart { reserved, rate, ttl_difference, nonce } => {
                fields.bits("reserved", 1, 0..4, (reserved & 0xf).to_string(), false);
                fields.bits("rate", 1, 4..8, (rate & 0xf).to_string(), false);
                fields.field("TTL difference", 1, ttl_difference.to_string(), false);
                fields.field("nonce", 4, format!("{nonce:#010x}"), false);
            }
            Self::Sack(blocks) => {
                for block in blocks {
                    fields.field("left edge", 4, block.left.to_string(), false);
                    fields.field("right edge", 4, block.right.to_string(), false);
                }
            }
            Self::Timestamps { value, echo } => {
                fields.field("timestamp value", 4, value.to_string(), false);
                fields.field("timestamp echo", 4, echo.to_string(), false);
            }
            Self::Md5Signature(digest) => fields.string("digest", digest, false),
            Self::UserTimeout { minutes, timeout } => {
                let unit = if *minutes { "minutes" } else { "seconds" };
                fields.bits("granularity", 2, 0..1, unit.to_string(), false);
                fields.bits("user timeout", 2, 1..16, format!("{}", timeout & 0x7fff), false);
            }
            Self::Authentication { key_id, receive_next_key_id, mac } => {
                fields.field("key ID", 1, key_id.to_string(), false);
                fields.field("receive next key ID", 1, receive_next_key_id.to_string(), false);
                fields.string("MAC", mac, false);
            }
            Self::Multipath(multipath) => multipath.fields(fields),
            Self::AccurateEcn { counters, .. } => {
                for [a, b, c] in counters {
                    fields.field("byte counter", 3, u32::from_be_bytes([0, *a, *b, *c]).to_string(), false);
                }
            }
            Self::Experiment { id, data, .. } => {
                fields.field("experiment ID", 2, format!("{id:#06x}"), false);
                fields.string("option data", data, false);
            }
            Self::AlternateChecksumData(data) => fields.string("checksum", data, false),
            Self::EncryptionNegotiation(data) => fields.string("suboptions", data, false),
            Self::FastOpen(cookie) => fields.string("cookie", cookie, false),
            Self::Other { data, .. } => fields.string("option data", data, false),
        }
    }
}
