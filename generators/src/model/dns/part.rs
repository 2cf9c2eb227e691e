//! What messages are made of: parts that are read, written and annotated one after another.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{
    net::{Ipv4Addr, Ipv6Addr},
    ops::Range,
};

use super::compress::Compressor;
use crate::{Derived, Generate, Generated, any, list, model::fields::Fields};

/// Reads a message from its start.
pub(super) struct Reader<'a> {
    /// The message up to where the part may reach.
    pub wire: &'a [u8],
    /// Where the next part starts.
    pub at: usize,
    /// What names can point to.
    pub compressor: Compressor,
}

impl<'a> Reader<'a> {
    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        &self.wire[self.at..]
    }

    /// Takes `len` bytes.
    pub fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let taken = self.rest().get(..len)?;
        self.at += len;
        Some(taken)
    }

    /// Takes `N` bytes.
    pub fn octets<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// Reads what ends `len` bytes from here, or gives up and is back here.
    pub fn within<T>(&mut self, len: usize, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let (whole, start, known) = (self.wire, self.at, self.compressor.len());
        self.wire = whole.get(..start + len)?;
        let part = read(self).filter(|_| self.rest().is_empty());
        self.wire = whole;
        if part.is_none() {
            self.at = start;
            self.compressor.truncate(known);
        }
        part
    }
}

/// Writes a message.
pub(super) struct Writer<'a> {
    /// Where to; the message starts at `start`.
    pub out: &'a mut Vec<u8>,
    pub start: usize,
    /// What names can point to.
    pub compressor: Compressor,
}

/// Visits the fields of a message.
pub(super) struct Shown<'a, 'f> {
    /// The emitted message; the fields count from its start.
    pub wire: &'a [u8],
    pub fields: &'a mut Fields<'f>,
}

/// A part of a message, which stands in its bytes as in its value.
pub(super) trait Part: Sized {
    /// Reads a part, or nothing where it does not fit what is left.
    fn read(input: &mut Reader<'_>) -> Option<Self>;

    /// Writes the part; what was read is written alike.
    fn write(&self, out: &mut Writer<'_>);

    /// Visits the fields; `name` is what the part is to what holds it.
    fn annotate(&self, name: &'static str, shown: &mut Shown<'_, '_>);

    /// How many derived fields lie.
    fn lies(&self) -> usize {
        0
    }

    /// Reads parts up to the end.
    fn read_all(input: &mut Reader<'_>) -> Option<Vec<Self>> {
        let mut parts = Vec::new();
        while !input.rest().is_empty() {
            parts.push(Self::read(input)?);
        }
        Some(parts)
    }

    fn write_all(parts: &[Self], out: &mut Writer<'_>) {
        parts.iter().for_each(|part| part.write(out));
    }

    fn annotate_all(parts: &[Self], name: &'static str, shown: &mut Shown<'_, '_>) {
        parts.iter().for_each(|part| part.annotate(name, shown));
    }
}

/// As many as follow.
impl<T: Part> Part for Vec<T> {
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        T::read_all(input)
    }

    fn write(&self, out: &mut Writer<'_>) {
        T::write_all(self, out);
    }

    fn annotate(&self, name: &'static str, shown: &mut Shown<'_, '_>) {
        T::annotate_all(self, name, shown);
    }

    fn lies(&self) -> usize {
        self.iter().map(Part::lies).sum()
    }
}

impl Part for u8 {
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Some(input.take(1)?[0])
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.out.push(*self);
    }

    fn annotate(&self, name: &'static str, shown: &mut Shown<'_, '_>) {
        shown.fields.field(name, 1, self.to_string(), false);
    }

    fn read_all(input: &mut Reader<'_>) -> Option<Vec<Self>> {
        let rest = input.rest();
        input.at = input.wire.len();
        Some(rest.to_vec())
    }

    fn write_all(parts: &[Self], out: &mut Writer<'_>) {
        out.out.extend_from_slice(parts);
    }

    fn annotate_all(parts: &[Self], name: &'static str, shown: &mut Shown<'_, '_>) {
        shown.fields.string(name, parts, false);
    }
}

macro_rules! integers {
    ($($type:ident)+) => {$(
        impl Part for $type {
            fn read(input: &mut Reader<'_>) -> Option<Self> {
                input.octets().map(Self::from_be_bytes)
            }

            fn write(&self, out: &mut Writer<'_>) {
                out.out.extend_from_slice(&self.to_be_bytes());
            }

            fn annotate(&self, name: &'static str, shown: &mut Shown<'_, '_>) {
                shown.fields.field(name, size_of::<Self>(), self.to_string(), false);
            }
        }
    )+};
}

integers!(u16 u32);

/// Bytes of one length: an address where they have the length of one.
impl<const N: usize> Part for [u8; N] {
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        input.octets()
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.out.extend_from_slice(self);
    }

    fn annotate(&self, name: &'static str, shown: &mut Shown<'_, '_>) {
        let text = if let Ok(address) = <[u8; 4]>::try_from(&self[..]) {
            Ipv4Addr::from(address).to_string()
        } else if let Ok(address) = <[u8; 16]>::try_from(&self[..]) {
            Ipv6Addr::from(address).to_string()
        } else {
            format!("\"{}\"", self.escape_ascii())
        };
        shown.fields.field(name, N, text, false);
    }
}

/// A part that is the fields of a struct, in their order.
macro_rules! parts {
    ($($type:ident { $($field:ident: $name:literal),+ $(,)? })+) => {$(
        impl $crate::model::dns::part::Part for $type {
            fn read(input: &mut $crate::model::dns::part::Reader<'_>) -> Option<Self> {
                $(let $field = $crate::model::dns::part::Part::read(input)?;)+
                Some(Self { $($field),+ })
            }

            fn write(&self, out: &mut $crate::model::dns::part::Writer<'_>) {
                $($crate::model::dns::part::Part::write(&self.$field, out);)+
            }

            fn annotate(&self, _: &'static str, shown: &mut $crate::model::dns::part::Shown<'_, '_>) {
                $($crate::model::dns::part::Part::annotate(&self.$field, $name, shown);)+
            }

            fn lies(&self) -> usize {
                0 $(+ $crate::model::dns::part::Part::lies(&self.$field))+
            }
        }
    )+};
}

pub(super) use parts;

/// Writes what `write` does behind its length in 16 bits.
pub(super) fn write_measured(length: Derived<u16>, out: &mut Writer<'_>, write: impl FnOnce(&mut Writer<'_>)) {
    let at = out.out.len();
    out.out.extend_from_slice(&[0; 2]);
    write(out);
    let behind = out.out.len() - at - 2;
    let length = length.or(behind.min(0xffff) as u16);
    out.out[at..at + 2].copy_from_slice(&length.to_be_bytes());
}

/// Annotates a length that stands in 16 bits here.
pub(super) fn annotate_length(name: &'static str, length: Derived<u16>, shown: &mut Shown<'_, '_>) {
    let at = shown.fields.at();
    let text = crate::model::fields::word(shown.wire, at).to_string();
    shown.fields.field(name, 2, text, length.is_lie());
}

/// A length in 16 bits that is behind the reader, and how many bytes it gets: all that are left if it claims more.
pub(super) fn read_length(input: &mut Reader<'_>) -> Option<(Derived<u16>, usize)> {
    let claimed = u16::read(input)?;
    let left = input.rest().len();
    let honest = usize::from(claimed) <= left;
    Some(if honest { (Derived::Auto, claimed.into()) } else { (Derived::Lie(claimed), left) })
}

/// A generator of lists of parts.
pub(super) fn some<T: Generated>() -> impl Generate<Value = Vec<T>> {
    list(any::<T>()).average(2).max(0xffff)
}

/// Whether two ranges share an index.
pub(super) fn meet(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// Labels with dots behind them, as master files have them (RFC 1035 section 5.1).
pub(super) fn push_label(label: &[u8], text: &mut String) {
    for byte in label {
        match byte {
            b'.' | b'\\' => text.extend(['\\', *byte as char]),
            b'!'..=b'~' => text.push(*byte as char),
            _ => text.push_str(&format!("\\{byte:03}")),
        }
    }
    text.push('.');
}
