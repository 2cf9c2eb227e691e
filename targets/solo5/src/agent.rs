//! The fuzz agent's loop, the same in the unikernel and in the native worker.

use core::fmt;

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

    /// Runs one input; `run` knows how to run a target.
    pub fn run(&self, input: &[u8], answer: &mut [u8], run: impl FnOnce(&T, &[u8], &mut [u8]) -> Filled) -> Filled {
        if let Some(misbehaviour) = self.misbehaviour {
            misbehaviour.on(input);
        }
        match &self.target {
            Some(target) => run(target, input, answer),
            None => {
                let length = input.len().min(answer.len());
                answer[..length].copy_from_slice(&input[..length]);
                Filled { observation: length, ..Filled::default() }
            }
        }
    }
}

/// Serves batches for ever. `run` runs one input, writes its observation and detail into at most
/// [`OBSERVATION_CAPACITY`] bytes and says what it wrote; `reset` puts the process back between inputs.
pub fn serve(
    agent: &mut mailbox::Agent<impl Doorbell>,
    mut counters: Counters,
    mut reset: impl FnMut(),
    mut run: impl FnMut(&[u8], &mut [u8]) -> Filled,
) -> ! {
    let room = OBSERVATION_CAPACITY + 4 * counters.len();
    counters.clear();
    agent.ready(counters.len() as u32);
    loop {
        let mut batch = agent.wait();
        while batch.serve(room, |input, answer| {
            let mut filled = run(input, &mut answer[..OBSERVATION_CAPACITY]);
            let text = (filled.observation + filled.detail).next_multiple_of(4);
            filled.hits = counters.drain(&mut answer[text..room]);
            reset();
            filled
        }) {}
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
        let filled = task.run(b"input", &mut answer, |_, _, _| unreachable!());
        assert_eq!((filled.observation, filled.failed, &answer), (4, None, b"inpu"));
    }
}
