//! The heap: all memory behind the image and the stack.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr;

use crate::arena::Arena;

/// The heap of the guest.
// SAFETY: the range is empty; `start` gives it memory that is nothing else's, and a guest has one thread.
pub static HEAP: Arena = unsafe { Arena::new(ptr::null_mut()..ptr::null_mut()) };

/// The global allocator of a unikernel: [`HEAP`].
#[derive(Clone, Copy, Debug)]
pub struct Heap;

// SAFETY: passes everything on to an allocator.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        unsafe { HEAP.alloc(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is the same.
        unsafe { HEAP.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        unsafe { HEAP.realloc(block, layout, new_size) }
    }
}
