//! TLS 1.2 and 1.3 (RFC 5246, RFC 8446): what one peer sends.
//!
//! Handshake messages are apart from the records that they are cut into, so that moving a cut is one small edit:
//!
//! ```
//! use halligan_generators::{Derived, Model, model::tls::*};
//!
//! let messages = vec![handshake::MessageData::Finished(vec![7; 12]).into()];
//! let cuts = vec![record::Cut { after: 4, frame: record::Frame::PLAIN }];
//! let unit = record::Unit::Handshake { frame: record::Frame::PLAIN, messages, rest: Derived::Auto, cuts };
//! let stream = Stream { units: vec![unit], rest: Derived::Auto };
//! assert_eq!(stream.emit()[..14], [22, 3, 3, 0, 4, 20, 0, 0, 12, 22, 3, 3, 0, 12]);
//! assert_eq!(Stream::dissect(&stream.emit()), stream);
//! ```

pub mod certificate;
pub mod codes;
pub mod extension;
pub mod handshake;
mod macros;
pub mod record;
pub mod wire;

use alloc::vec::Vec;

use self::{
    record::{HEADER, Unit},
    wire::{extra, left_over},
};
use super::{Annotation, Model, fields::Fields};
use crate::{Code, Derived, Generate, any, bytes, derived, list};

/// The bytes that one peer sends over a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
pub struct Stream {
    /// What they hold.
    #[generate(with = list(any::<Unit>()).max(u32::MAX as usize))]
    pub units: Vec<Unit>,
    /// What is left over: nothing, or a part of a record's header, which is a lie.
    #[generate(with = derived(bytes(1..=HEADER - 1)))]
    pub rest: Derived<Vec<u8>>,
}

impl Model for Stream {
    fn dissect(mut bytes: &[u8]) -> Self {
        let mut units = Vec::new();
        while let Some(unit) = Unit::take(&mut bytes) {
            units.push(unit);
        }
        Self { units, rest: left_over(bytes) }
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        self.units.iter().for_each(|unit| unit.emit(out));
        out.extend_from_slice(extra(&self.rest));
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        let mut fields = Fields::new(visit);
        self.units.iter().for_each(|unit| unit.annotate(&mut fields));
        fields.string("left over", extra(&self.rest), true);
    }

    fn lies(&self) -> usize {
        self.units.iter().map(Unit::lies).sum::<usize>() + self.rest.lies()
    }
}
