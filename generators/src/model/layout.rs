//! Units that are fields in a row, and families of them that a number tells apart: each is declared once, and dissecting,
//! emitting and annotating follow.

use alloc::{format, string::String, string::ToString, vec::Vec};
use core::net::{Ipv4Addr, Ipv6Addr};

use super::fields::Fields;

/// The most bytes that the data of any unit take.
pub(super) const MAX: usize = u32::MAX as usize;

/// A field of one length.
pub(super) trait Value: Sized {
    /// Its length in bytes.
    const LEN: usize;

    /// Reads it from `LEN` bytes.
    fn read(bytes: &[u8]) -> Self;

    /// Appends it.
    fn write(&self, out: &mut Vec<u8>);

    /// The value, for people.
    fn show(&self) -> String;
}

macro_rules! integers {
    ($($type:ident),+) => {$(
        impl Value for $type {
            const LEN: usize = size_of::<$type>();

            #[inline]
            fn read(bytes: &[u8]) -> Self {
                bytes.iter().fold(0, |value, byte| value.wrapping_shl(8) | Self::from(*byte))
            }

            #[inline]
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )+};
}

integers!(u16, u32, u64);

impl Value for u8 {
    const LEN: usize = 1;

    #[inline]
    fn read(bytes: &[u8]) -> Self {
        bytes[0]
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// An address: of IPv4, of IPv6, or of a link.
impl<const N: usize> Value for [u8; N] {
    const LEN: usize = N;

    #[inline]
    fn read(bytes: &[u8]) -> Self {
        let mut array = [0; N];
        array.copy_from_slice(bytes);
        array
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn show(&self) -> String {
        if let Ok(address) = <[u8; 4]>::try_from(&self[..]) {
            return Ipv4Addr::from_octets(address).to_string();
        }
        if let Ok(address) = <[u8; 16]>::try_from(&self[..]) {
            return Ipv6Addr::from_octets(address).to_string();
        }
        self.iter().enumerate().fold(String::new(), |text, (index, byte)| {
            let colon = if index > 0 { ":" } else { "" };
            format!("{text}{colon}{byte:02x}")
        })
    }
}

/// Takes a field off the front of `rest`.
#[inline]
pub(super) fn take<T: Value>(rest: &mut &[u8]) -> Option<T> {
    let (bytes, behind) = rest.split_at_checked(T::LEN)?;
    *rest = behind;
    Some(T::read(bytes))
}

/// What fills a place in a unit to its end.
pub(super) trait Unit: Sized {
    /// Its length in bytes, if it has only one.
    const FIXED: Option<usize>;

    /// Takes all of `bytes` apart; none where they do not fit. What `emit_to` appends is `bytes` again.
    fn dissect(bytes: &[u8]) -> Option<Self>;

    /// Appends the unit.
    fn emit_to(&self, out: &mut Vec<u8>);

    /// Visits the fields; a unit that is one field is called `name`.
    fn annotate(&self, name: &'static str, fields: &mut Fields<'_>);

    /// How many derived fields lie.
    fn lies(&self) -> usize {
        0
    }
}

impl<T: Value> Unit for T {
    const FIXED: Option<usize> = Some(T::LEN);

    #[inline]
    fn dissect(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == T::LEN).then(|| T::read(bytes))
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        self.write(out);
    }

    fn annotate(&self, name: &'static str, fields: &mut Fields<'_>) {
        fields.field(name, T::LEN, self.show(), false);
    }
}

impl Unit for Vec<u8> {
    const FIXED: Option<usize> = None;

    #[inline]
    fn dissect(bytes: &[u8]) -> Option<Self> {
        Some(bytes.to_vec())
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn annotate(&self, name: &'static str, fields: &mut Fields<'_>) {
        fields.string(name, self, false);
    }
}

/// Values in a row.
macro_rules! rows {
    ($([$($bounds:tt)*] $value:ty),+) => {$(
        impl<$($bounds)*> Unit for Vec<$value> {
            const FIXED: Option<usize> = None;

            #[inline]
            fn dissect(bytes: &[u8]) -> Option<Self> {
                let whole = bytes.len().is_multiple_of(<$value>::LEN);
                whole.then(|| bytes.chunks_exact(<$value>::LEN).map(Value::read).collect())
            }

            #[inline]
            fn emit_to(&self, out: &mut Vec<u8>) {
                self.iter().for_each(|value| value.write(out));
            }

            fn annotate(&self, name: &'static str, fields: &mut Fields<'_>) {
                self.iter().for_each(|value| fields.field(name, <$value>::LEN, value.show(), false));
            }
        }
    )+};
}

rows!([const N: usize] [u8; N], [] u16);

/// Nothing.
impl Unit for () {
    const FIXED: Option<usize> = Some(0);

    fn dissect(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then_some(())
    }

    fn emit_to(&self, _: &mut Vec<u8>) {}

    fn annotate(&self, _: &'static str, _: &mut Fields<'_>) {}
}

/// Visits `value` bit by bit; `bits` names them from the most significant on, with their widths.
pub(super) fn annotate_bits(value: u64, len: usize, bits: &[(&'static str, u8)], fields: &mut Fields<'_>) {
    let (mut start, all) = (0, 8 * len as u8);
    for (name, width) in bits {
        let end = start + width;
        let field = value >> (all - end) & ((1 << width) - 1);
        fields.bits(name, len, start..end, field.to_string(), false);
        start = end;
    }
    debug_assert_eq!(start, all, "the names cover all bits");
}

/// Declares a unit: fields in a row, each with its name on the wire and, where it is a set of bits, theirs; then, behind a
/// semicolon, what fills the rest.
macro_rules! layout {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty = $label:literal $([$($bit:literal: $width:literal),+])?,)*
            $(; $(#[$tail_meta:meta])* $tail:ident: $tail_type:ty = $tail_label:literal)?
        }
    ) => {
        #[derive(Clone, Debug, Default, PartialEq, Eq, $crate::Generate, $crate::Code)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            $($(#[$tail_meta])* pub $tail: $tail_type,)?
        }

        impl $crate::model::layout::Unit for $name {
            const FIXED: Option<usize> = {
                let len = 0 $(+ <$type as $crate::model::layout::Value>::LEN)*;
                $crate::model::layout::layout!(@fixed len $($tail)?)
            };

            #[inline]
            fn dissect(bytes: &[u8]) -> Option<Self> {
                let mut rest = bytes;
                let unit = Self {
                    $($field: $crate::model::layout::take(&mut rest)?,)*
                    $($tail: $crate::model::layout::Unit::dissect(core::mem::take(&mut rest))?,)?
                };
                rest.is_empty().then_some(unit)
            }

            #[inline]
            fn emit_to(&self, out: &mut alloc::vec::Vec<u8>) {
                $($crate::model::layout::Value::write(&self.$field, out);)*
                $($crate::model::layout::Unit::emit_to(&self.$tail, out);)?
            }

            fn annotate(&self, _: &'static str, fields: &mut $crate::model::fields::Fields<'_>) {
                $($crate::model::layout::layout!(@annotate self.$field, $label, fields $(, $(($bit, $width)),+)?);)*
                $($crate::model::layout::Unit::annotate(&self.$tail, $tail_label, fields);)?
            }

            fn lies(&self) -> usize {
                0 $(+ $crate::model::layout::Unit::lies(&self.$tail))?
            }
        }
    };
    (@fixed $len:ident) => { Some($len) };
    (@fixed $len:ident $tail:ident) => {{ let _ = $len; None }};
    (@annotate $field:expr, $label:literal, $fields:ident) => {
        $crate::model::layout::Unit::annotate(&$field, $label, $fields)
    };
    (@annotate $field:expr, $label:literal, $fields:ident, $($bit:expr),+) => {
        $crate::model::layout::annotate_bits($field.into(), size_of_val(&$field), &[$($bit),+], $fields)
    };
}

/// Declares a family of units: the number that announces each, its name, its variant and what that holds. The first that
/// fits the bytes is taken; what fits none is `Other`.
macro_rules! family {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$variant_meta:meta])* $kind:literal $label:literal $variant:ident($(#[$field_meta:meta])* $type:ty),)+
        }
    ) => {
        #[derive(Clone, Debug, PartialEq, Eq, $crate::Generate, $crate::Code)]
        $(#[$meta])*
        pub enum $name {
            $($(#[$variant_meta])* $variant($(#[$field_meta])* $type),)+
            /// Any other number, or bytes that do not fit theirs.
            Other {
                /// The number; bytes that fit another variant's are read as that.
                kind: u8,
                /// The bytes.
                #[generate(with = $crate::bytes(0..=$crate::model::layout::MAX))]
                data: alloc::vec::Vec<u8>,
            },
        }

        impl $name {
            /// The number that announces the unit.
            #[must_use]
            pub fn kind(&self) -> u8 {
                match self {
                    $(Self::$variant(_) => $kind,)+
                    Self::Other { kind, .. } => *kind,
                }
            }

            /// Its name.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $label,)+
                    Self::Other { .. } => "other",
                }
            }
        }

        impl $crate::model::layout::Family for $name {
            fn kind(&self) -> u8 {
                self.kind()
            }

            fn name(&self) -> &'static str {
                self.name()
            }

            fn fixed_len(kind: u8) -> Option<usize> {
                let lens = [$(($kind, <$type as $crate::model::layout::Unit>::FIXED)),+];
                lens.into_iter().find(|(announced, _)| *announced == kind)?.1
            }

            #[inline]
            fn dissect(kind: u8, bytes: &[u8]) -> Self {
                match kind {
                    $($kind if let Some(unit) = <$type as $crate::model::layout::Unit>::dissect(bytes) => {
                        Self::$variant(unit)
                    })+
                    _ => Self::Other { kind, data: bytes.to_vec() },
                }
            }

            #[inline]
            fn emit_to(&self, out: &mut alloc::vec::Vec<u8>) {
                match self {
                    $(Self::$variant(unit) => $crate::model::layout::Unit::emit_to(unit, out),)+
                    Self::Other { data, .. } => out.extend_from_slice(data),
                }
            }

            fn annotate(&self, fields: &mut $crate::model::fields::Fields<'_>) {
                match self {
                    $(Self::$variant(unit) => $crate::model::layout::Unit::annotate(unit, $label, fields),)+
                    Self::Other { data, .. } => fields.string("data", data, false),
                }
            }

            fn lies(&self) -> usize {
                match self {
                    $(Self::$variant(unit) => $crate::model::layout::Unit::lies(unit),)+
                    Self::Other { .. } => 0,
                }
            }
        }
    };
}

pub(super) use {family, layout};

/// Units that a number tells apart: bodies of messages, data of options.
pub(super) trait Family: Sized {
    /// The number that announces the unit.
    fn kind(&self) -> u8;

    /// Its name.
    fn name(&self) -> &'static str;

    /// Length in bytes of what `kind` announces, if it has only one.
    fn fixed_len(kind: u8) -> Option<usize>;

    /// Takes all of `bytes` apart; what `emit_to` appends is `bytes` again.
    fn dissect(kind: u8, bytes: &[u8]) -> Self;

    /// Appends the unit, without number and length.
    fn emit_to(&self, out: &mut Vec<u8>);

    /// Visits the fields, without number and length.
    fn annotate(&self, fields: &mut Fields<'_>);

    /// How many derived fields lie.
    fn lies(&self) -> usize;
}
