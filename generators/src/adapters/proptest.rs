//! To [proptest]: a strategy of any generator, with this crate's shrinking.
//!
//! ```
//! use halligan_generators::{adapters::proptest::strategy, any, list};
//! use proptest::proptest;
//!
//! proptest! {
//!     # #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]
//!     fn reversing_twice_changes_nothing(list in strategy(list(any::<u16>()))) {
//!         let mut twice = list.clone();
//!         twice.reverse();
//!         twice.reverse();
//!         assert_eq!(twice, list);
//!     }
//! }
//! # reversing_twice_changes_nothing();
//! ```

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use proptest::{
    arbitrary::Arbitrary,
    num::u64::ANY,
    strategy::{NewTree, Strategy, ValueTree},
    test_runner::TestRunner,
};

use super::{BUDGET, Drawn};
use crate::{
    Any, Generate, Generated, Source, Tape, any,
    shrink::{Shrinker, Step, Subject, draw},
};

/// See [`strategy`].
pub struct StrategyOf<G>(Arc<G>);

/// The strategy that draws from `generator`. proptest's seeds choose the values, so its regression files work; the passes
/// of [`shrink`](crate::shrink) shrink them.
pub fn strategy<G: Generate<Value: fmt::Debug>>(generator: G) -> StrategyOf<G> {
    StrategyOf(Arc::new(generator))
}

impl<G> Clone for StrategyOf<G> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<G> fmt::Debug for StrategyOf<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::any::type_name::<Self>())
    }
}

impl<G: Generate<Value: fmt::Debug>> Strategy for StrategyOf<G> {
    type Tree = Shrinking<G>;
    type Value = G::Value;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let seed = ANY.new_tree(runner)?.current();
        let mut current = Tape::new();
        self.0.draw(&mut Source::random(seed, BUDGET).recording(&mut current));
        Ok(Shrinking { generator: self.0.clone(), current, shrinker: None, verdicts: Vec::new(), finished: false })
    }
}

impl<T: Generated + fmt::Debug + 'static> Arbitrary for Drawn<T> {
    type Parameters = ();
    type Strategy = proptest::strategy::Map<StrategyOf<Any<T>>, fn(T) -> Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        strategy(any()).prop_map(Drawn)
    }
}

/// A value that proptest shrinks step by step.
///
/// proptest asks for one candidate at a time, while a pass runs from its start to its end. So each step runs the current
/// pass again, with the verdicts known so far, up to the first candidate without one.
pub struct Shrinking<G> {
    generator: Arc<G>,
    /// Draws the current value: a candidate, in the end the simplest that failed.
    current: Tape,
    /// The shrinker as it was when the current pass began; nothing before shrinking begins.
    shrinker: Option<Shrinker>,
    /// Whether the candidates of the current pass failed.
    verdicts: Vec<bool>,
    finished: bool,
}

impl<G> fmt::Debug for Shrinking<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shrinking").field("current", &self.current).finish_non_exhaustive()
    }
}

impl<G: Generate> Shrinking<G> {
    /// Takes the verdict on the current value; gives whether the current value is another one now.
    fn advance(&mut self, failed: bool) -> bool {
        if self.finished {
            return false;
        }
        let mut shrinker = match self.shrinker.take() {
            Some(shrinker) => {
                self.verdicts.push(failed);
                shrinker
            }
            None => Shrinker::new(&self.current, &mut Replay::new(&*self.generator, &[])),
        };
        loop {
            let mut pass = shrinker.clone();
            let mut replay = Replay::new(&*self.generator, &self.verdicts);
            let step = pass.step(&mut replay);
            if let Some(asked) = replay.asked {
                self.current = asked;
                self.shrinker = Some(shrinker);
                return true;
            }
            shrinker = pass;
            self.verdicts.clear();
            if step == Step::Finished {
                self.finished = true;
                self.current = shrinker.best().clone();
                // Back from a candidate that did not fail.
                return !failed;
            }
        }
    }
}

impl<G: Generate<Value: fmt::Debug>> ValueTree for Shrinking<G> {
    type Value = G::Value;

    fn current(&self) -> G::Value {
        self.generator.draw(&mut Source::tape(&self.current))
    }

    fn simplify(&mut self) -> bool {
        self.advance(true)
    }

    fn complicate(&mut self) -> bool {
        self.shrinker.is_some() && self.advance(false)
    }
}

/// Answers with known verdicts, then asks.
struct Replay<'a, G> {
    generator: &'a G,
    verdicts: core::slice::Iter<'a, bool>,
    reflected: Tape,
    /// The candidate whose verdict is not known.
    asked: Option<Tape>,
}

impl<'a, G> Replay<'a, G> {
    fn new(generator: &'a G, verdicts: &'a [bool]) -> Self {
        Self { generator, verdicts: verdicts.iter(), reflected: Tape::new(), asked: None }
    }
}

impl<G: Generate> Subject for Replay<'_, G> {
    fn draw(&mut self, candidate: &Tape, canonical: &mut Tape) -> Option<usize> {
        draw(self.generator, candidate, canonical, &mut self.reflected);
        Some(0)
    }

    fn still_fails(&mut self, canonical: &Tape) -> Option<bool> {
        let verdict = self.verdicts.next().copied();
        if verdict.is_none() {
            self.asked = Some(canonical.clone());
        }
        verdict
    }
}
