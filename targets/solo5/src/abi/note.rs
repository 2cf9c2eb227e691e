//! The ELF notes that make an executable a Solo5 image.
//!
//! HERE BE DRAGONS. Tenders find a note by its own PT_NOTE header and read its content at the next multiple of the content's
//! alignment behind the note's header. So each note is one `repr(C)` static in a section of its own, and the linker script
//! gives each section its own program header.

use core::mem::{offset_of, size_of};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::Target;
use super::manifest::{Entry, MAX_ENTRIES, Manifest};

/// Name of Solo5's notes, with the NUL that ends it.
pub const NAME: [u8; 6] = *b"Solo5\0";

/// Type of the note that names the target and the version of its ABI: `ABI1`.
pub const ABI1: u32 = u32::from_le_bytes(*b"ABI1");

/// Type of the note that holds the manifest: `MFT1`.
pub const MFT1: u32 = u32::from_le_bytes(*b"MFT1");

/// Largest content of an ABI1 note in bytes.
pub const ABI1_MAX_SIZE: usize = 2 * size_of::<AbiInfo>();

/// Largest content of an MFT1 note in bytes, with the padding in front of the manifest.
pub const MFT1_MAX_SIZE: usize = manifest_content_size(MAX_ENTRIES);

/// Header of a note with the name that Solo5 uses, padded to 4 bytes.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Header {
    /// Length of the name in bytes, with its NUL.
    pub name_size: u32,
    /// Length of what follows the header in bytes.
    pub content_size: u32,
    /// [`ABI1`] or [`MFT1`].
    pub kind: u32,
    /// The name.
    pub name: [u8; 8],
}

/// Content of an ABI1 note.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct AbiInfo {
    /// Number of a [`Target`].
    pub target: u32,
    /// Version of the target's ABI.
    pub version: u32,
    /// Zero.
    pub reserved: [u32; 2],
}

/// A whole ABI1 note.
#[repr(C)]
pub struct AbiNote {
    header: Header,
    info: AbiInfo,
}

impl AbiNote {
    /// The note of an image for `target`.
    pub const fn new(target: Target) -> Self {
        Self {
            header: solo5_header(ABI1, size_of::<AbiInfo>()),
            info: AbiInfo { target: target as u32, version: target.version(), reserved: [0; 2] },
        }
    }
}

/// A whole MFT1 note with `N` manifest entries.
#[repr(C)]
pub struct ManifestNote<const N: usize> {
    header: Header,
    _padding: u32,
    manifest: Manifest<N>,
}

impl<const N: usize> ManifestNote<N> {
    /// The note of an image that needs these devices; the first entry must be [`Entry::RESERVED_FIRST`].
    pub const fn new(entries: [Entry; N]) -> Self {
        assert!(N >= 1 && N <= MAX_ENTRIES, "a manifest has 1 to 64 entries");
        Self { header: solo5_header(MFT1, manifest_content_size(N)), _padding: 0, manifest: Manifest::new(entries) }
    }
}

/// The note by which an image says that it is OpenBSD's, so that OpenBSD heeds PT_INTERP. It must be the first note.
#[repr(C)]
pub struct NotOpenBsdNote {
    header: Header,
    version: u32,
}

impl NotOpenBsdNote {
    /// The note.
    pub const NOTE: Self =
        Self { header: Header { name_size: 8, content_size: 4, kind: 1, name: *b"OpenBSD\0" }, version: 0 };
}

/// Interpreter that an image names so that no kernel runs it as a program of its own; the trailing slash makes sure that
/// no such file exists.
pub const INTERPRETER: [u8; 24] = *b"/nonexistent/solo5/\0\0\0\0\0";

const fn solo5_header(kind: u32, content_size: usize) -> Header {
    Header { name_size: NAME.len() as u32, content_size: content_size as u32, kind, name: *b"Solo5\0\0\0" }
}

const fn manifest_content_size(entries: usize) -> usize {
    offset_of!(ManifestNote<0>, manifest) - size_of::<Header>()
        + size_of::<Manifest<0>>()
        + entries * size_of::<Entry>()
}

const _: () = assert!(size_of::<Header>() == 20);
const _: () = assert!(size_of::<AbiInfo>() == 16);
const _: () = assert!(size_of::<AbiNote>() == 36 && offset_of!(AbiNote, info) == 20);
const _: () = assert!(offset_of!(ManifestNote<1>, manifest) == 24);
const _: () = assert!(size_of::<ManifestNote<1>>() == size_of::<Header>() + manifest_content_size(1));
const _: () = assert!(size_of::<NotOpenBsdNote>() == 24);
const _: () = assert!(ABI1 == 0x3149_4241 && MFT1 == 0x3154_464d);
