//! A known fault of hickory-proto 0.26 that no property sees from inside: the memory it takes for what a header claims.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use hickory_proto::op::Message;

/// Remembers the largest allocation.
struct Largest;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Largest {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Largest = Largest;

/// Where this fails, a release has mended the fault.
#[test]
fn hickory_takes_memory_for_questions_that_are_not_there() {
    let message = include_bytes!("../../corpora/dns_parser/regressions/hickory-memory-for-count");
    LARGEST.store(0, Ordering::Relaxed);
    assert!(Message::from_vec(message).is_err());
    let largest = LARGEST.load(Ordering::Relaxed);
    println!("{largest} bytes for a message of {}", message.len());
    assert!(largest > 1_000_000, "{largest}");
}
