//! Searches that call as seldom as they can.

/// The largest number up to `limit` that works, where zero does and working numbers have no gap: asks for 1, 2, 4, ...,
/// then halves.
pub fn largest(limit: usize, mut works: impl FnMut(usize) -> bool) -> usize {
    let (mut low, mut step) = (0, 1);
    while low < limit {
        let next = limit.min(low + step);
        if !works(next) {
            return halves(low, next, works);
        }
        low = next;
        step *= 2;
    }
    low
}

/// [`largest`], but asks for `limit` first.
pub fn all_or_largest(limit: usize, mut works: impl FnMut(usize) -> bool) -> usize {
    if limit == 0 || works(limit) { limit } else { largest(limit - 1, works) }
}

/// The largest number that works between `low`, which does, and `high`, which does not.
fn halves(mut low: usize, mut high: usize, mut works: impl FnMut(usize) -> bool) -> usize {
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        *(if works(middle) { &mut low } else { &mut high }) = middle;
    }
    low
}

/// A number that works, where `value` does and the one below does not: asks for 0, then for the one below, then halves.
pub fn least(value: u64, mut works: impl FnMut(u64) -> bool) -> u64 {
    if value == 0 || works(0) {
        return 0;
    }
    if !works(value - 1) {
        return value;
    }
    let (mut low, mut best) = (0, value - 1);
    while best - low > 1 {
        let middle = low + (best - low) / 2;
        *(if works(middle) { &mut best } else { &mut low }) = middle;
    }
    best
}
