//! The ring by which a guest sends and receives frames: what its entries ask for, one after another.
//!
//! The guest can change all of the ring at any time, the tender's half too. So each word is read once, what has to be
//! remembered is remembered here, and an entry's copy is checked as the arguments of a hypercall are. What an entry may
//! come to is what Solo5's tender makes of it:
//!
//! | entry | what becomes of it |
//! |---|---|
//! | an operation that is none | it is passed over |
//! | a frame to send, for what is no network device | it is dropped |
//! | room for a frame, for what is no network device | the answer is `INVALID` |
//! | bytes that are not the guest's, as for a hypercall | the guest is ended |
//! | a frame that the device does not take | the guest is ended |
//! | a device that cannot be read | the answer is `INVALID` |
//! | more entries than there are slots | the guest is ended, as Solo5's tender does not |
//!
//! Answers go around the ring whether or not the guest takes them: one that does not loses them.

mod service;

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::fence;

use halligan_solo5::abi::hvt::Address;
use halligan_solo5::abi::hvt::hypercall::{AGAIN, INVALID, OK};
use halligan_solo5::abi::ring::{NET_READ, NET_WRITE, Ring, SLOTS, slot};
use rustix::io::Errno;

use super::memory::{Outside, Shared};
use crate::devices::{self, Device};

pub(super) use service::Service;

/// The tender's end of a ring.
pub struct Queue {
    memory: Shared,
    devices: Arc<[Device]>,
    /// Entries taken out. The ring has a copy, which is the guest's to read.
    taken: u32,
    /// Commits put in; likewise.
    answered: u32,
}

/// Why an entry ends the guest.
#[derive(Debug, thiserror::Error)]
pub enum RingRefusal {
    /// It has put in more entries than there are slots.
    #[error("has {0} entries in a ring of {SLOTS}")]
    Overrun(u32),
    /// It names memory that is not the guest's.
    #[error("has an entry in its ring with {0}")]
    Outside(#[from] Outside),
    /// The host cannot send its frame.
    #[error("has a frame in its ring that cannot be sent: {0}")]
    Host(#[from] Errno),
}

/// A copy of an entry.
struct Request {
    operation: u32,
    handle: u64,
    data: Address,
    length: u64,
    id: u32,
}

/// Entries that the guest has put in, at most one a slot.
struct Pending(u32);

impl Queue {
    /// The end of the ring of this memory; a new ring is zeroed.
    pub fn new(memory: Shared, devices: Arc<[Device]>) -> Self {
        Self { memory, devices, taken: 0, answered: 0 }
    }

    /// Does what the entries ask for that are in the ring at this time.
    ///
    /// # Errors
    /// Says why the guest has to be ended.
    pub fn serve(&mut self) -> Result<(), RingRefusal> {
        let Pending(count) = self.pending()?;
        for _ in 0..count {
            let request = self.request();
            match request.operation {
                NET_WRITE => self.send(&request)?,
                NET_READ => self.receive(&request)?,
                _ => {}
            }
            self.taken = self.taken.wrapping_add(1);
            self.ring().ent_head.store(self.taken, Release);
        }
        Ok(())
    }

    /// Whether there is nothing to do.
    fn is_idle(&self) -> bool {
        self.ring().ent_tail.load(Relaxed) == self.taken
    }

    /// Has the guest ring when it puts in an entry; returns whether it has put in none before it could know.
    fn ask_for_kick(&self) -> bool {
        self.ring().needs_kick.store(1, Relaxed);
        // What the guest does the other way round: it counts its entry, and looks.
        fence(SeqCst);
        self.is_idle()
    }

    /// Spares the guest the ringing.
    fn spare_kick(&self) {
        self.ring().needs_kick.store(0, Relaxed);
    }

    fn ring(&self) -> &Ring {
        self.memory.ring()
    }

    fn pending(&self) -> Result<Pending, RingRefusal> {
        let count = self.ring().ent_tail.load(Acquire).wrapping_sub(self.taken);
        if count as usize <= SLOTS { Ok(Pending(count)) } else { Err(RingRefusal::Overrun(count)) }
    }

    /// The next entry, each of its words read once.
    fn request(&self) -> Request {
        let entry = &self.ring().entries[slot(self.taken)];
        Request {
            operation: entry.operation.load(Relaxed),
            handle: entry.handle.load(Relaxed).into(),
            data: Address(entry.data.load(Relaxed)),
            length: entry.length.load(Relaxed).into(),
            id: entry.id.load(Relaxed),
        }
    }

    fn send(&self, request: &Request) -> Result<(), RingRefusal> {
        let Some(device) = devices::find_net(&self.devices, request.handle) else { return Ok(()) };
        Ok(device.send(self.memory.readable(request.data, request.length)?)?)
    }

    fn receive(&mut self, request: &Request) -> Result<(), RingRefusal> {
        let (result, length) = match devices::find_net(&self.devices, request.handle) {
            None => (INVALID, 0),
            Some(device) => match device.receive(self.memory.writable(request.data, request.length)?) {
                Ok(None) => (AGAIN, 0),
                Ok(Some(length)) => (OK, length as u32),
                Err(_) => (INVALID, 0),
            },
        };
        let commit = &self.ring().commits[slot(self.answered)];
        commit.id.store(request.id, Relaxed);
        commit.result.store(result, Relaxed);
        commit.length.store(length, Relaxed);
        self.answered = self.answered.wrapping_add(1);
        self.ring().com_tail.store(self.answered, Release);
        Ok(())
    }
}
