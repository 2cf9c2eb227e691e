//! Where in the source a finding comes from.

use anyhow::Result;

use super::{Break, Finding};
use crate::edges::{EdgeTable, Frame};
use crate::host::{Death, Host, Outcome};

/// Most frames that a report lists.
const LIMIT: usize = 12;

/// Where a finding comes from, as well as can be told.
#[derive(Clone, Debug, Default)]
pub struct Whereabouts {
    /// The innermost frame of the code under test, or, where a property did not hold, the first place that only the
    /// broken input reached.
    pub place: Option<Frame>,
    /// A death's stack, innermost first, or all places that only the broken input reached.
    pub frames: Vec<Frame>,
}

/// Finds out where `finding` comes from, with the debug information of the first of `hosts` that shows it.
///
/// # Errors
/// Fails where the debug information cannot be read.
pub fn locate(finding: &Finding, hosts: &[Host]) -> Result<Whereabouts> {
    let Some(witness) = finding.shown_by().next() else { return Ok(Whereabouts::default()) };
    let Some(host) = hosts.iter().find(|host| host.kind() == witness.host) else { return Ok(Whereabouts::default()) };
    let edges = host.edges();
    let mut frames = match (&witness.account.outcome, finding.broke) {
        (Outcome::Died(Death::Panic { backtrace, .. }), Break::Death(_)) => edges.backtrace(backtrace)?,
        (Outcome::Died(Death::Fault { rip, .. }), Break::Death(_)) => edges.frames(*rip)?,
        _ => own(edges, &witness.own_edges)?,
    };
    frames.retain(is_tested);
    frames.truncate(LIMIT);
    // A property's verdict comes from the whole run: the stack's own code is the likelier place.
    let is_stack = |frame: &&Frame| frame.place.file.starts_with("smoltcp-");
    let place = match finding.broke {
        Break::Death(_) => frames.first(),
        Break::Property(_) | Break::Divergence => frames.iter().find(is_stack).or(frames.first()),
    };
    Ok(Whereabouts { place: place.cloned(), frames })
}

/// The places of edges that only the broken input hit.
fn own(table: &EdgeTable, edges: &[u32]) -> Result<Vec<Frame>> {
    let all = table.edges()?;
    let of_edges = edges.iter().filter_map(|&edge| all.get(edge as usize));
    let mut frames: Vec<_> = of_edges.filter_map(|edge| edge.frame().cloned()).collect();
    frames.dedup();
    Ok(frames)
}

/// Whether a frame lies in what is tested, and not in what tests it or in the standard library.
fn is_tested(frame: &Frame) -> bool {
    const TESTING: [&str; 6] = ["etherparse-", "generators/", "native/", "solo5/", "unikernel/", "harness/"];
    const CHECKS: [&str; 4] = ["/properties.rs", "/oracle.rs", "/observation.rs", "/target.rs"];
    let file = frame.place.file.as_str();
    !frame.is_standard()
        && !TESTING.iter().any(|start| file.starts_with(start))
        && !CHECKS.iter().any(|end| file.ends_with(end))
}
