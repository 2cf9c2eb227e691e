//! What serving a ring does, as Solo5's header and the tender's account of bad entries tell it, done a second time.

use std::sync::atomic::Ordering::Relaxed;

use halligan_solo5::abi::ring::Ring;

use crate::model::call::Ask;
use crate::shadow::{End, Shadow};
use crate::world::NET;

const SLOTS: usize = 1024;

/// Frames and bytes that a wire holds which nobody reads meanwhile.
const BURST: (usize, usize) = (32, 96 << 10);

/// All of a ring: `ent_tail`, `com_head`, `ent_head`, `com_tail` and `needs_kick`; entries; and commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RingImage {
    pub(crate) counters: [u32; 5],
    entries: Vec<Ask>,
    commits: Vec<[u32; 3]>,
}

/// A ring and what the tender has to remember of it.
pub(crate) struct ShadowRing {
    pub(crate) image: RingImage,
    taken: u32,
    answered: u32,
}

impl RingImage {
    fn new() -> Self {
        Self { counters: [0; 5], entries: vec![Ask::default(); SLOTS], commits: vec![[0; 3]; SLOTS] }
    }

    /// What the ring holds.
    pub(crate) fn of(ring: &Ring) -> Self {
        let counters = [&ring.ent_tail, &ring.com_head, &ring.ent_head, &ring.com_tail, &ring.needs_kick];
        let entries = ring.entries.iter().map(|entry| Ask {
            operation: entry.operation.load(Relaxed),
            handle: entry.handle.load(Relaxed),
            data: entry.data.load(Relaxed),
            length: entry.length.load(Relaxed),
            id: entry.id.load(Relaxed),
        });
        let commits = ring
            .commits
            .iter()
            .map(|commit| [commit.id.load(Relaxed), commit.result.load(Relaxed) as u32, commit.length.load(Relaxed)]);
        Self {
            counters: counters.map(|counter| counter.load(Relaxed)),
            entries: entries.collect(),
            commits: commits.collect(),
        }
    }

    /// Makes `ring` hold this.
    pub(crate) fn store(&self, ring: &Ring) {
        let counters = [&ring.ent_tail, &ring.com_head, &ring.ent_head, &ring.com_tail, &ring.needs_kick];
        counters.iter().zip(self.counters).for_each(|(counter, value)| counter.store(value, Relaxed));
        for (entry, ask) in ring.entries.iter().zip(&self.entries) {
            entry.operation.store(ask.operation, Relaxed);
            entry.handle.store(ask.handle, Relaxed);
            entry.data.store(ask.data, Relaxed);
            entry.length.store(ask.length, Relaxed);
            entry.id.store(ask.id, Relaxed);
        }
        for (commit, [id, result, length]) in ring.commits.iter().zip(&self.commits) {
            commit.id.store(*id, Relaxed);
            commit.result.store(*result as i32, Relaxed);
            commit.length.store(*length, Relaxed);
        }
    }

    /// Puts an entry in and counts it.
    pub(crate) fn put(&mut self, ask: Ask) {
        let tail = &mut self.counters[0];
        self.entries[*tail as usize % SLOTS] = ask;
        *tail = tail.wrapping_add(1);
    }

    /// Sets a counter.
    pub(crate) fn set(&mut self, counter: u8, value: u32) {
        self.counters[usize::from(counter).min(4)] = value;
    }
}

impl ShadowRing {
    pub(crate) fn new() -> Self {
        Self { image: RingImage::new(), taken: 0, answered: 0 }
    }

    /// Entries that the guest has counted and the tender has not.
    pub(crate) fn pending(&self) -> u32 {
        self.image.counters[0].wrapping_sub(self.taken)
    }

    /// Whether a wire that nobody reads holds what is to be sent.
    pub(crate) fn is_bounded(&self) -> bool {
        let count = self.pending() as usize;
        let asks = (0..count.min(SLOTS)).map(|n| &self.image.entries[(self.taken as usize + n) % SLOTS]);
        let sends = |ask: &&Ask| ask.operation == 1 && u64::from(ask.handle) == NET && ask.length < 1 << 16;
        let (frames, bytes) = asks.filter(sends).fold((0, 0), |(n, sum), ask| (n + 1, sum + ask.length as usize));
        count > SLOTS || (frames <= BURST.0 && bytes <= BURST.1)
    }

    /// Serves the ring for a guest; returns how that ends and the frames that are sent.
    pub(crate) fn serve(&mut self, guest: &mut Shadow) -> (End, Vec<Vec<u8>>) {
        let mut sent = Vec::new();
        let count = self.pending();
        if count as usize > SLOTS {
            return (End::Overrun(count), sent);
        }
        for _ in 0..count {
            if let Err(end) = self.take(guest, &mut sent) {
                return (end, sent);
            }
            self.taken = self.taken.wrapping_add(1);
            self.image.counters[2] = self.taken;
        }
        (End::Done, sent)
    }

    fn take(&mut self, guest: &mut Shadow, sent: &mut Vec<Vec<u8>>) -> Result<(), End> {
        let Ask { operation, handle, data, length, id } = self.image.entries[self.taken as usize % SLOTS].clone();
        let is_net = u64::from(handle) == NET;
        match operation {
            1 if is_net => sent.push(guest.read(data, length.into())?),
            2 => {
                let (result, length) = if is_net { guest.receive(data, length.into())? } else { (2, 0) };
                self.image.commits[self.answered as usize % SLOTS] = [id, result, length];
                self.answered = self.answered.wrapping_add(1);
                self.image.counters[3] = self.answered;
            }
            _ => {}
        }
        Ok(())
    }
}
