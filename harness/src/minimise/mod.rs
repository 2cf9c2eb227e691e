//! Minimising: the simplest input that fails just as a given one does.

mod failure;
mod parallel;
mod work;

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::findings::Finding;

pub use failure::{Failure, Panel};
pub use parallel::in_parallel;
pub use work::{Done, Job};

/// How much may be spent on one input.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Executions, each counted once on every host that it takes.
    pub executions: usize,
    /// Time, which matters where each execution is a hang.
    pub time: Duration,
}

/// What minimising an input came to.
#[derive(Clone)]
pub struct Minimised {
    /// The simplest input found that fails likewise, with what every host made of it.
    pub finding: Finding,
    /// Number of inputs that were tried.
    pub executions: usize,
    /// Number of derived fields of it that do not have their computed value.
    pub lies: usize,
    /// Whether no simpler input is known to try; if not, the limits were reached.
    pub finished: bool,
}

/// Looks for the simplest input that fails as `failure` does: takes the input apart by the target's model, shrinks the
/// choices that it is made of, then its bytes. Calls `better` with every improvement and the executions until then, and
/// ends early where `goes_on` says no more.
///
/// # Errors
/// Fails where a host cannot run, and where `better` fails.
pub fn minimise(
    panel: &mut Panel,
    failure: &Failure,
    limits: Limits,
    mut better: impl FnMut(&[u8], usize) -> Result<()>,
    goes_on: &dyn Fn() -> bool,
) -> Result<Minimised> {
    let (target, start) = (failure.finding().target, Instant::now());
    let (mut executions, mut stopped, mut error) = (0, false, None);
    let shrunk = target.shrink(&failure.finding().input, limits.executions, &mut |input| {
        stopped = stopped || error.is_some() || start.elapsed() > limits.time || !goes_on();
        if stopped {
            return false;
        }
        executions += 1;
        let shows = panel.shows(failure, input).and_then(|shows| {
            if shows {
                better(input, executions)?;
            }
            Ok(shows)
        });
        shows.unwrap_or_else(|cause| {
            error = Some(cause);
            false
        })
    });
    if let Some(error) = error {
        return Err(error);
    }
    // On all hosts, where it was looked for on one.
    let finding = panel.finding(target, &shrunk.bytes)?.unwrap_or_else(|| failure.finding().clone());
    let lies = target.lies(&finding.input);
    Ok(Minimised { finding, executions, lies, finished: shrunk.finished && !stopped })
}
