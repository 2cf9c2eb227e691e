//! The child process behind a worker: its mailbox memory, its doorbells, and how it ended.

use std::io::{PipeReader, Read, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::ptr::NonNull;
use std::time::Duration;

use anyhow::{Context, Result};
use command_fds::{CommandFdExt, FdMapping};
use halligan_solo5::mailbox::{Doorbell, Geometry};
use memmap2::MmapRaw;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::{Isolation, Kind};

/// The memory and the doorbells that harness and agent share.
pub struct Channel {
    memory: MmapRaw,
    memfd: OwnedFd,
    wake: OwnedFd,
    done: OwnedFd,
}

impl Channel {
    /// A channel with room for a mailbox of `geometry`.
    pub fn new(geometry: Geometry) -> Result<Self> {
        let size = geometry.size();
        let memfd = memfd_create("halligan-mailbox", MemfdFlags::CLOEXEC).context("cannot create the mailbox")?;
        ftruncate(&memfd, size as u64).with_context(|| format!("cannot grow the mailbox to {size} bytes"))?;
        let memory = MmapRaw::map_raw(&memfd).context("cannot map the mailbox")?;
        let doorbell = || eventfd(0, EventfdFlags::CLOEXEC).context("cannot create a doorbell");
        Ok(Self { memory, memfd, wake: doorbell()?, done: doorbell()? })
    }

    /// Where the mailbox lies in this process.
    pub fn base(&self) -> NonNull<u8> {
        NonNull::new(self.memory.as_mut_ptr()).expect("a mapping is not at address zero")
    }
}

impl Doorbell for Channel {
    fn ring(&self) {
        // The counter cannot overflow: the agent takes it back to zero whenever it sleeps.
        let _ = rustix::io::write(&self.wake, &1u64.to_ne_bytes());
    }

    fn wait(&self) {
        let _ = rustix::io::read(&self.done, &mut [0; 8]);
    }
}

/// A running agent.
pub struct Process {
    child: Child,
    pidfd: OwnedFd,
    said: PipeReader,
}

impl Process {
    /// Starts the agent of `kind` on `channel`.
    pub fn start(
        kind: Kind,
        image: &Path,
        tender: &Path,
        words: &[String],
        isolation: Isolation,
        channel: &Channel,
    ) -> Result<Self> {
        let program = match kind {
            Kind::Native => image,
            Kind::Spt | Kind::Hvt => tender,
        };
        let mut command = Command::new(program);
        command.arg(format!("--mailbox=@3,@4,@5,{}", channel.memory.len()));
        if isolation == Isolation::Snapshot {
            command.arg("--snapshots");
        }
        if kind != Kind::Native {
            command.arg(image);
        }
        // A guest speaks on its console, which is standard output, everyone else on standard error.
        let (said, saying) = pipe().context("cannot create a pipe")?;
        let also_saying = saying.try_clone().context("cannot create a pipe")?;
        // A Ctrl-C at the terminal is the harness's alone.
        command.process_group(0);
        command.args(words).stdin(Stdio::null()).stdout(saying).stderr(also_saying);
        let shared = [&channel.memfd, &channel.wake, &channel.done];
        let mut mappings = Vec::new();
        for (child_fd, fd) in (3..).zip(shared) {
            mappings.push(FdMapping { parent_fd: fd.try_clone().context("cannot share the mailbox")?, child_fd });
        }
        command.fd_mappings(mappings).context("cannot share the mailbox")?;
        let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let pidfd = Pid::from_raw(child.id() as i32)
            .context("a child has a process number")
            .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).context("cannot watch the agent"))?;
        Ok(Self { child, pidfd, said })
    }

    /// Blocks until the agent rings, ends, or `timeout` has passed.
    pub fn wait(&self, channel: &Channel, timeout: Duration) {
        let mut fds = [PollFd::new(&channel.done, PollFlags::IN), PollFd::new(&self.pidfd, PollFlags::IN)];
        let timeout = Timespec { tv_sec: timeout.as_secs() as i64, tv_nsec: timeout.subsec_nanos().into() };
        // Interrupted by a signal: the caller looks and waits again.
        if poll(&mut fds, Some(&timeout)).is_ok() && fds[0].revents().contains(PollFlags::IN) {
            channel.wait();
        }
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)) | Err(_))
    }

    /// Ends it, and returns how it ended and what it said, in one line.
    pub fn end(&mut self) -> (ExitStatus, String) {
        // Fails where it has ended by itself.
        let _ = self.child.kill();
        let status = self.child.wait().unwrap_or_else(|_| ExitStatus::from_raw(0));
        let mut said = Vec::new();
        let _ = (&self.said).take(4096).read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        (status, said.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
