//! An allocator for agents: memory is handed out in ascending order and taken back all at once between inputs.

use core::alloc::{GlobalAlloc, Layout};
use core::ops::Range;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};

/// Hands out memory from one range. The last block can grow, shrink and be freed in place; all others are kept until
/// [`Arena::reset`].
#[derive(Debug)]
pub struct Arena {
    next: AtomicPtr<u8>,
    end: AtomicPtr<u8>,
    /// Size of the first request that was refused since the last reset, else 0.
    refused: AtomicUsize,
}

/// A state of an [`Arena`] to go back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark(*mut u8);

impl Arena {
    /// An arena over the addresses of `memory`.
    ///
    /// # Safety
    /// `memory` must be the arena's alone for as long as it lives, and only one thread at a time may allocate.
    pub const unsafe fn new(memory: Range<*mut u8>) -> Self {
        Self { next: AtomicPtr::new(memory.start), end: AtomicPtr::new(memory.end), refused: AtomicUsize::new(0) }
    }

    /// Replaces the memory of an arena that has not handed out any.
    ///
    /// # Safety
    /// As [`Arena::new`].
    pub unsafe fn give(&self, memory: Range<*mut u8>) {
        self.next.store(memory.start, Relaxed);
        self.end.store(memory.end, Relaxed);
    }

    /// Number of bytes that are left.
    pub fn left(&self) -> usize {
        self.end.load(Relaxed).addr() - self.next.load(Relaxed).addr()
    }

    /// Leaves at most `bytes` from here on.
    pub fn limit(&self, bytes: usize) {
        let next = self.next.load(Relaxed);
        self.end.store(next.wrapping_add(bytes.min(self.left())), Relaxed);
    }

    /// The present state.
    pub fn mark(&self) -> Mark {
        Mark(self.next.load(Relaxed))
    }

    /// Takes back all memory that was handed out since the mark.
    ///
    /// # Safety
    /// The mark must be this arena's, and nothing that was allocated since may be used again.
    pub unsafe fn reset(&self, mark: Mark) {
        self.next.store(mark.0, Relaxed);
        self.refused.store(0, Relaxed);
    }

    /// Size in bytes of the first request since the last reset for which there was no memory.
    pub fn refused(&self) -> Option<usize> {
        Some(self.refused.load(Relaxed)).filter(|&size| size != 0)
    }

    /// Moves `next` to `size` bytes behind `start`, if there is room, and returns `start` or null.
    fn take(&self, start: *mut u8, size: usize) -> *mut u8 {
        let end = self.end.load(Relaxed).addr();
        if start.addr() > end || size > end - start.addr() {
            if self.refused.load(Relaxed) == 0 {
                self.refused.store(size, Relaxed);
            }
            return ptr::null_mut();
        }
        self.next.store(start.wrapping_add(size), Relaxed);
        start
    }

    fn is_last(&self, block: *mut u8, size: usize) -> bool {
        block.addr() + size == self.next.load(Relaxed).addr()
    }
}

// SAFETY: blocks do not overlap, as `next` only moves back to the start of the last block or, on the caller's word, to a
// mark; the caller of `new` sees to it that there is only one thread.
unsafe impl GlobalAlloc for Arena {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let next = self.next.load(Relaxed);
        let padding = next.addr().wrapping_neg() & (layout.align() - 1);
        self.take(next.wrapping_add(padding), layout.size())
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.is_last(block, layout.size()) {
            self.next.store(block, Relaxed);
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if self.is_last(block, layout.size()) {
            return self.take(block, new_size);
        }
        if new_size <= layout.size() {
            return block;
        }
        // SAFETY: the caller vouches for the new size, and the alignment is the one of a valid layout.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(new_size, layout.align())) };
        if !new.is_null() {
            // SAFETY: both blocks hold the old size and do not overlap.
            unsafe { ptr::copy_nonoverlapping(block, new, layout.size()) };
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    /// Runs `test` with an arena over 64 bytes at a multiple of 64.
    fn with_arena(test: impl FnOnce(&Arena, *mut u8)) {
        #[repr(align(64))]
        struct Memory([u8; 64]);
        let mut memory = Memory([0; 64]);
        let range = memory.0.as_mut_ptr_range();
        // SAFETY: the memory outlives the arena, and this thread alone uses it.
        let arena = unsafe { Arena::new(range.clone()) };
        test(&arena, range.start);
    }

    #[test]
    fn blocks_follow_each_other_aligned() {
        with_arena(|arena, base| {
            // SAFETY: the sizes are not zero.
            let [a, b, c] = unsafe { [(1, 1), (8, 8), (1, 16)].map(|(s, a)| arena.alloc(layout(s, a))) };
            assert_eq!([a, b, c], [0, 8, 16].map(|offset| base.wrapping_add(offset)));
            assert_eq!(arena.left(), 47);
        });
    }

    #[test]
    fn the_last_block_grows_shrinks_and_goes_in_place() {
        with_arena(|arena, base| {
            // SAFETY: each block is used with the layout that it has.
            unsafe {
                let first = arena.alloc(layout(8, 8));
                let last = arena.alloc(layout(8, 8));
                assert_eq!(arena.realloc(last, layout(8, 8), 56), last);
                assert_eq!(arena.realloc(last, layout(56, 8), 16), last);
                assert_eq!(arena.realloc(first, layout(8, 8), 4), first);
                first.write(42);
                let moved = arena.realloc(first, layout(4, 8), 10);
                assert_eq!((moved, moved.read()), (base.wrapping_add(24), 42));
                arena.dealloc(last, layout(16, 8));
                assert_eq!(arena.left(), 30);
                arena.dealloc(moved, layout(10, 8));
                assert_eq!(arena.left(), 40);
            }
        });
    }

    #[test]
    fn the_first_refusal_is_known_until_the_reset() {
        with_arena(|arena, base| {
            // SAFETY: each block is used with the layout that it has.
            unsafe {
                let mark = arena.mark();
                let block = arena.alloc(layout(32, 1));
                arena.limit(16);
                assert_eq!(arena.refused(), None);
                assert!(arena.alloc(layout(17, 1)).is_null());
                assert!(arena.realloc(block, layout(32, 1), usize::MAX / 2).is_null());
                assert!(!arena.alloc(layout(16, 1)).is_null());
                assert_eq!((arena.refused(), arena.left()), (Some(17), 0));
                assert!(arena.alloc(layout(1, 64)).is_null());
                arena.reset(mark);
                assert_eq!(arena.refused(), None);
                assert_eq!(arena.alloc(layout(1, 1)), base);
            }
        });
    }
}
