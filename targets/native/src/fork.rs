//! Snapshots: the process forks before every input, and stays as it was.

use std::cell::Cell;
use std::ffi::c_int;
use std::ptr;

use seccompiler::BpfProgram;

/// Exit status of a child that has done its input; no other end has it.
const DONE: c_int = 86;

/// A process and its children.
pub struct Family {
    /// What a child may do.
    filter: BpfProgram,
    is_child: Cell<bool>,
}

impl Family {
    /// A process without children yet.
    pub fn new(filter: BpfProgram) -> Self {
        Self { filter, is_child: Cell::new(false) }
    }

    /// Returns in a child, once; the child's next call ends it, and the call before returns in another. The end of a child
    /// that does not come back is this process's own.
    pub fn fork(&self) {
        if self.is_child.get() {
            exit(DONE);
        }
        // SAFETY: reads a number.
        let parent = unsafe { libc::getpid() };
        loop {
            // SAFETY: this process has one thread, so the child has all that there is.
            match unsafe { libc::fork() } {
                0 => {
                    self.is_child.set(true);
                    return self.settle(parent);
                }
                -1 => {
                    eprintln!("halligan-native: cannot fork: {}", std::io::Error::last_os_error());
                    exit(1);
                }
                child => wait(child),
            }
        }
    }

    /// Ties this process to its parent, and puts it behind the filter.
    fn settle(&self, parent: c_int) {
        // SAFETY: touches no memory.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        // SAFETY: reads a number.
        let orphan = unsafe { libc::getppid() } != parent;
        if orphan {
            exit(DONE);
        }
        if let Err(error) = seccompiler::apply_filter(&self.filter) {
            eprintln!("halligan-native: cannot install the filter: {error}");
            exit(1);
        }
    }
}

/// Waits until a child has done its input, or ends as it has ended.
fn wait(child: c_int) {
    let mut status = 0;
    // SAFETY: the kernel writes the status.
    while unsafe { libc::waitpid(child, &raw mut status, 0) } != child {}
    if libc::WIFSIGNALED(status) {
        let signal = libc::WTERMSIG(status);
        // SAFETY: ends this process, without the handler that the child has had.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            libc::sigprocmask(libc::SIG_SETMASK, &std::mem::zeroed(), ptr::null_mut());
            libc::raise(signal);
        }
    }
    match libc::WEXITSTATUS(status) {
        DONE if libc::WIFEXITED(status) => {}
        other => exit(other),
    }
}

fn exit(status: c_int) -> ! {
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(status) }
}
