//! A guest that runs: what stops its processor, and what to make of that.

use std::ops::Range;

use halligan_solo5::abi::EXIT_ABORT;
use halligan_solo5::abi::hvt::{Address, RESTORE_PORT, WAIT_PORT};

use super::bytes::Readable;
use super::core::Folder;
use super::emulate::{INSTRUCTION, Loaded};
use super::hypercalls::{Exit, Hypercalls, Refusal};
use super::memory::Memory;
use super::report::{End, Report};
use super::ring::Service;
use super::snapshot::Snapshots;
use super::vcpu::{Privilege, Stop, Trap, Vcpu, is_system_call};
use crate::Error;
use crate::mailbox::Mailbox;

/// A guest.
pub(super) struct Guest<'m> {
    memory: Memory,
    vcpu: Vcpu,
    hypercalls: Hypercalls,
    mailbox: Option<Mailbox>,
    snapshots: Option<Snapshots<'m>>,
    ring: Option<Service>,
    privilege: Privilege,
    loaded: Loaded,
    image: Layout,
    cores: Option<Folder>,
}

/// Where an image lies.
pub(super) struct Layout {
    /// Its code.
    pub(super) text: Range<u64>,
    /// What may be its stack.
    pub(super) stack: Range<u64>,
}

impl<'m> Guest<'m> {
    /// A guest ready to run.
    #[expect(clippy::too_many_arguments, reason = "they are the guest's parts, put together in one place")]
    pub(super) fn new(
        memory: Memory,
        vcpu: Vcpu,
        hypercalls: Hypercalls,
        mailbox: Option<Mailbox>,
        snapshots: Option<Snapshots<'m>>,
        ring: Option<Service>,
        privilege: Privilege,
        image: Layout,
        cores: Option<Folder>,
    ) -> Self {
        Self { memory, vcpu, hypercalls, mailbox, snapshots, ring, privilege, loaded: Loaded::default(), image, cores }
    }

    /// Runs it to its end and returns its exit status.
    pub(super) fn run(&mut self) -> Result<u8, Error> {
        loop {
            let end = match self.vcpu.run(&self.memory)? {
                Stop::Out(WAIT_PORT, _) if self.mailbox.is_some() => {
                    self.wait();
                    continue;
                }
                Stop::Out(RESTORE_PORT, _) if let Some(snapshots) = &mut self.snapshots => {
                    snapshots.serve(&mut self.memory, &mut self.vcpu)?;
                    continue;
                }
                Stop::Out(port, argument) => match self.hypercalls.serve(&mut self.memory, port, argument) {
                    Ok(None) => continue,
                    Ok(Some(exit)) => return self.exit(exit),
                    Err(refusal) => End::Refused(refusal),
                },
                Stop::Port(port) => End::Refused(Refusal::Unknown(port)),
                Stop::Trap(trap) => match self.handle(&trap)? {
                    None => continue,
                    Some(end) => end,
                },
                Stop::Protected => End::Protected { rip: self.vcpu.rip(), address: None },
                Stop::Other(what) => match self.vcpu.rip() {
                    rip if is_system_call(&self.code(rip)) => End::SystemCall { rip },
                    rip => End::Stopped { rip, what },
                },
            };
            let report = Report {
                memory: &self.memory,
                control: self.mailbox.as_ref().map(Mailbox::control),
                frame_pointer: self.vcpu.registers.rbp,
                text: self.image.text.clone(),
                stack: self.image.stack.clone(),
            };
            return Ok(report.tell(&end));
        }
    }

    /// Blocks until the harness rings.
    fn wait(&self) {
        if let Some(mailbox) = &self.mailbox {
            // Returns early where a signal interrupts it; the guest looks, and waits again.
            let _ = rustix::io::read(&mailbox.wake, &mut [0; 8]);
        }
    }

    /// Handles an exception, or says how it ends the guest.
    fn handle(&mut self, trap: &Trap) -> Result<Option<End>, Error> {
        let code = self.code(trap.rip);
        if trap.is_system_call(&code) {
            return Ok(Some(End::SystemCall { rip: trap.rip }));
        }
        if self.privilege == Privilege::User {
            if let Some(port) = trap.port(&code, self.vcpu.registers.rdx) {
                return Ok(Some(End::Refused(Refusal::Unknown(port))));
            }
            if trap.is_protected_write() && self.memory.is_read_only(trap.cr2) && self.mailbox.is_none() {
                return Ok(Some(End::Protected { rip: trap.rip, address: Some(trap.cr2) }));
            }
            let done = match trap.vector {
                Trap::PROTECTION if self.emulate() => true,
                _ => self.loaded.deliver(&mut self.vcpu, &mut self.memory, trap).unwrap_or(false),
            };
            if done {
                self.vcpu.resume()?;
                return Ok(None);
            }
        }
        Ok(Some(End::Fault(*trap)))
    }

    /// Emulates the privileged instruction at the instruction pointer, and those right behind it, which spares the guest a
    /// trap each.
    fn emulate(&mut self) -> bool {
        let mut done = false;
        loop {
            let code = self.code(self.vcpu.registers.rip);
            if !self.loaded.emulate(&mut self.vcpu, &self.memory, &code) {
                return done;
            }
            done = true;
        }
    }

    /// The bytes at an instruction pointer.
    fn code(&self, rip: u64) -> Vec<u8> {
        let length = self.memory.size().saturating_sub(rip).min(INSTRUCTION);
        self.memory.readable(Address(rip), length).map(Readable::to_vec).unwrap_or_default()
    }

    /// The guest's own exit, after all that it has put into its ring.
    fn exit(&mut self, exit: Exit) -> Result<u8, Error> {
        if let Some(ring) = self.ring.take() {
            ring.end();
        }
        // As an exit status of a process.
        let status = exit.status as u8;
        match &self.cores {
            Some(folder) if status == EXIT_ABORT => folder.dump(&self.memory, &mut self.vcpu, exit.cookie)?,
            _ => {}
        }
        Ok(status)
    }
}
