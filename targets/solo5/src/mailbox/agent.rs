//! The agent's side of the mailbox.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering};

use super::{Control, Doorbell, Geometry, MAGIC, Record, VERSION, align4, wait_until, wake};

/// The agent's handle on a mailbox.
pub struct Agent<D> {
    control: NonNull<Control>,
    geometry: Geometry,
    doorbell: D,
}

/// Why a mailbox cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The region is smaller than the geometry that it states, or misaligned.
    Size,
    /// It does not begin with [`MAGIC`], or has another [`VERSION`].
    Version,
}

impl core::fmt::Display for OpenError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Size => "the mailbox is smaller than it says",
            Self::Version => "the mailbox is of another version",
        })
    }
}

impl core::error::Error for OpenError {}

impl<D: Doorbell> Agent<D> {
    /// Opens the mailbox of `size` bytes at `base`.
    ///
    /// # Errors
    /// Says why where the region does not hold a mailbox of this version.
    ///
    /// # Safety
    /// `base` must point to `size` bytes of shared memory that stay mapped for as long as the handle lives, and that
    /// only one agent uses.
    pub unsafe fn open(base: NonNull<u8>, size: usize, doorbell: D) -> Result<Self, OpenError> {
        let control = base.cast::<Control>();
        if size < size_of::<Control>() || !control.is_aligned() {
            return Err(OpenError::Size);
        }
        // SAFETY: the caller vouches for `size` bytes at `base`, and the control page has just been found to fit.
        let page = unsafe { control.as_ref() };
        if page.magic.load(Ordering::Relaxed) != MAGIC || page.version.load(Ordering::Relaxed) != VERSION {
            return Err(OpenError::Version);
        }
        let geometry = page.geometry();
        if size < geometry.size() {
            return Err(OpenError::Size);
        }
        Ok(Self { control, geometry, doorbell })
    }

    /// The control page.
    pub fn control(&self) -> &Control {
        // SAFETY: `open` checked that the control page lies in memory that outlives this handle.
        unsafe { self.control.as_ref() }
    }

    /// Tells the harness that the agent serves, and how many coverage counters its image has.
    pub fn ready(&self, counters: u32) {
        let control = self.control();
        control.counters.store(counters, Ordering::Relaxed);
        control.ready.store(1, Ordering::SeqCst);
        wake(&control.harness_asleep, &self.doorbell);
    }

    /// Waits for the next batch, or what is left of one.
    pub fn wait(&mut self) -> Batch<'_, D> {
        let control = self.control();
        let number = control.finished.load(Ordering::Relaxed);
        let turns = control.spin.load(Ordering::Relaxed);
        wait_until(turns, &control.agent_asleep, &self.doorbell, || control.posted.load(Ordering::Acquire) != number);
        let bank = (number % 2) as usize;
        let word = |words: &[AtomicU32; 2]| words[bank].load(Ordering::Relaxed);
        let (count, served) = (word(&control.counts), word(&control.answered));
        let (request, response) = (word(&control.taken) as usize, word(&control.filled) as usize);
        Batch { agent: self, bank, number, count, served, request, response }
    }
}

/// What an answer holds: an observation, right behind it a detail in UTF-8, and from the next multiple of 4 on the hits,
/// each a word of `edge << 8 | count`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filled {
    /// Index of the property that did not hold.
    pub failed: Option<u32>,
    /// Length of the observation in bytes.
    pub observation: usize,
    /// Length of the detail in bytes: what a failed property expected and saw.
    pub detail: usize,
    /// Number of hits.
    pub hits: usize,
}

/// A batch of inputs being served.
pub struct Batch<'a, D: Doorbell> {
    agent: &'a Agent<D>,
    bank: usize,
    number: u32,
    count: u32,
    served: u32,
    request: usize,
    response: usize,
}

impl<D: Doorbell> Batch<'_, D> {
    /// Serves the next input: `run` gets it with the memory for its answer, at least `room` bytes and aligned to 4, and
    /// says what it put there. Returns whether there may be another; else the batch is finished. It is at its end, and where
    /// `room` bytes are no longer left: the harness posts again what was not answered.
    pub fn serve(&mut self, room: usize, run: impl FnOnce(&[u8], &mut [u8]) -> Filled) -> bool {
        let geometry = self.agent.geometry;
        let (requests, responses) = (geometry.requests as usize, geometry.responses as usize);
        let head = self.request + 4;
        if self.served == self.count || head > requests || self.response + size_of::<Record>() + room > responses {
            return self.finish();
        }
        let offset = geometry.bank(self.bank);
        // SAFETY: `open` checked that both areas of the bank lie within the mapping. While a batch is posted the
        // harness neither writes its requests nor touches its responses, so the shared and the exclusive slice are
        // each this agent's alone.
        let (input_area, output_area) = unsafe {
            let base = self.agent.control.cast::<u8>().add(offset);
            (
                core::slice::from_raw_parts(base.as_ptr(), requests),
                core::slice::from_raw_parts_mut(base.add(requests).as_ptr(), responses),
            )
        };
        let length = u32::from_le_bytes(input_area[self.request..head].try_into().unwrap_or_default()) as usize;
        let Some(input) = input_area.get(head..head + length) else {
            return self.finish();
        };
        let (record_area, answer) = output_area[self.response..].split_at_mut(size_of::<Record>());
        let filled = run(input, answer);
        for (word, value) in record_area.chunks_exact_mut(4).zip([
            filled.failed.map_or(0, |property| 1 + property),
            filled.observation as u32,
            filled.detail as u32,
            filled.hits as u32,
        ]) {
            word.copy_from_slice(&value.to_le_bytes());
        }
        self.request = head + align4(length);
        self.response += size_of::<Record>() + align4(filled.observation + filled.detail) + 4 * filled.hits;
        self.served += 1;
        let control = self.agent.control();
        control.filled[self.bank].store(self.response as u32, Ordering::Relaxed);
        control.taken[self.bank].store(self.request as u32, Ordering::Relaxed);
        control.answered[self.bank].store(self.served, Ordering::Release);
        self.served != self.count || self.finish()
    }

    fn finish(&self) -> bool {
        let control = self.agent.control();
        control.finished.store(self.number.wrapping_add(1), Ordering::SeqCst);
        wake(&control.harness_asleep, &self.agent.doorbell);
        false
    }
}
