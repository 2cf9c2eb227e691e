//! A guest's coverage counters as a module of libFuzzer's, so that they raise `cov:` as native ones do.

use std::sync::atomic::{AtomicU8, Ordering};

use halligan::edges::EdgeTable;

unsafe extern "C" {
    fn __sanitizer_cov_8bit_counters_init(start: *const AtomicU8, stop: *const AtomicU8);
    fn __sanitizer_cov_pcs_init(start: *const [usize; 2], stop: *const [usize; 2]);
}

/// One counter an edge of the guest's image. libFuzzer clears them before each run.
pub struct Counters(&'static [AtomicU8]);

impl Counters {
    /// Registers counters for `edges`. libFuzzer keeps them for the life of the process.
    pub fn register(edges: &EdgeTable) -> Self {
        let pcs: &'static [[usize; 2]] = edges.pcs().iter().map(|&pc| [pc as usize, 0]).collect::<Vec<_>>().leak();
        let counters: &'static [AtomicU8] = pcs.iter().map(|_| AtomicU8::new(0)).collect::<Vec<_>>().leak();
        let (counters_end, pcs_end) = (counters.as_ptr_range().end, pcs.as_ptr_range().end);
        // SAFETY: both tables have one entry an edge and are never freed; the counters may be written from anywhere.
        unsafe {
            __sanitizer_cov_8bit_counters_init(counters.as_ptr(), counters_end);
            __sanitizer_cov_pcs_init(pcs.as_ptr(), pcs_end);
        }
        Self(counters)
    }

    /// Sets the counter of `edge`, if there is such an edge.
    pub fn set(&self, edge: u32, count: u8) {
        if let Some(counter) = self.0.get(edge as usize) {
            counter.store(count, Ordering::Relaxed);
        }
    }
}
