//! Option lists of IPv4 (RFC 791 section 3.1) and TCP (RFC 9293 section 3.1), which share one layout.

use alloc::{format, string::ToString, vec::Vec};

use super::fields::Fields;
use crate::{Code, Derived, Generate, any, list};

/// The most bytes that options take in a header: fifteen words less the five fixed ones.
pub const MAX_LEN: usize = 40;

/// An option of a header. `D` is what the protocol's options hold behind kind and length.
#[derive(Clone, Debug, PartialEq, Eq, crate::Generate, Code)]
pub enum HeaderOption<D> {
    /// Kind 1, one byte: fills up.
    #[generate(weight = 3)]
    NoOperation,
    /// Kind 0, one byte: receivers stop here. Zeros that only fill up the last word are padding, not options.
    EndOfList,
    /// An option with a length.
    #[generate(weight = 11)]
    Full {
        /// Length in bytes, with kind and length themselves.
        length: Derived<u8>,
        /// The kind, and what it holds.
        data: D,
    },
    /// A kind other than 0 and 1 alone: the header ends where its length would be.
    Bare(#[generate(range = 2..)] u8),
}

impl<D> From<D> for HeaderOption<D> {
    fn from(data: D) -> Self {
        Self::Full { length: Derived::Auto, data }
    }
}

/// What the options of a protocol hold.
pub(super) trait Data: Sized {
    /// The option's kind.
    fn kind(&self) -> u8;

    /// Its name.
    fn name(&self) -> &'static str;

    /// Length of the data in bytes, without kind and length.
    fn len(&self) -> usize;

    /// Appends the data, without kind and length.
    fn emit_to(&self, out: &mut Vec<u8>);

    /// Takes data apart; what `emit_to` appends for it is `data` again.
    fn dissect(kind: u8, data: &[u8]) -> Self;

    /// Length of the data where `kind` has only one.
    fn fixed_len(kind: u8) -> Option<usize>;

    /// How many derived fields of the data lie.
    fn lies(&self) -> usize {
        0
    }

    /// Visits the fields of the data.
    fn annotate(&self, fields: &mut Fields<'_>);
}

/// A generator of lists that fit a header.
pub(super) fn options<D: Data + crate::Generated>() -> impl Generate<Value = Vec<HeaderOption<D>>> {
    list(any::<HeaderOption<D>>()).max(MAX_LEN).within(MAX_LEN, len)
}

/// Length of one option in bytes.
#[inline]
fn len<D: Data>(option: &HeaderOption<D>) -> usize {
    match option {
        HeaderOption::Full { data, .. } => 2 + data.len(),
        _ => 1,
    }
}

/// Length of all options with their padding, in 32-bit words.
#[inline]
pub(super) fn words<D: Data>(options: &[HeaderOption<D>]) -> usize {
    options.iter().map(len).sum::<usize>().div_ceil(4)
}

/// How many derived fields of the options lie.
pub(super) fn lies<D: Data>(options: &[HeaderOption<D>]) -> usize {
    let of = |option: &HeaderOption<D>| match option {
        HeaderOption::Full { length, data } => length.lies() + data.lies(),
        _ => 0,
    };
    options.iter().map(of).sum()
}

/// Appends the options and their padding.
#[inline]
pub(super) fn emit_to<D: Data>(options: &[HeaderOption<D>], out: &mut Vec<u8>) {
    let start = out.len();
    for option in options {
        match option {
            HeaderOption::NoOperation => out.push(1),
            HeaderOption::EndOfList => out.push(0),
            HeaderOption::Full { length, data } => {
                out.extend_from_slice(&[data.kind(), length.or(computed(data))]);
                data.emit_to(out);
            }
            HeaderOption::Bare(kind) => out.push(*kind),
        }
    }
    let padding = (start.wrapping_sub(out.len())) % 4;
    out.extend_from_slice(&[0; 3][..padding]);
}

/// The length that belongs to an option with these data.
#[inline]
fn computed<D: Data>(data: &D) -> u8 {
    (2 + data.len()).min(0xff) as u8
}

/// Takes options apart, a whole number of words. Behind an end of list it goes on, as careless parsers do.
#[inline]
pub(super) fn dissect<D: Data>(mut rest: &[u8]) -> Vec<HeaderOption<D>> {
    let mut options = Vec::new();
    while let [kind, behind @ ..] = rest {
        let (option, next) = match (kind, behind) {
            (0, _) => (HeaderOption::EndOfList, behind),
            (1, _) => (HeaderOption::NoOperation, behind),
            (kind, []) => (HeaderOption::Bare(*kind), behind),
            (kind, [length, behind @ ..]) => {
                let (length, data) = data_of::<D>(*kind, *length, behind);
                (HeaderOption::Full { length, data: D::dissect(*kind, data) }, &behind[data.len()..])
            }
        };
        options.push(option);
        rest = next;
    }
    // Padding is what fills the last word: three zeros at most.
    let zeros = options.iter().rev().take(3).take_while(|option| matches!(option, HeaderOption::EndOfList)).count();
    options.truncate(options.len() - zeros);
    options
}

/// The data of an option with this kind and length, out of what is behind them. A length below 2 or beyond the header
/// is a lie: then a kind of fixed length has that length, a longer one all that is left, a shorter one no data.
#[inline]
fn data_of<D: Data>(kind: u8, length: u8, behind: &[u8]) -> (Derived<u8>, &[u8]) {
    let claimed = usize::from(length).checked_sub(2);
    if let Some(data) = claimed.and_then(|claimed| behind.get(..claimed)) {
        return (Derived::Auto, data);
    }
    let likely = D::fixed_len(kind).and_then(|fixed| behind.get(..fixed));
    let data = likely.unwrap_or(if claimed.is_none() { &[] } else { behind });
    (Derived::Lie(length), data)
}

/// Visits the options and their padding.
pub(super) fn annotate<D: Data>(options: &[HeaderOption<D>], fields: &mut Fields<'_>) {
    let start = fields.at();
    fields.deeper(|fields| {
        for option in options {
            match option {
                HeaderOption::NoOperation => fields.field("no operation", 1, "1".to_string(), false),
                HeaderOption::EndOfList => fields.field("end of option list", 1, "0".to_string(), false),
                HeaderOption::Full { length, data } => {
                    fields.field("option kind", 1, format!("{} ({})", data.kind(), data.name()), false);
                    fields.field("option length", 1, length.or(computed(data)).to_string(), length.is_lie());
                    data.annotate(fields);
                }
                HeaderOption::Bare(kind) => fields.field("option kind", 1, kind.to_string(), false),
            }
        }
        let padding = start.wrapping_sub(fields.at()) % 4;
        fields.string("padding", &[0; 3][..padding], false);
    });
}
