//! IGMP messages: version 1 (RFC 1112), 2 (RFC 2236) and 3 (RFC 3376).

mod record;

use alloc::{format, string::ToString, vec::Vec};

pub use self::record::GroupRecord;
use super::{
    Annotation, Model,
    checksum::{finish, sum},
    fields::{Fields, hex, ipv4_address, word},
};
use crate::{Code, Derived, Generate, any, bytes, derived, list, octets, range};

/// The protocol number of IGMP (RFC 2236 section 2).
pub(super) const PROTOCOL: u8 = 2;

/// The least length of a message, in bytes.
const FIXED: usize = 8;

/// The type of a query of any version.
const QUERY: u8 = 0x11;

/// The type of a report of version 3.
const REPORT_V3: u8 = 0x22;

/// An IGMP message.
///
/// ```
/// use halligan_generators::{Derived, Model, model::igmp::{Body, Message}};
///
/// let report = Message::Whole {
///     checksum: Derived::Auto,
///     body: Body::Group { kind: 0x16, max_response: 0, group: [224, 0, 0, 251] },
///     additional: Derived::Auto,
/// };
/// assert_eq!(report.emit(), [0x16, 0, 0x09, 0x04, 224, 0, 0, 251]);
/// assert_eq!(Message::dissect(&report.emit()), report);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Message {
    /// A message of at least eight bytes.
    #[generate(weight = 31)]
    Whole {
        /// The checksum over the whole message.
        checksum: Derived<u16>,
        /// What the message says.
        body: Body,
        /// What lies behind it: nothing, or a lie. Receivers ignore it, but sum it (RFC 3376 section 4.1.10).
        #[generate(with = derived(bytes(1..=u32::MAX as usize)))]
        additional: Derived<Vec<u8>>,
    },
    /// Too few bytes.
    Raw(#[generate(with = bytes(0..=FIXED - 1))] Vec<u8>),
}

/// What an IGMP message says.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Body {
    /// A message of versions 1 and 2, and any type but that of a report of version 3 (RFC 2236 section 2).
    #[generate(weight = 6)]
    Group {
        /// The type: 0x11 a query, 0x12 and 0x16 reports of versions 1 and 2, 0x17 leave.
        #[generate(with = range(0u8..).often(31, &[QUERY, 0x16, 0x17, 0x12]))]
        kind: u8,
        /// The time in which to answer, in units of 100 ms; 0 in a query of version 1.
        max_response: u8,
        /// The group, or zeros.
        #[generate(with = group())]
        group: [u8; 4],
    },
    /// A query of version 3: one of at least twelve bytes (RFC 3376 section 4.1).
    #[generate(weight = 4)]
    QueryV3 {
        /// The time in which to answer, as a floating-point number from 128 on, in units of 100 ms.
        max_response: u8,
        /// The group, or zeros.
        #[generate(with = group())]
        group: [u8; 4],
        /// Four bits that are zero.
        #[generate(with = derived(range(0u8..=15)))]
        reserved: Derived<u8>,
        /// Whether routers should not update their timers (S).
        suppress: bool,
        /// The querier's robustness variable, 3 bits.
        #[generate(range = 0..=7)]
        robustness: u8,
        /// The querier's query interval, as a floating-point number from 128 on, in seconds.
        interval: u8,
        /// Number of sources. More than there is room for is a lie, and the sources are all that there are.
        count: Derived<u16>,
        /// The sources.
        #[generate(with = list(octets::<4>()).average(2).max(usize::MAX))]
        sources: Vec<[u8; 4]>,
    },
    /// A report of version 3 (RFC 3376 section 4.2).
    #[generate(weight = 4)]
    ReportV3 {
        /// The second byte, which is zero.
        reserved: Derived<u8>,
        /// The two bytes before the number of records, which are zero.
        reserved_too: Derived<u16>,
        /// Number of records. More than there is room for is a lie, and the records are all that there are.
        count: Derived<u16>,
        /// The records.
        #[generate(with = list(any::<GroupRecord>()).average(2).max(usize::MAX))]
        records: Vec<GroupRecord>,
    },
}

/// Groups that are in use, and any other address.
#[inline]
fn group() -> impl Generate<Value = [u8; 4]> {
    const KNOWN: &[[u8; 4]] = &[[0; 4], [224, 0, 0, 1], [224, 0, 0, 22], [224, 0, 0, 251], [239, 1, 2, 3]];
    crate::favour(KNOWN, octets::<4>())
}

impl Body {
    /// Takes a body of at least eight bytes apart; gives it and what is left over.
    #[inline]
    fn dissect(bytes: &[u8]) -> (Self, &[u8]) {
        let (kind, second, group) = (bytes[0], bytes[1], [bytes[4], bytes[5], bytes[6], bytes[7]]);
        let rest = &bytes[FIXED..];
        match (kind, rest) {
            (QUERY, &[flags, interval, n0, n1, ref rest @ ..]) => {
                let (number, (all, left)) = (u16::from_be_bytes([n0, n1]), rest.as_chunks::<4>());
                let fits = all.len() >= number.into();
                let sources = if fits { &all[..number.into()] } else { all };
                let left = if fits { &rest[4 * sources.len()..] } else { left };
                let query = Self::QueryV3 {
                    max_response: second,
                    group,
                    reserved: Derived::seen(flags >> 4, 0),
                    suppress: flags >> 3 & 1 == 1,
                    robustness: flags & 7,
                    interval,
                    count: if fits { Derived::Auto } else { Derived::Lie(number) },
                    sources: sources.to_vec(),
                };
                (query, left)
            }
            (REPORT_V3, _) => {
                let number = word(bytes, 6);
                let (records, rest) = GroupRecord::dissect_list(number, rest);
                let report = Self::ReportV3 {
                    reserved: Derived::seen(second, 0),
                    reserved_too: Derived::seen(word(bytes, 4), 0),
                    count: Derived::seen(number, records.len() as u16),
                    records,
                };
                (report, rest)
            }
            _ => (Self::Group { kind, max_response: second, group }, rest),
        }
    }

    /// Appends the body with a checksum of zero.
    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Group { kind, max_response, group } => {
                out.extend_from_slice(&[*kind, *max_response, 0, 0]);
                out.extend_from_slice(group);
            }
            Self::QueryV3 { max_response, group, reserved, suppress, robustness, interval, count, sources } => {
                out.extend_from_slice(&[QUERY, *max_response, 0, 0]);
                out.extend_from_slice(group);
                let flags = reserved.or(0) << 4 | u8::from(*suppress) << 3 | robustness & 7;
                out.extend_from_slice(&[flags, *interval]);
                out.extend_from_slice(&count.or(computed(sources.len())).to_be_bytes());
                out.extend_from_slice(sources.as_flattened());
            }
            Self::ReportV3 { reserved, reserved_too, count, records } => {
                out.extend_from_slice(&[REPORT_V3, reserved.or(0), 0, 0]);
                out.extend_from_slice(&reserved_too.or(0).to_be_bytes());
                out.extend_from_slice(&count.or(computed(records.len())).to_be_bytes());
                records.iter().for_each(|record| record.emit_to(out));
            }
        }
    }

    fn lies(&self) -> usize {
        match self {
            Self::Group { .. } => 0,
            Self::QueryV3 { reserved, count, .. } => reserved.lies() + count.lies(),
            Self::ReportV3 { reserved, reserved_too, count, records } => {
                let inside: usize = records.iter().map(GroupRecord::lies).sum();
                reserved.lies() + reserved_too.lies() + count.lies() + inside
            }
        }
    }

    fn fields(&self, fields: &mut Fields<'_>, checksum: impl Fn(&mut Fields<'_>)) {
        match self {
            Self::Group { kind, max_response, group } => {
                fields.field("type", 1, kind_name(*kind), false);
                fields.field("max response time", 1, format!("{max_response} (x 100 ms)"), false);
                checksum(fields);
                fields.field("group address", 4, ipv4_address(*group), false);
            }
            Self::QueryV3 { max_response, group, reserved, suppress, robustness, interval, count, sources } => {
                fields.field("type", 1, kind_name(QUERY), false);
                fields.field("max response code", 1, max_response.to_string(), false);
                checksum(fields);
                fields.field("group address", 4, ipv4_address(*group), false);
                fields.bits("reserved", 1, 0..4, (reserved.or(0) & 15).to_string(), reserved.is_lie());
                fields.bits("suppress router-side processing", 1, 4..5, u8::from(*suppress).to_string(), false);
                fields.bits("querier's robustness variable", 1, 5..8, (robustness & 7).to_string(), false);
                fields.field("querier's query interval code", 1, interval.to_string(), false);
                fields.field("number of sources", 2, count.or(computed(sources.len())).to_string(), count.is_lie());
                sources.iter().for_each(|source| fields.field("source address", 4, ipv4_address(*source), false));
            }
            Self::ReportV3 { reserved, reserved_too, count, records } => {
                fields.field("type", 1, kind_name(REPORT_V3), false);
                fields.field("reserved", 1, reserved.or(0).to_string(), reserved.is_lie());
                checksum(fields);
                fields.field("reserved", 2, reserved_too.or(0).to_string(), reserved_too.is_lie());
                let number = count.or(computed(records.len()));
                fields.field("number of group records", 2, number.to_string(), count.is_lie());
                fields.deeper(|fields| records.iter().for_each(|record| record.fields(fields)));
            }
        }
    }
}

/// The count that belongs to a list of this length.
fn computed(len: usize) -> u16 {
    len.min(0xffff) as u16
}

fn kind_name(kind: u8) -> alloc::string::String {
    let name = match kind {
        QUERY => " (membership query)",
        0x12 => " (version 1 membership report)",
        0x16 => " (version 2 membership report)",
        0x17 => " (leave group)",
        REPORT_V3 => " (version 3 membership report)",
        _ => "",
    };
    format!("{kind:#04x}{name}")
}

impl Message {
    /// Visits the fields; `wire` is the emitted message.
    pub(super) fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        let (checksum, body, additional) = match self {
            Self::Whole { checksum, body, additional } => (checksum, body, additional),
            Self::Raw(bytes) => return fields.string("raw", bytes, false),
        };
        body.fields(fields, |fields| fields.field("checksum", 2, hex(word(wire, 2)), checksum.is_lie()));
        if let Derived::Lie(additional) = additional {
            fields.string("additional data", additional, true);
        }
    }
}

impl Model for Message {
    #[inline]
    fn dissect(bytes: &[u8]) -> Self {
        if bytes.len() < FIXED {
            return Self::Raw(bytes.to_vec());
        }
        let (body, rest) = Body::dissect(bytes);
        Self::Whole {
            checksum: Derived::seen(word(bytes, 2), finish(sum(&bytes[..2]) + sum(&bytes[4..]))),
            body,
            additional: if rest.is_empty() { Derived::Auto } else { Derived::Lie(rest.to_vec()) },
        }
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        let (checksum, body, additional) = match self {
            Self::Whole { checksum, body, additional } => (checksum, body, additional),
            Self::Raw(bytes) => return out.extend_from_slice(bytes),
        };
        let start = out.len();
        body.emit_to(out);
        if let Derived::Lie(additional) = additional {
            out.extend_from_slice(additional);
        }
        let checksum = checksum.or_else(|| finish(sum(&out[start..])));
        out[start + 2..start + 4].copy_from_slice(&checksum.to_be_bytes());
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        self.fields(&self.emit(), &mut Fields::new(visit));
    }

    fn lies(&self) -> usize {
        let Self::Whole { checksum, body, additional } = self else { return 0 };
        checksum.lies() + body.lies() + additional.lies()
    }
}
