//! To [bolero](https://docs.rs/bolero): generators, and types that have one, drive its engines.
//!
//! ```
//! use bolero::check;
//! use halligan_generators::{adapters::{Drawn, bolero::value_generator}, list, model::tcp::Segment, range};
//!
//! let dice = value_generator(list(range(1u8..=6)));
//! check!().with_iterations(100).with_generator(dice).for_each(|dice| assert!(dice.iter().all(|side| *side < 7)));
//!
//! check!().with_iterations(100).with_type::<Drawn<Segment>>().for_each(|segment| drop(segment.0.clone()));
//! ```

use bolero_generator::{Driver, TypeGenerator, ValueGenerator};

use super::{BUDGET, Drawn};
use crate::{Generate, Generated, Source, any};

/// See [`value_generator`].
#[derive(Clone, Copy, Debug)]
pub struct ValueGeneratorOf<G>(G);

/// The value generator that draws from the driver's bytes what `generator` draws.
pub const fn value_generator<G: Generate<Value: 'static>>(generator: G) -> ValueGeneratorOf<G> {
    ValueGeneratorOf(generator)
}

impl<G: Generate<Value: 'static>> ValueGenerator for ValueGeneratorOf<G> {
    type Output = G::Value;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<G::Value> {
        driver.gen_from_bytes(
            // Without a greatest length the random driver asks for half of the address space, and gives nothing.
            || (0, Some(BUDGET)),
            |bytes| {
                let mut source = Source::bytes(bytes);
                let value = self.0.draw(&mut source);
                Some((bytes.len() - source.rest().len(), value))
            },
        )
    }
}

impl<T: Generated + 'static> TypeGenerator for Drawn<T> {
    fn generate<D: Driver>(driver: &mut D) -> Option<Self> {
        value_generator(any()).generate(driver).map(Drawn)
    }
}
