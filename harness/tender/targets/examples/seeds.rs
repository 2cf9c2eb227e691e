//! Writes seeds of the tender's targets to `corpora`: those that are made by hand, and those made of our own unikernels'
//! images, whose paths are the arguments.

use std::path::Path;
use std::{env, fs};

use halligan_generators::{Derived, Model};
use halligan_solo5::abi::manifest::{BLOCK, NET, RESERVED_FIRST};
use halligan_tender_targets::model::call::{Ask, Block, Net, Operation, Script, Step};
use halligan_tender_targets::model::image::{Content, Header, Image, Program};
use halligan_tender_targets::model::manifest::{Entry, Manifest};
use halligan_tender_targets::model::note::{Body, Note};
use object::LittleEndian;
use object::elf::{FileHeader64, PT_LOAD, PT_NOTE};
use object::read::elf::{FileHeader, ProgramHeader};

/// What is kept of a segment's bytes.
const KEPT: usize = 64;

fn main() -> std::io::Result<()> {
    save("tender_elf", "hand-made-hvt", &image(vec![abi(1), manifest(&[])]))?;
    save("tender_elf", "hand-made-spt-devices", &image(vec![abi(2), manifest(&[("net0", NET), ("disk", BLOCK)])]))?;
    save("tender_elf", "hand-made-no-notes", &image(Vec::new()))?;
    for path in env::args().skip(1) {
        let name = Path::new(&path).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = fs::read(&path)?;
        save("tender_elf", &name, &trimmed(&file))?;
        for (index, note) in notes(&file).iter().enumerate() {
            save("tender_manifest", &format!("{name}-{index}"), &Note::dissect(note))?;
        }
    }
    save("tender_manifest", "no-device", &manifest(&[]))?;
    save("tender_manifest", "four-devices", &manifest(&[("a", NET), ("b", BLOCK), ("net1", NET), ("service", 9)]))?;
    save("tender_manifest", "abi-hvt", &abi(1))?;
    save("tender_manifest", "abi-spt", &abi(2))?;
    let names: Vec<String> = (0..63).map(|number| format!("storage{number}")).collect();
    let all: Vec<_> = names.iter().map(|name| (&name[..], BLOCK)).collect();
    save("tender_manifest", "as-many-as-there-may-be", &manifest(&all))?;

    let block = |handle, offset, data, length| Block { handle, offset, data, length, result: Derived::Auto };
    let net = |handle, data, length| Net { handle, data, length, result: Derived::Auto };
    let poll = |timeout| Operation::Poll { timeout, results: Derived::Auto };
    let halt = Operation::Halt { cookie: 0, status: 7, padding: Derived::Auto };
    let script = |operations: Vec<Operation>| Script {
        steps: [Step::Frame(b"a frame".to_vec())]
            .into_iter()
            .chain(operations.into_iter().enumerate().map(|(n, call)| Step::Call(0x1000 + 64 * n as u32, call)))
            .collect(),
        trailer: Vec::new(),
    };
    let hello = Operation::Puts { data: 0x1000, length: 16 };
    save("tender_hypercalls", "hello", &script(vec![hello, Operation::WallTime, halt.clone()]))?;
    let transfers = vec![
        Operation::BlockWrite(block(2, 512, 0x1000, 512)),
        Operation::BlockRead(block(2, 512, 0x5000, 512)),
        Operation::BlockRead(block(2, 4096, 0x5000, 512)),
        Operation::BlockRead(block(1, 0, 0x5000, 512)),
        Operation::BlockRead(block(2, 0, 0x3000, 512)),
    ];
    save("tender_hypercalls", "blocks", &script(transfers))?;
    let frames = vec![
        poll(1000),
        Operation::NetRead(net(1, 0x5000, 64)),
        Operation::NetRead(net(1, 0x5000, 64)),
        Operation::NetWrite(net(1, 0x5000, 7)),
        Operation::NetWrite(net(2, 0x5000, 7)),
        Operation::NetWrite(net(1, 0x7fff, 2)),
        poll(0),
    ];
    save("tender_hypercalls", "frames", &script(frames))?;
    let ask = |operation, handle, data, length, id| Ask { operation, handle, data, length, id };
    let entries = [
        ask(1, 1, 0x1000, 60, 1),
        ask(2, 1, 0x5000, 2048, 2),
        ask(2, 1, 0x5000, 2048, 3),
        ask(2, 2, 0x5000, 2048, 4),
        ask(1, 1, 0x5000, 7, 5),
        ask(9, 1, 0x5000, 7, 6),
    ];
    let steps = |counters: &[(u8, u32)], entries: &[Ask]| {
        let counters = counters.iter().map(|(counter, value)| Step::Counter(*counter, *value));
        let mut steps = vec![Step::Frame(b"a frame".to_vec())];
        steps.extend(counters.chain(entries.iter().cloned().map(Step::Entry)).chain([Step::Serve]));
        Script { steps, trailer: Vec::new() }
    };
    save("tender_hypercalls", "ring", &steps(&[], &entries))?;
    save("tender_hypercalls", "ring-outside", &steps(&[], &[entries[1].clone(), ask(1, 1, 0x7fff, 2, 7)]))?;
    save("tender_hypercalls", "ring-runs-away", &steps(&[(2, 5), (3, 1024), (0, 1025)], &[]))?;
    let unknown = Operation::Other { port: 0x509, arguments: vec![1, 2, 3] };
    let cookie = Operation::Halt { cookie: 0x7e00, status: 255, padding: Derived::Auto };
    save("tender_hypercalls", "unknown-and-cookie", &script(vec![unknown, cookie]))
}

fn save(target: &str, name: &str, value: &impl Model) -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../corpora").join(target).join("seeds");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), value.emit())
}

fn abi(target: u32) -> Note {
    note(Body::Abi { target, version: Derived::Auto, reserved: Derived::Auto })
}

fn manifest(devices: &[(&str, u32)]) -> Note {
    let entry = |(name, kind): &(&str, u32)| Entry {
        name: name.as_bytes().to_vec(),
        kind: *kind,
        properties: Derived::Auto,
        descriptor: Derived::Auto,
        padding0: Derived::Auto,
        attached: Derived::Auto,
        padding1: Derived::Auto,
    };
    let entries = [("", RESERVED_FIRST)].iter().chain(devices).map(entry).collect();
    let manifest = Manifest::Whole { version: Derived::Auto, count: Derived::Auto, entries, trailer: Vec::new() };
    note(Body::Manifest { padding: Derived::Auto, manifest })
}

fn note(body: Body) -> Note {
    Note::Whole {
        name_size: Derived::Auto,
        content_size: Derived::Auto,
        name: Derived::Auto,
        body,
        trailer: Vec::new(),
    }
}

fn image(notes: Vec<Note>) -> Image {
    let code = program(PT_LOAD.0, 5, 0x10_0000, 0x1000, Content::Raw(vec![0x90, 0xf4]));
    let data = program(PT_LOAD.0, 6, 0x20_0000, 0x1000, Content::Raw(vec![1, 2, 3]));
    let data = Program { memory_size: Derived::Lie(0x2000), ..data };
    let notes = notes.into_iter().map(|note| program(PT_NOTE.0, 4, 0, 4, Content::Note(note)));
    whole(0x10_0000, [code, data].into_iter().chain(notes).collect())
}

/// A small image with the headers of a large one: of each segment a few bytes, and its notes.
fn trimmed(file: &[u8]) -> Image {
    let header = FileHeader64::<LittleEndian>::parse(file).expect("an image");
    let programs = header.program_headers(LittleEndian, file).expect("program headers").iter().map(|header| {
        let bytes = header.data(LittleEndian, file).expect("within the file");
        let (kind, flags) = (header.p_type(LittleEndian), header.p_flags(LittleEndian).0);
        let (address, align) = (header.p_vaddr(LittleEndian), header.p_align(LittleEndian));
        let content = match kind {
            PT_NOTE => Content::Note(Note::dissect(bytes)),
            _ => Content::Raw(bytes[..bytes.len().min(KEPT)].to_vec()),
        };
        // Without the pages in between the file stays small; offsets need not fit addresses for a tender.
        let program = Program { padding: Derived::Lie(Vec::new()), ..program(kind.0, flags, address, align, content) };
        Program { memory_size: Derived::Lie(header.p_memsz(LittleEndian)), ..program }
    });
    whole(header.e_entry(LittleEndian), programs.collect())
}

fn notes(file: &[u8]) -> Vec<&[u8]> {
    let header = FileHeader64::<LittleEndian>::parse(file).expect("an image");
    let headers = header.program_headers(LittleEndian, file).expect("program headers").iter();
    let notes = headers.filter(|header| header.p_type(LittleEndian) == PT_NOTE);
    notes.filter_map(|header| header.data(LittleEndian, file).ok()).collect()
}

fn whole(entry: u64, programs: Vec<Program>) -> Image {
    let header = Header {
        ident: Derived::Auto,
        kind: Derived::Auto,
        machine: Derived::Auto,
        version: Derived::Auto,
        entry,
        table: Derived::Auto,
        sections: 0,
        flags: 0,
        size: Derived::Auto,
        program_size: Derived::Auto,
        count: Derived::Auto,
        section: [0; 3],
    };
    Image::Whole { header, programs, trailer: Vec::new() }
}

fn program(kind: u32, flags: u32, address: u64, align: u64, content: Content) -> Program {
    Program {
        kind,
        flags,
        offset: Derived::Auto,
        address,
        physical: Derived::Auto,
        file_size: Derived::Auto,
        memory_size: Derived::Auto,
        align,
        padding: Derived::Auto,
        content,
    }
}
