//! What the harness shares: the mailbox's memory and the doorbells.

use std::io;
use std::os::fd::RawFd;
use std::ptr::{self, NonNull};
use std::str::FromStr;

use halligan_solo5::mailbox::{Agent, Control, Doorbell, LastWords};

/// Descriptors and size of a mailbox, as the command line names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    memory: RawFd,
    /// On which the agent waits.
    pub wake: RawFd,
    /// With which the agent wakes the harness.
    pub done: RawFd,
    size: usize,
}

impl FromStr for Shared {
    type Err = String;

    fn from_str(argument: &str) -> Result<Self, String> {
        let parse = || {
            let mut fields = argument.strip_prefix("--mailbox=")?.split(',');
            let mut fd = || fields.next()?.strip_prefix('@')?.parse().ok().filter(|&fd: &RawFd| fd >= 0);
            let (memory, wake, done) = (fd()?, fd()?, fd()?);
            let size = fields.next()?.parse().ok()?;
            fields.next().is_none().then_some(Self { memory, wake, done, size })
        };
        parse().ok_or_else(|| format!("expected --mailbox=@MEMFD,@WAKE,@DONE,SIZE, not '{argument}'"))
    }
}

impl Shared {
    /// Maps the mailbox and opens it.
    pub fn open(self) -> Result<(Agent<Self>, &'static LastWords), Box<dyn std::error::Error>> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping, at an address that the kernel chooses.
        let base = unsafe { libc::mmap(ptr::null_mut(), self.size, protection, libc::MAP_SHARED, self.memory, 0) };
        let base = NonNull::new(base.cast::<u8>()).filter(|_| base != libc::MAP_FAILED);
        let base = base.ok_or_else(|| format!("cannot map the mailbox: {}", io::Error::last_os_error()))?;
        // SAFETY: just mapped, for good, and there is no other agent.
        let agent = unsafe { Agent::open(base, self.size, self) }.map_err(|error| error.to_string())?;
        // SAFETY: opened just now, so there is a control page; it stays mapped for good.
        Ok((agent, unsafe { base.cast::<Control>().as_ref() }.last_words()))
    }
}

impl Doorbell for Shared {
    fn ring(&self) {
        let count = 1u64;
        // SAFETY: the kernel reads the eight bytes.
        unsafe { libc::write(self.done, (&raw const count).cast(), 8) };
    }

    fn wait(&self) {
        let mut count = 0u64;
        // SAFETY: the kernel writes the eight bytes.
        unsafe { libc::read(self.wake, (&raw mut count).cast(), 8) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_argument_names_descriptors_and_size() {
        let shared = Shared { memory: 3, wake: 4, done: 5, size: 8192 };
        assert_eq!("--mailbox=@3,@4,@5,8192".parse(), Ok(shared));
        for wrong in ["", "tcp_parser", "--mailbox=3,@4,@5,1", "--mailbox=@3,@4,@5", "--mailbox=@3,@-4,@5,1"] {
            assert!(wrong.parse::<Shared>().unwrap_err().contains("@MEMFD,@WAKE,@DONE,SIZE"), "{wrong}");
        }
    }
}
