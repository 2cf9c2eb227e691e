use alloc::{format, string::ToString, vec::Vec};

use super::{Ipv6Option, OptionData, Routing};
use crate::{
    Code, Derived, Generate, any, bytes, favour, list,
    model::{
        fields::{Fields, word},
        layout::{MAX, Value, take},
        tlv,
    },
    range,
};

/// An extension header (RFC 8200 section 4), but for its next header, which belongs to what follows.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ipv6::Extension")]
pub struct Extension {
    /// The number by which the header before it announces it.
    pub number: Derived<u8>,
    /// Length in units of 8 bytes without the first (RFC 8200 section 4), of an authentication header in units of 4 without
    /// the first two (RFC 4302 section 2.2); of a fragment header, which has none, the reserved byte in its place. Where it
    /// is beyond the packet, it is a lie and the header takes all whole units that are left.
    pub length: Derived<u8>,
    /// What the header holds.
    pub body: Body,
}

/// What an extension header holds behind next header and length.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ipv6::Body")]
pub enum Body {
    /// 0: options for every node on the way (RFC 8200 section 4.3). Padding up to the unit is added.
    HopByHop(#[generate(with = list(any()).average(2).max(MAX))] Vec<Ipv6Option>),
    /// 60: options for the destination (RFC 8200 section 4.6). Padding up to the unit is added.
    DestinationOptions(#[generate(with = list(any()).average(2).max(MAX))] Vec<Ipv6Option>),
    /// 43: a route (RFC 8200 section 4.4).
    Routing(Routing),
    /// 44: what part of a packet this is (RFC 8200 section 4.5).
    Fragment {
        /// Offset in units of 8 bytes, 13 bits.
        #[generate(with = range(0u16..=0x1fff).often(7, &[0, 1, 2, 185]))]
        offset: u16,
        /// Two bits that are zero.
        #[generate(with = range(0u8..=3).often(7, &[0]))]
        reserved: u8,
        /// Fragments follow.
        more: bool,
        /// What the fragments of one packet share.
        #[generate(with = range(0u32..).often(1, &[1, 2]))]
        identification: u32,
    },
    /// 51: an authentication header (RFC 4302 section 2).
    Authentication {
        /// Two bytes that are zero.
        reserved: u16,
        /// The security association.
        security_parameters_index: u32,
        /// Counts packets.
        sequence_number: u32,
        /// The integrity check value. Zeros up to the unit are added.
        #[generate(with = bytes(0..=MAX))]
        check: Vec<u8>,
    },
    /// Mobility (135, RFC 6275 section 6.1), host identity (139, RFC 7401 section 5.1), shim6 (140, RFC 5533 section 5.1), or
    /// an authentication header without room for its fields. Zeros up to the unit are added.
    Other {
        /// The number; under another one a receiver takes it for a payload.
        #[generate(with = favour(&[MOBILITY, HOST_IDENTITY, SHIM6], any::<u8>()))]
        number: u8,
        /// The bytes.
        #[generate(with = bytes(0..=MAX))]
        data: Vec<u8>,
    },
}

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION_OPTIONS: u8 = 60;
const MOBILITY: u8 = 135;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;

/// Length of a unit in bytes, and how many the length does not count.
fn unit(number: u8) -> (usize, usize) {
    if number == AUTHENTICATION { (4, 2) } else { (8, 1) }
}

impl From<Body> for Extension {
    fn from(body: Body) -> Self {
        Self { number: Derived::Auto, length: Derived::Auto, body }
    }
}

impl Extension {
    /// Takes the header announced as `number` off the front of `bytes`: gives it, its next header, and what follows. None
    /// where that is no extension header, or fewer bytes than one has.
    #[inline]
    pub(super) fn dissect(number: u8, bytes: &[u8]) -> Option<(Self, u8, &[u8])> {
        let ([next, wire, body @ ..], false) = (bytes, bytes.len() < 8) else { return None };
        let (size, length) = match number {
            HOP_BY_HOP | ROUTING | AUTHENTICATION | DESTINATION_OPTIONS | MOBILITY | HOST_IDENTITY | SHIM6 => {
                let (unit, bias) = unit(number);
                match unit * (usize::from(*wire) + bias) {
                    size if size <= bytes.len() => (size, Derived::Auto),
                    _ => (bytes.len() / unit * unit, Derived::Lie(*wire)),
                }
            }
            FRAGMENT => (8, Derived::seen(*wire, 0)),
            _ => return None,
        };
        let (body, rest) = body.split_at(size - 2);
        Some((Self { number: Derived::Auto, length, body: Body::dissect(number, body) }, *next, rest))
    }

    /// The number that announces the header, and whether it lies.
    #[inline]
    pub(super) fn number(&self) -> (u8, bool) {
        (self.number.or(self.body.number()), self.number.is_lie())
    }

    /// Whether what follows is a later fragment, not the start of a header.
    pub(super) fn is_later_fragment(&self) -> bool {
        matches!(self.body, Body::Fragment { offset: 1.., .. })
    }

    /// Appends the header.
    #[inline]
    pub(super) fn emit_to(&self, next: u8, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[next, 0]);
        self.body.emit_to(start, out);
        let computed = match self.body {
            Body::Fragment { .. } => 0,
            _ => {
                let (unit, bias) = unit(self.body.number());
                ((out.len() - start) / unit).saturating_sub(bias).min(0xff) as u8
            }
        };
        out[start + 1] = self.length.or(computed);
    }

    pub(super) fn lies(&self) -> usize {
        let inside = match &self.body {
            Body::HopByHop(options) | Body::DestinationOptions(options) => tlv::lies(options),
            Body::Routing(routing) => routing.lies(),
            Body::Fragment { .. } | Body::Authentication { .. } | Body::Other { .. } => 0,
        };
        self.number.lies() + self.length.lies() + inside
    }

    /// Visits the fields; `wire` starts with the emitted header, and `next_lies` tells of the number of what follows.
    pub(super) fn fields(&self, wire: &[u8], next_lies: bool, fields: &mut Fields<'_>) {
        fields.field("next header", 1, wire[0].to_string(), next_lies);
        let name = if matches!(self.body, Body::Fragment { .. }) { "reserved" } else { "header length" };
        fields.field(name, 1, wire[1].to_string(), self.length.is_lie());
        self.body.fields(wire, fields);
    }
}

impl Body {
    fn number(&self) -> u8 {
        match self {
            Self::HopByHop(_) => HOP_BY_HOP,
            Self::DestinationOptions(_) => DESTINATION_OPTIONS,
            Self::Routing(_) => ROUTING,
            Self::Fragment { .. } => FRAGMENT,
            Self::Authentication { .. } => AUTHENTICATION,
            Self::Other { number, .. } => *number,
        }
    }

    #[inline]
    fn dissect(number: u8, body: &[u8]) -> Self {
        match (number, body) {
            (HOP_BY_HOP, _) => Self::HopByHop(options(body)),
            (DESTINATION_OPTIONS, _) => Self::DestinationOptions(options(body)),
            (ROUTING, _) => Self::Routing(Routing::dissect(body)),
            (FRAGMENT, &[high, low, ref identification @ ..]) => Self::Fragment {
                offset: u16::from_be_bytes([high, low]) >> 3,
                reserved: low >> 1 & 3,
                more: low & 1 == 1,
                identification: u32::read(identification),
            },
            (AUTHENTICATION, [_, _, _, _, _, _, _, _, _, _, check @ ..]) => {
                let mut rest = body;
                Self::Authentication {
                    reserved: take(&mut rest).unwrap_or_default(),
                    security_parameters_index: take(&mut rest).unwrap_or_default(),
                    sequence_number: take(&mut rest).unwrap_or_default(),
                    check: check.to_vec(),
                }
            }
            _ => Self::Other { number, data: body.to_vec() },
        }
    }

    /// Appends what the header that starts at `start` holds, and padding.
    #[inline]
    fn emit_to(&self, start: usize, out: &mut Vec<u8>) {
        match self {
            Self::HopByHop(options) | Self::DestinationOptions(options) => {
                tlv::emit_to(options, out);
                pad(start.wrapping_sub(out.len()) % 8, out);
            }
            Self::Routing(routing) => routing.emit_to(out),
            Self::Fragment { offset, reserved, more, identification } => {
                (offset << 3 | u16::from(reserved & 3) << 1 | u16::from(*more)).write(out);
                identification.write(out);
            }
            Self::Authentication { reserved, security_parameters_index, sequence_number, check } => {
                reserved.write(out);
                security_parameters_index.write(out);
                sequence_number.write(out);
                out.extend_from_slice(check);
            }
            Self::Other { data, .. } => out.extend_from_slice(data),
        }
        let missing = start.wrapping_sub(out.len()) % unit(self.number()).0;
        out.extend_from_slice(&[0; 7][..missing]);
        // Never less than one unit of 8 bytes.
        let missing = (start + 8).saturating_sub(out.len());
        out.extend_from_slice(&[0; 8][..missing]);
    }

    fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        match self {
            Self::HopByHop(options) | Self::DestinationOptions(options) => {
                tlv::annotate(options, fields);
                let (mut own, mut padding) = (Vec::new(), Vec::new());
                tlv::emit_to(options, &mut own);
                pad((2 + own.len()).wrapping_neg() % 8, &mut padding);
                fields.string("padding", &padding, false);
            }
            Self::Routing(routing) => routing.fields(&wire[2..], fields),
            Self::Fragment { offset, reserved, more, identification } => {
                let offset = offset & 0x1fff;
                fields.bits("fragment offset", 2, 0..13, format!("{offset} ({} bytes)", u32::from(offset) * 8), false);
                fields.bits("reserved", 2, 13..15, (reserved & 3).to_string(), false);
                fields.bits("more fragments", 2, 15..16, u8::from(*more).to_string(), false);
                fields.field("identification", 4, format!("{identification:#010x}"), false);
            }
            Self::Authentication { security_parameters_index, sequence_number, check, .. } => {
                fields.field("reserved", 2, word(wire, 2).to_string(), false);
                fields.field("security parameters index", 4, format!("{security_parameters_index:#010x}"), false);
                fields.field("sequence number", 4, sequence_number.to_string(), false);
                fields.string("integrity check value", check, false);
                self.zeros(12 + check.len(), fields);
            }
            Self::Other { data, .. } => {
                fields.string("data", data, false);
                self.zeros(2 + data.len(), fields);
            }
        }
    }

    /// Visits the zeros behind `len` bytes.
    fn zeros(&self, len: usize, fields: &mut Fields<'_>) {
        let end = len.next_multiple_of(unit(self.number()).0).max(8);
        fields.string("padding", &[0; 8][..end - len], false);
    }
}

/// Appends the option that fills `missing` bytes.
fn pad(missing: usize, out: &mut Vec<u8>) {
    match missing {
        0 => {}
        1 => out.push(0),
        _ => out.extend_from_slice(&[1, missing as u8 - 2, 0, 0, 0, 0, 0][..missing]),
    }
}

/// Takes options apart, without the padding that is added.
fn options(region: &[u8]) -> Vec<Ipv6Option> {
    let mut options: Vec<Ipv6Option> = tlv::dissect(region);
    let last = match options.last() {
        Some(Ipv6Option::Pad1) => 1,
        Some(Ipv6Option::Full { length: Derived::Auto, data: OptionData::PadN(zeros) })
            if zeros.iter().all(|&b| b == 0) =>
        {
            2 + zeros.len()
        }
        _ => return options,
    };
    // The one that is added brings header and options to the unit, so it is shorter than that.
    if last < 8 {
        options.pop();
    }
    options
}
