//! The structure-aware mutator of a target as a custom mutator library of AFL++, in its C interface (`docs/custom_mutators.md`
//! of AFL++). The environment variable `HALLIGAN_TARGET` names the target.
//!
//! ```sh
//! HALLIGAN_TARGET=tcp_parser AFL_CUSTOM_MUTATOR_LIBRARY=libhalligan_afl.so afl-fuzz -i seeds -o found -- PROGRAM @@
//! ```
//!
//! PROGRAM is any that takes the target's inputs, also one that is not of Halligan; `halligan-afl` is ours.
//! `halligan fuzz --engine afl` builds both and runs them. Other mutations of AFL++ take turns with this one unless
//! `AFL_CUSTOM_MUTATOR_ONLY=1` is set.

use std::env;
use std::ffi::{c_uint, c_void};
use std::process::exit;
use std::slice;

use halligan_targets::{Mutate, TARGETS, find};

/// What AFL++ hands from call to call.
pub struct Mutator {
    mutator: Box<dyn Mutate>,
    seed: u64,
    variant: Vec<u8>,
}

/// Makes the mutator. Where no target has the name, it says so and ends the fuzzer with status 2.
#[unsafe(no_mangle)]
pub extern "C" fn afl_custom_init(_afl: *mut c_void, seed: c_uint) -> Box<Mutator> {
    let name = env::var("HALLIGAN_TARGET").unwrap_or_default();
    let Some(target) = find(&name) else {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name()).collect();
        eprintln!("error: HALLIGAN_TARGET: there is no target `{name}`; set it to one of: {}", names.join(", "));
        exit(2);
    };
    // Far apart for near seeds: each call takes the next one.
    Box::new(Mutator { mutator: target.mutator(), seed: u64::from(seed) << 32, variant: Vec::new() })
}

/// Makes a variant of `input`, with parts of `other` where AFL++ gives one, of at most `max_size` bytes. It stays the mutator's, until the
/// next call.
///
/// # Safety
/// `input` points to `size` bytes and `other`, if not null, to `other_size`, and nothing writes to them during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn afl_custom_fuzz(
    mutator: &mut Mutator,
    input: *const u8,
    size: usize,
    variant: &mut *const u8,
    other: *const u8,
    other_size: usize,
    max_size: usize,
) -> usize {
    // SAFETY: both are what the caller promises.
    let (input, other) = unsafe { (bytes(input, size), bytes(other, other_size)) };
    mutator.seed = mutator.seed.wrapping_add(1);
    mutator.variant.clear();
    let other = (!other.is_empty()).then_some(other);
    mutator.mutator.mutate(input, other, mutator.seed, max_size, &mut mutator.variant);
    *variant = mutator.variant.as_ptr();
    mutator.variant.len()
}

/// Ends the mutator.
#[unsafe(no_mangle)]
pub extern "C" fn afl_custom_deinit(mutator: Box<Mutator>) {
    drop(mutator);
}

/// # Safety
/// `start`, if not null, points to `len` bytes that nothing writes to while the slice lives.
unsafe fn bytes<'a>(start: *const u8, len: usize) -> &'a [u8] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: it is not null, and the rest is what the caller promises.
    unsafe { slice::from_raw_parts(start, len) }
}
