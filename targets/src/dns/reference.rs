//! A plain reading of RFC 1035 section 4, independent of both decoders and of the model: the referee where they differ, and
//! the oracle for what none of them tells.

use alloc::vec::Vec;
use core::ops::Range;

/// The greatest length of a name in octets (RFC 1035 section 2.3.4).
pub const MAX_NAME: usize = 255;

/// Length of a header.
pub const HEADER: usize = 12;

/// Why there is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The message ends in it.
    Short,
    /// A label type other than 00 and 11 (RFC 1035 section 4.1.4).
    LabelType,
    /// A pointer to what is not prior: forward, to itself, or to what runs on into the name that it ends.
    NotPrior,
    /// More than 255 octets (RFC 1035 section 2.3.4).
    TooLong,
}

/// The name at `at`, uncompressed, with length octets and root.
pub fn name(message: &[u8], at: usize) -> Result<Vec<u8>, Fault> {
    let mut wire = Vec::new();
    // A run of labels has to end before the one that points to it starts.
    let (mut position, mut run, mut limit) = (at, at, message.len());
    let beyond = |limit: usize| if limit == message.len() { Fault::Short } else { Fault::NotPrior };
    loop {
        let take = |range: Range<usize>| message[..limit].get(range).ok_or(beyond(limit));
        let first = take(position..position + 1)?[0];
        match first >> 6 {
            0 if first == 0 => {
                wire.push(0);
                return Ok(wire);
            }
            0 => {
                let label = take(position..position + 1 + usize::from(first))?;
                if wire.len() + label.len() + 1 > MAX_NAME {
                    return Err(Fault::TooLong);
                }
                wire.extend_from_slice(label);
                position += label.len();
            }
            3 => {
                let second = take(position + 1..position + 2)?[0];
                let target = usize::from(first & 0x3f) << 8 | usize::from(second);
                if target >= run {
                    return Err(Fault::NotPrior);
                }
                (limit, run, position) = (run, target, target);
            }
            _ => return Err(Fault::LabelType),
        }
    }
}

/// Where what follows the name at `at` starts, pointers not followed; and whether there is a pointer.
pub fn skip(message: &[u8], mut at: usize) -> Option<(usize, bool)> {
    loop {
        let first = *message.get(at)?;
        match first >> 6 {
            0 if first == 0 => return Some((at + 1, false)),
            0 => at += 1 + usize::from(first),
            3 => return (at + 2 <= message.len()).then_some((at + 2, true)),
            _ => return None,
        }
    }
}

/// A question or a record.
#[derive(Clone, Debug)]
pub struct Entry {
    /// 0 for a question, 1 for an answer, 2 for the authority, 3 for an additional record.
    pub section: usize,
    /// Where its name starts.
    pub name: usize,
    pub kind: u16,
    pub class: u16,
    pub ttl: u32,
    /// The data of a record; of a question nothing.
    pub data: Range<usize>,
}

/// What a message is made of.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    pub entries: Vec<Entry>,
    /// Whether all is there that the counts promise.
    pub whole: bool,
}

/// Walks a message; nothing where there is no header.
pub fn outline(message: &[u8]) -> Option<Outline> {
    let counts = message.get(4..HEADER)?;
    let mut outline = Outline::default();
    let mut at = HEADER;
    for (section, count) in counts.as_chunks::<2>().0.iter().enumerate() {
        for _ in 0..u16::from_be_bytes(*count) {
            let Some(entry) = entry(message, section, at) else { return Some(outline) };
            at = entry.data.end;
            outline.entries.push(entry);
        }
    }
    outline.whole = true;
    Some(outline)
}

fn entry(message: &[u8], section: usize, name: usize) -> Option<Entry> {
    let (at, _) = skip(message, name)?;
    let word = |at: usize| Some(u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]));
    let (kind, class) = (word(at)?, word(at + 2)?);
    if section == 0 {
        return Some(Entry { section, name, kind, class, ttl: 0, data: at + 4..at + 4 });
    }
    let ttl = u32::from(word(at + 4)?) << 16 | u32::from(word(at + 6)?);
    let data = at + 10..at + 10 + usize::from(word(at + 8)?);
    message.get(data.clone())?;
    Some(Entry { section, name, kind, class, ttl, data })
}

/// The labels of an uncompressed name.
pub fn labels(mut wire: &[u8]) -> impl Iterator<Item = &[u8]> {
    core::iter::from_fn(move || {
        let (&len, rest) = wire.split_first().filter(|(len, _)| **len > 0)?;
        let (label, rest) = rest.split_at_checked(len.into())?;
        wire = rest;
        Some(label)
    })
}
