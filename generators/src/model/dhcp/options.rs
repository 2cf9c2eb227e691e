use alloc::{string::ToString, vec::Vec};

use super::{DhcpOption, OptionData};
use crate::{
    Code, Derived, Generate, any, bytes, derived, list,
    model::{fields::Fields, tlv},
};

/// The code that ends a list (RFC 2132 section 3.2).
const END: u8 = 255;

/// A list of options with its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dhcp::Options")]
pub struct Options {
    /// The options. One of code 255 ends the list for a receiver.
    #[generate(with = list(any::<DhcpOption>()).average(6).max(usize::MAX))]
    pub list: Vec<DhcpOption>,
    /// Whether the end is there, code 255: it must be.
    pub end: Derived<bool>,
    /// What follows the end: zeros that fill the place, or a lie.
    #[generate(with = derived(bytes(0..=u32::MAX as usize)))]
    pub padding: Derived<Vec<u8>>,
}

/// Where the end of the list stands.
#[inline]
fn end_of(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            0 => at += 1,
            &END => return Some(at),
            _ => at += 2 + usize::from(*bytes.get(at + 1)?),
        }
    }
}

impl Options {
    /// Takes all bytes of a place apart that computed padding fills up to `room` bytes.
    #[inline]
    pub(super) fn dissect(bytes: &[u8], room: usize) -> Self {
        let end = end_of(bytes);
        let (list, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        let padding = rest.get(1..).unwrap_or(&[]);
        let honest =
            padding.iter().all(|byte| *byte == 0) && padding.len() == room.saturating_sub(bytes.len() - padding.len());
        Self {
            list: tlv::dissect(list),
            end: Derived::seen(end.is_some(), true),
            padding: if honest { Derived::Auto } else { Derived::Lie(padding.to_vec()) },
        }
    }

    /// Appends the options.
    #[inline]
    pub(super) fn emit_to(&self, room: usize, out: &mut Vec<u8>) {
        let start = out.len();
        tlv::emit_to(&self.list, out);
        if self.end.or(true) {
            out.push(END);
        }
        match &self.padding {
            Derived::Auto => out.resize(out.len().max(start + room), 0),
            Derived::Lie(padding) => out.extend_from_slice(padding),
        }
    }

    /// Length in bytes, with computed padding up to `room` bytes.
    pub(super) fn len(&self, room: usize) -> usize {
        let mut bytes = Vec::new();
        self.emit_to(room, &mut bytes);
        bytes.len()
    }

    /// What the options of this code hold.
    pub(super) fn values(&self, code: u8) -> impl Iterator<Item = &OptionData> {
        self.list.iter().filter_map(move |option| match option {
            DhcpOption::Full { data, .. } if data.kind() == code => Some(data),
            _ => None,
        })
    }

    pub(super) fn lies(&self) -> usize {
        tlv::lies(&self.list) + self.end.lies() + self.padding.lies()
    }

    /// Visits the fields; `wire` is the whole place.
    pub(super) fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        let start = fields.at();
        tlv::annotate(&self.list, fields);
        if self.end.or(true) {
            fields.field("end of options", 1, END.to_string(), self.end.is_lie());
        }
        fields.string("padding", &wire[fields.at() - start..], self.padding.is_lie());
    }
}
