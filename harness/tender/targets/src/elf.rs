//! `tender_elf`: images through the tender's loader.

use halligan_solo5::abi::hvt::Address;
use halligan_solo5::abi::{IMAGE_BASE, PAGE_SIZE};
use halligan_targets::{Observation, Property, Target, Violation};
use halligan_tender::Image;
use halligan_tender::hvt::Memory;
use object::LittleEndian;
use object::elf::{FileHeader64, PF_W, PF_X, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};

use crate::model::image;
use crate::rows::{ensure, ensure_clear, row};
use crate::scratch::{NAME, read_image};

/// Size of the guest's memory in bytes.
const MEMORY: u64 = 4 << 20;

const REFUSED_CLEARLY: u32 = 0;
const SEGMENTS_BOUNDED: u32 = 1;
const WRITE_XOR_EXECUTE: u32 = 2;
const ENTRY_EXECUTABLE: u32 = 3;
const SEGMENTS_AGREE: u32 = 4;
const LOADED_EXACTLY: u32 = 5;

static PROPERTIES: [Property; 6] = [
    row(
        "refused_clearly",
        "Halligan's tender",
        "what is refused is refused by one line that names the file and says what is wrong",
        None,
    ),
    row(
        "segments_bounded",
        "Solo5 elf_abi.h",
        "segments lie in ascending order, on pages of their own from 0x100000 on, and their bytes within the file",
        None,
    ),
    row("write_xor_execute", "Solo5 elf_abi.h", "no segment is both writable and executable", None),
    row("entry_executable", "Solo5 elf_abi.h", "the entry point lies in an executable segment", None),
    row(
        "segments_agree",
        "System V ABI, program header",
        "both decoders read the same segments to load",
        Some("object"),
    ),
    row(
        "loaded_exactly",
        "Solo5 elf_abi.h",
        "an image that fits is loaded byte for byte, with zeros behind, and one that does not is refused",
        None,
    ),
];

/// Images, as the files that they are.
pub struct TenderElf;

impl Target for TenderElf {
    type Input = image::Image;

    const NAME: &'static str = "tender_elf";

    const ABOUT: &'static str = "executables (ELF64) through the tender's loader";

    fn properties(&self) -> &'static [Property] {
        &PROPERTIES
    }

    fn run(&self, input: &[u8], observation: &mut Observation<'_>) -> Result<(), Violation> {
        let image = match read_image(input) {
            Ok(image) => image,
            Err(error) => {
                observation.number("refused", 1u8);
                return ensure_clear(REFUSED_CLEARLY, &error.to_string(), NAME);
            }
        };
        observation.number("entry", image.entry());
        observation.number("segments", image.segments().len() as u64);
        check_segments(&image, input)?;
        let fits = image.check_fits(MEMORY);
        observation.number("fits", fits.is_ok());
        let inside = image.segments().iter().all(|segment| segment.end <= MEMORY);
        ensure(LOADED_EXACTLY, fits.is_ok() == inside, || format!("it fits: {inside}, by the tender: {fits:?}"))?;
        match fits {
            Ok(()) => check_loaded(&image, input),
            Err(error) => ensure_clear(REFUSED_CLEARLY, &error.to_string(), NAME),
        }
    }
}

fn check_segments(image: &Image, file: &[u8]) -> Result<(), Violation> {
    let mut previous = IMAGE_BASE;
    for segment in image.segments() {
        let bounded = previous <= segment.start
            && segment.start <= segment.address
            && segment.address.checked_add(segment.file_size).is_some_and(|end| end <= segment.end)
            && [segment.start, segment.end].iter().all(|address| address.is_multiple_of(PAGE_SIZE))
            && segment.offset.checked_add(segment.file_size).is_some_and(|end| end <= file.len() as u64);
        ensure(SEGMENTS_BOUNDED, bounded, || format!("{segment:x?} behind {previous:#x}"))?;
        ensure(WRITE_XOR_EXECUTE, !(segment.write && segment.execute), || format!("{segment:x?}"))?;
        previous = segment.end;
    }
    let entry = image.entry();
    let executable = image.segments().iter().any(|segment| segment.execute && segment.pages().contains(&entry));
    ensure(ENTRY_EXECUTABLE, executable, || format!("entry point {entry:#x} in {:x?}", image.segments()))?;

    let Some(expected) = oracle(file) else { return Ok(()) };
    let seen: Vec<_> =
        image.segments().iter().map(|s| (s.address, s.offset, s.file_size, s.write, s.execute)).collect();
    ensure(SEGMENTS_AGREE, expected == seen, || format!("expected {expected:x?}, saw {seen:x?}"))
}

/// A segment to load: address, offset, size in the file, and whether it may be written and executed.
type Loaded = (u64, u64, u64, bool, bool);

/// The segments to load. None where the
/// table of program headers begins the file: for the oracle there is none then, for Solo5 it is where it is said to be.
fn oracle(file: &[u8]) -> Option<Vec<Loaded>> {
    let header = FileHeader64::<LittleEndian>::parse(file).ok()?;
    if header.e_phoff(LittleEndian) == 0 {
        return None;
    }
    let headers = header.program_headers(LittleEndian, file).ok()?;
    let loaded =
        headers.iter().filter(|header| header.p_type(LittleEndian) == PT_LOAD && header.p_filesz(LittleEndian) > 0);
    let segment = loaded.map(|header| {
        let has = |flag: object::elf::ProgramFlags| header.p_flags(LittleEndian).0 & flag.0 != 0;
        let (offset, size) = header.file_range(LittleEndian);
        (header.p_vaddr(LittleEndian), offset, size, has(PF_W), has(PF_X))
    });
    Some(segment.collect())
}

fn check_loaded(image: &Image, file: &[u8]) -> Result<(), Violation> {
    let failed = |detail: String| Violation { property: LOADED_EXACTLY, detail };
    let mut memory = Memory::map(MEMORY, PAGE_SIZE).expect("memory for a guest");
    memory.load(image).map_err(|error| failed(error.to_string()))?;
    for segment in image.segments() {
        let behind = (segment.end - segment.address - segment.file_size).min(PAGE_SIZE);
        let bytes = memory.bytes(Address(segment.address), segment.file_size + behind);
        let bytes = bytes.map_err(|outside| failed(outside.to_string()))?;
        let (bytes, zeros) = bytes.split_at(segment.file_size as usize);
        let exact = bytes == &file[segment.offset as usize..][..bytes.len()] && zeros.iter().all(|byte| *byte == 0);
        ensure(LOADED_EXACTLY, exact, || format!("memory of {segment:x?} is not what the file holds"))?;
    }
    ensure(LOADED_EXACTLY, memory.private().iter().all(|byte| *byte == 0), || {
        "the tender's own memory is touched".into()
    })
}
