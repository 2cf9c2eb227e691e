//! Where in the source a finding comes from.

use anyhow::Result;

use super::Finding;
use crate::edges::{Edge, EdgeTable, Frame};
use crate::host::{Death, Host, Outcome};

/// Most frames that a report lists.
const LIMIT: usize = 12;

/// Where a finding comes from, as well as can be told.
#[derive(Clone, Debug, Default)]
pub struct Whereabouts {
    /// The place. After a death it is the innermost frame of the code under test. Where a property did not hold it is the
    /// code that the input reached and the fewest inputs that passed did; a guess, and best where that is none.
    pub place: Option<Frame>,
    /// A death's stack, innermost first, or the rarest code that the input reached.
    pub frames: Vec<Frame>,
}

/// Finds out where `finding` comes from, with the debug information of the first of `hosts` that shows it.
///
/// # Errors
/// Fails where the debug information cannot be read.
pub fn locate(finding: &Finding, hosts: &[Host]) -> Result<Whereabouts> {
    let Some(witness) = finding.shown_by().next() else { return Ok(Whereabouts::default()) };
    let Some(host) = hosts.iter().find(|host| host.kind() == witness.host) else { return Ok(Whereabouts::default()) };
    let table = host.edges();
    let mut frames = match &witness.account.outcome {
        Outcome::Died(Death::Panic { backtrace, .. }) => table.backtrace(backtrace)?,
        Outcome::Died(Death::Fault { rip, .. }) => table.frames(*rip)?,
        _ => rarest(table, &witness.edges)?,
    };
    frames.retain(is_tested);
    frames.truncate(LIMIT);
    // The compiler's own code has no line.
    let place = frames.iter().find(|frame| frame.place.line > 0).or(frames.first()).cloned();
    Ok(Whereabouts { place, frames })
}

/// The tested code among `edges` that the fewest kept inputs hit, each place followed by those that it was inlined into;
/// of equally rare code the stack's comes first.
fn rarest(table: &EdgeTable, edges: &[(u32, u32)]) -> Result<Vec<Frame>> {
    let all = table.edges()?;
    let of_edge = |&(edge, kept): &(u32, u32)| Some((kept, all.get(edge as usize)?));
    let is_code = |edge: &Edge| edge.frame().is_some_and(is_tested);
    let mut edges: Vec<_> = edges.iter().filter_map(of_edge).filter(|(_, edge)| is_code(edge)).collect();
    let fewest = edges.iter().map(|(kept, _)| *kept).min();
    edges.retain(|(kept, _)| Some(*kept) == fewest);
    edges.sort_by_key(|(_, edge)| !edge.frame().is_some_and(Frame::is_stack));
    let mut frames: Vec<_> = edges.into_iter().flat_map(|(_, edge)| edge.frames.iter().cloned()).collect();
    frames.dedup();
    Ok(frames)
}

/// Whether a frame lies in what is tested, and not in what tests it or in the standard library.
fn is_tested(frame: &Frame) -> bool {
    const TESTING: [&str; 6] =
        ["etherparse-", "generators/", "harness/", "targets/native/", "targets/solo5/", "targets/unikernel/"];
    const CHECKS: [&str; 5] = ["/properties.rs", "/check.rs", "/oracle.rs", "/observation.rs", "/target.rs"];
    let file = frame.place.file.as_str();
    !frame.is_standard()
        && !TESTING.iter().any(|start| file.starts_with(start))
        && !CHECKS.iter().any(|end| file.ends_with(end))
}
