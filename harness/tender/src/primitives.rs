//! What restoring a snapshot cannot do without, measured by itself: a benchmark's yardstick.

use std::time::{Duration, Instant};

/// What one round costs in which a guest writes to some pages and stops, and they are found and copied back.
#[derive(Clone, Copy, Debug)]
pub struct Primitives {
    /// The writes, each to a page that is protected, and the exit to the tender where there is one.
    pub run: Duration,
    /// The kernel's answer to which pages these are.
    pub scan: Duration,
    /// The copies.
    pub copy: Duration,
}

impl Primitives {
    /// Number of rounds that are measured.
    const ROUNDS: usize = 2000;

    /// Measures the three steps of many rounds and takes the median of each.
    pub(crate) fn measure<E>(
        mut run: impl FnMut() -> Result<(), E>,
        mut scan: impl FnMut() -> Result<(), E>,
        mut copy: impl FnMut(),
    ) -> Result<Self, E> {
        let mut steps = [const { Vec::new() }; 3];
        for _ in 0..Self::ROUNDS {
            let start = Instant::now();
            run()?;
            let stopped = Instant::now();
            scan()?;
            let found = Instant::now();
            copy();
            let taken = [stopped - start, found - stopped, found.elapsed()];
            steps.iter_mut().zip(taken).for_each(|(step, taken)| step.push(taken));
        }
        let [run, scan, copy] = steps.map(|mut step| {
            step.sort_unstable();
            step[step.len() / 2]
        });
        Ok(Self { run, scan, copy })
    }

    /// All three.
    pub fn sum(&self) -> Duration {
        self.run + self.scan + self.copy
    }
}
