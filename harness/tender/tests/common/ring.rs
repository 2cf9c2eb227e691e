//! What guests do with the ring of their network devices. It lies behind their 16 MiB of memory.

use std::mem::offset_of;

use halligan_solo5::abi::ring::{Commit, Entry, KICK_PORT, NET_READ, NET_WRITE, Ring, slot};

use super::Hypercalls;

/// Where the ring begins.
pub const RING: u64 = 16 << 20;

pub const ENT_TAIL: u64 = RING + offset_of!(Ring, ent_tail) as u64;
pub const ENT_HEAD: u64 = RING + offset_of!(Ring, ent_head) as u64;
pub const COM_TAIL: u64 = RING + offset_of!(Ring, com_tail) as u64;
pub const NEEDS_KICK: u64 = RING + offset_of!(Ring, needs_kick) as u64;

/// An entry.
#[derive(Clone, Copy)]
pub struct Ask {
    pub operation: u32,
    pub handle: u32,
    pub data: u64,
    pub length: u32,
    pub id: u32,
}

impl Ask {
    /// Sends so many bytes on device 1.
    pub fn write(data: u64, length: u32) -> Self {
        Self { operation: NET_WRITE, handle: 1, data, length, id: 0 }
    }

    /// Receives at most so many bytes from device 1.
    pub fn read(data: u64, length: u32, id: u32) -> Self {
        Self { operation: NET_READ, handle: 1, data, length, id }
    }
}

/// Where the commit that a counter names lies.
pub fn commit(counter: u32) -> u64 {
    RING + (offset_of!(Ring, commits) + slot(counter) * size_of::<Commit>()) as u64
}

/// Where the entry that a counter names lies.
pub fn entry(counter: u32) -> u64 {
    RING + (offset_of!(Ring, entries) + slot(counter) * size_of::<Entry>()) as u64
}

impl Hypercalls {
    /// Stores a word: mov dword [address], value
    pub fn store(self, address: u64, value: u32) -> Self {
        self.raw(&[0xc7, 0x04, 0x25]).raw(&(address as u32).to_le_bytes()).raw(&value.to_le_bytes())
    }

    /// Waits until a word has this value.
    pub fn await_word(self, address: u64, value: u32) -> Self {
        // pause; cmp dword [address], value; jne
        let code = self.raw(&[0xf3, 0x90, 0x81, 0x3c, 0x25]).raw(&(address as u32).to_le_bytes());
        code.raw(&value.to_le_bytes()).raw(&[0x75, 0xf1])
    }

    /// Puts in the entry that a counter names, without counting it.
    pub fn put_entry(self, counter: u32, ask: Ask) -> Self {
        let at = entry(counter);
        let data = [ask.data as u32, (ask.data >> 32) as u32];
        let words = [ask.operation, ask.handle, data[0], data[1], ask.length, ask.id];
        words.iter().zip((at..).step_by(4)).fold(self, |guest, (word, at)| guest.store(at, *word))
    }

    /// Counts this many entries, and rings if it has to.
    pub fn count_entries(self, count: u32) -> Self {
        // mfence; cmp dword [NEEDS_KICK], 0; je over the kick
        let code = self.store(ENT_TAIL, count).raw(&[0x0f, 0xae, 0xf0, 0x83, 0x3c, 0x25]);
        code.raw(&(NEEDS_KICK as u32).to_le_bytes()).raw(&[0, 0x74, 6]).kick()
    }

    /// Rings: mov edx, port; out dx, eax
    pub fn kick(self) -> Self {
        self.raw(&[0xba]).raw(&u32::from(KICK_PORT).to_le_bytes()).raw(&[0xef])
    }
}
