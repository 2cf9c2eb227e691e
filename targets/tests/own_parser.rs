//! Bringing another parser is one type: a hand-written one with a mistake, which the library finds, shrinks and explains.

use std::fs;
use std::path::Path;

use etherparse::{TcpOptionElement, TcpSlice};
use halligan_generators::model::tcp::Segment;
use halligan_targets::{AnyTarget, Observation, Property, Target, Violation};

/// The maximum segment size that a segment offers. The mistake: kind 0 ends the list, and is skipped here.
fn maximum_segment_size(segment: &[u8]) -> Option<u16> {
    let header = segment.get(20..4 * usize::from(segment.get(12)? >> 4))?;
    let mut rest = header;
    while let [kind, tail @ ..] = rest {
        rest = match (kind, tail) {
            (0 | 1, _) => tail,
            (2, [4, high, low, ..]) => return Some(u16::from_be_bytes([*high, *low])),
            (_, [length, ..]) => rest.get(usize::from(*length).max(2)..)?,
            (_, []) => return None,
        };
    }
    None
}

/// What etherparse reads; nothing where it stops at an option that it does not know.
fn oracle(segment: &[u8]) -> Option<Option<u16>> {
    let slice = TcpSlice::from_slice(segment).ok()?;
    let options: Result<Vec<_>, _> = slice.options_iterator().collect();
    Some(options.ok()?.into_iter().find_map(|option| match option {
        TcpOptionElement::MaximumSegmentSize(size) => Some(size),
        _ => None,
    }))
}

struct OwnParser;

impl Target for OwnParser {
    type Input = Segment;

    const NAME: &'static str = "own_parser";

    const ABOUT: &'static str = "the maximum segment size of TCP segments, by hand";

    fn properties(&self) -> &'static [Property] {
        &[Property {
            name: "size_agrees",
            rfc: "RFC 9293 section 3.2",
            demands: "both read the same maximum segment size",
            oracle: Some("etherparse"),
        }]
    }

    fn run(&self, input: &[u8], observation: &mut Observation<'_>) -> Result<(), Violation> {
        let seen = maximum_segment_size(input);
        observation.number("maximum_segment_size", seen.unwrap_or(0));
        match oracle(input) {
            Some(expected) if expected != seen => {
                Err(Violation { property: 0, detail: format!("expected {expected:?}, saw {seen:?}") })
            }
            _ => Ok(()),
        }
    }
}

#[test]
fn its_mistake_is_found_shrunk_and_explained() {
    let target: &dyn AnyTarget = &OwnParser;
    let mut answer = vec![0; 1 << 12];
    let mut fails = |input: &[u8]| target.answer(input, &mut answer).failed.is_some();

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/tcp_parser/seeds");
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<_> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(!seeds.iter().any(|seed| fails(seed)), "no packet of the captures shows it");

    let (mut mutator, mut found) = (target.mutator(), Vec::new());
    let count = (0..200_000u64).find(|round| {
        let seed = &seeds[*round as usize % seeds.len()];
        mutator.mutate(seed, None, *round, 1500, &mut found);
        fails(&found)
    });
    println!("found after {} mutants: {} bytes", count.expect("the mistake is not found"), found.len());

    let shrunk = target.shrink(&found, 10_000, &mut fails).bytes;
    let (mut fields, code) = (Vec::new(), target.code(&shrunk));
    target.annotate(&shrunk, &mut |field| fields.push(field.name));
    println!("{code}");
    // A header of five words, and as few more as hold an end of the list and a size.
    assert_eq!((shrunk.len(), target.lies(&shrunk)), (28, 0), "{code}");
    assert!(fields.contains(&"end of option list"), "{fields:?}");
    assert!(code.contains("EndOfList") && code.contains("MaximumSegmentSize"), "{code}");
}
