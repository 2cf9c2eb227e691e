//! Executables: reading a Solo5 image and checking all that can be wrong with it.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use halligan_solo5::abi::note::{ABI1, ABI1_MAX_SIZE, AbiInfo, Header, MFT1, MFT1_MAX_SIZE, NAME};
use halligan_solo5::abi::{IMAGE_BASE, PAGE_SIZE, Target};
use object::LittleEndian;
use object::elf::{
    EM_X86_64, ET_EXEC, FileHeader64, PF_R, PF_W, PF_X, PT_LOAD, PT_NOTE, ProgramFlags, ProgramHeader64,
};
use object::read::ReadCache;
use object::read::elf::{FileHeader, ProgramHeader};
use zerocopy::{FromBytes, FromZeros, IntoBytes};

use crate::Error;
use crate::manifest::Manifest;

/// A unikernel: an executable that has been checked, ready to be loaded.
#[derive(Debug)]
pub struct Image {
    path: PathBuf,
    file: File,
    target: Target,
    entry: u64,
    segments: Vec<Segment>,
    manifest: Manifest,
}

/// A part of an image that is loaded into memory. All addresses are the guest's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Index of its program header.
    pub index: usize,
    /// Where its bytes go.
    pub address: u64,
    /// Where its bytes lie in the file.
    pub offset: u64,
    /// Number of bytes in the file; the memory behind them is zero.
    pub file_size: u64,
    /// First address of its pages.
    pub start: u64,
    /// End of its pages.
    pub end: u64,
    /// Whether the guest may read it.
    pub read: bool,
    /// Whether the guest may write it.
    pub write: bool,
    /// Whether the guest may execute it.
    pub execute: bool,
}

/// What is wrong with an executable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It is no ELF file that the parser takes.
    #[error("{0}")]
    Elf(String),
    /// It is not a static executable.
    #[error("ELF type {0}, not a static executable (ET_EXEC, {expected})", expected = ET_EXEC.0)]
    Type(u16),
    /// It is for another processor.
    #[error("ELF machine {0}, not x86-64 ({expected})", expected = EM_X86_64.0)]
    Machine(u16),
    /// The entry point lies in no executable segment.
    #[error("entry point {0:#x} lies in no executable segment")]
    Entry(u64),
    /// There is nothing to load.
    #[error("no segment to load")]
    Empty,
    /// A segment is wrong.
    #[error("segment {index} at {address:#x} {fault}")]
    Segment {
        /// Index of its program header.
        index: usize,
        /// Its address.
        address: u64,
        /// What is wrong with it.
        fault: SegmentFault,
    },
    /// A note is missing.
    #[error("no Solo5 {0} note; is it a Solo5 unikernel?")]
    MissingNote(&'static str),
    /// A note is too small, too large, or does not fit its segment.
    #[error("the Solo5 {name} note in segment {index} has a content of {size} bytes, which does not fit")]
    Note {
        /// The note's type.
        name: &'static str,
        /// Index of its program header.
        index: usize,
        /// Size that it states, in bytes.
        size: u32,
    },
    /// It is for another kind of host.
    #[error("it is built for Solo5 target {0}, not {expected} ({number})", expected = .1, number = *.1 as u32)]
    Target(u32, Target),
    /// It speaks another version of the ABI.
    #[error("it needs version {0} of the {1} ABI, this tender has version {version}", version = .1.version())]
    Version(u32, Target),
}

/// What is wrong with a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SegmentFault {
    /// Its alignment is no power of two or less than a page.
    #[error("has alignment {0:#x}, which is no power of two of at least {PAGE_SIZE:#x}")]
    Alignment(u64),
    /// It begins below the lowest address.
    #[error("begins below {IMAGE_BASE:#x}")]
    Low,
    /// It overlaps the segment before it, or the segments are not in ascending order.
    #[error("overlaps or precedes the segment before it, which ends at {0:#x}")]
    Overlap(u64),
    /// Its end does not fit 64 bits.
    #[error("wraps around the address space")]
    Wrap,
    /// It has more bytes in the file than in memory.
    #[error("has {file} bytes in the file but only {memory} in memory")]
    Shrinks {
        /// Size in the file in bytes.
        file: u64,
        /// Size in memory in bytes.
        memory: u64,
    },
    /// The file ends before it does.
    #[error("ends at byte {end} of the file, which has {length}")]
    Truncated {
        /// End of its bytes in the file.
        end: u64,
        /// Length of the file in bytes.
        length: u64,
    },
    /// It can be written and executed.
    #[error("is both writable and executable")]
    WriteExecute,
    /// It does not fit the guest's memory.
    #[error("ends at {end:#x}, beyond the guest's memory of {memory:#x} bytes: raise --mem")]
    High {
        /// End of its pages.
        end: u64,
        /// Size of the guest's memory in bytes.
        memory: u64,
    },
}

impl Image {
    /// Reads the image at `path` and checks it, but for what depends on the size of memory.
    ///
    /// # Errors
    /// Fails where the file cannot be read, or is no valid unikernel.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        let invalid = |reason| Error::Executable { path: path.to_owned(), reason };
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(unreadable(io::Error::from(ErrorKind::IsADirectory)));
        }
        let length = metadata.len();

        let cache = ReadCache::new(&file);
        let elf = |error: object::Error| invalid(Invalid::Elf(error.to_string()));
        let header = FileHeader64::<LittleEndian>::parse(&cache).map_err(elf)?;
        let endian = header.endian().map_err(elf)?;
        let (kind, machine, entry) = (header.e_type(endian), header.e_machine(endian), header.e_entry(endian));
        if kind != ET_EXEC {
            return Err(invalid(Invalid::Type(kind.0)));
        }
        if machine != EM_X86_64 {
            return Err(invalid(Invalid::Machine(machine.0)));
        }
        let headers = header.program_headers(endian, &cache).map_err(elf)?;

        let segments = segments(headers, length).map_err(invalid)?;
        if !segments.iter().any(|segment| segment.execute && segment.pages().contains(&entry)) {
            return Err(invalid(Invalid::Entry(entry)));
        }
        let notes = Notes { headers, file: &file, length };
        let target = notes.target().map_err(|error| error.at(path))?;
        let manifest = notes.find(MFT1, "MFT1", 8, MFT1_MAX_SIZE).map_err(|error| error.at(path))?;
        let manifest =
            Manifest::parse(&manifest).map_err(|reason| Error::Manifest { path: path.to_owned(), reason })?;
        Ok(Self { path: path.to_owned(), target, entry, segments, manifest, file })
    }

    /// The kind of host that it is for.
    pub fn target(&self) -> Target {
        self.target
    }

    /// Address of its first instruction.
    pub fn entry(&self) -> u64 {
        self.entry
    }

    /// Its segments, in ascending order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The devices that it needs.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// End of its last page.
    pub fn end(&self) -> u64 {
        self.segments.last().map_or(IMAGE_BASE, |segment| segment.end)
    }

    /// From the first to the last address of its code.
    pub fn text(&self) -> Range<u64> {
        let mut code = self.segments.iter().filter(|segment| segment.execute);
        let first = code.next();
        let last = code.next_back().or(first);
        first.map_or(0, |segment| segment.start)..last.map_or(0, |segment| segment.end)
    }

    /// Checks that it is for `target`.
    ///
    /// # Errors
    /// Says what it is for.
    pub fn check_target(&self, target: Target) -> Result<(), Error> {
        if self.target == target {
            return Ok(());
        }
        let reason = Invalid::Target(self.target as u32, target);
        Err(Error::Executable { path: self.path.clone(), reason })
    }

    /// Checks that it fits a memory that ends at `memory`.
    ///
    /// # Errors
    /// Names the segment that does not fit.
    pub fn check_fits(&self, memory: u64) -> Result<(), Error> {
        match self.segments.iter().find(|segment| segment.end > memory) {
            None => Ok(()),
            Some(segment) => {
                let fault = SegmentFault::High { end: segment.end, memory };
                let reason = Invalid::Segment { index: segment.index, address: segment.address, fault };
                Err(Error::Executable { path: self.path.clone(), reason })
            }
        }
    }

    /// Reads the bytes of `segment` into `memory`, as many as that holds.
    ///
    /// # Errors
    /// Fails where the file cannot be read.
    pub fn read(&self, segment: &Segment, memory: &mut [u8]) -> Result<(), Error> {
        self.file
            .read_exact_at(memory, segment.offset)
            .map_err(|source| Error::Unreadable { path: self.path.clone(), source })
    }
}

impl Segment {
    /// Its pages.
    pub fn pages(&self) -> Range<u64> {
        self.start..self.end
    }
}

/// The segments that `headers` ask to load from a file of `length` bytes.
fn segments(headers: &[ProgramHeader64<LittleEndian>], length: u64) -> Result<Vec<Segment>, Invalid> {
    let mut segments: Vec<Segment> = Vec::new();
    for (index, header) in headers.iter().enumerate() {
        // Solo5 skips segments without bytes in the file.
        if header.p_type(LittleEndian) != PT_LOAD || header.p_filesz(LittleEndian) == 0 {
            continue;
        }
        let previous_end = segments.last().map_or(0, |segment| segment.end);
        let segment = segment(index, header, previous_end, length).map_err(|fault| Invalid::Segment {
            index,
            address: header.p_vaddr(LittleEndian),
            fault,
        })?;
        segments.push(segment);
    }
    if segments.is_empty() { Err(Invalid::Empty) } else { Ok(segments) }
}

fn segment(
    index: usize,
    header: &ProgramHeader64<LittleEndian>,
    previous_end: u64,
    length: u64,
) -> Result<Segment, SegmentFault> {
    let endian = LittleEndian;
    let (address, align, flags) = (header.p_vaddr(endian), header.p_align(endian), header.p_flags(endian));
    let (offset, file_size, memory_size) = (header.p_offset(endian), header.p_filesz(endian), header.p_memsz(endian));
    if !align.is_power_of_two() || align < PAGE_SIZE {
        return Err(SegmentFault::Alignment(align));
    }
    let start = address & !(align - 1);
    if start < IMAGE_BASE {
        return Err(SegmentFault::Low);
    }
    if start < previous_end {
        return Err(SegmentFault::Overlap(previous_end));
    }
    if memory_size < file_size {
        return Err(SegmentFault::Shrinks { file: file_size, memory: memory_size });
    }
    let end = address
        .checked_add(memory_size)
        .and_then(|end| end.checked_next_multiple_of(align))
        .ok_or(SegmentFault::Wrap)?;
    let file_end = offset.checked_add(file_size).ok_or(SegmentFault::Wrap)?;
    if file_end > length {
        return Err(SegmentFault::Truncated { end: file_end, length });
    }
    let has = |flag: ProgramFlags| flags.0 & flag.0 != 0;
    let (read, write, execute) = (has(PF_R), has(PF_W), has(PF_X));
    if write && execute {
        return Err(SegmentFault::WriteExecute);
    }
    Ok(Segment { index, address, offset, file_size, start, end, read, write, execute })
}

/// A fault in a note, or in reading it.
enum NoteError {
    Invalid(Invalid),
    Unreadable(io::Error),
}

impl NoteError {
    fn at(self, path: &Path) -> Error {
        let path = path.to_owned();
        match self {
            Self::Invalid(reason) => Error::Executable { path, reason },
            Self::Unreadable(source) => Error::Unreadable { path, source },
        }
    }
}

/// Where to look for notes.
struct Notes<'a> {
    headers: &'a [ProgramHeader64<LittleEndian>],
    file: &'a File,
    length: u64,
}

impl Notes<'_> {
    /// The target that the ABI1 note names.
    fn target(&self) -> Result<Target, NoteError> {
        let bytes = self.find(ABI1, "ABI1", 4, ABI1_MAX_SIZE)?;
        let invalid = |reason| Err(NoteError::Invalid(reason));
        let Ok((info, _)) = AbiInfo::read_from_prefix(&bytes) else {
            return invalid(Invalid::MissingNote("ABI1"));
        };
        let Some(target) = Target::from_number(info.target) else {
            return invalid(Invalid::Target(info.target, Target::Spt));
        };
        if info.version != target.version() {
            return invalid(Invalid::Version(info.version, target));
        }
        Ok(target)
    }

    /// The content of the Solo5 note of this type, without the padding in front of it. The content begins at the next
    /// multiple of `align` behind the note's header; linkers align the note itself as they like, so no general parser
    /// finds it.
    fn find(&self, kind: u32, name: &'static str, align: usize, max_size: usize) -> Result<Vec<u8>, NoteError> {
        const HEADER_SIZE: usize = size_of::<Header>();
        for (index, program_header) in self.headers.iter().enumerate() {
            let (offset, size) = (program_header.p_offset(LittleEndian), program_header.p_filesz(LittleEndian));
            if program_header.p_type(LittleEndian) != PT_NOTE || size < HEADER_SIZE as u64 {
                continue;
            }
            let end = offset.saturating_add(size);
            if end > self.length {
                let fault = SegmentFault::Truncated { end, length: self.length };
                let address = program_header.p_vaddr(LittleEndian);
                return Err(NoteError::Invalid(Invalid::Segment { index, address, fault }));
            }
            let mut header = Header::new_zeroed();
            self.file.read_exact_at(header.as_mut_bytes(), offset).map_err(NoteError::Unreadable)?;
            if header.name_size as usize != NAME.len() || header.name[..NAME.len()] != NAME || header.kind != kind {
                continue;
            }
            let content = header.content_size as usize;
            let padding = HEADER_SIZE.next_multiple_of(align) - HEADER_SIZE;
            if content <= padding || content > max_size || size < (HEADER_SIZE + content) as u64 {
                return Err(NoteError::Invalid(Invalid::Note { name, index, size: header.content_size }));
            }
            let mut bytes = vec![0; content - padding];
            let start = offset + (HEADER_SIZE + padding) as u64;
            self.file.read_exact_at(&mut bytes, start).map_err(NoteError::Unreadable)?;
            return Ok(bytes);
        }
        Err(NoteError::Invalid(Invalid::MissingNote(name)))
    }
}
