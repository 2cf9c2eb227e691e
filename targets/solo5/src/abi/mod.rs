//! The contract between tenders and guests: ELF notes, the manifest, boot information and limits, as Solo5 v0.12 defines
//! them for x86-64.
//!
//! All integers are little-endian. Every layout is pinned by static assertions; both sides include this module and nothing
//! else of each other.

pub mod hvt;
pub mod manifest;
pub mod note;
pub mod ring;
pub mod spt;

/// Lowest address at which an image may be loaded.
pub const IMAGE_BASE: u64 = 0x10_0000;

/// Size of a page in bytes.
pub const PAGE_SIZE: u64 = 0x1000;

/// Size of the area that holds the guest's command line, in bytes, with the NUL that ends it.
pub const COMMAND_LINE_SIZE: usize = 8192;

/// Exit status of a guest that aborts.
pub const EXIT_ABORT: u8 = 255;

/// Kinds of host that an image can be built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Target {
    /// Hardware virtualized tender.
    Hvt = 1,
    /// Sandboxed process tender.
    Spt = 2,
}

impl Target {
    /// The target with this number in an ABI1 note.
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Hvt),
            2 => Some(Self::Spt),
            _ => None,
        }
    }

    /// Version of the target's ABI that this crate speaks.
    pub const fn version(self) -> u32 {
        2
    }
}

impl core::fmt::Display for Target {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Hvt => "hvt",
            Self::Spt => "spt",
        })
    }
}
