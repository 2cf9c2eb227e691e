use alloc::{format, string::ToString, vec::Vec};

use crate::{
    Code, Generate, bytes,
    model::{
        fields::Fields,
        option::{Data, HeaderOption, MAX_LEN},
    },
};

/// An option of an IPv4 header (RFC 791 section 3.1).
pub type Ipv4Option = HeaderOption<OptionData>;

/// The most bytes that the data of an option take.
const MAX_DATA: usize = MAX_LEN - 2;

/// What an IPv4 option holds behind kind and length. An option of a known kind whose length is not one that the kind has
/// is an [`Other`](OptionData::Other).
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ipv4::OptionData")]
pub enum OptionData {
    /// Kind 148: routers should look at the packet; 0 is the only value with a meaning (RFC 2113 section 2.1).
    RouterAlert(u16),
    /// Kind 136: a SATNET stream (RFC 791 section 3.1), obsolete (RFC 6814).
    StreamId(u16),
    /// Kinds 7, 131 and 137: a route recorded or given by the source (RFC 791 section 3.1).
    Route {
        /// Which of the three it is.
        kind: RouteKind,
        /// Where the next address is, counted from 1 at the option's kind; 4 is the first.
        pointer: u8,
        /// Addresses of four bytes each.
        #[generate(with = bytes(0..=MAX_DATA - 1))]
        route: Vec<u8>,
    },
    /// Kind 68: an Internet timestamp (RFC 791 section 3.1).
    Timestamp {
        /// Where the next timestamp is, counted from 1 at the option's kind; 5 is the first.
        pointer: u8,
        /// How many hosts found no room, 4 bits.
        #[generate(range = 0..=15)]
        overflow: u8,
        /// What is recorded, 4 bits: 0 timestamps, 1 with addresses, 3 at given addresses.
        #[generate(range = 0..=15)]
        flag: u8,
        /// Timestamps, with or without addresses.
        #[generate(with = bytes(0..=MAX_DATA - 2))]
        data: Vec<u8>,
    },
    /// Any other kind, or a known kind of an unknown length.
    Other {
        /// The kind; 0 and 1 have no length and read as options of their own.
        kind: u8,
        /// What is behind the length.
        #[generate(with = bytes(0..=MAX_DATA))]
        data: Vec<u8>,
    },
}

/// The kinds of options that hold a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ipv4::RouteKind")]
pub enum RouteKind {
    /// Kind 7: routers record their addresses.
    Record,
    /// Kind 131: the source gives some of the route.
    LooseSource,
    /// Kind 137: the source gives all of the route.
    StrictSource,
}

impl Data for OptionData {
    #[inline]
    fn kind(&self) -> u8 {
        match self {
            Self::RouterAlert(_) => 148,
            Self::StreamId(_) => 136,
            Self::Route { kind: RouteKind::Record, .. } => 7,
            Self::Route { kind: RouteKind::LooseSource, .. } => 131,
            Self::Route { kind: RouteKind::StrictSource, .. } => 137,
            Self::Timestamp { .. } => 68,
            Self::Other { kind, .. } => *kind,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::RouterAlert(_) => "router alert",
            Self::StreamId(_) => "stream ID",
            Self::Route { kind: RouteKind::Record, .. } => "record route",
            Self::Route { kind: RouteKind::LooseSource, .. } => "loose source route",
            Self::Route { kind: RouteKind::StrictSource, .. } => "strict source route",
            Self::Timestamp { .. } => "timestamp",
            Self::Other { .. } => "other",
        }
    }

    #[inline]
    fn len(&self) -> usize {
        match self {
            Self::RouterAlert(_) | Self::StreamId(_) => 2,
            Self::Route { route, .. } => 1 + route.len(),
            Self::Timestamp { data, .. } => 2 + data.len(),
            Self::Other { data, .. } => data.len(),
        }
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::RouterAlert(value) | Self::StreamId(value) => out.extend_from_slice(&value.to_be_bytes()),
            Self::Route { pointer, route, .. } => {
                out.push(*pointer);
                out.extend_from_slice(route);
            }
            Self::Timestamp { pointer, overflow, flag, data } => {
                out.extend_from_slice(&[*pointer, overflow << 4 | flag & 0xf]);
                out.extend_from_slice(data);
            }
            Self::Other { data, .. } => out.extend_from_slice(data),
        }
    }

    #[inline]
    fn dissect(kind: u8, data: &[u8]) -> Self {
        let route = |kind, pointer: &u8, route: &[u8]| Self::Route { kind, pointer: *pointer, route: route.to_vec() };
        match (kind, data) {
            (148, &[high, low]) => Self::RouterAlert(u16::from_be_bytes([high, low])),
            (136, &[high, low]) => Self::StreamId(u16::from_be_bytes([high, low])),
            (7, [pointer, rest @ ..]) => route(RouteKind::Record, pointer, rest),
            (131, [pointer, rest @ ..]) => route(RouteKind::LooseSource, pointer, rest),
            (137, [pointer, rest @ ..]) => route(RouteKind::StrictSource, pointer, rest),
            (68, [pointer, second, data @ ..]) => {
                Self::Timestamp { pointer: *pointer, overflow: second >> 4, flag: second & 0xf, data: data.to_vec() }
            }
            (kind, data) => Self::Other { kind, data: data.to_vec() },
        }
    }

    #[inline]
    fn fixed_len(kind: u8) -> Option<usize> {
        matches!(kind, 136 | 148).then_some(2)
    }

    fn annotate(&self, fields: &mut Fields<'_>) {
        match self {
            Self::RouterAlert(value) => fields.field("value", 2, value.to_string(), false),
            Self::StreamId(id) => fields.field("stream ID", 2, id.to_string(), false),
            Self::Route { pointer, route, .. } => {
                fields.field("pointer", 1, pointer.to_string(), false);
                fields.string("route", route, false);
            }
            Self::Timestamp { pointer, overflow, flag, data } => {
                fields.field("pointer", 1, pointer.to_string(), false);
                fields.bits("overflow", 1, 0..4, format!("{}", overflow & 0xf), false);
                fields.bits("flag", 1, 4..8, format!("{}", flag & 0xf), false);
                fields.string("timestamps", data, false);
            }
            Self::Other { data, .. } => fields.string("option data", data, false),
        }
    }
}
