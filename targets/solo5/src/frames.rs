//! Walks the chain of frame pointers, in the guest after a panic and in the tender after a fault.

use core::ops::Range;

/// Most frames that a walk visits.
const LIMIT: usize = 64;

/// Calls `visit` with the return addresses that the chain from `frame_pointer` on holds, innermost first.
///
/// The walk ends where a frame lies outside `stack`, is misaligned or does not lie above the one before, and where a
/// return address lies outside `text`. So code without frame pointers yields few addresses or none, and nothing worse.
///
/// # Safety
/// All of `stack` must be readable.
pub unsafe fn walk(frame_pointer: u64, stack: Range<u64>, text: Range<u64>, visit: impl FnMut(u64)) {
    // SAFETY: `walk_by` reads 16 bytes within `stack`, which the caller vouches for, and they are aligned.
    walk_by(frame_pointer, stack, text, |address| Some(unsafe { (address as *const [u64; 2]).read() }), visit);
}

/// As [`walk`], for a stack that `read` reads: the two words at an address that is within `stack` and a multiple of 8, or
/// nothing where they cannot be read, which ends the walk.
pub fn walk_by(
    mut frame_pointer: u64,
    stack: Range<u64>,
    text: Range<u64>,
    mut read: impl FnMut(u64) -> Option<[u64; 2]>,
    mut visit: impl FnMut(u64),
) {
    let mut lowest = stack.start;
    for _ in 0..LIMIT {
        let fits = frame_pointer.checked_add(16).is_some_and(|end| end <= stack.end);
        if frame_pointer < lowest || !fits || !frame_pointer.is_multiple_of(8) {
            return;
        }
        let Some([next, return_address]) = read(frame_pointer) else { return };
        if !text.contains(&return_address) {
            return;
        }
        visit(return_address);
        lowest = frame_pointer + 16;
        frame_pointer = next;
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::walk;

    /// Frames of a pretended stack, as offsets of its words.
    fn returns(links: &[(usize, Option<usize>, u64)]) -> Vec<u64> {
        let mut stack = [0u64; 16];
        let base = stack.as_ptr().addr() as u64;
        for &(at, next, address) in links {
            stack[at] = next.map_or(7, |word| base + 8 * word as u64);
            stack[at + 1] = address;
        }
        let range = base..base + 8 * stack.len() as u64;
        let mut seen = Vec::new();
        // SAFETY: the range is the array's.
        unsafe { walk(base + 8 * links[0].0 as u64, range, 100..200, |address| seen.push(address)) };
        core::hint::black_box(stack);
        seen
    }

    #[test]
    fn follows_the_chain_outwards() {
        assert_eq!(returns(&[(0, Some(4), 100), (4, Some(8), 150), (8, None, 199)]), [100, 150, 199]);
    }

    #[test]
    fn stops_at_loops_and_at_what_is_no_code() {
        assert_eq!(returns(&[(2, Some(2), 100)]), [100]);
        assert_eq!(returns(&[(4, Some(0), 100), (0, None, 150)]), [100]);
        assert_eq!(returns(&[(0, Some(4), 100), (4, Some(8), 200)]), [100]);
        assert_eq!(returns(&[(0, Some(15), 100)]), [100]);
    }
}
