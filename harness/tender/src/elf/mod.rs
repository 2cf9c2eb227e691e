//! Executables: reading a Solo5 image and checking all that can be wrong with it.

mod invalid;
mod notes;

use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use halligan_solo5::abi::{IMAGE_BASE, PAGE_SIZE, Target};
use object::LittleEndian;
use object::elf::{EM_X86_64, ET_EXEC, FileHeader64, PF_R, PF_W, PF_X, PT_LOAD, ProgramFlags, ProgramHeader64};
use object::pod::slice_from_all_bytes;
use object::read::elf::{FileHeader, ProgramHeader};

use notes::Notes;

pub use invalid::{Invalid, SegmentFault};

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

impl Image {
    /// Reads the image at `path` and checks it, but for what depends on the size of memory.
    ///
    /// # Errors
    /// Fails where the file cannot be read, or is no valid unikernel.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        Self::from_file(path, File::open(path).map_err(unreadable)?)
    }

    /// As [`Image::load`], of a file that is open; `path` names it in errors.
    ///
    /// # Errors
    /// As [`Image::load`].
    pub fn from_file(path: &Path, file: File) -> Result<Self, Error> {
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        let invalid = |reason| Error::Executable { path: path.to_owned(), reason };
        let metadata = file.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(unreadable(io::Error::from(ErrorKind::IsADirectory)));
        }
        let length = metadata.len();

        let mut bytes = [0; size_of::<FileHeader64<LittleEndian>>()];
        if length < bytes.len() as u64 {
            return Err(invalid(Invalid::Elf(format!("it has only {length} bytes"))));
        }
        file.read_exact_at(&mut bytes, 0).map_err(unreadable)?;
        let header = FileHeader64::<LittleEndian>::parse(&bytes[..])
            .and_then(|header| header.endian().map(|_| header))
            .map_err(|error| invalid(Invalid::Elf(error.to_string())))?;
        let (kind, machine, entry) =
            (header.e_type(LittleEndian), header.e_machine(LittleEndian), header.e_entry(LittleEndian));
        if kind != ET_EXEC {
            return Err(invalid(Invalid::Type(kind.0)));
        }
        if machine != EM_X86_64 {
            return Err(invalid(Invalid::Machine(machine.0)));
        }
        let table = table(header, length).map_err(invalid)?;
        let mut bytes = vec![0; (table.end - table.start) as usize];
        file.read_exact_at(&mut bytes, table.start).map_err(unreadable)?;
        let headers = slice_from_all_bytes(&bytes).map_err(|()| invalid(Invalid::Elf("odd program headers".into())))?;

        let segments = segments(headers, length).map_err(invalid)?;
        if !segments.iter().any(|segment| segment.execute && segment.pages().contains(&entry)) {
            return Err(invalid(Invalid::Entry(entry)));
        }
        let notes = Notes { path, file: &file, length, headers };
        let (target, manifest) = (notes.target()?, notes.manifest()?);
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
        let reason = Invalid::Target(self.target, target);
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

/// Where a file of `length` bytes has its program headers.
fn table(header: &FileHeader64<LittleEndian>, length: u64) -> Result<Range<u64>, Invalid> {
    let (size, count) = (u64::from(header.e_phentsize(LittleEndian)), u64::from(header.e_phnum(LittleEndian)));
    if size != size_of::<ProgramHeader64<LittleEndian>>() as u64 {
        return Err(Invalid::Elf(format!("its program headers have {size} bytes each")));
    }
    let start = header.e_phoff(LittleEndian);
    match start.checked_add(size * count) {
        Some(end) if end <= length => Ok(start..end),
        _ => Err(Invalid::Elf(format!("its {count} program headers at byte {start} lie beyond its {length} bytes"))),
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
