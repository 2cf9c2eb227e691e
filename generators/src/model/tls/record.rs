//! Records (RFC 8446 section 5), and how handshake messages are cut into them.

use alloc::{string::ToString, vec::Vec};

use super::{
    codes::{AlertDescription, AlertLevel, ChangeCipherSpec, Version},
    handshake::Message,
    wire::{Name, Part, Place, extra, extras, left_over},
};
use crate::{
    Annotation, Code, Derived, Generate, any, bytes, derived, favour, list,
    model::fields::{Fields, hex},
    range,
};

/// Length of a record's header in bytes.
pub(super) const HEADER: usize = 5;

const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// Handshake messages, or one record of something else.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Unit {
    /// Handshake messages, one behind the other, and the records that they are cut into.
    #[generate(weight = 2)]
    Handshake {
        /// The first record, or the only one.
        frame: Frame,
        /// The messages.
        #[generate(with = list(any::<Message>()).average(2).max(u32::MAX as usize))]
        messages: Vec<Message>,
        /// What is left over behind the last message: nothing, or a lie.
        #[generate(with = extras())]
        rest: Derived<Vec<u8>>,
        /// Where further records begin.
        #[generate(with = list(any::<Cut>()).average(1).max(u32::MAX as usize))]
        cuts: Vec<Cut>,
    },
    /// Something else.
    Record {
        /// The record.
        frame: Frame,
        /// What it holds.
        content: Content,
    },
}

/// What a record has around its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
pub struct Frame {
    /// The version, which receivers ignore.
    pub version: Version,
    /// Length of what follows, in bytes. Where it is beyond the stream it is a lie, and all that is left belongs to the
    /// record.
    #[generate(with = derived(range(0u16..).often(1, &[0, 1, 4, 5, 0x4000, 0x4001, 0x4100, 0x4101, 0x4800, 0x4801])))]
    pub length: Derived<u16>,
    /// Whether the record is protected.
    pub protection: Protection,
}

impl Frame {
    /// A plain record.
    pub const PLAIN: Self = Self { version: Version(0x0303), length: Derived::Auto, protection: Protection::None };

    /// A protected one.
    pub const PROTECTED: Self =
        Self { version: Version(0x0303), length: Derived::Auto, protection: Protection::Protected { padding: 0 } };
}

/// Whether a record is protected as TLS 1.3 has it (RFC 8446 section 5.2).
///
/// A record of application data whose last byte but for zeros is a content type is read as one that a cipher protects
/// which leaves plaintext as it is: inside are the content, its type, and zeros. Under a real cipher it is seldom one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
pub enum Protection {
    /// The content is all that there is. TLS 1.2 writes protected records so, too.
    None,
    /// The content, its type and zeros are in a record of application data.
    Protected {
        /// How many zeros.
        #[generate(with = favour(&[0, 1, 15, 255], range(0u16..)))]
        padding: u16,
    },
}

/// Where a further record of handshake messages begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
pub struct Cut {
    /// How many bytes of the messages the record before it holds; all that are left if there are fewer.
    #[generate(with = favour(&[1, 4, 0, 5, 2, 40, 100], any::<u16>()))]
    pub after: u16,
    /// The further record.
    pub frame: Frame,
}

/// What a record holds if not handshake messages.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Content {
    /// Type 23.
    #[generate(weight = 3)]
    ApplicationData(#[generate(with = bytes(0..=u32::MAX as usize))] Vec<u8>),
    /// Type 21, two bytes (RFC 8446 section 6).
    #[generate(weight = 3)]
    Alert {
        /// Its level.
        level: AlertLevel,
        /// What it says.
        description: AlertDescription,
    },
    /// Type 20, one byte (RFC 5246 section 7.1, RFC 8446 section D.4).
    #[generate(weight = 3)]
    ChangeCipherSpec(ChangeCipherSpec),
    /// Another type, or one of these of another length.
    Opaque {
        /// The type.
        #[generate(with = favour(&[24, 20, 21, 22, 26, 0], any::<u8>()))]
        content_type: u8,
        /// The bytes.
        #[generate(with = bytes(0..=u32::MAX as usize))]
        bytes: Vec<u8>,
    },
}

/// A record of a stream.
struct Record<'a> {
    frame: Frame,
    content_type: u8,
    payload: &'a [u8],
}

impl<'a> Record<'a> {
    /// Takes a record off the front of `input`, if there is a whole header.
    #[inline]
    fn take(input: &mut &'a [u8]) -> Option<Self> {
        let (&[content_type, v0, v1, l0, l1], rest) = input.split_first_chunk::<HEADER>()?;
        let length = u16::from_be_bytes([l0, l1]);
        let (length, (payload, rest)) = match rest.split_at_checked(length.into()) {
            Some(split) => (Derived::Auto, split),
            None => (Derived::Lie(length), (rest, &rest[rest.len()..])),
        };
        *input = rest;
        let version = Version(u16::from_be_bytes([v0, v1]));
        let frame = |protection| Frame { version, length, protection };
        if content_type == APPLICATION_DATA
            && let Some((content_type, payload, padding)) = inside(payload)
        {
            return Some(Self { frame: frame(Protection::Protected { padding }), content_type, payload });
        }
        Some(Self { frame: frame(Protection::None), content_type, payload })
    }

    /// Where its messages are read.
    fn place(&self) -> Place {
        match self.frame.protection {
            Protection::None => Place::Plain,
            Protection::Protected { .. } => Place::Protected,
        }
    }

    /// Whether `next` holds more of the same handshake messages.
    fn goes_on(&self, next: &Self) -> bool {
        next.content_type == HANDSHAKE && self.place() == next.place()
    }
}

/// Type, content and number of zeros of an inner plaintext (RFC 8446 section 5.2).
fn inside(payload: &[u8]) -> Option<(u8, &[u8], u16)> {
    let last = payload.iter().rposition(|byte| *byte != 0)?;
    let content_type = payload[last];
    let padding = u16::try_from(payload.len() - last - 1).ok()?;
    (20..=23).contains(&content_type).then(|| (content_type, &payload[..last], padding))
}

impl Frame {
    /// Appends a record.
    #[inline]
    fn emit(self, content_type: u8, out: &mut Vec<u8>, payload: impl FnOnce(&mut Vec<u8>)) {
        let protected = matches!(self.protection, Protection::Protected { .. });
        let [v0, v1] = self.version.0.to_be_bytes();
        out.extend_from_slice(&[if protected { APPLICATION_DATA } else { content_type }, v0, v1, 0, 0]);
        let start = out.len();
        payload(out);
        if let Protection::Protected { padding } = self.protection {
            out.push(content_type);
            out.resize(out.len() + usize::from(padding), 0);
        }
        let length = self.length.or_else(|| (out.len() - start).min(0xffff) as u16);
        out[start - 2..start].copy_from_slice(&length.to_be_bytes());
    }

    /// Visits a record whose payload is `len` bytes long, with `payload` in it.
    fn annotate(self, content_type: u8, len: usize, fields: &mut Fields<'_>, payload: impl FnOnce(&mut Fields<'_>)) {
        let (outer, inner) = match self.protection {
            Protection::None => (content_type, 0),
            Protection::Protected { padding } => (APPLICATION_DATA, 1 + usize::from(padding)),
        };
        let length = self.length.or((len + inner).min(0xffff) as u16);
        fields.field("content type", 1, outer.to_string(), false);
        fields.field("record version", 2, hex(self.version.0), false);
        fields.field("record length", 2, length.to_string(), self.length.is_lie());
        fields.deeper(payload);
        if let Some(padding) = inner.checked_sub(1) {
            fields.field("inner content type", 1, content_type.to_string(), false);
            if padding > 0 {
                fields.field("record padding", padding, padding.to_string(), false);
            }
        }
    }
}

impl Unit {
    /// Takes a unit off the front of `input`, if there is a whole header.
    #[inline]
    pub(super) fn take(input: &mut &[u8]) -> Option<Self> {
        let first = Record::take(input)?;
        if first.content_type != HANDSHAKE {
            return Some(Self::Record {
                frame: first.frame,
                content: Content::dissect(first.content_type, first.payload),
            });
        }
        let (mut cuts, mut joined, mut last_len) = (Vec::new(), Vec::new(), first.payload.len());
        loop {
            let mut rest = *input;
            let Some(next) = Record::take(&mut rest).filter(|next| first.goes_on(next)) else { break };
            if cuts.is_empty() {
                joined.extend_from_slice(first.payload);
            }
            joined.extend_from_slice(next.payload);
            // A record before another is one whose length was true: 65,535 bytes at most.
            cuts.push(Cut { after: last_len as u16, frame: next.frame });
            last_len = next.payload.len();
            *input = rest;
        }
        let mut rest = if cuts.is_empty() { first.payload } else { &joined };
        let mut messages = Vec::new();
        while let Some(message) = Message::take_in(first.place(), &mut rest) {
            messages.push(message);
        }
        Some(Self::Handshake { frame: first.frame, messages, rest: left_over(rest), cuts })
    }

    #[inline]
    pub(super) fn emit(&self, out: &mut Vec<u8>) {
        match self {
            Self::Record { frame, content } => {
                frame.emit(content.content_type(), out, |out| content.emit(out));
            }
            Self::Handshake { frame, messages, rest, cuts } => {
                let payload = |out: &mut Vec<u8>| {
                    messages.iter().for_each(|message| message.emit(out));
                    out.extend_from_slice(extra(rest));
                };
                if cuts.is_empty() {
                    return frame.emit(HANDSHAKE, out, payload);
                }
                let mut joined = Vec::new();
                payload(&mut joined);
                for (frame, piece) in pieces(*frame, &joined, cuts) {
                    frame.emit(HANDSHAKE, out, |out| out.extend_from_slice(piece));
                }
            }
        }
    }

    pub(super) fn lies(&self) -> usize {
        match self {
            Self::Record { frame, .. } => frame.length.lies(),
            Self::Handshake { frame, messages, rest, cuts } => {
                let cuts = cuts.iter().map(|cut| cut.frame.length.lies()).sum::<usize>();
                frame.length.lies() + messages.iter().map(Part::lies).sum::<usize>() + rest.lies() + cuts
            }
        }
    }

    pub(super) fn annotate(&self, fields: &mut Fields<'_>) {
        let (frame, messages, rest, cuts) = match self {
            Self::Record { frame, content } => {
                let mut payload = Vec::new();
                content.emit(&mut payload);
                return frame
                    .annotate(content.content_type(), payload.len(), fields, |fields| content.annotate(fields));
            }
            Self::Handshake { frame, messages, rest, cuts } => (frame, messages, rest, cuts),
        };
        let mut joined = Vec::new();
        messages.iter().for_each(|message| message.emit(&mut joined));
        joined.extend_from_slice(extra(rest));
        let mut inside = Vec::new();
        let mut visit = |field| inside.push(field);
        let mut collected = Fields::new(&mut visit);
        messages.iter().for_each(|message| message.annotate(Name { field: "", length: "" }, &mut collected));
        collected.string("left over", extra(rest), true);
        let mut at = 0;
        for (frame, piece) in pieces(*frame, &joined, cuts) {
            let end = at + piece.len();
            frame.annotate(HANDSHAKE, piece.len(), fields, |fields| {
                let within = |field: &&Annotation| at < end && field.bytes.start < end && at < field.bytes.end;
                for field in inside.iter().filter(within) {
                    annotate_piece(field, at, end, fields);
                }
            });
            at = end;
        }
    }
}

/// Visits what lies of a field of the messages between `start` and `end`.
fn annotate_piece(field: &Annotation, start: usize, end: usize, fields: &mut Fields<'_>) {
    let begun = field.bytes.start < start;
    let len = field.bytes.end.min(end) - field.bytes.start.max(start);
    let value = if begun { "(continued)".to_string() } else { field.value.clone() };
    // The first piece is told for all.
    fields.field_at(field.depth, field.name, len, value, field.lie && !begun);
}

/// The records that messages are cut into, with the part of the messages that each holds.
fn pieces<'a>(first: Frame, mut joined: &'a [u8], cuts: &'a [Cut]) -> impl Iterator<Item = (Frame, &'a [u8])> {
    let mut frame = Some(first);
    let mut cuts = cuts.iter();
    core::iter::from_fn(move || {
        let this = frame.take()?;
        let Some(cut) = cuts.next() else { return Some((this, core::mem::take(&mut joined))) };
        let (piece, rest) = joined.split_at(usize::from(cut.after).min(joined.len()));
        (joined, frame) = (rest, Some(cut.frame));
        Some((this, piece))
    })
}

impl Content {
    #[inline]
    fn dissect(content_type: u8, payload: &[u8]) -> Self {
        match (content_type, payload) {
            (20, &[value]) => Self::ChangeCipherSpec(ChangeCipherSpec(value)),
            (21, &[level, description]) => {
                Self::Alert { level: AlertLevel(level), description: AlertDescription(description) }
            }
            (APPLICATION_DATA, payload) => Self::ApplicationData(payload.to_vec()),
            (content_type, payload) => Self::Opaque { content_type, bytes: payload.to_vec() },
        }
    }

    /// The number of the type.
    #[must_use]
    pub fn content_type(&self) -> u8 {
        match self {
            Self::ChangeCipherSpec(_) => 20,
            Self::Alert { .. } => 21,
            Self::ApplicationData(_) => APPLICATION_DATA,
            Self::Opaque { content_type, .. } => *content_type,
        }
    }

    #[inline]
    fn emit(&self, out: &mut Vec<u8>) {
        match self {
            Self::ChangeCipherSpec(value) => value.emit(out),
            Self::Alert { level, description } => {
                level.emit(out);
                description.emit(out);
            }
            Self::ApplicationData(bytes) | Self::Opaque { bytes, .. } => out.extend_from_slice(bytes),
        }
    }

    fn annotate(&self, fields: &mut Fields<'_>) {
        let name = |field| Name { field, length: "" };
        match self {
            Self::ChangeCipherSpec(value) => value.annotate(name("change cipher spec"), fields),
            Self::Alert { level, description } => {
                level.annotate(name("alert level"), fields);
                description.annotate(name("alert description"), fields);
            }
            Self::ApplicationData(bytes) => fields.string("application data", bytes, false),
            Self::Opaque { bytes, .. } => fields.string("record data", bytes, false),
        }
    }
}
