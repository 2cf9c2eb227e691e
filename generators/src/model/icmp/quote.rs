use alloc::vec::Vec;

use crate::{
    Code, Derived, Generate, bytes,
    model::{
        fields::{Fields, word},
        ipv4, ipv6,
        layout::{MAX, Unit},
    },
};

/// The start of a packet that an error is about: its header and as much as there is room for.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::icmp::Quoted")]
pub enum Quoted {
    /// Of an IPv4 packet.
    #[generate(weight = 7)]
    Ipv4 {
        /// The header. Where the quote is cut, its total length is a lie.
        header: ipv4::Header,
        /// The number of what it carries.
        protocol: u8,
        /// What follows the header.
        #[generate(with = bytes(0..=MAX))]
        bytes: Vec<u8>,
    },
    /// Of an IPv6 packet.
    #[generate(weight = 7)]
    Ipv6 {
        /// The header. Where the quote is cut, its payload length is a lie.
        header: ipv6::Header,
        /// The number of what follows it.
        next_header: u8,
        /// What follows the header.
        #[generate(with = bytes(0..=MAX))]
        bytes: Vec<u8>,
    },
    /// Anything else.
    Raw(#[generate(with = bytes(0..=MAX))] Vec<u8>),
}

impl Default for Quoted {
    fn default() -> Self {
        Self::Raw(Vec::new())
    }
}

impl Unit for Quoted {
    const FIXED: Option<usize> = None;

    #[inline]
    fn dissect(bytes: &[u8]) -> Option<Self> {
        let version = bytes.first().map(|first| first >> 4);
        if version == Some(4)
            && let Some((fixed, rest)) = bytes.split_first_chunk()
        {
            let options = usize::from(fixed[0] & 0xf).checked_sub(5).map(|words| 4 * words);
            let (options, rest) = options.and_then(|len| rest.split_at_checked(len)).unwrap_or((&[], rest));
            let mut header = ipv4::Header::dissect(fixed, options, bytes.len());
            header.total_length = Derived::seen(word(fixed, 2), bytes.len().min(0xffff) as u16);
            return Some(Self::Ipv4 { header, protocol: fixed[9], bytes: rest.to_vec() });
        }
        if version == Some(6)
            && let Some((fixed, rest)) = bytes.split_first_chunk()
        {
            let mut header = ipv6::Header::dissect(fixed, rest.len());
            header.payload_length = Derived::seen(word(fixed, 4), rest.len().min(0xffff) as u16);
            return Some(Self::Ipv6 { header, next_header: fixed[6], bytes: rest.to_vec() });
        }
        Some(Self::Raw(bytes.to_vec()))
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        let start = out.len();
        match self {
            Self::Ipv4 { header, protocol, bytes } => {
                header.emit_to(*protocol, out);
                let length = out.len() - start;
                out.extend_from_slice(bytes);
                header.complete(length, &mut out[start..]);
            }
            Self::Ipv6 { header, next_header, bytes } => {
                header.emit_to(*next_header, out);
                out.extend_from_slice(bytes);
                header.complete(&mut out[start..]);
            }
            Self::Raw(bytes) => out.extend_from_slice(bytes),
        }
    }

    fn annotate(&self, _: &'static str, fields: &mut Fields<'_>) {
        let mut wire = Vec::new();
        self.emit_to(&mut wire);
        fields.deeper(|fields| match self {
            Self::Ipv4 { header, bytes, .. } => {
                header.fields(&wire, false, fields);
                fields.string("quoted payload", bytes, false);
            }
            Self::Ipv6 { header, bytes, .. } => {
                header.fields(&wire, false, fields);
                fields.string("quoted payload", bytes, false);
            }
            Self::Raw(bytes) => fields.string("quote", bytes, false),
        });
    }

    fn lies(&self) -> usize {
        match self {
            Self::Ipv4 { header, .. } => header.lies(),
            Self::Ipv6 { header, .. } => header.lies(),
            Self::Raw(_) => 0,
        }
    }
}
