//! Random numbers from the processor.

use core::arch::x86_64::{__cpuid, _rdrand64_step};

/// What is wrong where there are none.
pub const MISSING: &str = "this processor has no RDRAND, so there are no random numbers";

/// A random number; nothing where the processor gives none.
pub fn word() -> Option<u64> {
    const RDRAND: u32 = 1 << 30;
    // As often as Intel's manual advises.
    const ATTEMPTS: usize = 10;
    if __cpuid(1).ecx & RDRAND == 0 {
        return None;
    }
    let mut word = 0;
    // SAFETY: the processor has the instruction.
    (0..ATTEMPTS).any(|_| unsafe { step(&mut word) }).then_some(word)
}

/// # Safety
/// The processor must have the instruction.
#[target_feature(enable = "rdrand")]
unsafe fn step(word: &mut u64) -> bool {
    _rdrand64_step(word) == 1
}
