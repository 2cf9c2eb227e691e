//! What the hosts made of one corpus, set side by side.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Side;
use crate::compare::Replay;
use crate::edges::{Edge, Frame};
use crate::host::Host;

/// The sides of `hosts`, in their order.
///
/// # Errors
/// Fails where debug information cannot be read.
pub fn sides(hosts: &[Host], replays: &[Replay]) -> Result<Vec<Side>> {
    let covered: Vec<BTreeSet<&Edge>> = hosts
        .iter()
        .zip(replays)
        .map(|(host, replay)| {
            let edges = host.edges().edges()?;
            Ok(replay.covered.iter().filter_map(|&edge| edges.get(edge as usize)).filter(is_known).collect())
        })
        .collect::<Result<_>>()?;
    let side = |(index, host): (usize, &Host)| -> Result<Side> {
        let others = || covered.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, covered)| covered);
        let alone =
            covered[index].iter().filter(|edge| covered.len() > 1 && others().all(|other| !other.contains(*edge)));
        let place = |edge: &&Edge| edge.frame().map(Frame::to_string).unwrap_or_default();
        let accounts = replays[index].accounts.iter().zip(&replays[0].accounts);
        Ok(Side {
            host: host.kind(),
            edges: host.edges().edges()?.iter().filter(is_known).count(),
            covered: covered[index].len(),
            alone: alone.map(place).collect(),
            agreeing: accounts.filter(|(ours, first)| ours.agrees(first)).count(),
        })
    };
    hosts.iter().enumerate().map(side).collect()
}

/// Whether an edge lies in source of its own, and not in the standard library alone.
fn is_known(edge: &&Edge) -> bool {
    edge.frame().is_some_and(|frame| !frame.is_standard())
}
