//! The C interface, called as AFL++ calls it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::ptr;

use halligan_afl::{Mutator, afl_custom_deinit, afl_custom_fuzz, afl_custom_init};
use halligan_targets::{AnyTarget, TcpParser};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn seeds() -> Vec<Vec<u8>> {
    let folder = fs::read_dir(workspace().join("corpora/tcp_parser/seeds")).expect("there are seeds");
    folder.map(|file| fs::read(file.expect("it can be listed").path()).expect("it can be read")).collect()
}

/// A mutator of TCP segments.
fn mutator(seed: u32) -> Box<Mutator> {
    // SAFETY: all tests of this process set it to the same, and none reads another variable meanwhile.
    unsafe { env::set_var("HALLIGAN_TARGET", "tcp_parser") };
    afl_custom_init(ptr::null_mut(), seed)
}

fn variant<'m>(mutator: &'m mut Mutator, input: &[u8], other: Option<&[u8]>, max_size: usize) -> &'m [u8] {
    let mut out = ptr::null();
    let (start, len) = other.map_or((ptr::null(), 0), |other| (other.as_ptr(), other.len()));
    // SAFETY: the pointers and lengths are those of slices.
    let size = unsafe { afl_custom_fuzz(mutator, input.as_ptr(), input.len(), &mut out, start, len, max_size) };
    // SAFETY: the variant stays until the next call, for which the mutator is borrowed.
    unsafe { std::slice::from_raw_parts(out, size) }
}

#[test]
fn variants_are_segments_that_differ_and_fit() {
    let (seeds, mut mutator) = (seeds(), mutator(1));
    let (mut same, mut whole, mut honest, mut all) = (0, 0, 0, 0);
    for (seed, other) in seeds.iter().zip(seeds.iter().rev()) {
        for round in 0..50 {
            let variant = variant(&mut mutator, seed, (round % 2 == 0).then_some(other), 600);
            assert!(variant.len() <= 600, "{} bytes", variant.len());
            all += 1;
            same += u32::from(variant == seed);
            whole += u32::from(variant.len() >= 20);
            honest += u32::from(variant.len() >= 20 && TcpParser.lies(variant) == 0);
        }
    }
    assert!(same * 100 < all, "{same} of {all} are the input");
    // Byte mutations leave hardly a checksum right.
    assert!(whole * 10 > all * 9 && honest * 2 > all, "{whole} whole, {honest} without a lie, of {all}");
    afl_custom_deinit(mutator);
}

#[test]
fn the_same_seed_gives_the_same_variants() {
    let seeds = seeds();
    let variants = |seed| {
        let mut mutator = mutator(seed);
        let variants: Vec<_> = (0..20).map(|_| variant(&mut mutator, &seeds[0], None, 1500).to_vec()).collect();
        afl_custom_deinit(mutator);
        variants
    };
    assert_eq!(variants(7), variants(7));
    assert_ne!(variants(7), variants(8));
}
