//! The fuzz agent's loop, the same in the unikernel and in the native worker.

use crate::coverage::Counters;
use crate::mailbox::{self, Doorbell, Filled};

/// Most bytes of observation and detail in one answer.
pub const OBSERVATION_CAPACITY: usize = 16 << 10;

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
