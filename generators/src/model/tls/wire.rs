//! The presentation language of RFC 8446 section 3: numbers, vectors, and structures of them.

use alloc::{string::ToString, vec::Vec};

use crate::{Code, Derived, Generate, any, bytes, derived, list, model::fields::Fields, range};

/// The names of a field and, where it has one, of the length in front of it.
#[derive(Clone, Copy)]
pub(super) struct Name {
    pub field: &'static str,
    pub length: &'static str,
}

/// A part of a message. What it is made of is written in the order of the fields.
pub(super) trait Part: Sized {
    /// Appends the part.
    fn emit(&self, out: &mut Vec<u8>);

    /// Takes the part off the front of `input`; where it is not whole, nothing is taken.
    fn take(input: &mut &[u8]) -> Option<Self>;

    /// Visits its fields.
    fn annotate(&self, name: Name, fields: &mut Fields<'_>);

    /// How many of its derived fields are given rather than computed.
    fn lies(&self) -> usize;
}

macro_rules! numbers {
    ($($type:ident),+) => {$(
        impl Part for $type {
            #[inline]
            fn emit(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }

            #[inline]
            fn take(input: &mut &[u8]) -> Option<Self> {
                let (head, tail) = input.split_first_chunk()?;
                *input = tail;
                Some(Self::from_be_bytes(*head))
            }

            fn annotate(&self, name: Name, fields: &mut Fields<'_>) {
                fields.field(name.field, size_of::<Self>(), self.to_string(), false);
            }

            fn lies(&self) -> usize {
                0
            }
        }
    )+};
}

numbers!(u8, u16, u32);

/// A byte string of one length.
impl<const N: usize> Part for [u8; N] {
    #[inline]
    fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    #[inline]
    fn take(input: &mut &[u8]) -> Option<Self> {
        let (head, tail) = input.split_first_chunk()?;
        *input = tail;
        Some(*head)
    }

    fn annotate(&self, name: Name, fields: &mut Fields<'_>) {
        fields.string(name.field, self, false);
    }

    fn lies(&self) -> usize {
        0
    }
}

/// All that is left.
impl Part for Vec<u8> {
    #[inline]
    fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    #[inline]
    fn take(input: &mut &[u8]) -> Option<Self> {
        Some(core::mem::take(input).to_vec())
    }

    fn annotate(&self, name: Name, fields: &mut Fields<'_>) {
        fields.string(name.field, self, false);
    }

    fn lies(&self) -> usize {
        0
    }
}

/// Nothing.
impl Part for () {
    #[inline]
    fn emit(&self, _: &mut Vec<u8>) {}

    #[inline]
    fn take(_: &mut &[u8]) -> Option<Self> {
        Some(())
    }

    fn annotate(&self, _: Name, _: &mut Fields<'_>) {}

    fn lies(&self) -> usize {
        0
    }
}

/// A last part that may be missing, as extensions are in old hellos.
impl<T: Part> Part for Option<T> {
    #[inline]
    fn emit(&self, out: &mut Vec<u8>) {
        if let Some(part) = self {
            part.emit(out);
        }
    }

    #[inline]
    fn take(input: &mut &[u8]) -> Option<Self> {
        Some(T::take(input))
    }

    fn annotate(&self, name: Name, fields: &mut Fields<'_>) {
        if let Some(part) = self {
            part.annotate(name, fields);
        }
    }

    fn lies(&self) -> usize {
        self.as_ref().map_or(0, T::lies)
    }
}

/// The greatest length that `width` bytes hold.
pub(super) const fn greatest(width: usize) -> u32 {
    ((1 << (8 * width)) - 1) as u32
}

/// Takes a length of `width` bytes and what it covers; a length beyond the input is a lie, and covers all that is left.
#[inline]
pub(super) fn take_sized<'a>(width: usize, input: &mut &'a [u8]) -> Option<(Derived<u32>, &'a [u8])> {
    let (length, rest) = input.split_at_checked(width)?;
    let length = length.iter().fold(0, |length, byte| length << 8 | u32::from(*byte));
    let (length, (inside, rest)) = match rest.split_at_checked(length as usize) {
        Some(split) => (Derived::Auto, split),
        None => (Derived::Lie(length), (rest, &rest[rest.len()..])),
    };
    *input = rest;
    Some((length, inside))
}

/// Appends a length of `width` bytes and what `body` appends, which it counts.
#[inline]
pub(super) fn emit_sized(width: usize, length: Derived<u32>, out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len() + width;
    out.resize(start, 0);
    body(out);
    let length = length.or_else(|| computed(width, out.len() - start)).to_be_bytes();
    out[start - width..start].copy_from_slice(&length[4 - width..]);
}

/// The length that `width` bytes hold of `len` bytes.
fn computed(width: usize, len: usize) -> u32 {
    len.min(greatest(width) as usize) as u32
}

/// Visits a length field.
pub(super) fn annotate_length(
    name: &'static str,
    width: usize,
    length: Derived<u32>,
    len: usize,
    fields: &mut Fields<'_>,
) {
    fields.field(name, width, length.or(computed(width, len)).to_string(), length.is_lie());
}

/// Bytes behind the last part; there are none, or it is a lie.
pub(super) fn left_over(rest: &[u8]) -> Derived<Vec<u8>> {
    if rest.is_empty() { Derived::Auto } else { Derived::Lie(rest.to_vec()) }
}

/// What [`left_over`] holds.
pub(super) fn extra(rest: &Derived<Vec<u8>>) -> &[u8] {
    if let Derived::Lie(rest) = rest { rest } else { &[] }
}

/// A generator for [`left_over`].
pub(super) fn extras() -> impl Generate<Value = Derived<Vec<u8>>> {
    derived(bytes(1..=u32::MAX as usize))
}

/// `opaque<..>`: bytes behind their length, which takes `N` bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
pub struct Opaque<const N: usize> {
    /// Length of the bytes.
    #[generate(with = derived(range(0..=greatest(N))))]
    pub length: Derived<u32>,
    /// The bytes.
    #[generate(with = bytes(0..=u32::MAX as usize))]
    pub bytes: Vec<u8>,
}

impl<const N: usize, T: Into<Vec<u8>>> From<T> for Opaque<N> {
    fn from(bytes: T) -> Self {
        Self { length: Derived::Auto, bytes: bytes.into() }
    }
}

impl<const N: usize> Part for Opaque<N> {
    #[inline]
    fn emit(&self, out: &mut Vec<u8>) {
        emit_sized(N, self.length, out, |out| out.extend_from_slice(&self.bytes));
    }

    #[inline]
    fn take(input: &mut &[u8]) -> Option<Self> {
        let (length, inside) = take_sized(N, input)?;
        Some(Self { length, bytes: inside.to_vec() })
    }

    fn annotate(&self, name: Name, fields: &mut Fields<'_>) {
        annotate_length(name.length, N, self.length, self.bytes.len(), fields);
        fields.string(name.field, &self.bytes, false);
    }

    fn lies(&self) -> usize {
        self.length.lies()
    }
}

/// A vector: items behind the length of all of them in bytes, which takes `N` bytes.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub struct Vector<const N: usize, T> {
    /// Length of the items in bytes.
    #[generate(with = derived(range(0..=greatest(N))))]
    pub length: Derived<u32>,
    /// The items.
    #[generate(with = list(any::<T>()).max(u32::MAX as usize))]
    pub items: Vec<T>,
    /// What is left over behind the last item: nothing, or a lie.
    #[generate(with = extras())]
    pub rest: Derived<Vec<u8>>,
}

impl<const N: usize, T> From<Vec<T>> for Vector<N, T> {
    fn from(items: Vec<T>) -> Self {
        Self { length: Derived::Auto, items, rest: Derived::Auto }
    }
}

impl<const N: usize, T> Default for Vector<N, T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<const N: usize, T: Part> Part for Vector<N, T> {
    #[inline]
    fn emit(&self, out: &mut Vec<u8>) {
        emit_sized(N, self.length, out, |out| {
            self.items.iter().for_each(|item| item.emit(out));
            out.extend_from_slice(extra(&self.rest));
        });
    }

    #[inline]
    fn take(input: &mut &[u8]) -> Option<Self> {
        let (length, mut inside) = take_sized(N, input)?;
        let items = take_all(&mut inside);
        Some(Self { length, items, rest: left_over(inside) })
    }

    fn annotate(&self, name: Name, fields: &mut Fields<'_>) {
        let mut wire = Vec::new();
        self.emit(&mut wire);
        annotate_length(name.length, N, self.length, wire.len() - N, fields);
        fields.deeper(|fields| {
            self.items.iter().for_each(|item| item.annotate(name, fields));
            fields.string("left over", extra(&self.rest), true);
        });
    }

    fn lies(&self) -> usize {
        self.length.lies() + self.rest.lies() + self.items.iter().map(T::lies).sum::<usize>()
    }
}

/// Takes items as long as there is a whole one.
#[inline]
pub(super) fn take_all<T: Part>(input: &mut &[u8]) -> Vec<T> {
    let mut items = Vec::new();
    while !input.is_empty()
        && let Some(item) = T::take(input)
    {
        items.push(item);
    }
    items
}

/// Where a message stands, which tells apart what TLS 1.2 and 1.3 write under the same number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Anywhere.
    Any,
    /// In plain records.
    Plain,
    /// In protected records.
    Protected,
}

impl Place {
    /// Whether what belongs here may be read there.
    #[inline]
    pub fn admits(self, place: Self) -> bool {
        self == Self::Any || place == Self::Any || self == place
    }
}

/// The generator of a byte string of any length.
pub(super) fn rest() -> impl Generate<Value = Vec<u8>> {
    bytes(0..=u32::MAX as usize)
}
