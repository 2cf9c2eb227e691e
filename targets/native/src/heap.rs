//! The heap: the same allocator as the unikernel's, over static memory.

use std::cell::UnsafeCell;

use halligan_solo5::agent::HEAP_LIMIT;
use halligan_solo5::arena::Arena;

/// What one input may take, and a little for the start.
const SIZE: usize = HEAP_LIMIT + (1 << 20);

#[repr(align(4096))]
struct Memory(UnsafeCell<[u8; SIZE]>);

// SAFETY: nothing but the arena uses the memory.
unsafe impl Sync for Memory {}

static MEMORY: Memory = Memory(UnsafeCell::new([0; SIZE]));

/// The heap of the process.
#[global_allocator]
pub static HEAP: Arena = {
    let start = MEMORY.0.get().cast::<u8>();
    // SAFETY: nothing else uses the memory, and this process has one thread.
    unsafe { Arena::new(start..start.wrapping_add(SIZE)) }
};
