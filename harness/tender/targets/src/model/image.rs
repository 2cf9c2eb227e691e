//! Executables (ELF64): a header, a table of program headers, and the bytes that they stand for.

use halligan_generators::{Code, Derived, Generate, any, bytes, derived, favour};

use super::note::Note;
use super::{MAX, NONE};
use crate::fields::{Fields, model, take, take_derived};

const IDENT: [u8; 16] = *b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0";
const HEADER: usize = 64;
const PROGRAM: usize = 56;
const LOAD: u32 = 1;
const NOTE: u32 = 4;
/// Program headers that are looked for where their number is a lie.
const SOUGHT: usize = 8;

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Image {
    /// An executable.
    #[generate(weight = 31)]
    Whole {
        /// The header.
        header: Header,
        /// Program headers with what they stand for, in order.
        programs: Vec<Program>,
        /// What no program header stands for.
        #[generate(with = favour(NONE, bytes(0..=MAX)))]
        trailer: Vec<u8>,
    },
    /// Fewer bytes than a header has.
    Raw(#[generate(with = bytes(0..=HEADER - 1))] Vec<u8>),
}

/// A file's header.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub struct Header {
    /// Magic number, class, byte order, version.
    pub ident: Derived<[u8; 16]>,
    /// Type: 2 is a static executable.
    pub kind: Derived<u16>,
    /// Machine: 62 is x86-64.
    pub machine: Derived<u16>,
    /// Version.
    pub version: Derived<u32>,
    /// Entry point.
    #[generate(with = favour(&[0x10_0000, 0x10_0fff, 0x10_1000, 0x20_0000], any::<u64>()))]
    pub entry: u64,
    /// Where the table of program headers is; it is looked for behind the header all the same.
    pub table: Derived<u64>,
    /// Where the table of section headers is.
    pub sections: u64,
    /// Flags.
    pub flags: u32,
    /// Size of this header.
    pub size: Derived<u16>,
    /// Size of a program header.
    pub program_size: Derived<u16>,
    /// Number of program headers.
    pub count: Derived<u16>,
    /// Size and number of section headers, and which has their names.
    pub section: [u16; 3],
}

/// A program header and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub struct Program {
    /// Type: 1 is loaded, 4 a note.
    #[generate(with = favour(&[LOAD, NOTE, 3, 7], any::<u32>()))]
    pub kind: u32,
    /// 1 to execute, 2 to write, 4 to read.
    #[generate(with = favour(&[4, 5, 6, 7], any::<u32>()))]
    pub flags: u32,
    /// Where in the file; where the content is, or a lie.
    pub offset: Derived<u64>,
    /// Address.
    #[generate(with = favour(&[0x10_0000, 0x10_1000, 0x20_0000, 0xf_f000, 0x40_0000, 0x3f_f000], any::<u64>()))]
    pub address: u64,
    /// Physical address.
    pub physical: Derived<u64>,
    /// Bytes in the file: that of the content, or a lie.
    #[generate(with = derived(favour(&[u64::MAX, 1 << 63, 1 << 32], any::<u64>())))]
    pub file_size: Derived<u64>,
    /// Bytes in memory.
    #[generate(with = derived(favour(&[u64::MAX, 1 << 63, 1 << 32, 0x1000], any::<u64>())))]
    pub memory_size: Derived<u64>,
    /// Alignment.
    #[generate(with = favour(&[0x1000, 4, 0x20_0000, 1 << 63], any::<u64>()))]
    pub align: u64,
    /// What is in front of the content: zeros, as many as make its offset the address modulo a page.
    #[generate(with = derived(bytes(0..=MAX)))]
    pub padding: Derived<Vec<u8>>,
    /// The bytes.
    pub content: Content,
}

/// What a program header stands for.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Content {
    /// Any bytes.
    Raw(#[generate(with = bytes(0..=MAX))] Vec<u8>),
    /// A note; where the program header does not say so, it is read as any bytes.
    Note(Note),
}

impl Image {
    fn take_apart(bytes: &[u8]) -> Self {
        Self::whole(bytes).unwrap_or_else(|| Self::Raw(bytes.to_vec()))
    }

    fn whole(bytes: &[u8]) -> Option<Self> {
        let rest = &mut &bytes[..];
        let mut header = Header {
            ident: take_derived(rest, IDENT)?,
            kind: take_derived(rest, 2)?,
            machine: take_derived(rest, 62)?,
            version: take_derived(rest, 1)?,
            entry: take(rest)?,
            table: take_derived(rest, HEADER as u64)?,
            sections: take(rest)?,
            flags: take(rest)?,
            size: take_derived(rest, HEADER as u16)?,
            program_size: take_derived(rest, PROGRAM as u16)?,
            count: Derived::Auto,
            section: [0; 3],
        };
        let count: u16 = take(rest)?;
        for field in &mut header.section {
            *field = take(rest)?;
        }
        let fitting = rest.len() / PROGRAM;
        let sought = if usize::from(count) <= fitting { count.into() } else { fitting.min(SOUGHT) };
        header.count = Derived::seen(count, sought as u16);
        let table = *rest;
        let mut at = HEADER + PROGRAM * sought;
        let mut programs = Vec::with_capacity(sought);
        for raw in table.chunks_exact(PROGRAM).take(sought) {
            programs.push(Program::dissect(raw, bytes, &mut at)?);
        }
        Some(Self::Whole { header, programs, trailer: bytes[at..].to_vec() })
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        let (header, programs, trailer) = match self {
            Self::Whole { header, programs, trailer } => (header, programs, trailer),
            Self::Raw(bytes) => return fields.bytes("raw", bytes),
        };
        fields.derived("identification", header.ident, IDENT);
        fields.derived("type", header.kind, 2);
        fields.derived("machine", header.machine, 62);
        fields.derived("version", header.version, 1);
        fields.number("entry point", header.entry);
        fields.derived("program headers at", header.table, HEADER as u64);
        fields.number("section headers at", header.sections);
        fields.number("flags", header.flags);
        fields.derived("size of header", header.size, HEADER as u16);
        fields.derived("size of a program header", header.program_size, PROGRAM as u16);
        fields.derived("number of program headers", header.count, programs.len() as u16);
        for (name, value) in ["size of a section header", "number of section headers", "section of names"]
            .into_iter()
            .zip(header.section)
        {
            fields.number(name, value);
        }
        let contents: Vec<Vec<u8>> = programs.iter().map(Program::content).collect();
        let mut at = HEADER + PROGRAM * programs.len();
        for (program, content) in programs.iter().zip(&contents) {
            let padding = program.padding(at, content.len());
            at += padding;
            fields.deeper(|fields| program.fields(at as u64, content.len() as u64, fields));
            at += content.len();
        }
        for (program, content) in programs.iter().zip(&contents) {
            let computed = program.zeros(fields.len(), content.len());
            fields.padding("padding", &program.padding, computed);
            match &program.content {
                Content::Note(note) => fields.deeper(|fields| note.fields(fields)),
                Content::Raw(bytes) => fields.bytes("content", bytes),
            }
        }
        fields.bytes("trailer", trailer);
    }
}

model!(Image, Image::take_apart);

impl Program {
    /// Reads a program header, and its content where that begins at or behind `at`, which moves behind it.
    fn dissect(mut raw: &[u8], file: &[u8], at: &mut usize) -> Option<Self> {
        let rest = &mut raw;
        let (kind, flags, offset, address) = (take(rest)?, take(rest)?, take::<u64>(rest)?, take::<u64>(rest)?);
        let (physical, file_size) = (take_derived(rest, address)?, take::<u64>(rest)?);
        let (memory_size, align) = (take_derived(rest, file_size)?, take(rest)?);
        let mut program = Self {
            kind,
            flags,
            offset: Derived::Auto,
            address,
            physical,
            file_size: Derived::seen(file_size, 0),
            memory_size,
            align,
            padding: Derived::Auto,
            content: Content::Raw(Vec::new()),
        };
        let end = offset.checked_add(file_size).and_then(|end| usize::try_from(end).ok());
        let start = usize::try_from(offset).ok().filter(|start| *start >= *at && file_size > 0);
        if let (Some(start), Some(end)) = (start, end.filter(|end| *end <= file.len())) {
            let (gap, content) = (&file[*at..start], &file[start..end]);
            if gap.iter().any(|byte| *byte != 0) || gap.len() != program.zeros(*at, content.len()) {
                program.padding = Derived::Lie(gap.to_vec());
            }
            program.file_size = Derived::Auto;
            program.content =
                if kind == NOTE { Content::Note(Note::take_apart(content)) } else { Content::Raw(content.to_vec()) };
            *at = end;
        } else {
            program.offset = Derived::seen(offset, *at as u64);
        }
        Some(program)
    }

    fn fields(&self, offset: u64, length: u64, fields: &mut Fields<'_>) {
        let file_size = self.file_size.or(length);
        fields.number("type", self.kind);
        fields.number("flags", self.flags);
        fields.derived("offset", self.offset, offset);
        fields.number("address", self.address);
        fields.derived("physical address", self.physical, self.address);
        fields.derived("size in the file", self.file_size, length);
        fields.derived("size in memory", self.memory_size, file_size);
        fields.number("alignment", self.align);
    }

    fn content(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match &self.content {
            Content::Raw(bytes) => out.extend_from_slice(bytes),
            Content::Note(note) => {
                Fields::write(&mut out, |fields| note.fields(fields));
            }
        }
        out
    }

    /// Length of what is in front of a content of this length, where `at` bytes are in front of that.
    fn padding(&self, at: usize, length: usize) -> usize {
        match &self.padding {
            Derived::Auto => self.zeros(at, length),
            Derived::Lie(bytes) => bytes.len(),
        }
    }

    /// As [`Self::padding`], where it is computed.
    fn zeros(&self, at: usize, length: usize) -> usize {
        let page = if self.align.is_power_of_two() { self.align.min(0x1000) } else { 1 };
        if length == 0 { 0 } else { (self.address.wrapping_sub(at as u64) & (page - 1)) as usize }
    }
}
