//! What would be written again for every structure, number and kind of message.

/// Structures, field after field.
macro_rules! structures {
    ($(
        $(#[$meta:meta])*
        struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty = $label:literal,)+ }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, $crate::Generate, $crate::Code)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)+
        }

        impl $crate::model::tls::wire::Part for $name {
            #[inline]
            fn emit(&self, out: &mut alloc::vec::Vec<u8>) {
                $($crate::model::tls::wire::Part::emit(&self.$field, out);)+
            }

            #[inline]
            fn take(input: &mut &[u8]) -> Option<Self> {
                let mut rest = *input;
                let whole = Self { $($field: $crate::model::tls::wire::Part::take(&mut rest)?,)+ };
                *input = rest;
                Some(whole)
            }

            fn annotate(&self, _: $crate::model::tls::wire::Name, fields: &mut $crate::model::fields::Fields<'_>) {
                use $crate::model::tls::wire::{Name, Part};
                $(Part::annotate(
                    &self.$field,
                    Name { field: $label, length: concat!($label, " length") },
                    fields,
                );)+
            }

            fn lies(&self) -> usize {
                0 $(+ $crate::model::tls::wire::Part::lies(&self.$field))+
            }
        }
    )+};
}
pub(super) use structures;

/// Numbers that name something, with the values that are in use; the first is the simplest.
macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident: $type:ident = [$($value:literal),+];)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, $crate::Generate, $crate::Code)]
        pub struct $name(
            /// The number.
            #[generate(with = $crate::favour(&[$($value),+], $crate::any::<$type>()))] pub $type,
        );

        impl $crate::model::tls::wire::Part for $name {
            #[inline]
            fn emit(&self, out: &mut alloc::vec::Vec<u8>) {
                self.0.emit(out);
            }

            #[inline]
            fn take(input: &mut &[u8]) -> Option<Self> {
                $type::take(input).map(Self)
            }

            fn annotate(&self, name: $crate::model::tls::wire::Name, fields: &mut $crate::model::fields::Fields<'_>) {
                let width = 2 + 2 * size_of::<$type>();
                fields.field(name.field, size_of::<$type>(), alloc::format!("{:#0width$x}", self.0), false);
            }

            fn lies(&self) -> usize {
                0
            }
        }
    )+};
}
pub(super) use codes;

/// A kind, a length and what the kind says: an extension, a handshake message. Where a kind has several forms, the first
/// that fits exactly is read, else the first that fits at all.
macro_rules! tagged {
    (
        $(#[$meta:meta])*
        struct $name:ident { kind: $kind:ident = $kind_label:literal, length: $width:literal = $length_label:literal }
        $(#[$data_meta:meta])*
        enum $data:ident { $($(#[$variant_meta:meta])* $variant:ident($type:ty $(, $with:expr)?) = $code:literal in $place:ident,
            $label:literal;)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, $crate::Generate, $crate::Code)]
        pub struct $name {
            /// Length in bytes of what follows it.
            #[generate(with = $crate::derived($crate::range(0..=$crate::model::tls::wire::greatest($width))))]
            pub length: $crate::Derived<u32>,
            /// The kind, and what it says.
            pub data: $data,
            /// What is left over: nothing, or a lie.
            #[generate(with = $crate::model::tls::wire::extras())]
            pub rest: $crate::Derived<alloc::vec::Vec<u8>>,
        }

        $(#[$data_meta])*
        #[derive(Clone, Debug, PartialEq, Eq, $crate::Generate, $crate::Code)]
        pub enum $data {
            $($(#[$variant_meta])* $variant($(#[generate(with = $with)])? $type),)+
            /// Another kind, or one whose first bytes are missing.
            Other {
                /// The kind.
                kind: $kind,
                /// What follows the length.
                #[generate(with = $crate::bytes(0..=u32::MAX as usize))]
                bytes: alloc::vec::Vec<u8>,
            },
        }

        impl From<$data> for $name {
            fn from(data: $data) -> Self {
                Self { length: $crate::Derived::Auto, data, rest: $crate::Derived::Auto }
            }
        }

        impl $data {
            /// The number of the kind.
            #[must_use]
            pub fn kind(&self) -> $kind {
                match self {
                    $(Self::$variant(_) => $code,)+
                    Self::Other { kind, .. } => *kind,
                }
            }

            /// The name of the kind.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $label,)+
                    Self::Other { .. } => "other",
                }
            }

            fn dissect(kind: $kind, place: $crate::model::tls::wire::Place, bytes: &[u8])
                -> (Self, $crate::Derived<alloc::vec::Vec<u8>>)
            {
                use $crate::model::tls::wire::{Part, Place, left_over};
                let mut first = None;
                $(if kind == $code && Place::$place.admits(place) {
                    let mut rest = bytes;
                    if let Some(part) = <$type as Part>::take(&mut rest) {
                        let exact = rest.is_empty() && part.lies() == 0;
                        let read = (Self::$variant(part), left_over(rest));
                        if exact {
                            return read;
                        }
                        first.get_or_insert(read);
                    }
                })+
                first.unwrap_or_else(|| (Self::Other { kind, bytes: bytes.to_vec() }, $crate::Derived::Auto))
            }
        }

        impl $name {
            /// Takes one off the front of `input`, as it is read in this place.
            #[inline]
            pub(super) fn take_in(place: $crate::model::tls::wire::Place, input: &mut &[u8]) -> Option<Self> {
                use $crate::model::tls::wire::{Part, take_sized};
                let mut rest = *input;
                let kind = $kind::take(&mut rest)?;
                let (length, inside) = take_sized($width, &mut rest)?;
                *input = rest;
                let (data, rest) = $data::dissect(kind, place, inside);
                Some(Self { length, data, rest })
            }
        }

        impl $crate::model::tls::wire::Part for $name {
            #[inline]
            fn emit(&self, out: &mut alloc::vec::Vec<u8>) {
                use $crate::model::tls::wire::{emit_sized, extra};
                self.data.kind().emit(out);
                emit_sized($width, self.length, out, |out| {
                    match &self.data {
                        $($data::$variant(part) => part.emit(out),)+
                        $data::Other { bytes, .. } => out.extend_from_slice(bytes),
                    }
                    out.extend_from_slice(extra(&self.rest));
                });
            }

            #[inline]
            fn take(input: &mut &[u8]) -> Option<Self> {
                Self::take_in($crate::model::tls::wire::Place::Any, input)
            }

            fn annotate(&self, _: $crate::model::tls::wire::Name, fields: &mut $crate::model::fields::Fields<'_>) {
                use $crate::model::tls::wire::{Name, Part, annotate_length, extra};
                let mut wire = alloc::vec::Vec::new();
                self.emit(&mut wire);
                let kind = alloc::format!("{} ({})", self.data.kind(), self.data.name());
                fields.field($kind_label, size_of::<$kind>(), kind, false);
                annotate_length($length_label, $width, self.length, wire.len() - size_of::<$kind>() - $width, fields);
                fields.deeper(|fields| {
                    match &self.data {
                        $($data::$variant(part) => {
                            Part::annotate(part, Name { field: $label, length: concat!($label, " length") }, fields);
                        })+
                        $data::Other { bytes, .. } => fields.string("data", bytes, false),
                    }
                    fields.string("left over", extra(&self.rest), true);
                });
            }

            fn lies(&self) -> usize {
                use $crate::model::tls::wire::Part;
                let inside = match &self.data {
                    $($data::$variant(part) => Part::lies(part),)+
                    $data::Other { .. } => 0,
                };
                self.length.lies() + inside + self.rest.lies()
            }
        }
    };
}
pub(super) use tagged;
