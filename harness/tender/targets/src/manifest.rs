//! `tender_manifest`: the notes by which an image says what it is for and which devices it needs.

use halligan_generators::{Derived, Model};
use halligan_solo5::abi::Target as Kind;
use halligan_solo5::abi::manifest::{Entry, RESERVED_FIRST};
use halligan_solo5::abi::note::{ABI1, MFT1};
use halligan_targets::{Observation, Property, Target, Violation};
use halligan_tender::manifest::Manifest;
use halligan_tender::{Error, Image};

use crate::model::image::{self, Content, Header, Program};
use crate::model::manifest;
use crate::model::note::{Body, Note};
use crate::rows::{ensure, ensure_clear, row};
use crate::scratch::{NAME, read_image};

const REFUSED_CLEARLY: u32 = 0;
const ACCEPTANCE_AGREES: u32 = 1;
const TARGET_AGREES: u32 = 2;
const ENTRIES_AGREE: u32 = 3;
const EMIT_PARSE_IDENTITY: u32 = 4;

static PROPERTIES: [Property; 5] = [
    row(
        "refused_clearly",
        "Halligan's tender",
        "what is refused is refused by one line that names the file and says what is wrong",
        None,
    ),
    row(
        "acceptance_agrees",
        "Solo5 elf_abi.h, mft_abi.h",
        "a note is accepted exactly if its sizes, version, names and first entry are possible",
        Some("Halligan's model"),
    ),
    row(
        "target_agrees",
        "Solo5 elf_abi.h",
        "the kind of host is the one that the note names",
        Some("Halligan's model"),
    ),
    row(
        "entries_agree",
        "Solo5 mft_abi.h",
        "devices have the names and types that the note gives them, and nothing that a tender fills in",
        Some("Halligan's model"),
    ),
    row(
        "emit_parse_identity",
        "Solo5 mft_abi.h",
        "the manifest that a guest is shown is a valid one with the same entries",
        None,
    ),
];

/// One note of an image that is sound otherwise, and has a sound note of each type behind it.
pub struct TenderManifest;

impl Target for TenderManifest {
    type Input = Note;

    const NAME: &'static str = "tender_manifest";

    const ABOUT: &'static str = "ABI1 and MFT1 notes of an image through the tender's parser";

    fn properties(&self) -> &'static [Property] {
        &PROPERTIES
    }

    fn run(&self, input: &[u8], observation: &mut Observation<'_>) -> Result<(), Violation> {
        let expected = Expected::of(input);
        let image = read_image(&around(input));
        observation.number("accepted", image.is_ok());
        if let Err(error) = &image {
            ensure_clear(REFUSED_CLEARLY, &error.to_string(), NAME)?;
        }
        ensure(ACCEPTANCE_AGREES, image.is_ok() == expected.is_some(), || match &image {
            Ok(_) => "it is accepted".into(),
            Err(error) => format!("it is refused: {error}"),
        })?;
        if let (Ok(image), Some(expected)) = (image, expected) {
            observation.number("entries", image.manifest().entries().len() as u64);
            check(&image, &expected)?;
        }
        Ok(())
    }
}

/// What an image says with the note in it.
struct Expected {
    target: Kind,
    /// Name and type of each entry.
    entries: Vec<(Vec<u8>, u32)>,
}

impl Expected {
    fn of(note: &[u8]) -> Option<Self> {
        let sound = Self { target: Kind::Hvt, entries: vec![(Vec::new(), RESERVED_FIRST)] };
        let model = Note::dissect(note);
        let (Note::Whole { name_size: Derived::Auto, content_size, name, body, .. }, true) = (&model, named(note))
        else {
            return Some(sound);
        };
        let _ = name;
        let honest = *content_size == Derived::Auto;
        match body {
            Body::Abi { target, version, .. } => {
                let target = Kind::from_number(*target).filter(|_| honest && *version == Derived::Auto)?;
                Some(Self { target, ..sound })
            }
            Body::Manifest { manifest, .. } if honest && manifest.is_valid() => {
                let manifest::Manifest::Whole { entries, .. } = manifest else { return None };
                let entry = |entry: &manifest::Entry| {
                    let name = entry.name.split(|byte| *byte == 0).next().unwrap_or_default();
                    (name.to_vec(), entry.kind)
                };
                Some(Self { entries: entries.iter().map(entry).collect(), ..sound })
            }
            Body::Other { kind: ABI1, content } => {
                // More than the tender reads may be there.
                let word = |at: usize| {
                    content.get(at..at + 4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                };
                let long_enough = honest && (16..=32).contains(&content.len()) && word(4) == Some(2);
                let target = word(0).and_then(Kind::from_number).filter(|_| long_enough)?;
                Some(Self { target, ..sound })
            }
            Body::Manifest { .. } | Body::Other { kind: MFT1, .. } => None,
            Body::Other { .. } => Some(sound),
        }
    }
}

/// Whether the note has Solo5's name; what pads that is nobody's business.
fn named(note: &[u8]) -> bool {
    note.get(12..18) == Some(b"Solo5\0")
}

fn check(image: &Image, expected: &Expected) -> Result<(), Violation> {
    ensure(TARGET_AGREES, image.target() == expected.target, || {
        format!("expected {}, saw {}", expected.target, image.target())
    })?;
    let entries = image.manifest().entries();
    let agrees = |(entry, (name, kind)): (&Entry, &(Vec<u8>, u32))| {
        let unset = entry.properties == [0; 2] && entry.descriptor == 0 && entry.attached == 0;
        entry.name().map(str::as_bytes) == Some(name) && entry.kind == *kind && unset
    };
    let same = entries.len() == expected.entries.len() && entries.iter().zip(&expected.entries).all(agrees);
    ensure(ENTRIES_AGREE, same, || format!("expected {:?}, saw {entries:?}", expected.entries))?;
    let shown = image.manifest().to_bytes();
    let again = Manifest::parse(&shown).map(|manifest| manifest.to_bytes());
    ensure(EMIT_PARSE_IDENTITY, again.as_deref() == Ok(&shown), || format!("{shown:?} is read as {again:?}"))?;
    // Devices that nobody attaches are told of.
    match image.manifest().check_attached() {
        Ok(()) => Ok(()),
        Err(error @ Error::Device { .. }) => {
            ensure(REFUSED_CLEARLY, !error.to_string().contains('\n') || has_line_break(image), || error.to_string())
        }
        Err(error) => ensure(REFUSED_CLEARLY, false, || error.to_string()),
    }
}

fn has_line_break(image: &Image) -> bool {
    image.manifest().entries().iter().any(|entry| entry.name().is_some_and(|name| name.contains('\n')))
}

/// An image with `note` in front of sound ones.
fn around(note: &[u8]) -> Vec<u8> {
    let program = |kind, align, content| Program {
        kind,
        flags: 5,
        offset: Derived::Auto,
        address: 0x10_0000,
        physical: Derived::Auto,
        file_size: Derived::Auto,
        memory_size: Derived::Auto,
        align,
        padding: Derived::Auto,
        content,
    };
    let sound = |body| Note::Whole {
        name_size: Derived::Auto,
        content_size: Derived::Auto,
        name: Derived::Auto,
        body,
        trailer: Vec::new(),
    };
    let abi = Body::Abi { target: 1, version: Derived::Auto, reserved: Derived::Auto };
    let first = manifest::Entry {
        name: Vec::new(),
        kind: RESERVED_FIRST,
        properties: Derived::Auto,
        descriptor: Derived::Auto,
        padding0: Derived::Auto,
        attached: Derived::Auto,
        padding1: Derived::Auto,
    };
    let manifest = manifest::Manifest::Whole {
        version: Derived::Auto,
        count: Derived::Auto,
        entries: vec![first],
        trailer: Vec::new(),
    };
    let manifest = Body::Manifest { padding: Derived::Auto, manifest };
    let code = program(1, 0x1000, Content::Raw(vec![0xf4]));
    let code = Program { padding: Derived::Lie(Vec::new()), ..code };
    let notes = [Content::Raw(note.to_vec()), Content::Note(sound(abi)), Content::Note(sound(manifest))];
    let programs = [code].into_iter().chain(notes.map(|content| program(4, 4, content))).collect();
    let header = Header {
        ident: Derived::Auto,
        kind: Derived::Auto,
        machine: Derived::Auto,
        version: Derived::Auto,
        entry: 0x10_0000,
        table: Derived::Auto,
        sections: 0,
        flags: 0,
        size: Derived::Auto,
        program_size: Derived::Auto,
        count: Derived::Auto,
        section: [0; 3],
    };
    image::Image::Whole { header, programs, trailer: Vec::new() }.emit()
}
