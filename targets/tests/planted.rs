//! Every property of every target can fail: a fault planted for it is found from the seeds, and reported as that property.

use std::fs;
use std::path::Path;

use halligan_targets::planted::plant;
use halligan_targets::{AnyTarget, TARGETS};

/// Mutants tried for each fault; and without one.
const EXECUTIONS: u64 = 200_000;
const CLEAN: u64 = 20_000;

const MAX_LEN: usize = 2000;

fn seeds(target: &dyn AnyTarget) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora").join(target.name()).join("seeds");
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} has no seeds", target.name());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// The first violation among the seeds and `executions` mutants of them, and of mutants in turn.
fn violation(target: &dyn AnyTarget, seeds: &[Vec<u8>], executions: u64) -> Option<(&'static str, String, u64)> {
    let (mut mutator, mut out, mut answer) = (target.mutator(), Vec::new(), vec![0; 1 << 16]);
    let mut pool = seeds.to_vec();
    for round in 0..seeds.len() as u64 + executions {
        let seed = round.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let slot = (seed >> 32) as usize % pool.len();
        if let Some(seed) = seeds.get(round as usize) {
            out.clone_from(seed);
        } else {
            let other = &pool[(seed >> 8) as usize % pool.len()];
            mutator.mutate(&pool[slot], Some(other), seed, MAX_LEN, &mut out);
        }
        let filled = target.answer(&out, &mut answer);
        if let Some(property) = filled.failed {
            let detail = &answer[filled.observation..filled.observation + filled.detail];
            let name = target.properties()[property as usize].name;
            return Some((name, String::from_utf8_lossy(detail).into_owned(), round));
        }
        // Edits add up, but not for ever.
        if round % 4 == 0 {
            pool[slot].clone_from(if round % 16 == 0 { &seeds[slot] } else { &out });
        }
    }
    None
}

// One test, for what is planted is planted in the whole process.
#[test]
fn each_fault_is_found_and_nothing_without_one() {
    for target in TARGETS {
        let seeds = seeds(*target);
        plant(None);
        assert_eq!(violation(*target, &seeds, CLEAN), None, "{}, nothing planted", target.name());
        for property in target.properties() {
            let fault = format!("{}/{}", target.name(), property.name);
            plant(Some(&fault));
            let (name, detail, round) =
                violation(*target, &seeds, EXECUTIONS).unwrap_or_else(|| panic!("{fault}: not found"));
            assert_eq!(name, property.name, "{fault}: {detail}");
            println!("{fault}: found after {round} executions: {detail}");
        }
    }
}
