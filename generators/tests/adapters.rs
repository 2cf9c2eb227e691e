//! What other libraries draw through the adapters.

use std::{collections::BTreeSet, panic};

use ::arbitrary::{Arbitrary, Error, Unstructured};
use bolero::generator::bolero_generator::driver::{ByteSliceDriver, Options};
use bolero::{Driver, TypeGenerator, ValueGenerator};
use halligan_generators::{
    adapters::{
        Drawn,
        arbitrary::{arbitrary, draw},
        bolero::value_generator,
        rand::distribution,
    },
    model::tcp::Segment,
    *,
};
use rand::{Rng, RngExt, SeedableRng, distr::Distribution, rngs::ChaCha8Rng};

const BYTES: &[u8] = &[2, 1, 7, 0, 1, 9, 0, 0, 0xab, 0xcd];

/// What is drawn from [`BYTES`]: one byte, then a list; two bytes are left.
fn pair() -> impl Generate<Value = (u8, Vec<u16>)> {
    (any::<u8>(), list(any::<u16>()))
}

#[test]
fn unstructured_bytes_are_used_as_far_as_they_are_needed() {
    let mut unstructured = Unstructured::new(BYTES);
    assert_eq!(draw(&pair(), &mut unstructured), Ok((2, vec![7, 9])));
    assert_eq!(unstructured.take_rest(), [0xab, 0xcd]);
}

#[test]
fn a_type_is_arbitrary_through_its_generator() {
    let drawn = |bytes: &[u8]| Drawn::<Segment>::arbitrary(&mut Unstructured::new(bytes)).map(|drawn| drawn.0);
    for seed in 0..100u64 {
        let mut bytes = [0; 200];
        ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
        assert_eq!(drawn(&bytes), Ok(Segment::draw_from(&mut Source::bytes(&bytes))));
    }
}

#[derive(Arbitrary, Clone, Debug, PartialEq)]
struct Request {
    port: u16,
    names: Vec<String>,
}

#[test]
fn what_is_arbitrary_keeps_the_laws() {
    let requests = laws(&arbitrary::<Request>(), 2000);
    let made: Vec<_> = requests.iter().filter_map(|made| made.value()).collect();
    assert_eq!(made.len(), requests.len());
    assert!(made.iter().any(|request| request.names.len() > 2 && request.port > 255));
    laws(&arbitrary::<[u8; 4]>(), 1000);
}

#[test]
fn what_is_arbitrary_shrinks() {
    let property =
        property!("ports are low", arbitrary::<Request>(), |made| { check(nonetheless(made.value())?.port < 1024) });
    for seed in 0..20 {
        let fault = run_seed(&property, seed, 1000).unwrap_err().to_string();
        assert!(fault.starts_with("Request { port: 1024, names: [] }\n"), "{fault}");
    }
}

/// Made of even bytes alone.
#[derive(Debug)]
struct Even;

impl Arbitrary<'_> for Even {
    fn arbitrary(unstructured: &mut Unstructured<'_>) -> Result<Self, Error> {
        if u8::arbitrary(unstructured)? % 2 == 0 { Ok(Self) } else { Err(Error::IncorrectFormat) }
    }
}

#[test]
fn bytes_that_make_nothing_are_no_value() {
    let drawn = laws(&arbitrary::<Even>(), 100);
    let of_first = |made: &adapters::arbitrary::Made<Even>| made.bytes().first().is_none_or(|byte| byte % 2 == 0);
    assert!(drawn.iter().all(|made| made.value().is_some() == of_first(made)));
    assert!(drawn.iter().any(|made| format!("{made:?}").starts_with("(no value: The raw data")));
    let statistics = run_seed(
        &property!("even", arbitrary::<Even>(), |made| {
            nonetheless(made.value())?;
            Ok(())
        }),
        1,
        100,
    );
    assert!(statistics.unwrap().rejected() > 20);
}

#[test]
fn bolero_drives_a_generator_with_its_bytes() {
    let mut driver = ByteSliceDriver::new(BYTES, &Options::default());
    assert_eq!(value_generator(pair()).generate(&mut driver), Some((2, vec![7, 9])));
    assert_eq!(driver.produce::<u16>(), Some(u16::from_le_bytes([0xab, 0xcd])));
    let mut driver = ByteSliceDriver::new(BYTES, &Options::default());
    assert_eq!(Drawn::<(u8, Vec<u16>)>::generate(&mut driver), Some(Drawn((2, vec![7, 9]))));
}

#[test]
fn bolero_finds_what_fails() {
    let dice = value_generator(list(range(1u8..=6)));
    let check = bolero::check!().with_iterations(1000).with_generator(dice);
    assert!(panic::catch_unwind(|| check.for_each(|dice| assert!(!dice.contains(&6)))).is_err());
    let check = bolero::check!().with_iterations(1000).with_type::<Drawn<Segment>>();
    assert!(panic::catch_unwind(|| check.for_each(|segment| assert_eq!(segment.0.lies(), 0))).is_err());
}

#[test]
fn a_distribution_samples_by_one_word() {
    let distribution = distribution(pair());
    let (mut first, mut second) = (ChaCha8Rng::seed_from_u64(1), ChaCha8Rng::seed_from_u64(1));
    assert_eq!(first.sample(&distribution), distribution.sample(&mut second));
    second = ChaCha8Rng::seed_from_u64(1);
    second.next_u64();
    assert_eq!(first.next_u64(), second.next_u64());
    let sides: BTreeSet<u8> = adapters::rand::distribution(range(1u8..=6)).sample_iter(first).take(200).collect();
    assert!(sides.into_iter().eq(1..=6));
}

#[test]
fn proptest_takes_a_type_by_its_generator() {
    use proptest::{arbitrary::any, strategy::Strategy, strategy::ValueTree, test_runner::TestRunner};

    let mut runner = TestRunner::deterministic();
    let drawn = any::<Drawn<Segment>>().new_tree(&mut runner).unwrap().current().0;
    assert_eq!(Segment::dissect(&drawn.emit()).emit(), drawn.emit());
}
