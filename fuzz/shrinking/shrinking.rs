//! Fails on what `HALLIGAN_FAILING` names, for `ci/compare-shrinking`.

#![no_main]

#[path = "../../generators/benches/peers/by_hand.rs"]
#[allow(dead_code, reason = "the benchmarks take the rest")]
mod by_hand;
#[path = "../../generators/examples/shrinking/failing.rs"]
mod failing;

use std::{env, sync::LazyLock};

use failing::Failing;
use libfuzzer_sys::fuzz_target;

static FAILING: LazyLock<Failing> = LazyLock::new(|| {
    let name = env::var("HALLIGAN_FAILING").expect("HALLIGAN_FAILING names what fails");
    name.parse().unwrap_or_else(|error| panic!("{error}"))
});

fuzz_target!(|bytes: &[u8]| assert!(!FAILING.fails(bytes)));
