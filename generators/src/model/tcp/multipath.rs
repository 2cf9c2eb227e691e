use alloc::{format, string::ToString, vec::Vec};

use super::{Mapping, Sequence, option::MAX_DATA};
use crate::{
    Code, Derived, Generate, bytes, list,
    model::fields::{Fields, hex, ipv4_address},
    octets, range,
};

/// What a Multipath TCP option holds (RFC 8684 section 3). An option of a known subtype whose length is not one that the
/// subtype has is an [`Other`](Multipath::Other).
///
/// `flags` are the four bits behind the subtype, of which a receiver ignores those that are reserved.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::tcp::Multipath")]
pub enum Multipath {
    /// Subtype 0: the connection is capable of Multipath TCP (section 3.1).
    #[generate(weight = 2)]
    Capable {
        /// The version, 4 bits: 0 or 1.
        #[generate(with = range(0u8..=15).often(3, &[1, 0]))]
        version: u8,
        /// The flags A to H.
        #[generate(with = range(0u8..).often(1, &[0x81, 0x01]))]
        capabilities: u8,
        /// The keys: none in a SYN of version 1, then the sender's, then the receiver's.
        #[generate(with = list(octets::<8>()).average(1).max(2))]
        keys: Vec<[u8; 8]>,
        /// Length of the data that the segment carries, behind two keys.
        data_length: Option<u16>,
        /// A checksum over those data, behind their length.
        checksum: Option<u16>,
    },
    /// Subtype 1 in a SYN: a further subflow (section 3.2).
    JoinSyn {
        /// B, the lowest: a backup path.
        #[generate(range = 0..=15)]
        flags: u8,
        /// The address's identifier.
        address_id: u8,
        /// The receiver's token.
        token: u32,
        /// The sender's nonce.
        nonce: u32,
    },
    /// Subtype 1 in a SYN+ACK (section 3.2).
    JoinSynAck {
        /// B, the lowest: a backup path.
        #[generate(range = 0..=15)]
        flags: u8,
        /// The address's identifier.
        address_id: u8,
        /// The sender's code, cut to 64 bits.
        hmac: u64,
        /// The sender's nonce.
        nonce: u32,
    },
    /// Subtype 1 in the third segment (section 3.2).
    JoinAck {
        /// Four reserved bits.
        #[generate(range = 0..=15)]
        flags: u8,
        /// Eight reserved bits.
        reserved: u8,
        /// The sender's code.
        #[generate(with = octets::<20>())]
        hmac: [u8; 20],
    },
    /// Subtype 2: data sequence signal (section 3.3).
    #[generate(weight = 2)]
    DataSequence {
        /// Four reserved bits.
        #[generate(range = 0..=15)]
        flags: u8,
        /// The byte of flags: what follows from F, acknowledgment and mapping.
        signals: Derived<u8>,
        /// F, of the byte of flags: the data end.
        fin: bool,
        /// The data that were received.
        acknowledgment: Option<Sequence>,
        /// Where the data belong.
        mapping: Option<Mapping>,
    },
    /// Subtype 3: a further address (section 3.4.1).
    AddAddress {
        /// E, the lowest: an echo.
        #[generate(range = 0..=15)]
        flags: u8,
        /// The address's identifier.
        address_id: u8,
        /// The address.
        address: Address,
        /// The port, where it is another.
        port: Option<u16>,
        /// The sender's code, cut to 64 bits; not in an echo.
        hmac: Option<u64>,
    },
    /// Subtype 4: addresses that are gone (section 3.4.2).
    RemoveAddresses {
        /// Four reserved bits.
        #[generate(range = 0..=15)]
        flags: u8,
        /// The addresses' identifiers.
        #[generate(with = bytes(1..=MAX_DATA - 1))]
        ids: Vec<u8>,
    },
    /// Subtype 5: a path's priority (section 3.3.8).
    Priority {
        /// B, the lowest: a backup path.
        #[generate(range = 0..=15)]
        flags: u8,
        /// The address's identifier, in version 0 alone.
        address_id: Option<u8>,
    },
    /// Subtypes 6 and 7: fall back to a single path (section 3.7), or close at once (section 3.5).
    Stop {
        /// Whether it is a close at once.
        close: bool,
        /// Four reserved bits.
        #[generate(range = 0..=15)]
        flags: u8,
        /// Eight reserved bits.
        reserved: u8,
        /// The data sequence number of what failed, or the receiver's key.
        value: u64,
    },
    /// Subtype 8: why a subflow is reset (section 3.6).
    Reset {
        /// U, V, W and T, the lowest: transient.
        #[generate(range = 0..=15)]
        flags: u8,
        /// The reason.
        #[generate(with = range(0u8..).often(3, &[0, 1, 2, 3, 4, 5, 6]))]
        reason: u8,
    },
    /// Any other subtype, or a known one of an unknown length.
    Other {
        /// The subtype, 4 bits.
        #[generate(range = 0..=15)]
        subtype: u8,
        /// The four bits behind it.
        #[generate(range = 0..=15)]
        flags: u8,
        /// What follows.
        #[generate(with = bytes(0..=MAX_DATA - 1))]
        data: Vec<u8>,
    },
}

/// The address that an option tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::tcp::Address")]
pub enum Address {
    /// One of IPv4.
    V4(#[generate(with = octets::<4>())] [u8; 4]),
    /// One of IPv6.
    V6(#[generate(with = octets::<16>())] [u8; 16]),
}

impl Address {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::V4(address) => address,
            Self::V6(address) => address,
        }
    }
}

impl Multipath {
    /// Subtype and the four bits behind it.
    fn first(&self) -> (u8, u8) {
        match self {
            Self::Capable { version, .. } => (0, *version),
            Self::JoinSyn { flags, .. } | Self::JoinSynAck { flags, .. } | Self::JoinAck { flags, .. } => (1, *flags),
            Self::DataSequence { flags, .. } => (2, *flags),
            Self::AddAddress { flags, .. } => (3, *flags),
            Self::RemoveAddresses { flags, .. } => (4, *flags),
            Self::Priority { flags, .. } => (5, *flags),
            Self::Stop { close, flags, .. } => (6 + u8::from(*close), *flags),
            Self::Reset { flags, .. } => (8, *flags),
            Self::Other { subtype, flags, .. } => (*subtype, *flags),
        }
    }

    /// Length in bytes, without kind and length.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Capable { keys, data_length, checksum, .. } => {
                2 + 8 * keys.len() + 2 * usize::from(data_length.is_some()) + 2 * usize::from(checksum.is_some())
            }
            Self::JoinSyn { .. } | Self::Stop { .. } => 10,
            Self::JoinSynAck { .. } => 14,
            Self::JoinAck { .. } => 22,
            Self::DataSequence { acknowledgment, mapping, .. } => {
                2 + acknowledgment.map_or(0, |number| number.len()) + mapping.map_or(0, |mapping| mapping.len())
            }
            Self::AddAddress { address, port, hmac, .. } => {
                2 + address.bytes().len() + 2 * usize::from(port.is_some()) + 8 * usize::from(hmac.is_some())
            }
            Self::RemoveAddresses { ids, .. } => 1 + ids.len(),
            Self::Priority { address_id, .. } => 1 + usize::from(address_id.is_some()),
            Self::Reset { .. } => 2,
            Self::Other { data, .. } => 1 + data.len(),
        }
    }

    pub(super) fn lies(&self) -> usize {
        if let Self::DataSequence { signals, .. } = self { signals.lies() } else { 0 }
    }

    #[inline]
    pub(super) fn emit_to(&self, out: &mut Vec<u8>) {
        let (subtype, flags) = self.first();
        out.push(subtype << 4 | flags & 0xf);
        match self {
            Self::Capable { capabilities, keys, data_length, checksum, .. } => {
                out.push(*capabilities);
                out.extend_from_slice(keys.as_flattened());
                for word in [data_length, checksum].into_iter().flatten() {
                    out.extend_from_slice(&word.to_be_bytes());
                }
            }
            Self::JoinSyn { address_id, token, nonce, .. } => {
                out.push(*address_id);
                out.extend_from_slice(&token.to_be_bytes());
                out.extend_from_slice(&nonce.to_be_bytes());
            }
            Self::JoinSynAck { address_id, hmac, nonce, .. } => {
                out.push(*address_id);
                out.extend_from_slice(&hmac.to_be_bytes());
                out.extend_from_slice(&nonce.to_be_bytes());
            }
            Self::JoinAck { reserved, hmac, .. } => {
                out.push(*reserved);
                out.extend_from_slice(hmac);
            }
            Self::DataSequence { signals, fin, acknowledgment, mapping, .. } => {
                out.push(signals.or(super::sequence::signals(*fin, acknowledgment, mapping)));
                acknowledgment.iter().for_each(|number| number.emit_to(out));
                mapping.iter().for_each(|mapping| mapping.emit_to(out));
            }
            Self::AddAddress { address_id, address, port, hmac, .. } => {
                out.push(*address_id);
                out.extend_from_slice(address.bytes());
                port.iter().for_each(|port| out.extend_from_slice(&port.to_be_bytes()));
                hmac.iter().for_each(|hmac| out.extend_from_slice(&hmac.to_be_bytes()));
            }
            Self::RemoveAddresses { ids, .. } => out.extend_from_slice(ids),
            Self::Priority { address_id, .. } => out.extend(*address_id),
            Self::Stop { reserved, value, .. } => {
                out.push(*reserved);
                out.extend_from_slice(&value.to_be_bytes());
            }
            Self::Reset { reason, .. } => out.push(*reason),
            Self::Other { data, .. } => out.extend_from_slice(data),
        }
    }

    /// Takes what is behind kind and length apart.
    #[inline]
    pub(super) fn dissect(first: u8, rest: &[u8]) -> Self {
        let (subtype, flags) = (first >> 4, first & 0xf);
        Self::known(subtype, flags, rest).unwrap_or_else(|| Self::Other { subtype, flags, data: rest.to_vec() })
    }

    fn known(subtype: u8, flags: u8, rest: &[u8]) -> Option<Self> {
        let (&second, data) = rest.split_first().map_or((&0, None), |(second, data)| (second, Some(data)));
        let known = match (subtype, data) {
            (0, Some(data)) => {
                let (keys, words) = data.as_chunks::<8>();
                let mut words = words.as_chunks().0.iter().map(|word| u16::from_be_bytes(*word));
                if !matches!(data.len(), 0 | 8 | 16 | 18 | 20) {
                    return None;
                }
                Self::Capable {
                    version: flags,
                    capabilities: second,
                    keys: keys.to_vec(),
                    data_length: words.next(),
                    checksum: words.next(),
                }
            }
            (1, Some(&[a, b, c, d, e, f, g, h])) => Self::JoinSyn {
                flags,
                address_id: second,
                token: u32::from_be_bytes([a, b, c, d]),
                nonce: u32::from_be_bytes([e, f, g, h]),
            },
            (1, Some(&[a, b, c, d, e, f, g, h, i, j, k, l])) => Self::JoinSynAck {
                flags,
                address_id: second,
                hmac: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
                nonce: u32::from_be_bytes([i, j, k, l]),
            },
            (1, Some(hmac)) => Self::JoinAck { flags, reserved: second, hmac: hmac.try_into().ok()? },
            (2, Some(data)) => {
                let (fin, acknowledgment, mapping) = super::sequence::dissect(second, data)?;
                let signals = Derived::seen(second, super::sequence::signals(fin, &acknowledgment, &mapping));
                Self::DataSequence { flags, signals, fin, acknowledgment, mapping }
            }
            (3, Some(data)) => {
                // The lengths tell IPv4 from IPv6, and whether there are a port and a code: no two are alike.
                let (address, rest) = match data.len() {
                    4 | 6 | 12 | 14 => data.split_first_chunk().map(|(v4, rest)| (Address::V4(*v4), rest))?,
                    16 | 18 | 24 | 26 => data.split_first_chunk().map(|(v6, rest)| (Address::V6(*v6), rest))?,
                    _ => return None,
                };
                let (port, hmac) = rest.split_at(rest.len() % 8);
                Self::AddAddress {
                    flags,
                    address_id: second,
                    address,
                    port: port.try_into().ok().map(u16::from_be_bytes),
                    hmac: hmac.try_into().ok().map(u64::from_be_bytes),
                }
            }
            (4, Some(_)) => Self::RemoveAddresses { flags, ids: rest.to_vec() },
            (5, None) => Self::Priority { flags, address_id: None },
            (5, Some(&[])) => Self::Priority { flags, address_id: Some(second) },
            (6 | 7, Some(value)) => Self::Stop {
                close: subtype == 7,
                flags,
                reserved: second,
                value: u64::from_be_bytes(value.try_into().ok()?),
            },
            (8, Some(&[])) => Self::Reset { flags, reason: second },
            _ => return None,
        };
        Some(known)
    }

    pub(super) fn fields(&self, fields: &mut Fields<'_>) {
        let (subtype, flags) = self.first();
        let name = match self {
            Self::Capable { .. } => " (capable)",
            Self::JoinSyn { .. } | Self::JoinSynAck { .. } | Self::JoinAck { .. } => " (join)",
            Self::DataSequence { .. } => " (data sequence signal)",
            Self::AddAddress { .. } => " (add address)",
            Self::RemoveAddresses { .. } => " (remove addresses)",
            Self::Priority { .. } => " (priority)",
            Self::Stop { close: false, .. } => " (fail)",
            Self::Stop { close: true, .. } => " (fast close)",
            Self::Reset { .. } => " (reset)",
            Self::Other { .. } => "",
        };
        fields.bits("subtype", 1, 0..4, format!("{subtype}{name}"), false);
        fields.bits("version or flags", 1, 4..8, format!("{:#x}", flags & 0xf), false);
        let byte = |name, value: &u8, fields: &mut Fields<'_>| fields.field(name, 1, value.to_string(), false);
        match self {
            Self::Capable { capabilities, keys, data_length, checksum, .. } => {
                fields.field("flags", 1, format!("{capabilities:#04x}"), false);
                keys.iter().for_each(|key| fields.string("key", key, false));
                data_length.iter().for_each(|length| fields.field("data-level length", 2, length.to_string(), false));
                checksum.iter().for_each(|checksum| fields.field("checksum", 2, hex(*checksum), false));
            }
            Self::JoinSyn { address_id, token, nonce, .. } => {
                byte("address ID", address_id, fields);
                fields.field("receiver's token", 4, format!("{token:#010x}"), false);
                fields.field("sender's nonce", 4, format!("{nonce:#010x}"), false);
            }
            Self::JoinSynAck { address_id, hmac, nonce, .. } => {
                byte("address ID", address_id, fields);
                fields.field("sender's HMAC", 8, format!("{hmac:#018x}"), false);
                fields.field("sender's nonce", 4, format!("{nonce:#010x}"), false);
            }
            Self::JoinAck { reserved, hmac, .. } => {
                byte("reserved", reserved, fields);
                fields.string("sender's HMAC", hmac, false);
            }
            Self::DataSequence { signals, fin, acknowledgment, mapping, .. } => {
                let value = signals.or(super::sequence::signals(*fin, acknowledgment, mapping));
                fields.field("flags", 1, format!("{value:#04x}"), signals.is_lie());
                acknowledgment.iter().for_each(|number| number.field("data acknowledgment", fields));
                mapping.iter().for_each(|mapping| mapping.fields(fields));
            }
            Self::AddAddress { address_id, address, port, hmac, .. } => {
                byte("address ID", address_id, fields);
                let text = match address {
                    Address::V4(address) => ipv4_address(*address),
                    Address::V6(address) => core::net::Ipv6Addr::from_octets(*address).to_string(),
                };
                fields.field("address", address.bytes().len(), text, false);
                port.iter().for_each(|port| fields.field("port", 2, port.to_string(), false));
                hmac.iter().for_each(|hmac| fields.field("sender's HMAC", 8, format!("{hmac:#018x}"), false));
            }
            Self::RemoveAddresses { ids, .. } => ids.iter().for_each(|id| byte("address ID", id, fields)),
            Self::Priority { address_id, .. } => {
                address_id.iter().for_each(|id| byte("address ID", id, fields));
            }
            Self::Stop { close, reserved, value, .. } => {
                byte("reserved", reserved, fields);
                let name = if *close { "receiver's key" } else { "data sequence number" };
                fields.field(name, 8, format!("{value:#018x}"), false);
            }
            Self::Reset { reason, .. } => byte("reason", reason, fields),
            Self::Other { data, .. } => fields.string("option data", data, false),
        }
    }
}
