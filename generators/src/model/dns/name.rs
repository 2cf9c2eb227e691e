use alloc::{format, string::String, vec::Vec};

use super::{
    compress::MAX_POINTER,
    part::{Part, Reader, Shown, Writer, push_label},
};
use crate::{Code, Derived, Generate, bytes, choose, list, range};

/// A domain name (RFC 1035 section 3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Name")]
pub struct Name {
    /// The labels, the root left out. A pointer that is computed stands for the last of them; before one that is given,
    /// these are only those that are written out.
    #[generate(with = labels())]
    pub labels: Vec<Vec<u8>>,
    /// How the name ends on the wire: computed, in a pointer to the first place where the longest end of it was written
    /// before, or else in the root.
    pub end: Derived<End>,
}

/// An end of a name that is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::End")]
pub enum End {
    /// The root: not compressed, though it could be.
    Root,
    /// A pointer to this offset in the message (RFC 1035 section 4.1.4).
    #[generate(weight = 6)]
    Pointer(#[generate(with = range(0..=MAX_POINTER).often(1, &[0, 2, 4, 12]))] u16),
    /// A label of a type that is reserved (RFC 6891 section 5), which has no meaning.
    Reserved(#[generate(range = 0x40..=0xbf)] u8),
}

/// Labels that names share, so that there is something to compress.
const COMMON: [&[u8]; 8] = [b"example", b"com", b"www", b"EXAMPLE", b"local", b"_tcp", b"*", b"a"];

/// Names have at most 127 labels (RFC 1035 section 2.3.4); more are kept as they are up to this number.
const MAX_LABELS: usize = 300;

fn labels() -> impl Generate<Value = Vec<Vec<u8>>> {
    let common = range(0..=COMMON.len() - 1)
        .iso(|index| COMMON[index].to_vec(), |label: &Vec<u8>| COMMON.iter().position(|common| common == label));
    list(choose((common, bytes(1..=63)))).average(3).max(MAX_LABELS)
}

impl Name {
    /// The name of these labels. Empty ones cannot be: each is 1 to 63 bytes long.
    ///
    /// ```
    /// use halligan_generators::model::dns::Name;
    ///
    /// assert_eq!(Name::of("www.example.com").labels[0], b"www");
    /// assert!(Name::of("").labels.is_empty());
    /// ```
    #[must_use]
    pub fn of(dotted: &str) -> Self {
        let labels = dotted.split('.').filter(|label| !label.is_empty());
        Self { labels: labels.map(|label| label.as_bytes().to_vec()).collect(), end: Derived::Auto }
    }
}

impl Part for Name {
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let start = input.at;
        let mut labels = Vec::new();
        let end = loop {
            match u8::read(input)? {
                0 => break End::Root,
                len @ ..=63 => labels.push(input.take(len.into())?.to_vec()),
                high @ 0xc0.. => break End::Pointer(u16::from_be_bytes([high & 0x3f, u8::read(input)?])),
                reserved => break End::Reserved(reserved),
            }
            if labels.len() > MAX_LABELS {
                return None;
            }
        };
        let (compressor, before, written) = (&mut input.compressor, &input.wire[..start], labels.len());
        let is_computed = match end {
            End::Root => compressor.find(before, &labels).is_none(),
            End::Pointer(at) => {
                let mut whole = labels.clone();
                let is_name = compressor.walk(before, at.into(), |label| {
                    whole.push(label.to_vec());
                    true
                });
                let is_computed =
                    is_name && whole.len() <= MAX_LABELS && compressor.find(before, &whole) == Some((written, at));
                if is_computed {
                    labels = whole;
                }
                is_computed
            }
            End::Reserved(_) => false,
        };
        compressor.remember(start, &labels[..written]);
        Some(Self { labels, end: if is_computed { Derived::Auto } else { Derived::Lie(end) } })
    }

    fn write(&self, out: &mut Writer<'_>) {
        let start = out.out.len() - out.start;
        let (written, end) = match self.end {
            Derived::Lie(end) => (self.labels.len(), end),
            Derived::Auto => match out.compressor.find(&out.out[out.start..], &self.labels) {
                Some((written, at)) => (written, End::Pointer(at)),
                None => (self.labels.len(), End::Root),
            },
        };
        let labels = &self.labels[..written];
        for label in labels {
            out.out.push(label.len() as u8);
            out.out.extend_from_slice(label);
        }
        match end {
            End::Root => out.out.push(0),
            End::Pointer(at) => out.out.extend_from_slice(&(0xc000 | at).to_be_bytes()),
            End::Reserved(byte) => out.out.push(byte),
        }
        out.compressor.remember(start, labels);
    }

    fn annotate(&self, name: &'static str, shown: &mut Shown<'_, '_>) {
        let start = shown.fields.at();
        let (mut at, mut text) = (start, String::new());
        while let len @ 1..=63 = shown.wire[at] {
            push_label(&shown.wire[at + 1..at + 1 + usize::from(len)], &mut text);
            at += 1 + usize::from(len);
        }
        let end = match shown.wire[at] {
            0 => {
                if at == start {
                    text.push('.');
                }
                at + 1
            }
            high @ 0xc0.. => {
                let target = u16::from_be_bytes([high & 0x3f, shown.wire[at + 1]]);
                text += &format!("{}pointer to {target}", if at == start { "" } else { " " });
                if self.end == Derived::Auto {
                    let mut whole = String::new();
                    self.labels.iter().for_each(|label| push_label(label, &mut whole));
                    text += &format!(" ({whole})");
                }
                at + 2
            }
            reserved => {
                text += &format!("{}label of type {:#04x}", if at == start { "" } else { " " }, reserved);
                at + 1
            }
        };
        shown.fields.field(name, end - start, text, self.end.is_lie());
    }

    fn lies(&self) -> usize {
        self.end.lies()
    }
}
