//! Frames through the ring of the hardware virtualized tender. What is sent is copied and left to the tender; what is
//! received is waited for.

use core::cell::UnsafeCell;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use core::sync::atomic::fence;

use crate::abi::ring::{BUFFER_SIZE, NET_READ, NET_WRITE, Ring, slot};

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
        let index = self.ring.ent_tail.load(Relaxed) as usize % BUFFERS;
        let buffer = FRAMES.0.get().cast::<[u8; BUFFER_SIZE]>().wrapping_add(index).cast::<u8>();
        // SAFETY: the buffer is large enough, and the tender has taken the frame that was in it: no more than all other
        // buffers are under way.
        unsafe { buffer.copy_from_nonoverlapping(frame.as_ptr(), frame.len()) };
        self.put(NET_WRITE, handle, buffer.expose_provenance(), frame.len(), kick);
        true
    }

    /// Receives a frame; the result, and its length.
    pub(super) fn receive(&self, handle: usize, room: &mut [u8], kick: impl FnOnce()) -> (i32, usize) {
        self.put(NET_READ, handle, room.as_mut_ptr().expose_provenance(), room.len(), kick);
        let taken = self.ring.com_head.load(Relaxed);
        while self.ring.com_tail.load(Acquire) == taken {
            core::hint::spin_loop();
        }
        let commit = &self.ring.commits[slot(taken)];
        let answer = (commit.result.load(Relaxed), commit.length.load(Relaxed) as usize);
        self.ring.com_head.store(taken.wrapping_add(1), Release);
        answer
    }

    /// Waits until all frames have been sent.
    pub(super) fn flush(&self) {
        self.wait_for(0);
    }

    fn put(&self, operation: u32, handle: usize, data: usize, length: usize, kick: impl FnOnce()) {
        let tail = self.ring.ent_tail.load(Relaxed);
        let entry = &self.ring.entries[slot(tail)];
        entry.operation.store(operation, Relaxed);
        entry.handle.store(handle as u32, Relaxed);
        entry.data.store(data as u64, Relaxed);
        entry.length.store(length as u32, Relaxed);
        entry.id.store(tail, Relaxed);
        self.ring.ent_tail.store(tail.wrapping_add(1), Release);
        // What the tender does the other way round: it says that it sleeps, and looks.
        fence(SeqCst);
        if self.ring.needs_kick.load(Relaxed) != 0 {
            kick();
        }
    }

    /// Waits until no more than so many entries are under way.
    fn wait_for(&self, count: usize) {
        let tail = self.ring.ent_tail.load(Relaxed);
        while tail.wrapping_sub(self.ring.ent_head.load(Acquire)) as usize > count {
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
    use crate::abi::hvt::hypercall::OK;

    /// Takes so many entries, as a tender: keeps what is sent, and answers a read with the number of the entry.
    fn serve(ring: &Ring, count: u32) -> Vec<Vec<u8>> {
        let (mut sent, mut answered) = (Vec::new(), 0);
        for taken in 0..count {
            while ring.ent_tail.load(Acquire) == taken {
                thread::yield_now();
            }
            let entry = &ring.entries[slot(taken)];
            let data = core::ptr::with_exposed_provenance_mut::<u8>(entry.data.load(Relaxed) as usize);
            if entry.operation.load(Relaxed) == NET_WRITE {
                // SAFETY: the guest leaves the frame alone until it is taken.
                sent.push(unsafe { core::slice::from_raw_parts(data, entry.length.load(Relaxed) as usize) }.to_vec());
            } else {
                // SAFETY: the guest waits, with room for a number.
                unsafe { data.cast::<u32>().write_unaligned(entry.id.load(Relaxed)) };
                let commit = &ring.commits[slot(answered)];
                commit.result.store(OK, Relaxed);
                commit.length.store(4, Relaxed);
                answered += 1;
                ring.com_tail.store(answered, Release);
            }
            ring.ent_head.store(taken + 1, Release);
        }
        sent
    }

    #[test]
    fn frames_go_through_a_ring_in_order() {
        const ROUNDS: u32 = 1500;
        // SAFETY: a ring is valid as zeros.
        let ring: &'static Ring = Box::leak(unsafe { Box::<Ring>::new_zeroed().assume_init() });
        let tender = thread::spawn(|| serve(ring, 3 * ROUNDS));
        // SAFETY: no other test has a ring.
        let frames = unsafe { Frames::new(ring) };
        let never = || unreachable!("the tender does not sleep");
        let mut expected = Vec::new();
        for round in 0..ROUNDS {
            for frame in [[round as u8; BUFFER_SIZE].as_slice(), &round.to_le_bytes()] {
                assert!(frames.send(1, frame, never));
                expected.push(frame.to_vec());
            }
            let mut room = [0; 64];
            assert_eq!(frames.receive(1, &mut room, never), (OK, 4));
            assert_eq!(room[..4], (3 * round + 2).to_le_bytes());
        }
        assert!(!frames.send(1, &[0; BUFFER_SIZE + 1], never));
        frames.flush();
        assert_eq!(ring.ent_head.load(Relaxed), 3 * ROUNDS);
        assert!(tender.join().unwrap() == expected);
        // A tender that sleeps is woken.
        ring.needs_kick.store(1, Relaxed);
        let mut kicked = false;
        assert!(frames.send(1, &[], || kicked = true) && kicked);
    }
}
