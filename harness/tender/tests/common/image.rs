//! Images, sound or not.

use halligan_solo5::abi::manifest::Entry;
use zerocopy::IntoBytes;

use super::{Code, DATA};

/// A program header and the bytes that it stands for. What is `None` follows from the bytes.
#[derive(Clone)]
pub struct Program {
    pub kind: u32,
    pub flags: u32,
    pub address: u64,
    pub bytes: Vec<u8>,
    pub offset: Option<u64>,
    pub file_size: Option<u64>,
    pub memory_size: Option<u64>,
    pub align: u64,
}

/// A Solo5 note.
#[derive(Clone)]
pub struct Note {
    pub name: [u8; 8],
    pub name_size: u32,
    pub kind: [u8; 4],
    /// What it states; the content's size if `None`.
    pub content_size: Option<u32>,
    pub content: Vec<u8>,
}

/// An image.
#[derive(Clone)]
pub struct Image {
    pub magic: [u8; 4],
    pub kind: u16,
    pub machine: u16,
    pub entry: u64,
    pub header_size: u16,
    /// Segment 0 is the code and segment 1 the data.
    pub segments: Vec<Program>,
    /// ABI1 and MFT1; each gets a header of its own, behind the segments.
    pub notes: Vec<Note>,
}

const LOAD: u32 = 1;
const NOTE: u32 = 4;
pub const EXECUTE: u32 = 1;
pub const WRITE: u32 = 2;
pub const READ: u32 = 4;

impl Image {
    /// An image that runs `code` and has `data` at [`DATA`].
    pub fn new(code: Code, data: &[u8]) -> Self {
        Self::with_devices(code, data, &[])
    }

    /// The same, with devices in its manifest, from entry 1 on.
    pub fn with_devices(code: Code, data: &[u8], devices: &[Entry]) -> Self {
        let mut data = data.to_vec();
        data.resize(data.len().max(0x1000), 0);
        let entries = [&[Entry::RESERVED_FIRST], devices].concat();
        Self {
            magic: *b"\x7fELF",
            kind: 2,
            machine: 62,
            entry: 0x10_0000,
            header_size: 56,
            segments: vec![
                Program::load(0x10_0000, READ | EXECUTE, code.into_bytes()),
                Program::load(DATA, READ | WRITE, data),
            ],
            notes: vec![Note::abi(2, 2), Note::manifest(&entries)],
        }
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let notes = self.notes.iter().map(|note| Program {
            kind: NOTE,
            flags: READ,
            align: 4,
            ..Program::load(0, READ, note.to_bytes())
        });
        let programs: Vec<Program> = self.segments.iter().cloned().chain(notes).collect();
        let mut file = Vec::new();
        file.extend(self.magic);
        file.extend([2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        file.extend(self.kind.to_le_bytes());
        file.extend(self.machine.to_le_bytes());
        file.extend(1u32.to_le_bytes());
        for word in [self.entry, 64, 0] {
            file.extend(word.to_le_bytes());
        }
        file.extend(0u32.to_le_bytes());
        for half in [64, self.header_size, programs.len() as u16, 64, 0, 0] {
            file.extend(half.to_le_bytes());
        }
        let mut offset = (file.len() + 56 * programs.len()).next_multiple_of(0x1000);
        let mut contents = Vec::new();
        for program in &programs {
            let size = program.bytes.len() as u64;
            file.extend(program.kind.to_le_bytes());
            file.extend(program.flags.to_le_bytes());
            let file_size = program.file_size.unwrap_or(size);
            let memory_size = program.memory_size.unwrap_or(file_size);
            for word in [
                program.offset.unwrap_or(offset as u64),
                program.address,
                program.address,
                file_size,
                memory_size,
                program.align,
            ] {
                file.extend(word.to_le_bytes());
            }
            contents.push((offset, &program.bytes));
            offset = (offset + program.bytes.len()).next_multiple_of(16);
        }
        for (offset, bytes) in contents {
            file.resize(offset, 0);
            file.extend(bytes);
        }
        file
    }
}

impl Program {
    /// A segment to load.
    pub fn load(address: u64, flags: u32, bytes: Vec<u8>) -> Self {
        Self { kind: LOAD, flags, address, bytes, offset: None, file_size: None, memory_size: None, align: 0x1000 }
    }
}

impl Note {
    /// The note that names a target and a version.
    pub fn abi(target: u32, version: u32) -> Self {
        Self::solo5(*b"ABI1", [target, version, 0, 0].as_bytes().to_vec())
    }

    /// The note with a manifest.
    pub fn manifest(entries: &[Entry]) -> Self {
        let head = [0, 1, entries.len() as u32];
        Self::solo5(*b"MFT1", [head.as_bytes(), entries.as_bytes()].concat())
    }

    fn solo5(kind: [u8; 4], content: Vec<u8>) -> Self {
        Self { name: *b"Solo5\0\0\0", name_size: 6, kind, content_size: None, content }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let content_size = self.content_size.unwrap_or(self.content.len() as u32);
        let mut bytes = [self.name_size, content_size].as_bytes().to_vec();
        bytes.extend(self.kind);
        bytes.extend(self.name);
        bytes.extend(&self.content);
        bytes
    }
}
