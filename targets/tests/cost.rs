//! What an input costs is bounded by its length: the memory that a target takes for it, in bytes allocated in all, with all
//! decoders and properties. That is counted, not timed, so it is the same on each machine.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use halligan_targets::planted::{COST, plant};
use halligan_targets::{AnyTarget, TARGETS, find};

/// Mutants tried of each target.
const EXECUTIONS: u64 = 20_000;

const MAX_LEN: usize = 2000;

/// Counts the bytes that are allocated.
struct Counted;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// What an input may cost: so much, and so much for each of its bytes. That is about four times the most that was seen.
fn bound(target: &str, input: &[u8]) -> usize {
    let (base, byte) = match target {
        "ip_parser" => (300_000, 100),
        "tcp_parser" => (300_000, 200),
        "tls_parser" => (600_000, 3_000),
        // A known fault: hickory takes memory for as many questions as the header claims, see `known_cost.rs`.
        "dns_parser" => (24_000_000, 1_000),
        "ethernet_parser" => (250_000, 200),
        other => panic!("{other} has no bound"),
    };
    base + byte * input.len()
}

/// What `input` costs.
fn cost(target: &dyn AnyTarget, input: &[u8], answer: &mut [u8]) -> usize {
    ALLOCATED.store(0, Ordering::Relaxed);
    target.answer(input, answer);
    ALLOCATED.load(Ordering::Relaxed)
}

/// The first input among the corpus and its mutants that costs more than it may, by length and cost.
fn dear(target: &dyn AnyTarget) -> Option<(usize, usize)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora").join(target.name()).join("seeds");
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<_> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    let (mut mutator, mut out, mut answer) = (target.mutator(), Vec::new(), vec![0; 1 << 16]);
    for round in 0..seeds.len() as u64 + EXECUTIONS {
        let seed = &seeds[round as usize % seeds.len()];
        if round < seeds.len() as u64 {
            out.clone_from(seed);
        } else {
            let other = &seeds[(round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as usize % seeds.len()];
            mutator.mutate(seed, Some(other), round, MAX_LEN, &mut out);
        }
        let cost = cost(target, &out, &mut answer);
        if cost > bound(target.name(), &out) {
            return Some((out.len(), cost));
        }
    }
    None
}

#[test]
fn cost_is_bounded_by_length() {
    for target in TARGETS {
        plant(None);
        assert_eq!(dear(*target), None, "{}", target.name());
    }
    plant(Some(COST));
    let found = dear(find("tcp_parser").unwrap());
    println!("{COST}: found, {found:?}");
    assert!(found.is_some(), "{COST}: not found");
}
