//! Both sides of the mailbox in one process, and a harness that faces a hostile agent.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;
use std::sync::{Condvar, Mutex};

use halligan_solo5::mailbox::{Agent, Doorbell, End, Filled, Geometry, Harness};

const GEOMETRY: Geometry = Geometry { requests: 256, responses: 512 };

/// Zeroed memory of a mailbox, page-aligned.
struct Memory(NonNull<u8>);

impl Memory {
    const LAYOUT: Layout = match Layout::from_size_align(GEOMETRY.size(), 4096) {
        Ok(layout) => layout,
        Err(_) => panic!(),
    };

    fn new() -> Self {
        // SAFETY: the layout's size is not zero.
        Self(NonNull::new(unsafe { alloc_zeroed(Self::LAYOUT) }).unwrap())
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with the same layout.
        unsafe { dealloc(self.0.as_ptr(), Self::LAYOUT) }
    }
}

// SAFETY: plain memory.
unsafe impl Sync for Memory {}

#[derive(Default)]
struct Bell(Mutex<bool>, Condvar);

impl Doorbell for &Bell {
    fn ring(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_one();
    }

    fn wait(&self) {
        let mut rung = self.1.wait_while(self.0.lock().unwrap(), |rung| !*rung).unwrap();
        *rung = false;
    }
}

/// Answers with the reversed input, one hit, and fails property 2 on inputs that start with `!`.
fn reverse(input: &[u8], answer: &mut [u8]) -> Filled {
    for (to, from) in answer.iter_mut().zip(input.iter().rev()) {
        *to = *from;
    }
    let hit = input.len().next_multiple_of(4);
    answer[hit..hit + 4].copy_from_slice(&(7u32 << 8 | 3).to_le_bytes());
    Filled { failed: input.starts_with(b"!").then_some(2), observation: input.len(), detail: 0, hits: 1 }
}

#[test]
fn batches_are_answered_in_order_and_in_two_banks() {
    let memory = Memory::new();
    let (to_agent, to_harness) = (Bell::default(), Bell::default());
    // SAFETY: the memory outlives both sides.
    let mut harness = unsafe { Harness::create(memory.0, GEOMETRY, 10) };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            struct Agents<'a>(&'a Bell, &'a Bell);
            impl Doorbell for Agents<'_> {
                fn ring(&self) {
                    (&self.1).ring();
                }
                fn wait(&self) {
                    (&self.0).wait();
                }
            }
            let base = { &memory }.0;
            // SAFETY: as above.
            let mut agent = unsafe { Agent::open(base, GEOMETRY.size(), Agents(&to_agent, &to_harness)) }.unwrap();
            agent.ready(42);
            for _ in 0..100 {
                let mut batch = agent.wait();
                while batch.serve(64, reverse) {}
            }
        });
        while harness.ready() != Some(42) {
            std::hint::spin_loop();
        }
        let mut buffer = Vec::new();
        for number in 0..100u32 {
            let inputs = [vec![number as u8; 5], b"!x".to_vec(), vec![]];
            assert_eq!(harness.post(inputs.iter().map(Vec::as_slice), &&to_agent), 3);
            while !harness.is_finished(number) {
                std::hint::spin_loop();
            }
            let answers: Vec<_> = harness.answers(number, &mut buffer).collect();
            assert_eq!(answers.len(), 3);
            assert_eq!(answers[0].observation, &inputs[0][..]);
            assert_eq!((answers[1].observation, answers[1].failed), (&b"x!"[..], Some(2)));
            assert_eq!(answers[2].hits().collect::<Vec<_>>(), [(7, 3)]);
        }
    });
}

#[test]
fn what_does_not_fit_is_left_for_the_next_batch() {
    let memory = Memory::new();
    let bell = Bell::default();
    // SAFETY: the memory outlives both sides.
    let (mut harness, mut agent) = unsafe {
        let harness = Harness::create(memory.0, GEOMETRY, 10);
        (harness, Agent::open(memory.0, GEOMETRY.size(), &bell).unwrap())
    };
    let input = [1u8; 60];
    assert_eq!(harness.post([&input[..]; 9], &&bell), 4, "4 + 60 bytes each in 256");
    let mut batch = agent.wait();
    while batch.serve(200, reverse) {}
    assert!(harness.is_finished(0));
    assert_eq!(harness.answered(0), 4, "16 + 60 + 4 bytes each in 512, of which the last needs 216");
    assert_eq!(harness.post([&[0u8; 300][..]], &&bell), 0, "larger than a bank");
}

#[test]
fn last_words_stand_until_the_reset() {
    let memory = Memory::new();
    let bell = Bell::default();
    // SAFETY: the memory outlives both sides.
    let (mut harness, agent) = unsafe {
        let harness = Harness::create(memory.0, GEOMETRY, 0);
        (harness, Agent::open(memory.0, GEOMETRY.size(), &bell).unwrap())
    };
    assert_eq!(harness.last_words(), None);
    let words = agent.control().last_words();
    words.say(End::Panic, &"x".repeat(2000));
    words.push_frame(0x1234);
    words.fault(11, 1, 2);
    let seen = harness.last_words().unwrap();
    assert_eq!((seen.end, seen.message.len(), seen.backtrace), (End::Panic, 1024, vec![0x1234]));
    harness.reset();
    assert_eq!(harness.last_words(), None);
}

#[test]
fn a_hostile_agent_cannot_make_the_harness_panic() {
    let memory = Memory::new();
    let mut state = 1u64;
    let mut random = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 32) as u32
    };
    let mut buffer = Vec::new();
    let mut answers = 0;
    for round in 0..20_000 {
        // SAFETY: nobody else uses the memory, and the harness is dropped at the end of the round.
        let (harness, bytes) = unsafe {
            let harness = Harness::create(memory.0, GEOMETRY, 0);
            (harness, std::slice::from_raw_parts_mut(memory.0.as_ptr(), GEOMETRY.size()))
        };
        for word in bytes[64..].chunks_exact_mut(4) {
            // Mostly small numbers, so that many lengths are plausible.
            let shift = if random() % 8 == 0 { 0 } else { 26 };
            word.copy_from_slice(&(random() >> shift).to_le_bytes());
        }
        for answer in harness.answers(round % 2, &mut buffer) {
            answers += 1;
            answer.hits().for_each(drop);
        }
        harness.last_words();
    }
    assert!(answers > 1000, "hollow: {answers} answers");
}
