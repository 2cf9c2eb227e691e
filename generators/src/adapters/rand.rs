//! To [rand]: a distribution of any generator.
//!
//! ```
//! use halligan_generators::{adapters::rand::distribution, list, range};
//! use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
//!
//! let dice = distribution(list(range(1u8..=6)).min(3));
//! let thrown = ChaCha8Rng::seed_from_u64(1).sample(dice);
//! assert!(thrown.len() >= 3 && thrown.iter().all(|side| (1..=6).contains(side)));
//! ```

use rand::{Rng, distr::Distribution};

use super::BUDGET;
use crate::{Generate, Source};

/// See [`distribution`].
#[derive(Clone, Copy, Debug)]
pub struct DistributionOf<G>(G);

/// The distribution of what `generator` draws. A sample takes one word of the random number generator, as the seed.
pub const fn distribution<G: Generate>(generator: G) -> DistributionOf<G> {
    DistributionOf(generator)
}

impl<G: Generate> Distribution<G::Value> for DistributionOf<G> {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> G::Value {
        self.0.draw(&mut Source::random(rng.next_u64(), BUDGET))
    }
}
