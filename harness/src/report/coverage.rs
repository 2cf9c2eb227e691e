//! Coverage by line of the source, on every host.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Result;

use crate::compare::Replay;
use crate::edges;
use crate::host::Host;

/// Lines shown around a line that has edges.
const AROUND: u32 = 3;

/// The source that has edges.
pub struct Coverage {
    /// Files of which some edge is covered, by path.
    pub files: Vec<SourceFile>,
    /// The other files, which nothing reaches.
    pub unreached: Vec<String>,
}

/// A file of the source.
pub struct SourceFile {
    /// Its path, from its package on.
    pub path: String,
    /// By host: edges covered, and edges.
    pub totals: Vec<Count>,
    /// The lines near edges, with a gap where their numbers jump; empty where the source is not on this machine.
    pub lines: Vec<Line>,
}

/// Edges covered, and edges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Those that were hit.
    pub covered: u32,
    /// All.
    pub edges: u32,
}

/// A line of the source.
pub struct Line {
    /// From 1.
    pub number: u32,
    /// What it says.
    pub text: String,
    /// By host; empty where it has no edges.
    pub counts: Vec<Count>,
}

impl Coverage {
    /// What `replays` covered on `hosts`.
    ///
    /// # Errors
    /// Fails where debug information cannot be read.
    pub fn new(hosts: &[Host], replays: &[Replay]) -> Result<Self> {
        let mut files: BTreeMap<&str, BTreeMap<u32, Vec<Count>>> = BTreeMap::new();
        for (index, (host, replay)) in hosts.iter().zip(replays).enumerate() {
            for (number, edge) in (0..).zip(host.edges().edges()?) {
                let Some(frame) = edge.frame().filter(|frame| !frame.is_standard()) else { continue };
                let lines = files.entry(&frame.place.file).or_default();
                let counts = lines.entry(frame.place.line).or_insert_with(|| vec![Count::default(); hosts.len()]);
                counts[index].edges += 1;
                counts[index].covered += u32::from(replay.covered.contains(&number));
            }
        }
        let mut coverage = Self { files: Vec::new(), unreached: Vec::new() };
        for (path, lines) in files {
            let mut totals = vec![Count::default(); hosts.len()];
            for count in lines.values() {
                for (total, count) in totals.iter_mut().zip(count) {
                    total.covered += count.covered;
                    total.edges += count.edges;
                }
            }
            if totals.iter().all(|total| total.covered == 0) {
                coverage.unreached.push(path.to_owned());
            } else {
                let text = edges::find(path).and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
                coverage.files.push(SourceFile { path: path.to_owned(), totals, lines: near(&text, &lines) });
            }
        }
        Ok(coverage)
    }
}

/// The lines of `text` that have edges or lie near one that has.
fn near(text: &str, edges: &BTreeMap<u32, Vec<Count>>) -> Vec<Line> {
    let is_near = |number: u32| edges.range(number.saturating_sub(AROUND)..=number + AROUND).next().is_some();
    let lines = (1..).zip(text.lines()).filter(|(number, _)| is_near(*number));
    let line = |(number, text): (u32, &str)| Line {
        number,
        text: text.to_owned(),
        counts: edges.get(&number).cloned().unwrap_or_default(),
    };
    lines.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_far_from_edges_are_left_out() {
        let text: String = (1..=40).map(|number| format!("line {number}\n")).collect();
        let edges = [(5, vec![Count { covered: 1, edges: 2 }]), (30, vec![Count::default()])].into();
        let lines = near(&text, &edges);
        let numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, (2..=8).chain(27..=33).collect::<Vec<_>>());
        assert_eq!((lines[3].text.as_str(), &lines[3].counts), ("line 5", &edges[&5]));
        assert!(lines[0].counts.is_empty());
    }
}
