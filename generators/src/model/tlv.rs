//! Options with a kind, a length that counts neither, and data: those of IPv6 (RFC 8200 section 4.2) and of RPL (RFC 6550
//! section 6.7.1).

use alloc::{format, string::ToString, vec::Vec};

use super::{fields::Fields, layout::Family};
use crate::{Code, Derived, Generate};

/// An option. `D` is what the protocol's options hold behind kind and length.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Tlv<D> {
    /// Kind 0, one byte: fills up.
    Pad1,
    /// An option with a length.
    #[generate(weight = 14)]
    Full {
        /// Length of the data in bytes.
        length: Derived<u8>,
        /// The kind, and what it holds.
        data: D,
    },
    /// A kind other than 0 alone: the list ends where its length would be.
    Bare(#[generate(range = 1..)] u8),
}

impl<D> From<D> for Tlv<D> {
    fn from(data: D) -> Self {
        Self::Full { length: Derived::Auto, data }
    }
}

/// Appends the options.
pub(super) fn emit_to<D: Family>(options: &[Tlv<D>], out: &mut Vec<u8>) {
    for option in options {
        match option {
            Tlv::Pad1 => out.push(0),
            Tlv::Full { length, data } => {
                out.extend_from_slice(&[data.kind(), 0]);
                let start = out.len();
                data.emit_to(out);
                out[start - 1] = length.or((out.len() - start).min(0xff) as u8);
            }
            Tlv::Bare(kind) => out.push(*kind),
        }
    }
}

/// Takes options apart. A length beyond the list is a lie: the data are all that is left.
pub(super) fn dissect<D: Family>(mut rest: &[u8]) -> Vec<Tlv<D>> {
    let mut options = Vec::new();
    while let [kind, behind @ ..] = rest {
        let (option, next) = match (kind, behind) {
            (0, _) => (Tlv::Pad1, behind),
            (kind, []) => (Tlv::Bare(*kind), behind),
            (kind, [length, behind @ ..]) => match behind.split_at_checked((*length).into()) {
                Some((data, next)) => (D::dissect(*kind, data).into(), next),
                None => (Tlv::Full { length: Derived::Lie(*length), data: D::dissect(*kind, behind) }, &[][..]),
            },
        };
        options.push(option);
        rest = next;
    }
    options
}

/// How many options lie.
pub(super) fn lies<D: Family>(options: &[Tlv<D>]) -> usize {
    let lies = |option: &Tlv<D>| if let Tlv::Full { length, data } = option { length.lies() + data.lies() } else { 0 };
    options.iter().map(lies).sum()
}

/// Visits the options.
pub(super) fn annotate<D: Family>(options: &[Tlv<D>], fields: &mut Fields<'_>) {
    fields.deeper(|fields| {
        for option in options {
            match option {
                Tlv::Pad1 => fields.field("pad1", 1, "0".to_string(), false),
                Tlv::Full { length, data } => {
                    let mut bytes = Vec::new();
                    data.emit_to(&mut bytes);
                    fields.field("option kind", 1, format!("{} ({})", data.kind(), data.name()), false);
                    let computed = bytes.len().min(0xff) as u8;
                    fields.field("option length", 1, length.or(computed).to_string(), length.is_lie());
                    data.annotate(fields);
                }
                Tlv::Bare(kind) => fields.field("option kind", 1, kind.to_string(), false),
            }
        }
    });
}
