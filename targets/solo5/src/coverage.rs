//! Coverage of this very image: LLVM SanitizerCoverage's inline 8-bit counters, read and cleared between inputs.
//!
//! Only the crates under test are compiled with counters, so nothing in this crate counts while it reads.

use core::arch::{asm, global_asm};

// The linker defines the pair only where some crate has counters; without any, both are null.
global_asm!(".weak __start___sancov_cntrs", ".weak __stop___sancov_cntrs");

/// The image's counters, one byte an edge.
pub struct Counters(&'static mut [u8]);

impl Counters {
    /// The counters of the running image; empty where it has none.
    ///
    /// # Safety
    /// Call it once, and only in a process whose instrumented code runs on the calling thread, between the calls of
    /// the methods.
    pub unsafe fn take() -> Self {
        let (start, stop): (*mut u8, *mut u8);
        // SAFETY: loads two addresses from the global offset table.
        unsafe {
            asm!(
                "mov {0}, [rip + __start___sancov_cntrs@GOTPCREL]",
                "mov {1}, [rip + __stop___sancov_cntrs@GOTPCREL]",
                out(reg) start, out(reg) stop, options(nomem, nostack, pure, preserves_flags),
            );
        }
        if start.is_null() {
            return Self(&mut []);
        }
        // SAFETY: the linker puts the section's bytes between the two symbols, and the caller keeps others away.
        Self(unsafe { core::slice::from_raw_parts_mut(start, stop.addr() - start.addr()) })
    }

    /// Number of counters.
    #[expect(clippy::len_without_is_empty, reason = "an image without counters is no special case")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Clears all counters.
    pub fn clear(&mut self) {
        self.0.fill(0);
    }

    /// Moves the counters that are not zero into `hits`, each as a little-endian word of `edge << 8 | count`, ascending,
    /// and returns their number. What `hits` has no room for is cleared and dropped.
    pub fn drain(&mut self, hits: &mut [u8]) -> usize {
        drain(self.0, hits)
    }
}

fn drain(counters: &mut [u8], hits: &mut [u8]) -> usize {
    let mut words = hits.as_chunks_mut::<4>().0.iter_mut();
    let mut count = 0;
    let mut note = |edge: usize, hit: u8| {
        if let Some(word) = words.next() {
            *word = ((edge as u32) << 8 | u32::from(hit)).to_le_bytes();
            count += 1;
        }
    };
    let (blocks, rest) = counters.as_chunks_mut::<BLOCK>();
    for (index, block) in blocks.iter_mut().enumerate() {
        // Nearly all blocks are untouched; this test becomes a few vector instructions.
        if block.iter().fold(0, |any, &counter| any | counter) == 0 {
            continue;
        }
        let mut mask = not_zero(block);
        // One turn a hit: most counters of a block that was touched are zero all the same.
        while mask != 0 {
            let offset = mask.trailing_zeros() as usize;
            note(index * BLOCK + offset, block[offset]);
            mask &= mask - 1;
        }
        block.fill(0);
    }
    let start = blocks.len() * BLOCK;
    for (offset, counter) in rest.iter_mut().enumerate().filter(|(_, counter)| **counter != 0) {
        note(start + offset, core::mem::take(counter));
    }
    count
}

/// Counters that are looked at together.
const BLOCK: usize = 64;

/// A bit for each byte that is not zero, the first byte's lowest.
fn not_zero(block: &[u8; BLOCK]) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    // Moves the highest bits of the eight bytes next to each other.
    const GATHER: u64 = 0x0002_0408_1020_4081;
    let (words, _) = block.as_chunks();
    words.iter().rev().fold(0, |mask, word| {
        let word = u64::from_le_bytes(*word);
        let highest = (((word & LOW) + LOW) | word) & !LOW;
        mask << 8 | highest.wrapping_mul(GATHER) >> 56
    })
}

// The compiler calls these from constructors, which neither the guest nor the worker needs.
#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_8bit_counters_init(_start: *mut u8, _stop: *mut u8) {}

#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_pcs_init(_start: *const usize, _stop: *const usize) {}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::drain;

    #[test]
    fn drain_lists_and_clears_what_is_not_zero() {
        let mut counters = [0u8; 200];
        for (edge, count) in [(0, 1), (63, 255), (64, 2), (199, 7)] {
            counters[edge] = count;
        }
        let mut hits = [0u8; 64];
        assert_eq!(drain(&mut counters, &mut hits), 4);
        let words: Vec<u32> = hits.chunks_exact(4).take(4).map(|w| u32::from_le_bytes(w.try_into().unwrap())).collect();
        assert_eq!(words, [1, 63 << 8 | 255, 64 << 8 | 2, 199 << 8 | 7]);
        assert_eq!(counters, [0; 200]);
    }

    #[test]
    fn drain_finds_every_counter() {
        for edge in 0..200 {
            let (mut counters, mut hits) = ([0u8; 200], [0u8; 4]);
            counters[edge] = 9;
            assert_eq!(drain(&mut counters, &mut hits), 1);
            assert_eq!(u32::from_le_bytes(hits), (edge as u32) << 8 | 9);
            assert_eq!(counters, [0; 200]);
        }
    }

    #[test]
    fn drain_drops_what_has_no_room() {
        let mut counters = [1u8; 10];
        assert_eq!(drain(&mut counters, &mut [0; 11]), 2);
        assert_eq!(counters, [0; 10]);
    }
}
