//! What is drawn does not depend on the crate's features, nor on whether there is a standard library: the derive's tests
//! run this file too, and there the generators are built without any feature. A digest that changes means that seeds and
//! recorded bytes draw other values than before.

mod catalogue;

use catalogue::catalogue;
use halligan_generators::{model::tcp::Segment, *};

/// FNV-1a.
struct Digest(u64);

impl Digest {
    fn add(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    }

    /// Adds what is drawn from many seeds, the choices of it, and what is drawn from their bytes cut short.
    fn add_draws<G: Generate<Value: std::fmt::Debug>>(&mut self, generator: &G) {
        let mut tape = Tape::new();
        for seed in 0..500 {
            tape.clear();
            let value = generator.draw(&mut Source::random(seed, 60).recording(&mut tape));
            self.add(format!("{value:?}").as_bytes());
            let bytes = tape.to_bytes();
            self.add(&bytes);
            let value = generator.draw(&mut Source::bytes(&bytes[bytes.len() / 3..]));
            self.add(format!("{value:?}").as_bytes());
        }
    }
}

macro_rules! digests {
    ($($name:ident: $generator:expr;)+) => {
        [$((stringify!($name), {
            let mut digest = Digest(0xcbf2_9ce4_8422_2325);
            digest.add_draws(&$generator);
            digest.0
        })),+]
    };
}

#[test]
fn the_same_for_all_features() {
    let mut all = Digest(0xcbf2_9ce4_8422_2325);
    let digests = catalogue!(digests);
    digests.iter().for_each(|(_, digest)| all.add(&digest.to_le_bytes()));
    all.add_draws(&Segment::generator());
    assert_eq!(all.0, 3_948_411_696_138_696_822, "{digests:#x?}");
}
