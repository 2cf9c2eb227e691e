//! The smallest set of inputs with the coverage of all.

use std::collections::{BTreeSet, BinaryHeap};

/// What one input covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covering {
    /// Numbers of what it covers.
    pub covered: BTreeSet<u32>,
    /// Its length in bytes: of inputs that add as much, the shortest is taken.
    pub size: usize,
}

/// Indices of a small set of `inputs` that covers, with what `known` already covers, all that any of them does: ascending,
/// and without an input that the others make up for. Greedy: what adds most goes first.
///
/// ```
/// use halligan::corpus::{Covering, cover};
///
/// let input = |covered: &[u32], size| Covering { covered: covered.iter().copied().collect(), size };
/// let inputs = [input(&[1, 2], 9), input(&[3], 1), input(&[1, 2, 3], 20), input(&[4], 5), input(&[4], 4)];
/// assert_eq!(cover(&inputs, &Default::default()), [2, 4]);
/// assert_eq!(cover(&inputs, &[1, 2].into()), [1, 4]);
/// ```
pub fn cover(inputs: &[Covering], known: &BTreeSet<u32>) -> Vec<usize> {
    let mut missing: BTreeSet<u32> = inputs.iter().flat_map(|input| &input.covered).copied().collect();
    missing.retain(|number| !known.contains(number));
    let gain = |index: usize, missing: &BTreeSet<u32>| inputs[index].covered.intersection(missing).count();
    let entry = |index: usize, gain| (gain, std::cmp::Reverse((inputs[index].size, index)));
    let mut heap: BinaryHeap<_> = (0..inputs.len()).map(|index| entry(index, gain(index, &missing))).collect();
    let mut taken = Vec::new();
    // What an input adds only shrinks: the top of the heap is best if it still adds what it is said to.
    while let Some((promised, std::cmp::Reverse((_, index)))) = heap.pop() {
        let gain = gain(index, &missing);
        if gain == 0 {
            continue;
        }
        if gain < promised {
            heap.push(entry(index, gain));
            continue;
        }
        missing.retain(|number| !inputs[index].covered.contains(number));
        taken.push(index);
    }
    taken.sort_unstable();
    without_spare(inputs, known, taken)
}

/// Leaves out, the longest first, what the others of `taken` make up for.
fn without_spare(inputs: &[Covering], known: &BTreeSet<u32>, taken: Vec<usize>) -> Vec<usize> {
    let mut times = std::collections::BTreeMap::new();
    taken.iter().flat_map(|&index| &inputs[index].covered).for_each(|number| *times.entry(*number).or_insert(0) += 1);
    let mut order = taken;
    order.sort_by_key(|&index| std::cmp::Reverse(inputs[index].size));
    order.retain(|&index| {
        let covered = &inputs[index].covered;
        let is_needed = covered.iter().any(|number| times[number] == 1 && !known.contains(number));
        if !is_needed {
            covered.iter().for_each(|number| *times.entry(*number).or_insert(0) -= 1);
        }
        is_needed
    });
    order.sort_unstable();
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(covered: &[u32], size: usize) -> Covering {
        Covering { covered: covered.iter().copied().collect(), size }
    }

    #[test]
    fn what_others_make_up_for_is_left_out() {
        // The first goes first, for it covers most; then the other two are needed, and it is not.
        let inputs = [input(&[2, 3, 4, 5], 1), input(&[1, 2, 3], 1), input(&[4, 5, 6], 1)];
        assert_eq!(cover(&inputs, &BTreeSet::new()), [1, 2]);
    }

    #[test]
    fn of_inputs_that_cover_the_same_the_shortest_is_taken() {
        let inputs = [input(&[1, 2], 5), input(&[1, 2], 3), input(&[1, 2], 4), input(&[], 1)];
        assert_eq!(cover(&inputs, &BTreeSet::new()), [1]);
        assert_eq!(cover(&inputs, &[1, 2, 3].into()), [0usize; 0]);
    }

    #[test]
    fn the_cover_covers_all_and_no_part_of_it_does() {
        let mut random = 1u32;
        let mut next = |below: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) % below
        };
        for _ in 0..200 {
            let inputs: Vec<_> = (0..20)
                .map(|_| {
                    let covered: Vec<_> = (0..next(8)).map(|_| next(30)).collect();
                    input(&covered, next(50) as usize)
                })
                .collect();
            let all = |of: &[usize]| -> BTreeSet<u32> {
                of.iter().flat_map(|&index| inputs[index].covered.clone()).collect()
            };
            let (every, taken): (Vec<_>, _) = ((0..inputs.len()).collect(), cover(&inputs, &BTreeSet::new()));
            assert_eq!(all(&taken), all(&every));
            for spare in &taken {
                let rest: Vec<_> = taken.iter().copied().filter(|index| index != spare).collect();
                assert_ne!(all(&rest), all(&every));
            }
        }
    }
}
