//! Certificates: opaque, in DER, with a valid one at hand.

use alloc::vec::Vec;

use super::{
    extension::Extension,
    macros::structures,
    wire::{Name, Part, Vector, annotate_length, emit_sized, greatest, take_sized},
};
use crate::{Code, Derived, Generate, Generated, Source, Tape, Unreflected, derived, model::fields::Fields, range};

structures! {
    /// A certificate and what is said of it (RFC 8446 section 4.4.2).
    struct CertificateEntry {
        /// The certificate.
        data: CertificateData = "certificate",
        /// The extensions.
        extensions: Vector<2, Extension> = "extensions",
    }
}

/// A certificate behind its length.
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
pub struct CertificateData {
    /// Length in bytes.
    #[generate(with = derived(range(0..=greatest(3))))]
    pub length: Derived<u32>,
    /// The certificate, in DER (RFC 5280 section 4.1).
    pub der: Der,
}

/// A certificate in DER. The default is [`Der::VALID`].
#[derive(Clone, Debug, PartialEq, Eq, Code)]
pub struct Der(
    /// The bytes.
    pub Vec<u8>,
);

impl Der {
    /// A certificate for `halligan.example`, valid from November 2026 for a hundred years, whose Ed25519 key nobody has.
    pub const VALID: &[u8] = include_bytes!("leaf.der");
}

impl Default for Der {
    fn default() -> Self {
        Self(Self::VALID.to_vec())
    }
}

/// Half of the time the valid one, which is the simplest.
impl Generated for Der {
    fn draw_from(source: &mut Source<'_>) -> Self {
        if source.integer(1) == 0 { Self::default() } else { Self(source.string(0, u32::MAX as usize)) }
    }

    fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
        if self.0 == Self::VALID {
            tape.integer(0, 1);
            return Ok(());
        }
        tape.integer(1, 1);
        super::wire::rest().reflect(&self.0, tape)
    }
}

impl Part for CertificateData {
    #[inline]
    fn emit(&self, out: &mut Vec<u8>) {
        emit_sized(3, self.length, out, |out| out.extend_from_slice(&self.der.0));
    }

    #[inline]
    fn take(input: &mut &[u8]) -> Option<Self> {
        let (length, inside) = take_sized(3, input)?;
        Some(Self { length, der: Der(inside.to_vec()) })
    }

    fn annotate(&self, name: Name, fields: &mut Fields<'_>) {
        annotate_length(name.length, 3, self.length, self.der.0.len(), fields);
        fields.string(name.field, &self.der.0, false);
    }

    fn lies(&self) -> usize {
        self.length.lies()
    }
}
