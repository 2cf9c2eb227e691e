//! Hostile and corrupt images: each gets one line that says what is wrong, and where.

mod common;

use common::{Code, DATA, EXECUTE, Image, Note, Program, READ, WRITE, file, tender};
use halligan_solo5::abi::manifest::Entry;

fn sound() -> Image {
    Image::new(Code::new().exit(0), b"")
}

/// What the tender says of this file, behind its name.
fn refused(bytes: &[u8]) -> String {
    let file = file(bytes);
    let path = file.path().to_str().expect("a plain path");
    let run = tender(["--mem=16", path]);
    let line = run.error().strip_prefix(path).and_then(|line| line.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("does not name the file: {}", run.error())).to_owned()
}

#[track_caller]
fn refuses(expected: &str, spoil: impl FnOnce(&mut Image)) {
    let mut image = sound();
    spoil(&mut image);
    assert_eq!(refused(&image.to_bytes()), expected);
}

#[test]
fn the_image_that_the_others_are_made_from_is_sound() {
    assert_eq!(common::run(&sound(), &[]).code(), Some(0));
}

#[test]
fn files_that_cannot_be_read() {
    let missing = tender(["/nonexistent/kernel"]);
    assert_eq!(missing.error(), "/nonexistent/kernel: cannot read: No such file or directory (os error 2)");
    assert_eq!(tender(["/"]).error(), "/: cannot read: is a directory");
}

#[test]
fn headers() {
    assert_eq!(refused(b""), "invalid executable: it has only 0 bytes");
    assert_eq!(refused(b"#!/bin/sh\nexit 0\n"), "invalid executable: it has only 17 bytes");
    refuses("invalid executable: Unsupported ELF header", |image| image.magic = *b"\x7fELG");
    refuses("invalid executable: ELF type 3, not a static executable (ET_EXEC, 2)", |image| image.kind = 3);
    refuses("invalid executable: ELF machine 183, not x86-64 (62)", |image| image.machine = 183);
    refuses("invalid executable: its program headers have 32 bytes each", |image| image.header_size = 32);
    refuses("invalid executable: no segment to load", |image| image.segments.clear());
}

#[test]
fn every_truncation_is_an_error() {
    let image = sound().to_bytes();
    for length in 0..image.len() {
        // The interesting lengths are those within headers and notes; inside a segment they are all alike.
        if length < 0x200 || length > image.len() - 0x200 || length % 0x100 == 0 {
            let line = refused(&image[..length]);
            assert!(line.starts_with("invalid "), "{length}: {line}");
        }
    }
    assert_eq!(refused(&image[..64]), "invalid executable: its 4 program headers at byte 64 lie beyond its 64 bytes");
    assert_eq!(
        refused(&image[..0x1010]),
        "invalid executable: segment 0 at 0x100000 ends at byte 4121 of the file, which has 4112"
    );
}

#[test]
fn any_byte_of_the_headers_may_be_wrong() {
    let image = sound().to_bytes();
    for at in 0..64 + 4 * 56 {
        for value in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut bytes = image.clone();
            bytes[at] = value;
            let file = file(&bytes);
            let run = tender(["--mem=16".as_ref(), file.path().as_os_str()]);
            // It may still be sound, or run into a fault; the tender itself neither panics nor hangs.
            assert!(!run.stderr.contains("panicked"), "byte {at} = {value:#x}: {}", run.stderr);
            match run.code() {
                Some(1) => assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr),
                _ => assert_eq!(run.stderr, ""),
            }
        }
    }
}

#[test]
fn entry_points() {
    for entry in [0, 0xf_ffff, 0x10_1000, DATA, u64::MAX] {
        let line = format!("invalid executable: entry point {entry:#x} lies in no executable segment");
        refuses(&line, |image| image.entry = entry);
    }
}

#[test]
fn segments() {
    let segment = |line: &str| format!("invalid executable: segment {line}");
    refuses(&segment("1 at 0x200000 is both writable and executable"), |image| {
        image.segments[1].flags = READ | WRITE | EXECUTE;
    });
    refuses(&segment("0 at 0xff000 begins below 0x100000"), |image| image.segments[0].address = 0xf_f000);
    refuses(&segment("0 at 0x180000 begins below 0x100000"), |image| {
        image.segments[0].address = 0x18_0000;
        image.segments[0].align = 0x20_0000;
    });
    refuses(&segment("1 at 0x100fff overlaps or precedes the segment before it, which ends at 0x101000"), |image| {
        image.segments[1].address = 0x10_0fff;
    });
    refuses(&segment("1 at 0x180000 overlaps or precedes the segment before it, which ends at 0x101000"), |image| {
        image.segments[1].address = 0x18_0000;
        image.segments[1].align = 0x10_0000;
    });
    refuses(&segment("1 at 0x100000 overlaps or precedes the segment before it, which ends at 0x201000"), |image| {
        image.segments.swap(0, 1);
    });
    refuses(
        &segment("1 at 0x200000 ends at 0x1001000, beyond the guest's memory of 0x1000000 bytes: raise --mem"),
        |image| {
            image.segments[1].memory_size = Some(0xe0_0001);
        },
    );
    refuses(
        &segment("1 at 0x1000000 ends at 0x1001000, beyond the guest's memory of 0x1000000 bytes: raise --mem"),
        |image| {
            image.segments[1].address = 0x100_0000;
        },
    );
    for size in [u64::MAX, u64::MAX - 0x20_0000, u64::MAX - 0x20_0ffe] {
        refuses(&segment("1 at 0x200000 wraps around the address space"), |image| {
            image.segments[1].memory_size = Some(size);
        });
    }
    refuses(&segment("1 at 0xfffffffffffff000 wraps around the address space"), |image| {
        image.segments[1].address = 0xffff_ffff_ffff_f000;
    });
    refuses(&segment("1 at 0x200000 wraps around the address space"), |image| {
        image.segments[1].offset = Some(u64::MAX - 5);
    });
    refuses(&segment("1 at 0x200000 has 4096 bytes in the file but only 4095 in memory"), |image| {
        image.segments[1].memory_size = Some(0xfff);
    });
    for align in [0, 3, 0x800, 0x1001] {
        let line = format!("1 at 0x200000 has alignment {align:#x}, which is no power of two of at least 0x1000");
        refuses(&segment(&line), |image| image.segments[1].align = align);
    }
}

#[test]
fn segments_without_bytes_are_skipped() {
    let mut image = sound();
    // Anything goes in one that is not loaded; so does a program header of another type.
    let odd = Program { memory_size: Some(u64::MAX), align: 3, ..Program::load(0, 7, Vec::new()) };
    let interpreter = Program { kind: 3, flags: 7, ..Program::load(0, 7, b"/nonexistent/solo5/\0".to_vec()) };
    image.segments.extend([odd, interpreter]);
    assert_eq!(common::run(&image, &[]).code(), Some(0));
}

#[test]
fn what_lies_behind_the_bytes_of_a_segment_is_zero() {
    let mut image = Image::new(Code::new().print(DATA + 0xff8, 16).exit(0), &[0xaa; 0x1000]);
    image.segments[1].memory_size = Some(0x3000);
    let run = common::run(&image, &[]);
    assert_eq!(run.console(), [[0xaa; 8], [0; 8]].concat());
}

#[test]
fn notes() {
    let executable = |line: &str| format!("invalid executable: {line}");
    let missing = |name| format!("invalid executable: no Solo5 {name} note; is it a Solo5 unikernel?");
    refuses(&missing("ABI1"), |image| image.notes.clear());
    refuses(&missing("ABI1"), |image| drop(image.notes.remove(0)));
    refuses(&missing("MFT1"), |image| drop(image.notes.remove(1)));
    refuses(&missing("ABI1"), |image| image.notes[0].name = *b"Solo6\0\0\0");
    refuses(&missing("ABI1"), |image| image.notes[0].name_size = 7);
    for target in [0, 3, 6, u32::MAX] {
        let line = format!("it is built for Solo5 target {target}, which this tender does not know");
        refuses(&executable(&line), |image| image.notes[0] = Note::abi(target, 2));
    }
    refuses(&executable("it needs version 3 of the spt ABI, this tender has version 2"), |image| {
        image.notes[0] = Note::abi(2, 3);
    });
    for size in [0, 33, u32::MAX] {
        let line = format!(
            "the Solo5 ABI1 note does not fall within valid size: in segment 2 it has a content of {size} bytes"
        );
        refuses(&executable(&line), |image| image.notes[0].content_size = Some(size));
    }
    for size in [4, 117, 6669] {
        let line = format!(
            "the Solo5 MFT1 note does not fall within valid size: in segment 3 it has a content of {size} bytes"
        );
        refuses(&executable(&line), |image| image.notes[1].content_size = Some(size));
    }
}

#[test]
fn manifests() {
    let manifest = |line: &str| format!("invalid manifest: {line}");
    let patch = |at: usize, bytes: &'static [u8]| {
        // The manifest follows 4 bytes of padding.
        move |image: &mut Image| image.notes[1].content[4 + at..][..bytes.len()].copy_from_slice(bytes)
    };
    refuses(&manifest("version 2 is unknown (this tender knows 1)"), patch(0, &[2]));
    refuses(&manifest("it has 0 entries, not 1 to 64"), patch(4, &[0]));
    refuses(&manifest("it has 65 entries, not 1 to 64"), patch(4, &[65]));
    refuses(&manifest("it has 4294967295 entries, not 1 to 64"), patch(4, &[0xff; 4]));
    refuses(&manifest("its 2 entries need 216 bytes, it has 112"), patch(4, &[2]));
    refuses(&manifest("entry 0 is not the reserved one"), patch(8, b"x"));
    refuses(&manifest("entry 0 is not the reserved one"), patch(8 + 68, &[1, 0, 0, 0]));
    refuses(&manifest("the name of entry 0 is not UTF-8 that ends with a NUL"), patch(8 + 67, b"x"));
    refuses(&manifest("the name of entry 0 is not UTF-8 that ends with a NUL"), patch(8, &[0xff]));
    refuses(&manifest("entry 0 says that it is attached already"), patch(8 + 96, &[1]));
    refuses(&manifest("it has only 4 bytes"), |image| image.notes[1].content.truncate(8));
    refuses(
        "invalid executable: the Solo5 MFT1 note does not fall within valid size: in segment 3 it has a content of 6772 bytes",
        |image| {
            image.notes[1] = Note::manifest(&[Entry::RESERVED_FIRST; 65]);
        },
    );
}
