//! The notes of an image.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use halligan_solo5::abi::Target;
use halligan_solo5::abi::note::{ABI1, ABI1_MAX_SIZE, AbiInfo, Header, MFT1, MFT1_MAX_SIZE, NAME};
use object::LittleEndian;
use object::elf::{PT_NOTE, ProgramHeader64};
use object::read::elf::ProgramHeader;
use zerocopy::{FromBytes, FromZeros, IntoBytes};

use super::{Invalid, SegmentFault};
use crate::Error;
use crate::manifest::Manifest;

/// Where to look for notes.
pub(super) struct Notes<'a> {
    pub(super) path: &'a Path,
    pub(super) file: &'a File,
    /// Length of the file in bytes.
    pub(super) length: u64,
    pub(super) headers: &'a [ProgramHeader64<LittleEndian>],
}

impl Notes<'_> {
    /// The target that the ABI1 note names.
    pub(super) fn target(&self) -> Result<Target, Error> {
        let bytes = self.find(ABI1, "ABI1", 4, ABI1_MAX_SIZE)?;
        let Ok((info, _)) = AbiInfo::read_from_prefix(&bytes) else {
            return Err(self.invalid(Invalid::MissingNote("ABI1")));
        };
        match Target::from_number(info.target) {
            None => Err(self.invalid(Invalid::UnknownTarget(info.target))),
            Some(target) if info.version == target.version() => Ok(target),
            Some(target) => Err(self.invalid(Invalid::Version(info.version, target))),
        }
    }

    /// The manifest in the MFT1 note.
    pub(super) fn manifest(&self) -> Result<Manifest, Error> {
        let bytes = self.find(MFT1, "MFT1", 8, MFT1_MAX_SIZE)?;
        Manifest::parse(&bytes).map_err(|reason| Error::Manifest { path: self.path.to_owned(), reason })
    }

    /// The content of the Solo5 note of this type, without the padding in front of it. The content begins at the next
    /// multiple of `align` behind the note's header; linkers align the note itself as they like, so no general parser
    /// finds it.
    fn find(&self, kind: u32, name: &'static str, align: usize, max_size: usize) -> Result<Vec<u8>, Error> {
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
                return Err(self.invalid(Invalid::Segment { index, address, fault }));
            }
            let mut header = Header::new_zeroed();
            self.read(header.as_mut_bytes(), offset)?;
            if header.name_size as usize != NAME.len() || header.name[..NAME.len()] != NAME || header.kind != kind {
                continue;
            }
            let content = header.content_size as usize;
            let padding = HEADER_SIZE.next_multiple_of(align) - HEADER_SIZE;
            if content <= padding || content > max_size || size < (HEADER_SIZE + content) as u64 {
                return Err(self.invalid(Invalid::Note { name, index, size: header.content_size }));
            }
            let mut bytes = vec![0; content - padding];
            self.read(&mut bytes, offset + (HEADER_SIZE + padding) as u64)?;
            return Ok(bytes);
        }
        Err(self.invalid(Invalid::MissingNote(name)))
    }

    fn read(&self, bytes: &mut [u8], offset: u64) -> Result<(), Error> {
        let read = self.file.read_exact_at(bytes, offset);
        read.map_err(|source| Error::Unreadable { path: self.path.to_owned(), source })
    }

    fn invalid(&self, reason: Invalid) -> Error {
        Error::Executable { path: self.path.to_owned(), reason }
    }
}
