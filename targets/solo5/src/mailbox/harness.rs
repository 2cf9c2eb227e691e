//! The harness's side of the mailbox. Whatever the agent writes, nothing here reads out of bounds or panics.

use alloc::string::String;
use alloc::vec::Vec;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering};

use super::{
    BACKTRACE_CAPACITY, Control, Doorbell, End, Geometry, MAGIC, MESSAGE_CAPACITY, Record, VERSION, align4, wake,
};

/// The harness's handle on a mailbox. Batches are numbered from 0 and posted in order, at most two at a time.
pub struct Harness {
    control: NonNull<Control>,
    geometry: Geometry,
    posted: u32,
}

// SAFETY: the handle points to a mapping that is not tied to a thread; all shared words are atomics, and the request
// areas are written through `&mut self` alone.
unsafe impl Send for Harness {}

impl Harness {
    /// Makes a mailbox of `geometry` at `base`. The agent turns its spin loop `spin` times before it blocks.
    ///
    /// # Safety
    /// `base` must point to `geometry.size()` bytes of memory, aligned to a page, that stay mapped for as long as the
    /// handle lives and that no other harness uses.
    pub unsafe fn create(base: NonNull<u8>, geometry: Geometry, spin: u32) -> Self {
        let harness = Self { control: base.cast(), geometry, posted: 0 };
        let control = harness.control();
        control.version.store(VERSION, Ordering::Relaxed);
        control.requests.store(geometry.requests, Ordering::Relaxed);
        control.responses.store(geometry.responses, Ordering::Relaxed);
        control.spin.store(spin, Ordering::Relaxed);
        control.magic.store(MAGIC, Ordering::Release);
        harness
    }

    fn control(&self) -> &Control {
        // SAFETY: the caller of `create` vouches that the control page stays mapped.
        unsafe { self.control.as_ref() }
    }

    /// Forgets all batches and the last words, for a new agent; the old one must be dead.
    pub fn reset(&mut self) {
        self.posted = 0;
        let control = self.control();
        for word in [&control.posted, &control.finished, &control.ready, &control.agent_asleep, &control.harness_asleep]
        {
            word.store(0, Ordering::SeqCst);
        }
        control.last_words.clear();
    }

    /// Number of coverage counters in the agent's image, once it is ready.
    pub fn ready(&self) -> Option<u32> {
        let control = self.control();
        (control.ready.load(Ordering::Acquire) != 0).then(|| control.counters.load(Ordering::Relaxed))
    }

    /// Posts as many of `inputs` as fit into the next bank and returns their number, which is the batch's size. The
    /// batch before the last must have been read.
    pub fn post<'i>(&mut self, inputs: impl IntoIterator<Item = &'i [u8]>, doorbell: &impl Doorbell) -> u32 {
        let bank = (self.posted % 2) as usize;
        let capacity = self.geometry.requests as usize;
        let (mut at, mut count) = (0, 0);
        for input in inputs {
            let end = at + 4 + align4(input.len());
            if end > capacity {
                break;
            }
            // SAFETY: `at..end` lies within the bank's request area, which `create`'s caller vouches for; an input is a
            // Rust slice of this process and cannot overlap memory that is only reached through this raw pointer.
            unsafe {
                let request = self.control.cast::<u8>().add(self.geometry.bank(bank) + at);
                request.cast::<[u8; 4]>().write((input.len() as u32).to_le_bytes());
                request.add(4).copy_from_nonoverlapping(NonNull::from(input).cast(), input.len());
            }
            at = end;
            count += 1;
        }
        self.posted = self.posted.wrapping_add(1);
        let control = self.control();
        control.counts[bank].store(count, Ordering::Relaxed);
        control.answered[bank].store(0, Ordering::Relaxed);
        control.filled[bank].store(0, Ordering::Relaxed);
        control.taken[bank].store(0, Ordering::Relaxed);
        control.posted.store(self.posted, Ordering::SeqCst);
        wake(&control.agent_asleep, doorbell);
        count
    }

    /// Whether batch `number` is finished.
    pub fn is_finished(&self, number: u32) -> bool {
        self.control().finished.load(Ordering::Acquire).wrapping_sub(number) as i32 > 0
    }

    /// How many inputs of batch `number`, one of the last two, have been answered.
    pub fn answered(&self, number: u32) -> u32 {
        self.control().answered[(number % 2) as usize].load(Ordering::Acquire)
    }

    /// The word to set before blocking on the doorbell, and to clear afterwards.
    pub fn asleep(&self) -> &AtomicU32 {
        &self.control().harness_asleep
    }

    /// Copies the answers to batch `number` into `buffer` and returns an iterator over them.
    pub fn answers<'b>(&self, number: u32, buffer: &'b mut Vec<u8>) -> Answers<'b> {
        let bank = (number % 2) as usize;
        let remaining = self.answered(number);
        let capacity = self.geometry.responses as usize;
        let length = (self.control().filled[bank].load(Ordering::Relaxed) as usize).min(capacity);
        buffer.clear();
        buffer.reserve(length);
        // SAFETY: `length` bytes lie within the bank's response area and, after `reserve`, within the buffer. A hostile
        // agent may write at the same time: then the copy holds any bytes, which is all that its readers assume.
        unsafe {
            let start = self.control.cast::<u8>().add(self.geometry.bank(bank) + self.geometry.requests as usize);
            core::ptr::copy_nonoverlapping(start.as_ptr(), buffer.as_mut_ptr(), length);
            buffer.set_len(length);
        }
        Answers { bytes: buffer, remaining }
    }

    /// What the agent left behind when it ended.
    pub fn last_words(&self) -> Option<Words> {
        let words = &self.control().last_words;
        let end = End::from_word(words.end.load(Ordering::Acquire))?;
        let length = (words.message_length.load(Ordering::Relaxed) as usize).min(MESSAGE_CAPACITY);
        let message: Vec<u8> = words.message[..length].iter().map(|byte| byte.load(Ordering::Relaxed)).collect();
        let frames = (words.backtrace_length.load(Ordering::Relaxed) as usize).min(BACKTRACE_CAPACITY);
        Some(Words {
            end,
            signal: words.signal.load(Ordering::Relaxed),
            rip: words.rip.load(Ordering::Relaxed),
            address: words.address.load(Ordering::Relaxed),
            message: String::from_utf8_lossy(&message).into_owned(),
            backtrace: words.backtrace[..frames].iter().map(|pc| pc.load(Ordering::Relaxed)).collect(),
        })
    }
}

/// An agent's last words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Why it ended.
    pub end: End,
    /// Signal or exception vector of a fault.
    pub signal: u32,
    /// Instruction pointer of a fault.
    pub rip: u64,
    /// Address that a faulting access touched.
    pub address: u64,
    /// Message of a panic, or of the allocator.
    pub message: String,
    /// Return addresses, innermost first.
    pub backtrace: Vec<u64>,
}

/// Iterates over a batch's answers, in the order of its inputs. Ends early where an answer is malformed.
pub struct Answers<'b> {
    bytes: &'b [u8],
    remaining: u32,
}

/// The answer to one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'b> {
    /// Index of the property that did not hold.
    pub failed: Option<u32>,
    /// What the parser saw.
    pub observation: &'b [u8],
    /// What the failed property expected and saw: UTF-8, if the agent is honest.
    pub detail: &'b [u8],
    hits: &'b [u8],
}

impl<'b> Answer<'b> {
    /// The edges that were hit, ascending, each with its count. An honest agent names an edge once.
    pub fn hits(&self) -> impl ExactSizeIterator<Item = (u32, u8)> + use<'b> {
        let word = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        self.hits.chunks_exact(4).map(move |bytes| (word(bytes) >> 8, bytes[0]))
    }
}

impl<'b> Iterator for Answers<'b> {
    type Item = Answer<'b>;

    fn next(&mut self) -> Option<Answer<'b>> {
        self.remaining = self.remaining.checked_sub(1)?;
        let (head, rest) = self.bytes.split_first_chunk::<{ size_of::<Record>() }>()?;
        let word = |index: usize| u32::from_le_bytes([head[index], head[index + 1], head[index + 2], head[index + 3]]);
        let (observation, detail, hits) = (word(4) as usize, word(8) as usize, word(12) as usize);
        let (observation, after) = rest.split_at_checked(observation)?;
        let (detail, _) = after.split_at_checked(detail)?;
        let start = align4(observation.len() + detail.len());
        let (hits, rest) = rest.get(start..)?.split_at_checked(hits.checked_mul(4)?)?;
        self.bytes = rest;
        Some(Answer { failed: word(0).checked_sub(1), observation, detail, hits })
    }
}
