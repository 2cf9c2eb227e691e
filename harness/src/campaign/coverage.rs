//! Which edges a campaign has seen on each host, how often within one run, and LibAFL's view of that.
//!
//! Hits arrive as short lists, never as whole maps, so that a run costs what it touched. Counts fall into AFL's buckets:
//! 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more; an edge in a bucket in which it was not seen before is new.

use std::borrow::Cow;

use libafl::Error;
use libafl::executors::ExitKind;
use libafl::feedbacks::{Feedback, StateInitializer};
use libafl::inputs::BytesInput;
use libafl::observers::Observer;
use libafl_bolts::Named;
use serde::{Deserialize, Serialize};

/// Of each count, the bit of its bucket.
const BUCKETS: [u8; 256] = {
    let mut buckets = [0; 256];
    let mut count = 1;
    while count < 256 {
        buckets[count] = match count {
            1 => 1,
            2 => 2,
            3 => 4,
            4..=7 => 8,
            8..=15 => 16,
            16..=31 => 32,
            32..=127 => 64,
            _ => 128,
        };
        count += 1;
    }
    buckets
};

/// The edges seen on one host.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The buckets in which each edge was.
    buckets: Vec<u8>,
    /// How many kept inputs hit each edge.
    kept: Vec<u32>,
}

impl Seen {
    /// Nothing seen of an image with `edges` edges.
    pub fn new(edges: usize) -> Self {
        Self { buckets: vec![0; edges], kept: vec![0; edges] }
    }

    /// Whether any of `hits` is new. An edge that the image does not have is not.
    pub fn lacks(&self, hits: impl IntoIterator<Item = (u32, u8)>) -> bool {
        hits.into_iter().any(|(edge, count)| {
            let bucket = BUCKETS[usize::from(count)];
            self.buckets.get(edge as usize).is_some_and(|seen| seen & bucket != bucket)
        })
    }

    /// How many kept inputs hit `edge`.
    pub fn kept(&self, edge: u32) -> u32 {
        self.kept.get(edge as usize).copied().unwrap_or_default()
    }

    /// Adds `hits`, calls `first` with each edge that was never hit before, and returns whether any of them was new.
    pub fn add(&mut self, hits: &[(u32, u8)], mut first: impl FnMut(u32)) -> bool {
        let any = self.lacks(hits.iter().copied());
        for &(edge, count) in hits.iter().filter(|_| any) {
            let Some(buckets) = self.buckets.get_mut(edge as usize) else { continue };
            if *buckets == 0 {
                first(edge);
            }
            *buckets |= BUCKETS[usize::from(count)];
            self.kept[edge as usize] += 1;
        }
        any
    }
}

/// What a run hit, with the index of its host.
pub type HostHits = (usize, Vec<(u32, u8)>);

/// LibAFL's observer of one input: what its runs hit.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Hits(pub Vec<HostHits>);

impl Named for Hits {
    fn name(&self) -> &Cow<'static, str> {
        &Cow::Borrowed("hits")
    }
}

impl<I, S> Observer<I, S> for Hits {}

/// The observers of a campaign.
pub type Observers = (Hits, ());

/// LibAFL's feedback: a run is interesting where it hit something new on any host.
#[derive(Debug)]
pub struct NewCoverage {
    /// What was seen, by the index of the host.
    pub seen: Vec<Seen>,
    /// Edges that the last interesting run was the first to hit, each with the index of its host.
    pub first: Vec<(usize, u32)>,
}

impl NewCoverage {
    /// Nothing seen of images with so many edges.
    pub fn new(edges: impl IntoIterator<Item = usize>) -> Self {
        Self { seen: edges.into_iter().map(Seen::new).collect(), first: Vec::new() }
    }
}

impl Named for NewCoverage {
    fn name(&self) -> &Cow<'static, str> {
        &Cow::Borrowed("new coverage")
    }
}

impl<S> StateInitializer<S> for NewCoverage {}

impl<M, S> Feedback<M, BytesInput, Observers, S> for NewCoverage {
    fn is_interesting(
        &mut self,
        _state: &mut S,
        _manager: &mut M,
        _input: &BytesInput,
        observers: &Observers,
        _exit_kind: &ExitKind,
    ) -> Result<bool, Error> {
        self.first.clear();
        let mut any = false;
        for (host, hits) in &observers.0.0 {
            any |= self.seen[*host].add(hits, |edge| self.first.push((*host, edge)));
        }
        Ok(any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_edge_and_a_new_bucket_are_new() {
        let mut seen = Seen::new(4);
        let mut first = Vec::new();
        assert!(seen.lacks([(1, 1)]));
        assert!(seen.add(&[(1, 1)], |edge| first.push(edge)));
        assert!(!seen.lacks([(1, 1)]) && !seen.add(&[(1, 1)], |edge| first.push(edge)));
        assert!(seen.lacks([(1, 1), (1, 4)]));
        assert!(seen.add(&[(1, 4)], |edge| first.push(edge)));
        assert!(!seen.lacks([(1, 7)]) && seen.lacks([(1, 8)]));
        assert_eq!(first, [1]);
        assert_eq!([0, 1].map(|edge| seen.kept(edge)), [0, 2]);
    }

    #[test]
    fn an_edge_that_does_not_exist_is_not_new() {
        let mut seen = Seen::new(4);
        assert!(!seen.lacks([(4, 1), (u32::MAX, 1)]) && !seen.add(&[(4, 1)], |_| unreachable!()));
        assert_eq!(seen.kept(4), 0);
    }

    #[test]
    fn buckets_are_afls() {
        let bounds = [(1, 1), (2, 2), (3, 3), (4, 7), (8, 15), (16, 31), (32, 127), (128, 255)];
        for (bit, (low, high)) in bounds.into_iter().enumerate() {
            assert!((low..=high).all(|count: usize| BUCKETS[count] == 1 << bit));
        }
    }
}
