use halligan_generators::{Annotation, Code, Derived, Generate, Model, bytes};

/// A kind, a length, and as many bytes; or what is too short for that.
#[derive(Clone, Debug, PartialEq, Generate, Code)]
#[code(path = "Message")]
pub enum Message {
    Whole {
        kind: u8,
        length: Derived<u8>,
        #[generate(with = bytes(0..=255))]
        payload: Vec<u8>,
    },
    Raw(#[generate(with = bytes(0..=1))] Vec<u8>),
}

impl Model for Message {
    fn dissect(bytes: &[u8]) -> Self {
        let [kind, length, payload @ ..] = bytes else { return Self::Raw(bytes.to_vec()) };
        let computed = payload.len() as u8;
        Self::Whole { kind: *kind, length: Derived::seen(*length, computed), payload: payload.to_vec() }
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Whole { kind, length, payload } => {
                out.extend([*kind, length.or(payload.len() as u8)]);
                out.extend(payload);
            }
            Self::Raw(bytes) => out.extend(bytes),
        }
    }

    fn annotate(&self, _visit: &mut dyn FnMut(Annotation)) {
        // Names the fields for reports; the models of this crate show how.
    }

    fn lies(&self) -> usize {
        if let Self::Whole { length, .. } = self { length.lies() } else { 0 }
    }
}
