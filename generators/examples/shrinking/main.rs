//! What is left of failing values, and after how many executions: here, with proptest, with bolero, and with arbitrary under
//! libFuzzer, for the same properties, from 20 random failing values each.
//!
//! `ci/compare-shrinking` builds libFuzzer's program, which `HALLIGAN_LIBFUZZER` names, and runs this.

mod failing;
mod libfuzzer;
#[path = "../../benches/peers/mod.rs"]
#[allow(dead_code, reason = "the benchmarks take the rest")]
mod peers;
#[path = "../../tests/samples/mod.rs"]
mod samples;

use std::{
    cell::RefCell,
    env,
    fmt::Debug,
    panic::{self, AssertUnwindSafe},
    time::Duration,
};

use bolero::{TypeGenerator, ValueGenerator};
use failing::{Failing, LENGTH, MAX_EQUAL, MAX_SUMMAND, equal, large, lying_offset};
use halligan_generators::{Generate, Source, Tape, list, model::ethernet::Frame, range, shrink};
use peers::{
    by_hand::{self, Peer},
    strategy,
};
use proptest::{
    collection::vec,
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

const STARTS: u64 = 20;

/// Counts executions from the first failure on, and keeps the last value that failed: all shrinkers go on from the one
/// before it only if that failed too.
struct Watch<T>(RefCell<Option<(usize, T)>>);

impl<T: Clone> Watch<T> {
    fn new() -> Self {
        Self(RefCell::new(None))
    }

    /// Gives whether the value fails.
    fn look(&self, value: &T, fails: impl Fn(&T) -> bool) -> bool {
        let mut seen = self.0.borrow_mut();
        let failed = fails(value);
        match &mut *seen {
            Some((calls, last)) => {
                *calls += 1;
                if failed {
                    last.clone_from(value);
                }
            }
            None if failed => *seen = Some((0, value.clone())),
            None => {}
        }
        failed
    }
}

fn here<G: Generate>(generator: &G, fails: impl Fn(&G::Value) -> bool) -> Vec<(usize, G::Value)> {
    let start = |seed| {
        let mut tape = Tape::new();
        let value = generator.draw(&mut Source::random(seed, 300).recording(&mut tape));
        fails(&value).then_some(tape)
    };
    let starts = (0..).filter_map(start).take(STARTS as usize);
    let shrunk = starts.map(|tape| shrink(generator, &tape, 100_000, &fails));
    shrunk.map(|shrunk| (shrunk.calls, shrunk.value)).collect()
}

fn with_proptest<S: Strategy<Value: Clone>>(strategy: &S, fails: impl Fn(&S::Value) -> bool) -> Vec<(usize, S::Value)> {
    let run = |seed: u64| {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed as u8; 32]);
        let config =
            Config { cases: 100_000, max_shrink_iters: 100_000, failure_persistence: None, ..Config::default() };
        let watch = Watch::new();
        let result = TestRunner::new_with_rng(config, rng).run(strategy, |value| {
            if watch.look(&value, &fails) { Err(TestCaseError::fail("as planned")) } else { Ok(()) }
        });
        assert!(result.is_err(), "no value fails");
        watch.0.into_inner().expect("one failed")
    };
    (0..STARTS).map(run).collect()
}

fn with_bolero<G>(generator: impl Fn() -> G, fails: impl Fn(&G::Output) -> bool) -> Vec<(usize, G::Output)>
where
    G: ValueGenerator<Output: Clone + Debug>,
{
    let run = |_| {
        let watch = Watch::new();
        let look = AssertUnwindSafe(|value: &G::Output| watch.look(value, &fails));
        let result = panic::catch_unwind(AssertUnwindSafe(|| {
            let check = bolero::check!().with_iterations(100_000).with_shrink_time(Duration::from_secs(1));
            check.with_generator(generator()).for_each(|value| assert!(!(*look)(value), "as planned"));
        }));
        assert!(result.is_err(), "no value fails");
        watch.0.into_inner().expect("one failed")
    };
    (0..STARTS).map(run).collect()
}

/// Prints how often what is left is minimal, the median number of executions, and the worst that is left.
fn report<T>(library: &str, mut found: Vec<(usize, T)>, excess: impl Fn(&T) -> usize, show: impl Fn(&T) -> String) {
    let minimal = found.iter().filter(|(_, value)| excess(value) == 0).count();
    found.sort_by_key(|(calls, _)| *calls);
    let calls = found[found.len() / 2].0;
    let worst = found.iter().max_by_key(|(_, value)| excess(value)).map(|(_, value)| show(value));
    println!("  {library:9} minimal {minimal:2} of {}, {calls:6} executions, worst {}", found.len(), worst.unwrap());
}

fn report_lists(library: &str, found: Vec<(usize, Vec<u16>)>, minimal: &[u16]) {
    let excess = |list: &Vec<u16>| if list == minimal { 0 } else { 1 + list.len() * 1000 + usize::from(list[0]) };
    report(library, found, excess, |list| format!("{list:?}"));
}

/// Lies beyond the one, and bytes that are not zero in what should be simplest.
fn report_frames(library: &str, found: Vec<(usize, Frame)>) {
    use halligan_generators::Model;
    let excess = |frame: &Frame| 1000 * (frame.lies() - 1) + frame.emit().len() - 60;
    report(library, found, excess, |frame| format!("{} bytes, {} lies", frame.emit().len(), frame.lies()));
}

/// What libFuzzer leaves, if its program is there, as what `of` makes of the bytes.
fn with_arbitrary<T>(failing: Failing, of: impl Fn(&[u8]) -> Option<T>) -> Option<Vec<(usize, T)>> {
    let program = env::var_os("HALLIGAN_LIBFUZZER")?;
    let left = libfuzzer::minimise(program.as_ref(), failing, STARTS as usize);
    Some(left.into_iter().map(|(calls, bytes)| (calls, of(&bytes).expect("it fails"))).collect())
}

fn main() {
    panic::set_hook(Box::new(|_| {}));
    let up_to = |max: u16| vec(0..=max, 0..=LENGTH as usize);
    let numbers = |max: u16| move || bolero::produce::<Vec<u16>>().with().values(0..=max).len(0..=LENGTH as usize);
    let lists = |failing, fails: fn(&[u16]) -> bool, average, max, minimal: &[u16]| {
        let fails = |list: &Vec<u16>| fails(list);
        report_lists("Halligan", here(&list(range(0..=max)).average(average), fails), minimal);
        report_lists("proptest", with_proptest(&up_to(max), fails), minimal);
        report_lists("bolero", with_bolero(numbers(max), fails), minimal);
        let found = with_arbitrary(failing, |bytes| failing::numbers(bytes, max));
        found.into_iter().for_each(|found| report_lists("arbitrary", found, minimal));
    };
    println!("two equal elements, [0, 0]:");
    lists(Failing::Equal, equal, 20, MAX_EQUAL, &[0, 0]);
    println!("a sum of at least 1000, [100, 300, 300, 300]:");
    lists(Failing::Large, large, 10, MAX_SUMMAND, &[100, 300, 300, 300]);

    println!("a TCP segment in a frame with a wrong data offset, 60 bytes and one lie:");
    report_frames("Halligan", here(&Frame::generator(), lying_offset));
    report_frames("proptest", with_proptest(&strategy::frames(0..=8, 0..=64), lying_offset));
    let frames = with_bolero(Peer::produce, |peer| lying_offset(&peer.0));
    report_frames("bolero", frames.into_iter().map(|(calls, peer)| (calls, peer.0)).collect());
    let frames = with_arbitrary(Failing::LyingOffset, failing::frame);
    frames.into_iter().for_each(|frames| report_frames("arbitrary", frames));
}
