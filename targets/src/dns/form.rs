//! Whether the data of a record have the form that their type demands, type by type.

use core::ops::Range;

use super::reference::{Entry, Outline, name, skip};

/// The types whose form matters by themselves.
pub const NULL: u16 = 10;
pub const TXT: u16 = 16;
pub const OPT: u16 = 41;
pub const CSYNC: u16 = 62;
pub const SVCB: u16 = 64;
pub const HTTPS: u16 = 65;
pub const TSIG: u16 = 250;
pub const CAA: u16 = 257;

/// What is to be said of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// They are as the RFC demands.
    Good,
    /// They are not.
    Bad(&'static str),
    /// A type, a class or a choice that decoders may take either way.
    Open,
}

/// A field of data.
#[derive(Clone, Copy)]
enum Field {
    /// So many bytes.
    Bytes(usize),
    /// A name that may be compressed: those of RFC 1035, and SRV and NAPTR, where receivers shall accept it (RFC 3597
    /// section 4).
    Name,
    /// A name that must not be compressed, but that receivers may decompress all the same.
    PlainName,
    /// A character string (RFC 1035 section 3.3).
    Text,
    /// Letters and digits in a character string (RFC 3403 section 4.1).
    Flags,
    /// Letters and digits, at least one, in a character string (RFC 8659 section 4.1).
    Tag,
    /// Character strings up to the end, at least one (RFC 1035 section 3.3.14).
    Texts,
    /// Bytes behind their length in 16 bits.
    Measured,
    /// All that is left.
    Rest,
    /// A certificate: all that is left. Whether there has to be something is not said (RFC 4398 section 2).
    Certificate,
    /// Types, as a window of 256 and a bitmap, again and again (RFC 4034 section 4.1.2).
    Types,
    /// EDNS options (RFC 6891 section 6.1.2).
    Options,
    /// Parameters of a service (RFC 9460 section 2.2).
    Parameters,
}

use Field::{Bytes, Certificate, Flags, Measured, Name, Options, Parameters, PlainName, Rest, Tag, Text, Texts, Types};

/// The fields of the types that hickory reads field by field.
fn fields(kind: u16) -> Option<&'static [Field]> {
    Some(match kind {
        1 => &[Bytes(4)],
        2 | 5 | 12 => &[Name],
        6 => &[Name, Name, Bytes(20)],
        NULL => &[Rest],
        13 => &[Text, Text],
        15 => &[Bytes(2), Name],
        TXT => &[Texts],
        28 => &[Bytes(16)],
        33 => &[Bytes(6), Name],
        35 => &[Bytes(4), Flags, Text, Text, Name],
        // RFC 4398 section 2, RFC 4255 section 3.1.
        37 => &[Bytes(5), Certificate],
        44 => &[Bytes(2), Rest],
        OPT => &[Options],
        // RFC 6698 section 2.1, RFC 8162 section 2, RFC 7929 section 2.1.
        52 | 53 => &[Bytes(3), Rest],
        61 => &[Rest],
        // RFC 7477 section 2.1.1: flags that are not defined yet are no fault of form.
        CSYNC => &[Bytes(6), Types],
        SVCB | HTTPS => &[Bytes(2), PlainName, Parameters],
        TSIG => &[PlainName, Bytes(8), Measured, Bytes(4), Measured],
        CAA => &[Bytes(1), Tag, Rest],
        _ => return None,
    })
}

/// Hickory takes it in the additional section only (RFC 2931 section 4).
const SIG: u16 = 24;

/// Types that are none of records: reserved, IXFR, AXFR, ANY (RFC 1035 section 3.2.3, RFC 6895 section 3.1).
const NONE_OF_RECORDS: [u16; 4] = [0, 251, 252, 255];

/// The form of a record.
pub fn record(message: &[u8], entry: &Entry, is_update: bool) -> Form {
    let Entry { kind, class, data, .. } = entry;
    if name(message, entry.name).is_err() {
        return Form::Bad("owner");
    }
    // RFC 2136 section 2.4: no data say that there is or is not.
    if is_update && data.is_empty() {
        return Form::Open;
    }
    if NONE_OF_RECORDS.contains(kind) {
        return Form::Bad("type");
    }
    // RFC 6891 section 6.1.1, RFC 8945 section 5.1.
    if matches!(*kind, OPT | TSIG) && entry.section != 3 {
        return Form::Bad("section");
    }
    if *kind == OPT && name(message, entry.name).is_ok_and(|name| name != [0]) {
        return Form::Bad("owner of OPT");
    }
    // Data of other classes have other forms (RFC 3597 section 3).
    if *kind == SIG || *kind != OPT && *class != 1 {
        return Form::Open;
    }
    let Some(fields) = fields(*kind) else { return Form::Good };
    let mut at = data.start;
    let mut form = Form::Good;
    for field in fields {
        match field.read(message, at..data.end) {
            Ok((end, is_open)) => {
                at = end;
                if is_open {
                    form = Form::Open;
                }
            }
            Err(what) => return Form::Bad(what),
        }
    }
    if at == data.end { form } else { Form::Bad("length") }
}

/// The form of a message: the worst of its records.
pub fn message(bytes: &[u8], outline: &Outline, is_update: bool) -> Form {
    if !outline.whole {
        return Form::Bad("end");
    }
    let mut form = Form::Good;
    for entry in &outline.entries {
        let of_entry = match entry.section {
            0 if name(bytes, entry.name).is_err() => Form::Bad("name of the question"),
            0 => Form::Good,
            _ => record(bytes, entry, is_update),
        };
        match of_entry {
            Form::Good => {}
            Form::Bad(what) => return Form::Bad(what),
            Form::Open => form = Form::Open,
        }
    }
    form
}

impl Field {
    /// Where the field ends that starts where `within` does, and whether its form is open; or what is wrong with it.
    fn read(self, message: &[u8], within: Range<usize>) -> Result<(usize, bool), &'static str> {
        let (at, bytes) = (within.start, &message[within.clone()]);
        let sized = |len: usize| if len <= bytes.len() { Ok((at + len, false)) } else { Err("length of a field") };
        match self {
            Bytes(len) => sized(len),
            Rest => Ok((within.end, false)),
            Certificate => Ok((within.end, bytes.is_empty())),
            // No types at all are not ruled out.
            Types if has_windows(bytes) => Ok((within.end, bytes.is_empty())),
            Types => Err("window of types"),
            Name | PlainName => {
                let read = name(message, at).ok().and_then(|_| skip(message, at));
                let (end, is_compressed) = read.ok_or("name")?;
                if end > within.end {
                    return Err("length of a name");
                }
                Ok((end, is_compressed && matches!(self, PlainName)))
            }
            Text | Flags | Tag => {
                let (&len, rest) = bytes.split_first().ok_or("length of a string")?;
                let text = rest.get(..len.into()).ok_or("length of a string")?;
                let is_plain = text.iter().all(u8::is_ascii_alphanumeric);
                if !matches!(self, Text) && !is_plain || matches!(self, Tag) && text.is_empty() {
                    return Err("characters of a string");
                }
                Ok((at + 1 + text.len(), false))
            }
            Texts => {
                let mut rest = bytes;
                while let Some((len, tail)) = rest.split_first() {
                    rest = tail.get(usize::from(*len)..).ok_or("length of a string")?;
                }
                if bytes.is_empty() { Err("no string") } else { Ok((within.end, false)) }
            }
            Measured => {
                let [high, low, ..] = *bytes else { return Err("length of a field") };
                sized(2 + usize::from(u16::from_be_bytes([high, low])))
            }
            Options | Parameters => {
                let mut last = None;
                for tagged in tagged(bytes) {
                    let (code, value) = tagged.ok_or("length of a value")?;
                    let is_good = if matches!(self, Options) { option(code, value) } else { parameter(code, value) };
                    is_good?;
                    if matches!(self, Parameters) && last.is_some_and(|last| code <= last) {
                        return Err("order of keys");
                    }
                    last = Some(code);
                }
                Ok((within.end, false))
            }
        }
    }
}

/// Windows in ascending order, each with a bitmap of 1 to 32 octets (RFC 4034 section 4.1.2).
pub fn has_windows(mut rest: &[u8]) -> bool {
    let mut last = None;
    while let Some(([window, len @ 1..=32], tail)) = rest.split_first_chunk() {
        let (Some(tail), true) = (tail.get(usize::from(*len)..), last < Some(*window)) else { return false };
        (rest, last) = (tail, Some(*window));
    }
    rest.is_empty()
}

/// Values behind a code and a length; `None` and then nothing more where one is not whole.
pub fn tagged(mut rest: &[u8]) -> impl Iterator<Item = Option<(u16, &[u8])>> {
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(([c0, c1, l0, l1], tail)) = rest.split_first_chunk() else {
            rest = &[];
            return Some(None);
        };
        let Some((value, tail)) = tail.split_at_checked(u16::from_be_bytes([*l0, *l1]).into()) else {
            rest = &[];
            return Some(None);
        };
        rest = tail;
        Some(Some((u16::from_be_bytes([*c0, *c1]), value)))
    })
}

/// Only the client subnet has a form that a receiver has to insist on (RFC 7871 section 6).
fn option(code: u16, value: &[u8]) -> Result<(), &'static str> {
    if code != 8 {
        return Ok(());
    }
    let Some(([f0, f1, source, _], address)) = value.split_first_chunk() else { return Err("client subnet") };
    let bits = match u16::from_be_bytes([*f0, *f1]) {
        1 => 32,
        2 => 128,
        _ => return Err("family of a client subnet"),
    };
    let is_good = *source <= bits && address.len() == usize::from(*source).div_ceil(8);
    if is_good { Ok(()) } else { Err("address of a client subnet") }
}

/// RFC 9460 section 7 (and section 8 for the mandatory keys).
fn parameter(key: u16, value: &[u8]) -> Result<(), &'static str> {
    let is_good = match key {
        0 => {
            let (keys, rest) = value.as_chunks::<2>();
            rest.is_empty() && !keys.is_empty() && keys.is_sorted_by(|one, next| one < next)
        }
        1 => {
            let mut rest = value;
            while let Some((len, tail)) = rest.split_first().filter(|(len, _)| **len > 0) {
                let Some(tail) = tail.get(usize::from(*len)..) else { return Err("parameter") };
                rest = tail;
            }
            rest.is_empty() && !value.is_empty()
        }
        2 => value.is_empty(),
        3 => value.len() == 2,
        4 => !value.is_empty() && value.len().is_multiple_of(4),
        6 => !value.is_empty() && value.len().is_multiple_of(16),
        _ => true,
    };
    if is_good { Ok(()) } else { Err("parameter") }
}
