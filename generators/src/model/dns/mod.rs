//! DNS messages (RFC 1035 section 4), with EDNS (RFC 6891) and the bits of multicast DNS (RFC 6762), and streams of them as
//! TCP carries them (RFC 7766 section 8).
//!
//! Names are kept as their labels and how they end: compressed as [`Name`] says, or by a pointer that leads somewhere
//! else: forward, in a loop, into the header.

mod compress;
mod data;
mod header;
mod name;
mod part;
mod record;
mod stream;
mod tagged;
mod text;

use alloc::vec::Vec;

use self::{
    compress::Compressor,
    header::LEN,
    part::{Part, Reader, Shown, Writer},
};
pub use self::{
    data::{Caa, Data, Dnskey, Ds, Hinfo, Mx, Naptr, Nsec, Rrsig, Service, Soa, Srv, Tlsa, Tsig, Window, type_name},
    header::Header,
    name::{End, Name},
    record::{Question, Record},
    stream::{Framed, Stream},
    tagged::{ClientSubnet, Cookie, EdnsOption, ExtendedError, OptionValue, Parameter, ParameterValue, Tagged},
    text::Text,
};
use super::{Annotation, Model, fields::Fields};
use crate::{Code, Derived, Generate, Generated, any, bytes, derived, list};

/// A DNS message.
///
/// ```
/// use halligan_generators::{Model, model::dns::{Data, Header, Message, Name, Question, Record}};
///
/// let name = || Name::of("www.example.com");
/// let message = Message::Whole {
///     header: Header { response: true, ..Header::default() },
///     questions: vec![Question::new(name(), 1)],
///     answers: vec![Record::new(name(), Data::A([192, 0, 2, 1]))],
///     authorities: vec![],
///     additionals: vec![],
///     trailer: Default::default(),
/// };
/// // The answer's name points to that of the question.
/// assert_eq!(message.emit()[33..35], [0xc0, 12]);
/// assert_eq!(Message::dissect(&message.emit()), message);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Message")]
pub enum Message {
    /// A header and four sections.
    #[generate(weight = 31)]
    Whole {
        /// The header.
        header: Header,
        /// The questions.
        #[generate(with = section(1))]
        questions: Vec<Question>,
        /// The answers.
        #[generate(with = section(2))]
        answers: Vec<Record>,
        /// Records of the authority.
        #[generate(with = section(1))]
        authorities: Vec<Record>,
        /// Additional records.
        #[generate(with = section(1))]
        additionals: Vec<Record>,
        /// What lies behind what the counts cover, or what is not as they say: nothing, or a lie.
        #[generate(with = derived(bytes(1..=u32::MAX as usize)))]
        trailer: Derived<Vec<u8>>,
    },
    /// Fewer bytes than a header has.
    Raw(#[generate(with = bytes(0..=LEN - 1))] Vec<u8>),
}

fn section<T: Generated>(average: u32) -> impl Generate<Value = Vec<T>> {
    list(any::<T>()).average(average).max(0xffff)
}

/// Reads as many parts as there are, `count` at most.
fn read_section<T: Part>(count: u16, input: &mut Reader<'_>, whole: &mut bool) -> Vec<T> {
    let mut parts = Vec::new();
    while *whole && parts.len() < count.into() {
        let (start, known) = (input.at, input.compressor.len());
        match T::read(input) {
            Some(part) => parts.push(part),
            None => {
                input.at = start;
                input.compressor.truncate(known);
                *whole = false;
            }
        }
    }
    parts
}

impl Model for Message {
    fn dissect(bytes: &[u8]) -> Self {
        let Some(header) = bytes.first_chunk() else { return Self::Raw(bytes.to_vec()) };
        let (header, counts) = Header::dissect(header);
        let compressor = Compressor::new();
        let mut input = Reader { wire: bytes, at: LEN, compressor };
        let mut whole = true;
        let questions: Vec<Question> = read_section(counts[0], &mut input, &mut whole);
        let [answers, authorities, additionals]: [Vec<Record>; 3] =
            [1, 2, 3].map(|section| read_section(counts[section], &mut input, &mut whole));
        let lengths = [questions.len(), answers.len(), authorities.len(), additionals.len()];
        let trailer = if input.rest().is_empty() { Derived::Auto } else { Derived::Lie(input.rest().to_vec()) };
        Self::Whole { header: header.counted(counts, lengths), questions, answers, authorities, additionals, trailer }
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        let (header, questions, sections, trailer) = match self {
            Self::Whole { header, questions, answers, authorities, additionals, trailer } => {
                (header, questions, [answers, authorities, additionals], trailer)
            }
            Self::Raw(bytes) => return out.extend_from_slice(bytes),
        };
        let start = out.len();
        let [answers, authorities, additionals] = sections.map(Vec::len);
        header.emit_to([questions.len(), answers, authorities, additionals], out);
        let compressor = Compressor::new();
        let mut writer = Writer { out, start, compressor };
        questions.write(&mut writer);
        sections.iter().for_each(|records| records.write(&mut writer));
        if let Derived::Lie(trailer) = trailer {
            out.extend_from_slice(trailer);
        }
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        self.fields(&self.emit(), &mut Fields::new(visit));
    }

    fn lies(&self) -> usize {
        let Self::Whole { header, questions, answers, authorities, additionals, trailer } = self else { return 0 };
        let sections: usize = [answers, authorities, additionals].iter().map(|records| records.lies()).sum();
        header.lies() + questions.lies() + sections + trailer.lies()
    }
}

impl Message {
    /// Visits the fields; `wire` is the emitted message.
    fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        let (header, questions, sections, trailer) = match self {
            Self::Whole { header, questions, answers, authorities, additionals, trailer } => {
                (header, questions, [answers, authorities, additionals], trailer)
            }
            Self::Raw(bytes) => return fields.string("raw", bytes, false),
        };
        header.annotate(wire, fields);
        fields.deeper(|fields| {
            let mut shown = Shown { wire, fields };
            questions.annotate("question", &mut shown);
            for (records, name) in sections.iter().zip(["answer", "authority", "additional"]) {
                records.annotate(name, &mut shown);
            }
        });
        if let Derived::Lie(trailer) = trailer {
            fields.string("trailer", trailer, true);
        }
    }

    /// The message with no name compressed: what decompression has to give. Nothing where a name is given and not
    /// computed, for then there is no telling what it stands for.
    #[must_use]
    pub fn uncompressed(&self) -> Option<Self> {
        let mut message = self.clone();
        let mut honest = true;
        message.names(&mut |name| match name.end {
            Derived::Auto => name.end = Derived::Lie(End::Root),
            Derived::Lie(End::Root) => {}
            Derived::Lie(_) => honest = false,
        });
        honest.then_some(message)
    }

    /// Visits all names.
    pub fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        let Self::Whole { questions, answers, authorities, additionals, .. } = self else { return };
        questions.iter_mut().for_each(|question| visit(&mut question.name));
        for record in answers.iter_mut().chain(authorities).chain(additionals) {
            record.names(visit);
        }
    }
}
