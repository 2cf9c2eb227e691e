//! Notes of an image (ELF, and Solo5's elf_abi.h).

use halligan_generators::{Code, Derived, Generate, any, bytes, favour};
use halligan_solo5::abi::note::{ABI1, MFT1};

use super::manifest::Manifest;
use super::{MAX, NONE};
use crate::fields::{Fields, model, take, take_derived};

const NAME: [u8; 8] = *b"Solo5\0\0\0";

/// A note, and what is behind it in its segment.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Note {
    /// A header and its content.
    #[generate(weight = 31)]
    Whole {
        /// Length of the name in bytes, with its NUL.
        name_size: Derived<u32>,
        /// Length of the content in bytes.
        content_size: Derived<u32>,
        /// The name, with the zeros behind it.
        name: Derived<[u8; 8]>,
        /// Type and content.
        body: Body,
        /// What is behind it.
        #[generate(with = favour(NONE, bytes(0..=MAX)))]
        trailer: Vec<u8>,
    },
    /// Fewer bytes than a header has.
    Raw(#[generate(with = bytes(0..=19))] Vec<u8>),
}

/// The content of a note.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Body {
    /// Target and version of the ABI.
    Abi {
        /// What it is for: 1 is hvt, 2 spt.
        #[generate(with = favour(&[1, 2], any::<u32>()))]
        target: u32,
        /// The version.
        version: Derived<u32>,
        /// Zero.
        reserved: Derived<[u8; 8]>,
    },
    /// Devices.
    #[generate(weight = 3)]
    Manifest {
        /// Zero.
        padding: Derived<u32>,
        /// The devices.
        manifest: Manifest,
    },
    /// Any other; with a type and a length of those above it is read as they are.
    Other {
        /// The type.
        #[generate(with = favour(&[ABI1, MFT1], any::<u32>()))]
        kind: u32,
        /// The content.
        #[generate(with = bytes(0..=MAX))]
        content: Vec<u8>,
    },
}

impl Note {
    pub(super) fn take_apart(bytes: &[u8]) -> Self {
        Self::whole(bytes).unwrap_or_else(|| Self::Raw(bytes.to_vec()))
    }

    fn whole(mut rest: &[u8]) -> Option<Self> {
        let (name_size, size) = (take_derived(&mut rest, 6)?, take::<u32>(&mut rest)?);
        let (kind, name) = (take(&mut rest)?, take_derived(&mut rest, NAME)?);
        let (content, trailer) = rest.split_at_checked(size as usize).unwrap_or((rest, &[]));
        let content_size = Derived::seen(size, content.len() as u32);
        Some(Self::Whole {
            name_size,
            content_size,
            name,
            body: Body::dissect(kind, content),
            trailer: trailer.to_vec(),
        })
    }

    pub(super) fn fields(&self, fields: &mut Fields<'_>) {
        let (name_size, content_size, name, body, trailer) = match self {
            Self::Whole { name_size, content_size, name, body, trailer } => {
                (name_size, content_size, name, body, trailer)
            }
            Self::Raw(bytes) => return fields.bytes("raw", bytes),
        };
        let mut content = Vec::new();
        Fields::write(&mut content, |fields| body.fields(fields));
        fields.derived("name size", *name_size, 6);
        fields.derived("content size", *content_size, content.len() as u32);
        fields.number("type", body.kind());
        fields.derived("name", *name, NAME);
        fields.deeper(|fields| body.fields(fields));
        fields.bytes("trailer", trailer);
    }
}

model!(Note, Note::take_apart);

impl Body {
    fn dissect(kind: u32, content: &[u8]) -> Self {
        let known = match kind {
            ABI1 if content.len() == 16 => Self::abi(content),
            MFT1 => Self::manifest(content),
            _ => None,
        };
        known.unwrap_or_else(|| Self::Other { kind, content: content.to_vec() })
    }

    fn abi(mut rest: &[u8]) -> Option<Self> {
        let target = take(&mut rest)?;
        Some(Self::Abi { target, version: take_derived(&mut rest, 2)?, reserved: take_derived(&mut rest, [0; 8])? })
    }

    fn manifest(mut rest: &[u8]) -> Option<Self> {
        let padding = take_derived(&mut rest, 0)?;
        Some(Self::Manifest { padding, manifest: Manifest::dissect(rest) })
    }

    fn kind(&self) -> u32 {
        match self {
            Self::Abi { .. } => ABI1,
            Self::Manifest { .. } => MFT1,
            Self::Other { kind, .. } => *kind,
        }
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        match self {
            Self::Abi { target, version, reserved } => {
                fields.number("target", *target);
                fields.derived("version", *version, 2);
                fields.derived("reserved", *reserved, [0; 8]);
            }
            Self::Manifest { padding, manifest } => {
                fields.derived("padding", *padding, 0);
                manifest.fields(fields);
            }
            Self::Other { content, .. } => fields.bytes("content", content),
        }
    }
}
