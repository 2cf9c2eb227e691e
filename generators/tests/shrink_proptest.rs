//! proptest's own runner shrinks our values with our passes, and replays them from its regression files.

use std::{cell::RefCell, fs, process};

use halligan_generators::{
    Derived,
    adapters::proptest::strategy,
    any, list,
    model::tcp::{Header, Segment},
};
use proptest::{
    prelude::*,
    test_runner::{FileFailurePersistence, RngAlgorithm, TestError, TestRng, TestRunner},
};

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// Runs a failing property under proptest from a seed; gives the value that is left, and the calls after the failure.
fn shrunk<S: Strategy>(strategy: &S, seed: u8, fails: impl Fn(&S::Value) -> bool) -> (S::Value, usize) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(ProptestConfig { cases: 10_000, ..config() }, rng);
    let calls = RefCell::new(None);
    let error = runner.run(strategy, |value| {
        if let Some(calls) = &mut *calls.borrow_mut() {
            *calls += 1;
        }
        if fails(&value) {
            calls.borrow_mut().get_or_insert(0);
            return Err(TestCaseError::fail("as planned"));
        }
        Ok(())
    });
    match error {
        Err(TestError::Fail(_, value)) => (value, calls.take().unwrap_or(0)),
        other => panic!("no failure: {other:?}"),
    }
}

#[test]
fn shrinks_to_the_minimum() {
    let equal = |list: &Vec<u8>| list.iter().enumerate().any(|(at, value)| list[..at].contains(value));
    let offset =
        Segment::Whole { header: Header { data_offset: Derived::Lie(0), ..Header::default() }, payload: vec![] };
    for seed in 0..20 {
        let (value, calls) =
            shrunk(&strategy(list(any::<u16>())), seed, |list| list.iter().any(|value| *value >= 1000));
        assert_eq!(value, [1000]);
        assert!(calls <= 50, "{calls} calls");
        assert_eq!(shrunk(&strategy(list(any::<u8>()).average(20)), seed, equal).0, [0, 0]);
        let lies = |segment: &Segment| matches!(segment, Segment::Whole { header, .. } if header.data_offset.is_lie());
        assert_eq!(shrunk(&strategy(Segment::generator()), seed, lies).0, offset);
    }
}

#[test]
fn shrinks_beside_other_strategies() {
    let both = (strategy(list(any::<u16>())), 0..100u32, strategy(any::<u64>()));
    for seed in 0..20 {
        let fails = |(list, number, wide): &(Vec<u16>, u32, u64)| list.len() >= 3 && *number >= 7 && *wide >= 1 << 33;
        assert_eq!(shrunk(&both, seed, fails).0, (vec![0; 3], 7, 1 << 33));
    }
}

#[test]
fn replays_a_regression_file() {
    let file = std::env::temp_dir().join(format!("halligan-proptest-{}.txt", process::id()));
    let path: &'static str = file.to_str().expect("a path in UTF-8").to_owned().leak();
    let run = || {
        let persistence = Box::new(FileFailurePersistence::Direct(path));
        let mut runner = TestRunner::new(ProptestConfig { failure_persistence: Some(persistence), ..config() });
        let first = RefCell::new(None);
        let result = runner.run(&strategy(list(any::<u16>())), |list| {
            let fails = list.iter().any(|value| *value >= 1000);
            first.borrow_mut().get_or_insert_with(|| (list, fails));
            if fails { Err(TestCaseError::fail("as planned")) } else { Ok(()) }
        });
        assert!(matches!(&result, Err(TestError::Fail(_, list)) if *list == [1000]), "{result:?}");
        first.take()
    };
    run();
    let (text, again) = (fs::read_to_string(path), [run(), run()]);
    fs::remove_file(path).expect("the file was written");
    assert!(text.expect("the file was written").contains("shrinks to [1000]"));
    // The file's value comes first, so the first value fails, and it is the same each time.
    assert!(again[0].as_ref().is_some_and(|(_, fails)| *fails));
    assert_eq!(again[0], again[1]);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn in_a_macro(list in strategy(list(any::<u16>()).max(5))) {
        prop_assert!(list.len() <= 5);
    }

    #[test]
    #[should_panic(expected = "minimal failing input: list = [\n    1000,\n]")]
    fn in_a_macro_that_fails(list in strategy(list(any::<u16>()))) {
        prop_assert!(list.iter().all(|value| *value < 1000));
    }
}
