//! The thread that serves a ring while the guest runs.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use rustix::io::Errno;

use super::Queue;
use crate::Error;
use crate::hvt::seccomp::Policy;

/// How often the thread looks at an idle ring before it sleeps, as Solo5's does.
const LOOKS: u32 = 4096;

/// A thread at a ring.
pub(in crate::hvt) struct Service {
    thread: JoinHandle<()>,
    bell: &'static Bell,
}

/// What tells the thread of entries and of its end.
struct Bell {
    kick: OwnedFd,
    ended: AtomicBool,
}

impl Service {
    /// Starts the thread, behind a filter of its own; `kick` is what the guest wakes it with. Returns when the filter is in
    /// place. The thread has the privileges that the caller has left.
    pub(in crate::hvt) fn start(mut queue: Queue, kick: OwnedFd) -> Result<Self, Error> {
        let failed = |source: io::Error| Error::host("serve the guest's ring")(source);
        // For as long as the process: its filter leaves no way to close a descriptor.
        let bell: &'static Bell = Box::leak(Box::new(Bell { kick, ended: AtomicBool::new(false) }));
        let (ready, is_ready) = mpsc::channel();
        let serve = move || {
            let mut policy = Policy::at_ring(bell.kick.as_raw_fd());
            queue.devices.iter().filter(|device| device.is_net()).for_each(|net| policy.allow_net(net.fd.as_raw_fd()));
            let installed = policy.install();
            let is_installed = installed.is_ok();
            let _ = ready.send(installed);
            if is_installed {
                run(&mut queue, bell);
            }
        };
        let thread = thread::Builder::new().name("ring".into()).spawn(serve).map_err(failed)?;
        is_ready.recv().map_err(|gone| failed(io::Error::other(gone)))??;
        Ok(Self { thread, bell })
    }

    /// The descriptor that wakes the thread.
    pub(in crate::hvt) fn kick(&self) -> RawFd {
        self.bell.kick.as_raw_fd()
    }

    /// Ends the thread when it has done what the guest has asked for so far.
    pub(in crate::hvt) fn end(self) {
        self.bell.ended.store(true, Ordering::Release);
        let _ = rustix::io::write(&self.bell.kick, &1u64.to_ne_bytes());
        let _ = self.thread.join();
    }
}

/// Serves the ring until it is ended. A guest whose entry is refused ends here, and the tender with it.
fn run(queue: &mut Queue, bell: &Bell) {
    loop {
        // What the guest did before its end is in the ring by then.
        let is_last = bell.ended.load(Ordering::Acquire);
        if let Err(refusal) = queue.serve() {
            eprintln!("halligan-tender: the guest {refusal}");
            // SAFETY: the call takes no pointer and does not return.
            unsafe { libc::_exit(1) };
        }
        if is_last {
            return;
        }
        if !(0..LOOKS).any(|_| has_work(queue)) {
            sleep(queue, bell);
        }
    }
}

fn has_work(queue: &Queue) -> bool {
    std::hint::spin_loop();
    !queue.is_idle()
}

/// Sleeps until the guest rings, unless it has put in an entry before it could know that it should.
fn sleep(queue: &Queue, bell: &Bell) {
    if queue.ask_for_kick() {
        while rustix::io::read(&bell.kick, &mut [0; 8]) == Err(Errno::INTR) {}
    }
    queue.spare_kick();
}
