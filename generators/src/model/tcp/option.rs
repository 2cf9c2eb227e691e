use alloc::{format, string::ToString, vec::Vec};

use crate::{
    Code, Generate, any, bytes, list,
    model::{
        fields::Fields,
        option::{Data, HeaderOption, MAX_LEN},
    },
    octets, range,
};

/// An option of a TCP header (RFC 9293 section 3.1).
pub type TcpOption = HeaderOption<OptionData>;

/// The most bytes that the data of an option take.
const MAX_DATA: usize = MAX_LEN - 2;

/// What a TCP option holds behind kind and length. An option of a known kind whose length is not one that the kind has
/// is an [`Other`](OptionData::Other).
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::tcp::OptionData")]
pub enum OptionData {
    /// Kind 2: the largest segment that the sender can receive, in bytes (RFC 9293 section 3.7.1).
    MaximumSegmentSize(u16),
    /// Kind 3: the shift of the window (RFC 7323 section 2.2), 14 at most.
    WindowScale(#[generate(with = range(0u8..).often(1, &[0, 1, 2, 3, 6, 7, 8, 10, 13, 14, 15]))] u8),
    /// Kind 4 (RFC 2018 section 2).
    SackPermitted,
    /// Kind 5: what was received beyond the acknowledgment number (RFC 2018 section 3).
    Sack(#[generate(with = list(any::<SackBlock>()).max(MAX_DATA / 8))] Vec<SackBlock>),
    /// Kind 8 (RFC 7323 section 3.2).
    Timestamps {
        /// TSval: the sender's clock.
        value: u32,
        /// TSecr: the clock that is echoed.
        echo: u32,
    },
    /// Kind 19: a TCP MD5 signature (RFC 2385 section 3.0).
    Md5Signature(#[generate(with = octets::<16>())] [u8; 16]),
    /// Kind 28 (RFC 5482 section 3).
    UserTimeout {
        /// Whether the timeout is in minutes, not seconds.
        minutes: bool,
        /// The timeout, 15 bits.
        #[generate(range = 0..=0x7fff)]
        timeout: u16,
    },
    /// Kind 29: TCP-AO (RFC 5925 section 2.2).
    Authentication {
        /// The key that made this code.
        key_id: u8,
        /// The key that the sender would like to receive.
        receive_next_key_id: u8,
        /// The message authentication code.
        #[generate(with = bytes(0..=MAX_DATA - 2))]
        mac: Vec<u8>,
    },
    /// Kind 30: Multipath TCP (RFC 8684 section 3).
    Multipath {
        /// The subtype, 4 bits.
        #[generate(range = 0..=15)]
        subtype: u8,
        /// The 4 bits behind it: a version or flags.
        #[generate(range = 0..=15)]
        flags: u8,
        /// What follows, by subtype.
        #[generate(with = bytes(0..=MAX_DATA - 1))]
        data: Vec<u8>,
    },
    /// Kind 34: a Fast Open cookie, or an empty one as a request for it (RFC 7413 section 2).
    FastOpen(#[generate(with = bytes(0..=MAX_DATA))] Vec<u8>),
    /// Any other kind, or a known kind of an unknown length.
    Other {
        /// The kind; 0 and 1 have no length and read as options of their own.
        kind: u8,
        /// What is behind the length.
        #[generate(with = bytes(0..=MAX_DATA))]
        data: Vec<u8>,
    },
}

/// A block of sequence numbers that were received (RFC 2018 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::tcp::SackBlock")]
pub struct SackBlock {
    /// The first sequence number.
    pub left: u32,
    /// The sequence number behind the last.
    pub right: u32,
}

impl SackBlock {
    fn from_wire([a, b, c, d, e, f, g, h]: [u8; 8]) -> Self {
        Self { left: u32::from_be_bytes([a, b, c, d]), right: u32::from_be_bytes([e, f, g, h]) }
    }
}

impl Data for OptionData {
    #[inline]
    fn kind(&self) -> u8 {
        match self {
            Self::MaximumSegmentSize(_) => 2,
            Self::WindowScale(_) => 3,
            Self::SackPermitted => 4,
            Self::Sack(_) => 5,
            Self::Timestamps { .. } => 8,
            Self::Md5Signature(_) => 19,
            Self::UserTimeout { .. } => 28,
            Self::Authentication { .. } => 29,
            Self::Multipath { .. } => 30,
            Self::FastOpen(_) => 34,
            Self::Other { kind, .. } => *kind,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::MaximumSegmentSize(_) => "maximum segment size",
            Self::WindowScale(_) => "window scale",
            Self::SackPermitted => "SACK permitted",
            Self::Sack(_) => "SACK",
            Self::Timestamps { .. } => "timestamps",
            Self::Md5Signature(_) => "MD5 signature",
            Self::UserTimeout { .. } => "user timeout",
            Self::Authentication { .. } => "TCP-AO",
            Self::Multipath { .. } => "MPTCP",
            Self::FastOpen(_) => "fast open",
            Self::Other { .. } => "other",
        }
    }

    #[inline]
    fn len(&self) -> usize {
        match self {
            Self::MaximumSegmentSize(_) | Self::UserTimeout { .. } => 2,
            Self::WindowScale(_) => 1,
            Self::SackPermitted => 0,
            Self::Sack(blocks) => 8 * blocks.len(),
            Self::Timestamps { .. } => 8,
            Self::Md5Signature(_) => 16,
            Self::Authentication { mac, .. } => 2 + mac.len(),
            Self::Multipath { data, .. } => 1 + data.len(),
            Self::FastOpen(cookie) => cookie.len(),
            Self::Other { data, .. } => data.len(),
        }
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::MaximumSegmentSize(size) => out.extend_from_slice(&size.to_be_bytes()),
            Self::WindowScale(shift) => out.push(*shift),
            Self::SackPermitted => {}
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
            Self::Multipath { subtype, flags, data } => {
                out.push(subtype << 4 | flags & 0xf);
                out.extend_from_slice(data);
            }
            Self::FastOpen(data) | Self::Other { data, .. } => out.extend_from_slice(data),
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
            (8, &[a, b, c, d, e, f, g, h]) => {
                Self::Timestamps { value: u32::from_be_bytes([a, b, c, d]), echo: u32::from_be_bytes([e, f, g, h]) }
            }
            (19, digest) if let Ok(digest) = digest.try_into() => Self::Md5Signature(digest),
            (28, &[high, low]) => {
                Self::UserTimeout { minutes: high >> 7 == 1, timeout: u16::from_be_bytes([high & 0x7f, low]) }
            }
            (29, [key_id, receive_next_key_id, mac @ ..]) => {
                Self::Authentication { key_id: *key_id, receive_next_key_id: *receive_next_key_id, mac: mac.to_vec() }
            }
            (30, [first, data @ ..]) => {
                Self::Multipath { subtype: first >> 4, flags: first & 0xf, data: data.to_vec() }
            }
            (34, cookie) => Self::FastOpen(cookie.to_vec()),
            (kind, data) => Self::Other { kind, data: data.to_vec() },
        }
    }

    #[inline]
    fn fixed_len(kind: u8) -> Option<usize> {
        match kind {
            2 | 28 => Some(2),
            3 => Some(1),
            4 => Some(0),
            8 => Some(8),
            19 => Some(16),
            _ => None,
        }
    }

    fn annotate(&self, fields: &mut Fields<'_>) {
        match self {
            Self::MaximumSegmentSize(size) => fields.field("maximum segment size", 2, size.to_string(), false),
            Self::WindowScale(shift) => fields.field("window shift", 1, shift.to_string(), false),
            Self::SackPermitted => {}
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
            Self::Multipath { subtype, flags, data } => {
                fields.bits("subtype", 1, 0..4, format!("{}", subtype & 0xf), false);
                fields.bits("version or flags", 1, 4..8, format!("{:#x}", flags & 0xf), false);
                fields.string("option data", data, false);
            }
            Self::FastOpen(cookie) => fields.string("cookie", cookie, false),
            Self::Other { data, .. } => fields.string("option data", data, false),
        }
    }
}
