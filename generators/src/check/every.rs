//! Looks at every value of a property up to a size.

use alloc::boxed::Box;

use super::{Counterexample, Fault, Property, Stop};
use crate::{Count, Source, Statistics, Tape, exhaustive::Walk};

impl Property<'_> {
    /// Counts its values up to `size`, as [`every`](crate::every) has it, by drawing them all, no more than `limit`.
    #[must_use]
    pub fn count_up_to(&self, size: u32, limit: u64) -> Count {
        let (mut walk, mut tape, mut count) = (Walk::new(size), Tape::new(), 0);
        while let Some(source) = walk.next() {
            tape.clear();
            let canonical = self.draw_canonical(source, &mut tape);
            if walk.is_new() && canonical {
                count += 1;
                if count > limit {
                    return Count::MoreThan(limit);
                }
            }
        }
        Count::Exactly(count)
    }

    /// Looks at all its values up to `size`, as [`every`](crate::every) gives them. `progress` hears of each. Gives what was
    /// looked at, and whether the property has no other values.
    ///
    /// # Errors
    /// The first [`Fault`]; required shares are not looked at.
    ///
    /// ```
    /// use halligan_generators::{any, check, list, property};
    ///
    /// let short = property!("few are set", list(any::<bool>()).max(9), |list| {
    ///     check(list.iter().filter(|set| **set).count() < 3)
    /// });
    /// let (statistics, complete) = short.run_every(5, |_| {}).unwrap();
    /// assert!(statistics.passed() == 20 && !complete);
    /// assert!(short.run_every(6, |_| {}).unwrap_err().to_string().starts_with("vec![true, true, true]"));
    /// ```
    pub fn run_every(&self, size: u32, mut progress: impl FnMut(&Statistics)) -> Result<(Statistics, bool), Fault> {
        let (mut walk, mut tape, mut statistics) = (Walk::new(size), Tape::new(), Statistics::default());
        while let Some(source) = walk.next() {
            tape.clear();
            let canonical = self.draw_canonical(source, &mut tape);
            if !(walk.is_new() && canonical) {
                continue;
            }
            let case = self.run(&mut Source::tape(&tape));
            statistics.add(&case, &tape);
            if let Err(Stop::Failed(failure)) = case.verdict {
                let mut found = Counterexample::new(self, &tape, failure);
                found.cases = statistics.cases();
                return Err(Fault::Failed(Box::new(found)));
            }
            progress(&statistics);
        }
        Ok((statistics, walk.is_complete()))
    }
}
