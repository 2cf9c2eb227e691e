//! Hypercalls: each copies its arguments in, checks what they name, and copies the result out.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use halligan_solo5::abi::hvt::hypercall::{
    self, AGAIN, Block, COOKIE_SIZE, Halt, INVALID, Net, OK, Poll, Puts, WallTime,
};
use halligan_solo5::abi::hvt::{Address, HYPERCALL_PORT};
use rustix::io::Errno;

use super::memory::{Memory, Outside};
use crate::devices::{self, Device, Events};

/// What hypercalls act on, beside memory.
pub struct Hypercalls {
    /// Devices of the guest.
    pub devices: Arc<[Device]>,
    /// What it sleeps on.
    pub events: Events,
    /// Its console.
    pub console: BorrowedFd<'static>,
}

/// Why a hypercall ends the guest.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such hypercall.
    #[error("used port {0:#x}, where there is no hypercall")]
    Unknown(u16),
    /// It names memory that is not the guest's.
    #[error("made hypercall {number} with {source}")]
    Outside {
        /// The hypercall.
        number: u16,
        /// The memory.
        source: Outside,
    },
    /// The host cannot do what it asks for.
    #[error("made hypercall {number}, which failed: {source}")]
    Host {
        /// The hypercall.
        number: u16,
        /// Why not.
        source: Errno,
    },
}

/// The end that a guest asked for.
#[derive(Clone, Copy, Debug)]
pub struct Exit {
    /// Its exit status.
    pub status: i32,
    /// Where it keeps the registers of a trap.
    pub cookie: Option<Address>,
}

enum Failure {
    Outside(Outside),
    Host(Errno),
}

impl From<Outside> for Failure {
    fn from(outside: Outside) -> Self {
        Self::Outside(outside)
    }
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::Host(errno)
    }
}

impl Hypercalls {
    /// Serves what the guest wrote to a port. Returns its exit where it asked for its end.
    ///
    /// # Errors
    /// Says why the guest has to be ended.
    pub fn serve(&self, memory: &mut Memory, port: u16, argument: u32) -> Result<Option<Exit>, Refusal> {
        let number = port.wrapping_sub(HYPERCALL_PORT);
        let at = Address(argument.into());
        let result = match number {
            hypercall::WALL_TIME => wall_time(memory, at),
            hypercall::PUTS => self.puts(memory, at),
            hypercall::POLL => self.poll(memory, at),
            hypercall::BLOCK_WRITE => self.block(memory, at, |memory, device, call| {
                device.write_at(memory.readable(call.data, call.length)?, call.offset).map_err(Failure::Host)
            }),
            hypercall::BLOCK_READ => self.block(memory, at, |memory, device, call| {
                device.read_at(memory.writable(call.data, call.length)?, call.offset).map_err(Failure::Host)
            }),
            hypercall::NET_WRITE => self.net_write(memory, at),
            hypercall::NET_READ => self.net_read(memory, at),
            hypercall::HALT => match halt(memory, at) {
                Ok(exit) => return Ok(Some(exit)),
                Err(outside) => Err(outside.into()),
            },
            _ => return Err(Refusal::Unknown(port)),
        };
        match result {
            Ok(()) => Ok(None),
            Err(Failure::Outside(source)) => Err(Refusal::Outside { number, source }),
            Err(Failure::Host(source)) => Err(Refusal::Host { number, source }),
        }
    }

    fn puts(&self, memory: &Memory, at: Address) -> Result<(), Failure> {
        let call: Puts = memory.read(at)?;
        let mut bytes = memory.readable(call.data, call.length)?;
        while bytes.len() > 0 {
            match bytes.write_to(self.console) {
                Ok(written) => bytes = bytes.skip(written),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    fn poll(&self, memory: &mut Memory, at: Address) -> Result<(), Failure> {
        let mut call: Poll = memory.read(at)?;
        call.ready = self.events.wait(Duration::from_nanos(call.timeout))?;
        call.result = call.ready.count_ones() as i32;
        Ok(memory.write(at, &call)?)
    }

    fn block(
        &self,
        memory: &mut Memory,
        at: Address,
        transfer: impl FnOnce(&mut Memory, &Device, &Block) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut call: Block = memory.read(at)?;
        let device =
            devices::find(&self.devices, call.handle).filter(|device| device.has_blocks(call.offset, call.length));
        call.result = match device {
            None => INVALID,
            Some(device) => {
                transfer(memory, device, &call)?;
                OK
            }
        };
        Ok(memory.write(at, &call)?)
    }

    fn net_write(&self, memory: &mut Memory, at: Address) -> Result<(), Failure> {
        let mut call: Net = memory.read(at)?;
        call.result = match devices::find_net(&self.devices, call.handle) {
            None => INVALID,
            Some(device) => {
                device.send(memory.readable(call.data, call.length)?)?;
                OK
            }
        };
        Ok(memory.write(at, &call)?)
    }

    fn net_read(&self, memory: &mut Memory, at: Address) -> Result<(), Failure> {
        let mut call: Net = memory.read(at)?;
        call.result = match devices::find_net(&self.devices, call.handle) {
            None => INVALID,
            Some(device) => match device.receive(memory.writable(call.data, call.length)?)? {
                None => AGAIN,
                Some(length) => {
                    call.length = length as u64;
                    OK
                }
            },
        };
        Ok(memory.write(at, &call)?)
    }
}

fn wall_time(memory: &mut Memory, at: Address) -> Result<(), Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(memory.write(at, &WallTime { nanoseconds: since.as_nanos() as u64 })?)
}

fn halt(memory: &Memory, at: Address) -> Result<Exit, Outside> {
    let call: Halt = memory.read(at)?;
    let cookie = Some(call.cookie).filter(|cookie| cookie.0 != 0);
    if let Some(cookie) = cookie {
        memory.readable(cookie, COOKIE_SIZE)?;
    }
    Ok(Exit { status: call.status, cookie })
}
