use alloc::{string::ToString, vec::Vec};

use super::Message;
use crate::{
    Code, Derived, Generate, any, bytes, list,
    model::{
        Annotation, Model,
        fields::{Fields, word},
    },
};

/// Messages on a TCP connection (RFC 7766 section 8), one direction.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Stream")]
pub struct Stream {
    /// The messages.
    #[generate(with = list(any::<Framed>()).average(2).max(usize::MAX))]
    pub messages: Vec<Framed>,
    /// The first byte of a length that was cut.
    #[generate(with = bytes(0..=1))]
    pub rest: Vec<u8>,
}

/// A message behind its length.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Framed")]
pub struct Framed {
    /// Length of the message in bytes. Where it is beyond the stream, it is a lie and the rest is the message.
    pub length: Derived<u16>,
    /// The message.
    pub message: Message,
}

impl Model for Stream {
    fn dissect(mut bytes: &[u8]) -> Self {
        let mut messages = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk() {
            let length = u16::from_be_bytes(*length);
            let (message, next) = rest.split_at_checked(length.into()).unwrap_or((rest, &[]));
            let length = Derived::seen(length, message.len().min(0xffff) as u16);
            messages.push(Framed { length, message: Message::dissect(message) });
            bytes = next;
        }
        Self { messages, rest: bytes.to_vec() }
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        for Framed { length, message } in &self.messages {
            let at = out.len();
            out.extend_from_slice(&[0; 2]);
            message.emit_to(out);
            let computed = (out.len() - at - 2).min(0xffff) as u16;
            out[at..at + 2].copy_from_slice(&length.or(computed).to_be_bytes());
        }
        out.extend_from_slice(&self.rest);
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        let wire = self.emit();
        let mut at = 0;
        for Framed { length, message } in &self.messages {
            let shift = |annotation: Annotation, by: usize| {
                let bytes = annotation.bytes.start + by..annotation.bytes.end + by;
                Annotation { bytes, ..annotation }
            };
            let value = word(&wire, at).to_string();
            Fields::new(&mut |field| visit(shift(field, at))).field("message length", 2, value, length.is_lie());
            at += 2;
            let start = at;
            message.annotate(&mut |field| {
                at = start + field.bytes.end;
                let field = shift(field, start);
                visit(Annotation { depth: field.depth + 1, ..field });
            });
        }
        Fields::new(&mut |field: Annotation| visit(Annotation { bytes: at..at + 1, ..field }))
            .string("rest", &self.rest, false);
    }

    fn lies(&self) -> usize {
        self.messages.iter().map(|framed| framed.length.lies() + framed.message.lies()).sum()
    }
}
