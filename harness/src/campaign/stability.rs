//! Stability: whether what an input hits is what it hits again. Every kept input runs a second time.

use std::collections::VecDeque;

use super::coverage::HostHits;

/// Kept inputs that are to run again, and those that are on their way.
#[derive(Default)]
pub struct Again {
    waiting: VecDeque<(Vec<u8>, Vec<HostHits>)>,
    /// Of each batch on its way, what its first inputs hit before.
    under_way: VecDeque<Vec<Vec<HostHits>>>,
}

impl Again {
    /// Has `input`, which hit `hits`, run again.
    pub fn push(&mut self, input: &[u8], hits: Vec<HostHits>) {
        self.waiting.push_back((input.to_vec(), hits));
    }

    /// Begins a batch with up to `room` inputs that are to run again.
    pub fn begin(&mut self, room: usize, mut add: impl FnMut(&[u8])) {
        let inputs = self.waiting.drain(..room.min(self.waiting.len()));
        let expected = inputs.map(|(input, hits)| {
            add(&input);
            hits
        });
        self.under_way.push_back(expected.collect());
    }

    /// What the first inputs of the oldest batch hit before.
    pub fn settle(&mut self) -> Vec<Vec<HostHits>> {
        self.under_way.pop_front().unwrap_or_default()
    }
}

/// How many edges were hit, and how many of them as often as before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stability {
    /// Edges hit by either run.
    pub edges: u64,
    /// Edges hit equally often by both.
    pub stable: u64,
}

impl Stability {
    /// Compares two runs' hits, each ascending by edge.
    pub fn of(before: &[(u32, u8)], now: impl Iterator<Item = (u32, u8)>) -> Self {
        let (mut total, mut stable, mut rest) = (before.len() as u64, 0, before);
        for hit in now {
            let skip = rest.iter().take_while(|(edge, _)| *edge < hit.0).count();
            rest = &rest[skip..];
            match rest.first() {
                Some(known) if known.0 == hit.0 => stable += u64::from(known.1 == hit.1),
                _ => total += 1,
            }
        }
        Self { edges: total, stable }
    }
}

#[cfg(test)]
mod tests {
    use super::Stability;

    #[test]
    fn edges_that_are_hit_by_one_run_alone_or_less_often_are_not_stable() {
        let before = [(1, 1), (4, 2), (7, 1)];
        let of = |now: &[(u32, u8)]| Stability::of(&before, now.iter().copied());
        assert_eq!(of(&before), Stability { edges: 3, stable: 3 });
        assert_eq!(of(&[(1, 1), (4, 3), (6, 1)]), Stability { edges: 4, stable: 1 });
        assert_eq!(of(&[]), Stability { edges: 3, stable: 0 });
    }
}
