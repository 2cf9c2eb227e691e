//! Where in the source a finding comes from.

use anyhow::Result;

use super::Finding;
use crate::edges::{EdgeTable, Frame};
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
    Ok(Whereabouts { place: frames.first().cloned(), frames })
}

/// The tested code among `edges` that the fewest kept inputs hit; of equally rare code the stack's comes first.
fn rarest(table: &EdgeTable, edges: &[(u32, u32)]) -> Result<Vec<Frame>> {
    let all = table.edges()?;
    let of_edge = |&(edge, kept): &(u32, u32)| Some((kept, all.get(edge as usize)?.frame()?));
    let mut frames: Vec<_> = edges.iter().filter_map(of_edge).filter(|(_, frame)| is_tested(frame)).collect();
    let fewest = frames.iter().map(|(kept, _)| *kept).min();
    frames.retain(|(kept, _)| Some(*kept) == fewest);
    frames.sort_by_key(|(_, frame)| !frame.place.file.starts_with("smoltcp-"));
    let mut frames: Vec<_> = frames.into_iter().map(|(_, frame)| frame.clone()).collect();
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
