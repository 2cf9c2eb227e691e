//! The fuzz agent's loop, the same in the unikernel and in the native worker.

use core::fmt;

use crate::arena::Arena;
use crate::coverage::Counters;
use crate::mailbox::{self, Doorbell, Filled};
use crate::misbehaviour::{self, Misbehaviour};

/// Most bytes of observation and detail in one answer.
pub const OBSERVATION_CAPACITY: usize = 16 << 10;

/// Memory that an agent may allocate for one input, in bytes; the same on every host.
pub const HEAP_LIMIT: usize = 64 << 20;

/// What the words of an agent's command line ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task<T> {
    /// The target to run; without, the observation of an input is its beginning.
    pub target: Option<T>,
    /// What else to do on some inputs.
    pub misbehaviour: Option<Misbehaviour>,
}

/// A word that names neither a target nor a misbehaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownWord<'w>(pub &'w str);

impl fmt::Display for UnknownWord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no target '{}'", self.0)
    }
}

impl<T> Task<T> {
    /// Reads a command line; `find` knows the targets by name.
    ///
    /// # Errors
    /// Returns the first word that is unknown.
    pub fn parse<'w>(
        words: impl IntoIterator<Item = &'w str>,
        find: impl Fn(&str) -> Option<T>,
    ) -> Result<Self, UnknownWord<'w>> {
        let mut task = Self { target: None, misbehaviour: None };
        for word in words {
            if let Some(misbehaviour) = word.strip_prefix(misbehaviour::WORD).and_then(Misbehaviour::from_kind) {
                task.misbehaviour = Some(misbehaviour);
            } else {
                task.target = Some(find(word).ok_or(UnknownWord(word))?);
            }
        }
        Ok(task)
    }

    /// Runs one input in a process with this heap; `run` knows how to run a target.
    pub fn run(
        &self,
        heap: &Arena,
        input: &[u8],
        answer: &mut [u8],
        run: impl FnOnce(&T, &[u8], &mut [u8]) -> Filled,
    ) -> Filled {
        if let Some(misbehaviour) = self.misbehaviour {
            misbehaviour.on(input, heap);
        }
        match &self.target {
            Some(target) => run(target, input, answer),
            None => {
                let state = self.misbehaviour.and_then(|misbehaviour| misbehaviour.state(heap));
                let state = state.map(u64::to_le_bytes);
                let observed = input.iter().chain(state.iter().flatten());
                let observation = answer.iter_mut().zip(observed).map(|(to, from)| *to = *from).count();
                Filled { observation, ..Filled::default() }
            }
        }
    }
}

/// How a process is put back between two inputs.
#[derive(Clone, Copy)]
pub enum Between<'a> {
    /// By a call that takes back what was allocated.
    Reset(&'a dyn Fn()),
    /// By a call that first returns as any, and from the next time on as if it were the first: with all of the process's
    /// memory as it was then, but for the mailbox.
    Restore(&'a dyn Fn()),
}

/// Serves batches for ever. `run` runs one input, writes its observation and detail into at most
/// [`OBSERVATION_CAPACITY`] bytes and says what it wrote.
pub fn serve(
    agent: &mut mailbox::Agent<impl Doorbell>,
    mut counters: Counters,
    between: Between<'_>,
    mut run: impl FnMut(&[u8], &mut [u8]) -> Filled,
) -> ! {
    let room = OBSERVATION_CAPACITY + 4 * counters.len();
    counters.clear();
    agent.ready(counters.len() as u32);
    loop {
        if let Between::Restore(restore) = between {
            restore();
        }
        let mut batch = agent.wait();
        let mut next = || {
            batch.serve(room, |input, answer| {
                let mut filled = run(input, &mut answer[..OBSERVATION_CAPACITY]);
                let text = (filled.observation + filled.detail).next_multiple_of(4);
                filled.hits = counters.drain(&mut answer[text..room]);
                if let Between::Reset(reset) = between {
                    reset();
                }
                filled
            })
        };
        while next() && matches!(between, Between::Reset(_)) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Task<usize>, UnknownWord<'_>> {
        Task::parse(line.split_ascii_whitespace(), |name| name.strip_prefix("target").map(str::len))
    }

    #[test]
    fn a_command_line_names_a_target_and_a_misbehaviour() {
        assert_eq!(parse(""), Ok(Task { target: None, misbehaviour: None }));
        let task = Task { target: Some(2), misbehaviour: Some(Misbehaviour::Fault) };
        assert_eq!(parse("misbehave=fault target_1"), Ok(task));
        assert_eq!(parse("target_1 udp"), Err(UnknownWord("udp")));
        assert_eq!(parse("misbehave=sulk"), Err(UnknownWord("misbehave=sulk")));
    }

    #[test]
    fn without_a_target_an_input_is_its_own_observation() {
        let (mut answer, task) = ([0; 4], parse("").unwrap());
        // SAFETY: there is no memory.
        let heap = unsafe { Arena::new(core::ptr::null_mut()..core::ptr::null_mut()) };
        let filled = task.run(&heap, b"input", &mut answer, |_, _, _| unreachable!());
        assert_eq!((filled.observation, filled.failed, &answer), (4, None, b"inpu"));
    }
}
