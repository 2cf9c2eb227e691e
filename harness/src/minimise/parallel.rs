//! The same work on many inputs, in several threads with agents of their own.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::Panel;

/// How often `tick` is called at least.
const TICK: Duration = Duration::from_millis(100);

/// Does `work` for the numbers below `count` in `jobs` threads, each with a panel that `panel` makes. Calls `done` in this
/// thread with each number and what came of it, in the order in which they are done, and `tick` every now and then.
///
/// Where a panel cannot be made, all that its thread would do fails with it.
///
/// # Errors
/// Fails where `done` does; what other threads are doing is finished, but nothing is begun any more.
pub fn in_parallel<T: Send>(
    count: usize,
    jobs: usize,
    panel: impl Fn() -> Result<Panel> + Sync,
    work: impl Fn(&mut Panel, usize) -> Result<T> + Sync,
    mut done: impl FnMut(usize, Result<T>) -> Result<()>,
    mut tick: impl FnMut(),
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, count.max(1)) {
            let (sender, next, panel, work) = (sender.clone(), &next, &panel, &work);
            scope.spawn(move || {
                let mut own = None;
                loop {
                    let number = next.fetch_add(1, Relaxed);
                    if number >= count {
                        return;
                    }
                    let outcome = match &mut own {
                        Some(panel) => work(panel, number),
                        none => panel().and_then(|panel| work(none.insert(panel), number)),
                    };
                    if sender.send((number, outcome)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        loop {
            match receiver.recv_timeout(TICK) {
                Ok((number, outcome)) => done(number, outcome).inspect_err(|_| next.store(count, Relaxed))?,
                Err(RecvTimeoutError::Timeout) => tick(),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    })
}
