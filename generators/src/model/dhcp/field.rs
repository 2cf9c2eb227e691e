use alloc::vec::Vec;

use super::Options;
use crate::{Code, Generate, bytes, model::fields::Fields};

/// A field of `N` bytes for a name, which holds options where the overload option says so (RFC 2132 section 9.3). Without
/// it a receiver takes options for text, and with it text for options.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dhcp::Field")]
pub enum Field<const N: usize> {
    /// A name. Zeros behind it fill the field.
    #[generate(weight = 15)]
    Text(#[generate(with = bytes(0..=N))] Vec<u8>),
    /// Options. What goes beyond the field is cut off; computed padding fills it.
    Options(Options),
}

impl<const N: usize> Field<N> {
    #[inline]
    pub(super) fn dissect(bytes: &[u8], overloaded: bool) -> Self {
        if overloaded {
            return Self::Options(Options::dissect(bytes, N));
        }
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        Self::Text(bytes[..end].to_vec())
    }

    /// The options that it holds.
    pub(super) fn options(&self) -> Option<&Options> {
        if let Self::Options(options) = self { Some(options) } else { None }
    }

    #[inline]
    pub(super) fn emit_to(&self, out: &mut Vec<u8>) {
        let end = out.len() + N;
        match self {
            Self::Text(text) => out.extend_from_slice(text),
            Self::Options(options) => options.emit_to(N, out),
        }
        out.resize(end, 0);
    }

    pub(super) fn lies(&self) -> usize {
        self.options().map_or(0, Options::lies)
    }

    /// Visits the fields; `wire` is the emitted field.
    pub(super) fn fields(&self, name: &'static str, wire: &[u8], fields: &mut Fields<'_>) {
        match self {
            Self::Options(options) if options.len(0) <= N => fields.deeper(|fields| options.fields(wire, fields)),
            // A text as long as the field has no zero behind it; what is cut off has no fields.
            Self::Text(_) | Self::Options(_) => fields.string(name, wire, false),
        }
    }
}
