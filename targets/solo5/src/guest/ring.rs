//! Frames sent through the ring of the hardware virtualized tender: they are copied and left to it.
//!
//! Frames are received by hypercalls. A guest that asks for one waits for the answer, and the thread that would give it has to
//! be woken first and needs a processor besides the one on which the guest spins.

use core::cell::UnsafeCell;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use core::sync::atomic::fence;

use crate::abi::ring::{BUFFER_SIZE, NET_WRITE, Ring, slot};

/// Frames that are under way at most; each slot of the ring having a buffer, as in Solo5's bindings, would take 2 MiB.
const BUFFERS: usize = 64;

/// Where the frames lie that are under way.
struct Buffers(UnsafeCell<[[u8; BUFFER_SIZE]; BUFFERS]>);

// SAFETY: a guest has one thread.
unsafe impl Sync for Buffers {}

static FRAMES: Buffers = Buffers(UnsafeCell::new([[0; BUFFER_SIZE]; BUFFERS]));

/// The guest's end of a ring.
pub(super) struct Frames {
    ring: &'static Ring,
}

impl Frames {
    /// # Safety
    /// The caller must be the only one that puts entries into this ring or any other.
    pub(super) unsafe fn new(ring: &'static Ring) -> Self {
        Self { ring }
    }

    /// Sends a frame, and wakes the tender by `kick` if it sleeps; returns whether it is one that the ring takes.
    pub(super) fn send(&self, handle: usize, frame: &[u8], kick: impl FnOnce()) -> bool {
        if frame.len() > BUFFER_SIZE {
            return false;
        }
        self.wait_for(BUFFERS - 1);
        let tail = self.ring.ent_tail.load(Relaxed);
        let buffer = FRAMES.0.get().cast::<[u8; BUFFER_SIZE]>().wrapping_add(tail as usize % BUFFERS).cast::<u8>();
        // SAFETY: the buffer is large enough, and the tender has taken the frame that was in it: no more than all other
        // buffers are under way.
        unsafe { buffer.copy_from_nonoverlapping(frame.as_ptr(), frame.len()) };
        let entry = &self.ring.entries[slot(tail)];
        entry.operation.store(NET_WRITE, Relaxed);
        entry.handle.store(handle as u32, Relaxed);
        entry.data.store(buffer.expose_provenance() as u64, Relaxed);
        entry.length.store(frame.len() as u32, Relaxed);
        self.ring.ent_tail.store(tail.wrapping_add(1), Release);
        // What the tender does the other way round: it says that it sleeps, and looks.
        fence(SeqCst);
        if self.ring.needs_kick.load(Relaxed) != 0 {
            kick();
        }
        true
    }

    /// Whether all frames have been sent.
    pub(super) fn are_sent(&self) -> bool {
        self.under_way() == 0
    }

    /// Waits until all frames have been sent.
    pub(super) fn flush(&self) {
        self.wait_for(0);
    }

    fn under_way(&self) -> usize {
        self.ring.ent_tail.load(Relaxed).wrapping_sub(self.ring.ent_head.load(Acquire)) as usize
    }

    /// Waits until no more than so many entries are under way.
    fn wait_for(&self, count: usize) {
        while self.under_way() > count {
            core::hint::spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::boxed::Box;
    use std::thread;
    use std::vec::Vec;

    use super::*;

    /// Takes so many frames, as a tender.
    fn serve(ring: &Ring, count: u32) -> Vec<Vec<u8>> {
        let take = |taken| {
            while ring.ent_tail.load(Acquire) == taken {
                thread::yield_now();
            }
            let entry = &ring.entries[slot(taken)];
            assert_eq!((entry.operation.load(Relaxed), entry.handle.load(Relaxed)), (NET_WRITE, 3));
            let data = core::ptr::with_exposed_provenance::<u8>(entry.data.load(Relaxed) as usize);
            // SAFETY: the guest leaves the frame alone until it is taken.
            let frame = unsafe { core::slice::from_raw_parts(data, entry.length.load(Relaxed) as usize) }.to_vec();
            ring.ent_head.store(taken + 1, Release);
            frame
        };
        (0..count).map(take).collect()
    }

    #[test]
    fn frames_go_through_a_ring_in_order() {
        const ROUNDS: u32 = 1500;
        // SAFETY: a ring is valid as zeros.
        let ring: &'static Ring = Box::leak(unsafe { Box::<Ring>::new_zeroed().assume_init() });
        let tender = thread::spawn(|| serve(ring, 2 * ROUNDS));
        // SAFETY: no other test has a ring.
        let frames = unsafe { Frames::new(ring) };
        let never = || unreachable!("the tender does not sleep");
        let mut expected = Vec::new();
        for round in 0..ROUNDS {
            for frame in [[round as u8; BUFFER_SIZE].as_slice(), &round.to_le_bytes()] {
                assert!(frames.send(3, frame, never));
                expected.push(frame.to_vec());
            }
        }
        assert!(!frames.send(3, &[0; BUFFER_SIZE + 1], never));
        frames.flush();
        assert!(frames.are_sent());
        assert_eq!(ring.ent_head.load(Relaxed), 2 * ROUNDS);
        assert!(tender.join().unwrap() == expected);
        // A tender that sleeps is woken.
        ring.needs_kick.store(1, Relaxed);
        let mut kicked = false;
        assert!(frames.send(3, &[], || kicked = true) && kicked && !frames.are_sent());
    }
}
