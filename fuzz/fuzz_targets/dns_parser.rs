//! libFuzzer over `dns_parser`.

#![no_main]

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target};

fuzz_target!(init: halligan_fuzz::start("dns_parser"), |input: &[u8]| halligan_fuzz::run(input));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    halligan_fuzz::mutate(data, size, max_size, seed)
});

fuzz_crossover!(|data1: &[u8], data2: &[u8], out: &mut [u8], seed: u32| {
    halligan_fuzz::cross_over(data1, data2, out, seed)
});
