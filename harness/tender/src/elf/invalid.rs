//! What can be wrong with an executable.

use halligan_solo5::abi::{IMAGE_BASE, PAGE_SIZE, Target};
use object::elf::{EM_X86_64, ET_EXEC};

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
    #[error(
        "the Solo5 {name} note does not fall within valid size: in segment {index} it has a content of {size} bytes"
    )]
    Note {
        /// The note's type.
        name: &'static str,
        /// Index of its program header.
        index: usize,
        /// Size that it states, in bytes.
        size: u32,
    },
    /// It is for a kind of host that this tender does not know.
    #[error("it is built for Solo5 target {0}, which this tender does not know")]
    UnknownTarget(u32),
    /// It is for another kind of host.
    #[error("it is built for {0}, not {1}")]
    Target(Target, Target),
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
