//! A worker runs batches of inputs on an agent, restarts the agent where one kills it, and misses none.

use std::collections::VecDeque;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{Ordering, fence};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use halligan_solo5::mailbox::{End, Geometry, Harness};

use super::process::{Channel, Process};
use super::{Death, Isolation, Kind, Run};

/// How a worker runs its agent.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long the agent may work on one input.
    pub timeout: Duration,
    /// Turns of the spin loops of both sides before they block.
    pub spin: u32,
    /// Size of the mailbox.
    pub geometry: Geometry,
    /// What an input may leave behind for the next one.
    pub isolation: Isolation,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(1),
            spin: 2000,
            geometry: Geometry::DEFAULT,
            isolation: Isolation::default(),
        }
    }
}

/// A batch of inputs in one piece of memory, which is used again and again.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Inputs {
    /// Forgets the inputs and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Adds an input.
    pub fn push(&mut self, input: &[u8]) {
        self.bytes.extend_from_slice(input);
        self.ends.push(self.bytes.len());
    }

    /// Number of inputs.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Input `index`.
    ///
    /// # Panics
    /// Panics where there is none.
    pub fn get(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }

    /// The inputs from `first` on.
    pub fn from(&self, first: usize) -> impl Iterator<Item = &[u8]> {
        (first..self.len()).map(|index| self.get(index))
    }
}

impl<'i> Extend<&'i [u8]> for Inputs {
    fn extend<I: IntoIterator<Item = &'i [u8]>>(&mut self, inputs: I) {
        inputs.into_iter().for_each(|input| self.push(input));
    }
}

impl<'i> FromIterator<&'i [u8]> for Inputs {
    fn from_iter<I: IntoIterator<Item = &'i [u8]>>(inputs: I) -> Self {
        let mut all = Self::default();
        all.extend(inputs);
        all
    }
}

/// A batch on its way: how far it was answered, and under which number what is left of it was posted.
struct Queued {
    inputs: Inputs,
    answered: usize,
    posted: Option<u32>,
}

/// Runs inputs on an agent. Two batches can be on their way at a time, so that one is made while the other runs.
pub struct Worker {
    kind: Kind,
    image: PathBuf,
    tender: PathBuf,
    words: Vec<String>,
    options: Options,
    mailbox: Harness,
    process: Option<Process>,
    channel: Channel,
    batches: u32,
    queue: VecDeque<Queued>,
    answers: Vec<u8>,
    starts: u64,
}

enum Wait {
    Finished,
    Died(Death),
}

impl Worker {
    pub(super) fn new(kind: Kind, image: &Path, tender: &Path, words: Vec<String>, options: Options) -> Result<Self> {
        let channel = Channel::new(options.geometry)?;
        // SAFETY: the channel's mapping has the geometry's size, and this worker keeps it for as long as the mailbox.
        let mailbox = unsafe { Harness::create(channel.base(), options.geometry, options.spin) };
        Ok(Self {
            kind,
            image: image.to_owned(),
            tender: tender.to_owned(),
            words,
            options,
            mailbox,
            process: None,
            channel,
            batches: 0,
            queue: VecDeque::with_capacity(2),
            answers: Vec::new(),
            starts: 0,
        })
    }

    /// Number of times that the agent was started.
    pub fn starts(&self) -> u64 {
        self.starts
    }

    /// Number of batches on their way.
    pub fn outstanding(&self) -> usize {
        self.queue.len()
    }

    /// Runs one input, with no batch on its way.
    ///
    /// # Errors
    /// Fails where no agent can be started.
    pub fn run<T>(&mut self, input: &[u8], look: impl FnOnce(Run<'_>) -> T) -> Result<T> {
        debug_assert!(self.queue.is_empty());
        self.submit([input].into_iter().collect())?;
        let (mut look, mut seen) = (Some(look), None);
        self.collect(|_, run| seen = look.take().map(|look| look(run)))?;
        seen.ok_or_else(|| anyhow::anyhow!("the agent gave no answer"))
    }

    /// Puts a batch on its way. At most two can be.
    ///
    /// # Errors
    /// Fails where an input is larger than the mailbox, or where no agent can be started.
    pub fn submit(&mut self, inputs: Inputs) -> Result<()> {
        assert!(self.queue.len() < 2, "two batches are on their way");
        self.queue.push_back(Queued { inputs, answered: 0, posted: None });
        // In order: a batch that was posted later would lose its bank of the mailbox to the one before. A fresh agent has one
        // input to run, and no more.
        let posted = if self.options.isolation == Isolation::Fresh { 1 } else { self.queue.len() };
        for index in 0..posted {
            if self.queue[index].posted.is_none() {
                self.post(index)?;
            }
        }
        Ok(())
    }

    /// Waits for the oldest batch, calls `look` with each of its inputs' index and run, in order, and gives the batch
    /// back.
    ///
    /// # Errors
    /// Fails where no agent can be started again after it died, or where its answers make no sense.
    pub fn collect(&mut self, mut look: impl FnMut(usize, Run<'_>)) -> Result<Inputs> {
        loop {
            let Some(front) = self.queue.front() else { return Ok(Inputs::default()) };
            if front.answered == front.inputs.len() {
                return Ok(self.queue.pop_front().map(|queued| queued.inputs).unwrap_or_default());
            }
            let Some(number) = front.posted else {
                self.post(0)?;
                continue;
            };
            let wait = self.wait(number);
            let front = &mut self.queue[0];
            let before = front.answered;
            for answer in self.mailbox.answers(number, &mut self.answers) {
                if front.answered < front.inputs.len() {
                    look(front.answered, Run::answered(answer));
                    front.answered += 1;
                }
            }
            match wait {
                Wait::Finished if front.answered == before => {
                    bail!("the agent on {} answered a batch with nothing: its mailbox is too small", self.kind)
                }
                Wait::Finished if self.options.isolation == Isolation::Fresh => self.process = None,
                Wait::Finished => {}
                Wait::Died(death) => {
                    if front.answered < front.inputs.len() {
                        look(front.answered, Run::died(death));
                        front.answered += 1;
                    }
                    self.process = None;
                }
            }
            if self.process.is_none() || self.queue[0].answered < self.queue[0].inputs.len() {
                // What is left is posted anew, in order.
                self.queue.iter_mut().for_each(|queued| queued.posted = None);
            }
        }
    }

    /// Posts what is left of a queued batch.
    fn post(&mut self, index: usize) -> Result<()> {
        if self.process.is_none() {
            self.start()?;
        }
        let queued = &mut self.queue[index];
        let most = if self.options.isolation == Isolation::Fresh { 1 } else { usize::MAX };
        let count = self.mailbox.post(queued.inputs.from(queued.answered).take(most), &self.channel);
        queued.posted = Some(self.batches);
        self.batches = self.batches.wrapping_add(1);
        if count == 0 && queued.answered < queued.inputs.len() {
            let size = queued.inputs.get(queued.answered).len();
            bail!("an input of {size} bytes does not fit the mailbox ({} bytes)", self.options.geometry.requests);
        }
        Ok(())
    }

    fn start(&mut self) -> Result<()> {
        const START_TIMEOUT: Duration = Duration::from_secs(10);
        self.mailbox.reset();
        self.batches = 0;
        self.starts += 1;
        let process =
            Process::start(self.kind, &self.image, &self.tender, &self.words, self.options.isolation, &self.channel)?;
        let process = self.process.insert(process);
        let deadline = Instant::now() + START_TIMEOUT;
        while self.mailbox.ready().is_none() {
            let ended = process.has_ended();
            if self.mailbox.ready().is_some() {
                break;
            }
            if ended || Instant::now() > deadline {
                let (status, said) = process.end();
                let why = if ended { status.to_string() } else { "no sign of life for 10 s".to_owned() };
                let said = if said.is_empty() { String::new() } else { format!(": {said}") };
                self.process = None;
                bail!("the agent on {} did not start ({why}){said}", self.kind);
            }
            self.mailbox.asleep().store(1, Ordering::SeqCst);
            fence(Ordering::SeqCst);
            if self.mailbox.ready().is_none() {
                process.wait(&self.channel, Duration::from_millis(100));
            }
            self.mailbox.asleep().store(0, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Waits until batch `number` is finished or its agent is dead; then it is reaped.
    fn wait(&mut self, number: u32) -> Wait {
        let Some(process) = &mut self.process else { return Wait::Died(Death::Exit { status: "not started".into() }) };
        for _ in 0..self.options.spin {
            if self.mailbox.is_finished(number) {
                return Wait::Finished;
            }
            std::hint::spin_loop();
        }
        let (mut answered, mut since) = (self.mailbox.answered(number), Instant::now());
        loop {
            self.mailbox.asleep().store(1, Ordering::SeqCst);
            fence(Ordering::SeqCst);
            if !self.mailbox.is_finished(number) {
                process.wait(&self.channel, self.options.timeout.saturating_sub(since.elapsed()));
            }
            self.mailbox.asleep().store(0, Ordering::SeqCst);
            if self.mailbox.is_finished(number) {
                return Wait::Finished;
            }
            if process.has_ended() {
                // It may have finished between the two looks.
                if self.mailbox.is_finished(number) {
                    return Wait::Finished;
                }
                let (status, said) = process.end();
                return Wait::Died(self.death(status, said));
            }
            let now = self.mailbox.answered(number);
            if now != answered {
                (answered, since) = (now, Instant::now());
            } else if since.elapsed() >= self.options.timeout {
                process.end();
                return Wait::Died(Death::Hang);
            }
        }
    }

    fn death(&self, status: std::process::ExitStatus, said: String) -> Death {
        if status.signal() == Some(libc::SIGSYS) {
            return Death::ForbiddenSyscall;
        }
        match self.mailbox.last_words() {
            Some(words) => match words.end {
                End::Panic => Death::Panic { message: words.message, backtrace: words.backtrace },
                End::Forbidden => Death::ForbiddenSyscall,
                End::OutOfMemory => Death::OutOfMemory { message: words.message },
                End::Fault => Death::Fault { signal: words.signal, rip: words.rip, address: words.address },
            },
            None if said.is_empty() => Death::Exit { status: status.to_string() },
            None => Death::Exit { status: format!("{status}: {said}") },
        }
    }
}
