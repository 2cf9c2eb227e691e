//! The fuzz agent of a unikernel.
//!
//! Under a tender that announces a mailbox it serves the target that the command line names. Without one it checks that
//! target on inputs that it draws from a seed, or, where the command line is empty, tests itself.

use core::fmt::{self, Write};
use core::ptr::NonNull;

use halligan_solo5::agent::{self, Between, Task};
use halligan_solo5::coverage::Counters;
use halligan_solo5::guest::{self, Bell, Console, Guest, HEAP};
use halligan_solo5::mailbox::{Agent, Announcement, Control};
use halligan_targets::Seeded;
use halligan_targets::planted::plant_by;

use crate::selftest;

/// What the image does.
pub fn main(guest: &Guest) -> u8 {
    let words = || guest.command_line().split_ascii_whitespace();
    let announcement = words().find_map(|word| word.parse::<Announcement>().ok());
    let others = words().filter(|word| word.parse::<Announcement>().is_err() && !plant_by(word));
    match announcement {
        None if words().next().is_none() => selftest::run(guest),
        None => Seeded::parse(others).map_or_else(complain, check),
        Some(announcement) => match Task::parse(others, halligan_targets::find) {
            Ok(task) => serve(announcement, &task),
            Err(unknown) => complain(unknown),
        },
    }
}

fn check(seeded: Seeded) -> u8 {
    let mark = HEAP.mark();
    // SAFETY: between inputs, only what was allocated before the mark is in use.
    let passed = seeded.check(&mut Console, || unsafe { HEAP.reset(mark) });
    u8::from(passed != Ok(true))
}

fn serve(announcement: Announcement, task: &Task<&dyn halligan_targets::AnyTarget>) -> u8 {
    let Some(base) = NonNull::new(core::ptr::with_exposed_provenance_mut::<u8>(announcement.address)) else {
        return complain("the mailbox is at address zero");
    };
    let bell = Bell { wake: announcement.wake, done: announcement.done };
    // SAFETY: the tender has mapped the mailbox there for good, and there is no other agent.
    let mut agent = match unsafe { Agent::open(base, announcement.size, bell) } {
        Ok(agent) => agent,
        Err(error) => return complain(error),
    };
    // SAFETY: opened just now, so there is a control page; it stays mapped for good.
    guest::set_last_words(unsafe { base.cast::<Control>().as_ref() }.last_words());
    // SAFETY: a guest has one thread, and takes the counters once.
    let counters = unsafe { Counters::take() };
    HEAP.limit(agent::HEAP_LIMIT);
    let mark = HEAP.mark();
    // SAFETY: between inputs, only what was allocated before the mark is in use.
    let reset = || unsafe { HEAP.reset(mark) };
    // SAFETY: the tender has announced it.
    let restore = announcement.restore.map(|at| move || unsafe { guest::restore(at) });
    let between = restore.as_ref().map_or(Between::Reset(&reset), |restore| Between::Restore(restore));
    agent::serve(&mut agent, counters, between, |input, answer| {
        task.run(&HEAP, input, answer, |target, input, answer| target.answer(input, answer))
    })
}

fn complain(error: impl fmt::Display) -> u8 {
    // The console does not fail.
    let _ = writeln!(Console, "halligan-unikernel: {error}");
    1
}
