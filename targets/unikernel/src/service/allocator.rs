//! The heap: all memory that the bindings found, under an allocator that takes memory back.

use core::alloc::{GlobalAlloc, Layout};

use halligan_solo5::guest::HEAP;
use spinning_top::RawSpinlock;
use talc::DefaultBinning;
use talc::source::Manual;
use talc::sync::TalcLock;

#[global_allocator]
static ALLOCATOR: TalcLock<RawSpinlock, Manual, DefaultBinning> = TalcLock::new(Manual);

/// Gives the allocator all memory. To be called first, and once.
pub fn claim() {
    const PAGE: usize = 4096;
    let size = HEAP.left() - HEAP.left() % PAGE - PAGE;
    let Ok(layout) = Layout::from_size_align(size, PAGE) else { return };
    // SAFETY: the layout is not empty; a range that the heap hands out is nobody else's, and is never given back.
    unsafe {
        let base = HEAP.alloc(layout);
        let _ = ALLOCATOR.lock().claim(base, size);
    }
}

/// Number of bytes that are left.
pub fn left() -> usize {
    ALLOCATOR.lock().counters().available_bytes
}

/// Number of bytes in use.
pub fn used() -> usize {
    ALLOCATOR.lock().counters().allocated_bytes
}
