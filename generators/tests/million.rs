//! The laws of the combinators over random byte strings: optimised, a million for each.

mod catalogue;

use std::fmt::Debug;

use catalogue::catalogue;
use halligan_generators::*;

const STRINGS: u64 = if cfg!(debug_assertions) { 2_000 } else { 1_000_000 };

/// Every draw ends; what was drawn is reflected, and drawn again from its choices and from their bytes.
fn check<G: Generate<Value: PartialEq + Debug>>(generator: &G) {
    let mut rng = fastrand::Rng::with_seed(STRINGS);
    let (mut tape, mut string) = (Tape::new(), Vec::new());
    for _ in 0..STRINGS {
        // Short strings are common, long ones happen.
        let most = 1 << rng.u32(..8);
        string.resize(rng.usize(..most), 0);
        rng.fill(&mut string);
        let value = generator.draw(&mut Source::bytes(&string));

        tape.clear();
        generator.reflect(&value, &mut tape).unwrap_or_else(|error| panic!("{error}: {value:?} from {string:?}"));
        assert_eq!(generator.draw(&mut Source::tape(&tape)), value, "the choices of what {string:?} draws");
        string.clear();
        tape.write_bytes(&mut string);
        assert_eq!(generator.draw(&mut Source::bytes(&string)), value, "the bytes {string:?} of its choices");
    }
}

macro_rules! tests {
    ($($name:ident: $generator:expr;)+) => {$(
        #[test]
        fn $name() {
            check(&$generator);
        }
    )+};
}

catalogue!(tests);
