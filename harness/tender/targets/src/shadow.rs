//! What hypercalls do, as Solo5's headers tell it, done a second time on bytes of our own.

use std::collections::VecDeque;
use std::ops::Range;

use halligan_tender::hvt::{Exit, Refusal, RingRefusal};

use crate::world::{BLOCK, CAPACITY, MEMORY, NET, READ_ONLY};

const OK: u32 = 0;
const AGAIN: u32 = 1;
const INVALID: u32 = 2;

/// How a hypercall ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The guest goes on.
    Done,
    /// It asked for its end: the status, and where it keeps registers.
    Exit(i32, Option<u64>),
    /// There is no such hypercall.
    Unknown,
    /// It names bytes that are not its own: their address and number, and whether they were to be written.
    Outside(u64, u64, bool),
    /// The host cannot do it.
    Host,
    /// There are more entries in a ring than slots.
    Overrun(u32),
}

impl End {
    /// What the tender made of a ring.
    pub(crate) fn of_ring(result: &Result<(), RingRefusal>) -> Self {
        match result {
            Ok(()) => Self::Done,
            Err(RingRefusal::Overrun(count)) => Self::Overrun(*count),
            Err(RingRefusal::Outside(outside)) => Self::Outside(outside.address.0, outside.length, outside.write),
            Err(RingRefusal::Host(_)) => Self::Host,
        }
    }

    /// What the tender made of a hypercall.
    pub(crate) fn of(result: &Result<Option<Exit>, Refusal>) -> Self {
        match result {
            Ok(None) => Self::Done,
            Ok(Some(exit)) => Self::Exit(exit.status, exit.cookie.map(|cookie| cookie.0)),
            Err(Refusal::Unknown(_)) => Self::Unknown,
            Err(Refusal::Outside { source, .. }) => Self::Outside(source.address.0, source.length, source.write),
            Err(Refusal::Host { .. }) => Self::Host,
        }
    }
}

/// A guest and its devices.
pub(crate) struct Shadow {
    pub(crate) memory: Vec<u8>,
    pub(crate) disk: Vec<u8>,
    /// Frames that have arrived and were not received.
    pub(crate) frames: VecDeque<Vec<u8>>,
    /// The frame that the last call sent.
    pub(crate) sent: Option<Vec<u8>>,
    /// What the last call wrote to the console.
    pub(crate) said: Vec<u8>,
    /// Where the last call stored the time.
    pub(crate) clock: Option<usize>,
}

impl Shadow {
    pub(crate) fn new() -> Self {
        Self {
            memory: vec![0; MEMORY as usize],
            disk: vec![0; CAPACITY as usize],
            frames: VecDeque::new(),
            sent: None,
            said: Vec::new(),
            clock: None,
        }
    }

    /// Makes a hypercall.
    pub(crate) fn call(&mut self, port: u16, at: u64) -> End {
        (self.sent, self.clock) = (None, None);
        self.said.clear();
        self.try_call(port, at).unwrap_or_else(|end| end)
    }

    /// How long a call of `poll` would sleep at most, in nanoseconds.
    pub(crate) fn timeout(&self, at: u64) -> u64 {
        self.readable(at, 24).map_or(0, |range| self.word(range.start))
    }

    fn try_call(&mut self, port: u16, at: u64) -> Result<End, End> {
        match port {
            0x501 => self.clock = Some(self.writable(at, 8)?.start),
            0x502 => {
                let call = self.readable(at, 16)?.start;
                let data = self.readable(self.word(call), self.word(call + 8))?;
                self.said = self.memory[data].to_vec();
            }
            0x503 => {
                let call = self.readable(at, 24)?;
                let ready = u64::from(!self.frames.is_empty());
                let mut arguments = self.memory[call].to_vec();
                arguments[8..16].copy_from_slice(&(ready << NET).to_le_bytes());
                arguments[16..20].copy_from_slice(&(ready as u32).to_le_bytes());
                self.put(at, &arguments)?;
            }
            0x504 | 0x505 => self.block(at, port == 0x504)?,
            0x506 | 0x507 => self.net(at, port == 0x506)?,
            0x508 => {
                let call = self.readable(at, 16)?.start;
                let (cookie, status) = (self.word(call), self.word(call + 8) as i32);
                if cookie == 0 {
                    return Ok(End::Exit(status, None));
                }
                self.readable(cookie, 512)?;
                return Ok(End::Exit(status, Some(cookie)));
            }
            _ => return Err(End::Unknown),
        }
        Ok(End::Done)
    }

    fn block(&mut self, at: u64, is_write: bool) -> Result<(), End> {
        let range = self.readable(at, 40)?;
        let word = |index: usize| self.word(range.start + 8 * index);
        let (handle, offset, address, length) = (word(0), word(1), word(2), word(3));
        let mut arguments = self.memory[range].to_vec();
        let end = u128::from(offset) + u128::from(length);
        let result = if handle == BLOCK && offset < CAPACITY && end <= CAPACITY.into() {
            let place = offset as usize..end as usize;
            if is_write {
                let data = self.readable(address, length)?;
                self.disk[place].copy_from_slice(&self.memory[data]);
            } else {
                let data = self.writable(address, length)?;
                self.memory[data].copy_from_slice(&self.disk[place]);
            }
            OK
        } else {
            INVALID
        };
        arguments[32..36].copy_from_slice(&result.to_le_bytes());
        self.put(at, &arguments)
    }

    fn net(&mut self, at: u64, is_write: bool) -> Result<(), End> {
        let range = self.readable(at, 32)?;
        let word = |index: usize| self.word(range.start + 8 * index);
        let (handle, address, length) = (word(0), word(1), word(2));
        let mut arguments = self.memory[range].to_vec();
        let result = if handle != NET {
            INVALID
        } else if is_write {
            self.sent = Some(self.read(address, length)?);
            OK
        } else {
            let (result, length) = self.receive(address, length)?;
            if result == OK {
                arguments[16..24].copy_from_slice(&u64::from(length).to_le_bytes());
            }
            result
        };
        arguments[24..28].copy_from_slice(&result.to_le_bytes());
        self.put(at, &arguments)
    }

    /// Bytes of the guest's.
    pub(crate) fn read(&self, address: u64, length: u64) -> Result<Vec<u8>, End> {
        Ok(self.memory[self.readable(address, length)?].to_vec())
    }

    /// Receives a frame; the result of that, and the frame's length.
    pub(crate) fn receive(&mut self, address: u64, length: u64) -> Result<(u32, u32), End> {
        let room = self.writable(address, length)?;
        let Some(frame) = self.frames.pop_front_if(|_| !room.is_empty()) else { return Ok((AGAIN, 0)) };
        let length = frame.len().min(room.len());
        self.memory[room.start..room.start + length].copy_from_slice(&frame[..length]);
        Ok((OK, length as u32))
    }

    fn put(&mut self, at: u64, bytes: &[u8]) -> Result<(), End> {
        let range = self.writable(at, bytes.len() as u64)?;
        self.memory[range].copy_from_slice(bytes);
        Ok(())
    }

    fn word(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.memory[at..at + 8].try_into().expect("eight bytes"))
    }

    fn readable(&self, at: u64, length: u64) -> Result<Range<usize>, End> {
        let end = u128::from(at) + u128::from(length);
        if end > MEMORY.into() { Err(End::Outside(at, length, false)) } else { Ok(at as usize..end as usize) }
    }

    fn writable(&self, at: u64, length: u64) -> Result<Range<usize>, End> {
        let outside = End::Outside(at, length, true);
        let range = self.readable(at, length).map_err(|_| outside)?;
        let touches = length > 0 && at < READ_ONLY.end && at + length > READ_ONLY.start;
        if touches { Err(outside) } else { Ok(range) }
    }
}
