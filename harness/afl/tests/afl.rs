//! The C interface, called as AFL++ calls it, and AFL++ itself, where it is installed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
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

fn afl(arguments: &[&str], out: &Path) -> Output {
    let mut command = Command::new(workspace().join("ci/afl"));
    command.args(arguments).env("AFL_OUT", out).env("AFL_NO_UI", "1").env("AFL_BENCH_UNTIL_CRASH", "1");
    command.env_remove("HALLIGAN_TARGET").output().expect("it is a script")
}

/// A figure of AFL++.
fn figure(out: &Path, name: &str) -> u64 {
    let stats = fs::read_to_string(out.join("default/fuzzer_stats")).expect("AFL++ ran");
    let line = stats.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name));
    line.and_then(|line| line.split(':').nth(1)?.trim().parse().ok()).expect("it is a number")
}

#[test]
#[ignore = "needs afl++ and a minute"]
fn afl_finds_a_planted_fault_by_our_mutator_alone() {
    let out = tempfile::tempdir().expect("a temporary folder");
    // SAFETY: as in `mutator`.
    unsafe { env::set_var("AFL_CUSTOM_MUTATOR_ONLY", "1") };
    let run = afl(&["tcp_parser", "-V", "60", "plant=tcp_parser/panic"], out.path());
    let text = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{text}");
    assert!(figure(out.path(), "saved_crashes") > 0, "{text}");
    let crashes = fs::read_dir(out.path().join("default/crashes")).expect("there is one");
    let crash = crashes.map(|file| file.expect("it can be listed").path());
    let crash = crash.filter(|path| !path.ends_with("README.txt")).min().expect("a crash is kept");
    // What the fault wants: timestamps behind a window scale above 14, in a segment of the wire's form.
    let segment = halligan_targets::find("tcp_parser").expect("it is there").code(&fs::read(crash).expect("a file"));
    assert!(segment.contains("WindowScale") && segment.contains("Timestamps"), "{segment}");
}

#[test]
#[ignore = "needs afl++"]
fn an_unknown_target_is_one_line() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let run = Command::new(workspace().join("ci/afl")).arg("no_parser").env("AFL_OUT", out.path()).output();
    let run = run.expect("it is a script");
    assert_eq!(run.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&run.stderr).lines().count(), 1);
}
