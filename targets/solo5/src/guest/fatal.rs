//! The end of a guest that panics.

use core::panic::PanicInfo;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use super::{Console, HEAP, exit};
use crate::abi::EXIT_ABORT;
use crate::mailbox::{End, LastWords};
use crate::report::{self, Message};

static LAST_WORDS: AtomicPtr<LastWords> = AtomicPtr::new(ptr::null_mut());
static STACK_END: AtomicU64 = AtomicU64::new(0);

/// Says where last words go; without, they go to the console.
pub fn set_last_words(words: &'static LastWords) {
    LAST_WORDS.store(ptr::from_ref(words).cast_mut(), Ordering::Relaxed);
}

pub(super) fn set_stack_end(address: u64) {
    STACK_END.store(address, Ordering::Relaxed);
}

/// Ends the guest with a panic's message and backtrace; a panic because memory ran out is reported as that.
pub fn fatal(info: &PanicInfo<'_>) -> ! {
    static PANICKED: AtomicBool = AtomicBool::new(false);
    if PANICKED.swap(true, Ordering::Relaxed) {
        exit(EXIT_ABORT);
    }
    let message = Message::of_panic(info.location(), info.message());
    // The default handler of allocation errors, which cannot be replaced on stable Rust, panics with these words.
    let refused = HEAP.refused().filter(|_| message.as_str().contains(": memory allocation of "));
    let (end, message) = refused.map_or((End::Panic, message), |size| (End::OutOfMemory, Message::of_refusal(size)));
    let stack_end = STACK_END.load(Ordering::Relaxed);
    // SAFETY: null or a reference for ever.
    match unsafe { LAST_WORDS.load(Ordering::Relaxed).as_ref() } {
        Some(words) => report::last_words(words, end, &message, stack_end),
        None => print(end, &message, stack_end),
    }
    exit(EXIT_ABORT)
}

#[inline(never)]
fn print(end: End, message: &Message, stack_end: u64) {
    use core::fmt::Write;

    // The console does not fail.
    let _ = writeln!(Console, "{end:?}: {}", message.as_str());
    report::backtrace(stack_end, |pc| {
        let _ = writeln!(Console, "  called from {pc:#x}");
    });
}
