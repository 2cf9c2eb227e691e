//! libFuzzer as it comes, without a custom mutator, over the target that `HALLIGAN_TARGET` names: what `ci/compare-coverage`
//! sets the structured targets beside.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: halligan_fuzz::start_named("HALLIGAN_TARGET"), |input: &[u8]| halligan_fuzz::run(input));
