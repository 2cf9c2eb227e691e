//! The devices that a tender attached.

use super::host::Handle;
use crate::abi::manifest::{self, Entry};

/// Error number of a system call, as the host's kernel counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub i32);

impl Errno {
    /// Invalid argument.
    pub const INVALID: Self = Self(22);
    pub(super) const AGAIN: Self = Self(11);
}

impl core::fmt::Display for Errno {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "error {} of the host", self.0)
    }
}

impl core::error::Error for Errno {}

/// The manifest as the tender filled it in.
#[derive(Clone, Copy, Debug)]
pub struct Devices(&'static [Entry]);

impl Devices {
    pub(super) fn new(entries: &'static [Entry]) -> Self {
        Self(entries)
    }

    /// The entries, the reserved one first.
    pub fn entries(&self) -> &'static [Entry] {
        self.0
    }

    /// The network device called `name`.
    pub fn net(&self, name: &str) -> Option<Net> {
        let (index, entry) = self.find(name, manifest::NET)?;
        let properties = entry.as_net();
        let handle = Handle { index, descriptor: entry.descriptor };
        Some(Net { handle, mac: properties.mac, mtu: properties.mtu })
    }

    /// The block device called `name`.
    pub fn block(&self, name: &str) -> Option<Block> {
        let (index, entry) = self.find(name, manifest::BLOCK)?;
        let properties = entry.as_block();
        Some(Block {
            handle: Handle { index, descriptor: entry.descriptor },
            capacity: properties.capacity,
            block_size: properties.block_size.into(),
        })
    }

    fn find(&self, name: &str, kind: u32) -> Option<(usize, &'static Entry)> {
        let fits = |entry: &Entry| entry.attached == 1 && entry.kind == kind && entry.name() == Some(name);
        self.0.iter().enumerate().find(|(_, entry)| fits(entry))
    }
}

/// A network device; carries Ethernet frames.
#[derive(Clone, Copy, Debug)]
pub struct Net {
    handle: Handle,
    mac: [u8; 6],
    mtu: u16,
}

impl Net {
    /// Bit of the device in what [`Host::poll`](super::Host::poll) returns.
    pub fn bit(&self) -> u64 {
        1 << self.handle.index
    }

    /// Ethernet address.
    pub fn mac(&self) -> [u8; 6] {
        self.mac
    }

    /// Largest payload of a frame in bytes, without the Ethernet header.
    pub fn mtu(&self) -> usize {
        self.mtu.into()
    }

    /// Reads a frame and returns its length; none where there is no frame to read. What does not fit is cut off.
    ///
    /// # Errors
    /// As the host's kernel.
    pub fn read(&self, frame: &mut [u8]) -> Result<Option<usize>, Errno> {
        self.handle.net_read(frame)
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// As the host's kernel.
    pub fn write(&self, frame: &[u8]) -> Result<(), Errno> {
        self.handle.net_write(frame)
    }
}

/// A block device.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    handle: Handle,
    capacity: u64,
    block_size: u64,
}

impl Block {
    /// Capacity in bytes.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Size of a block in bytes.
    pub fn block_size(&self) -> usize {
        self.block_size as usize
    }

    /// Reads the block at `offset`, in bytes and a multiple of the block size.
    ///
    /// # Errors
    /// [`Errno::INVALID`] where the buffer is not one block or the block not within the device; else as the host's kernel.
    pub fn read(&self, offset: u64, block: &mut [u8]) -> Result<(), Errno> {
        self.check(offset, block.len())?;
        self.handle.block_read(block, offset)
    }

    /// Writes the block at `offset`, in bytes and a multiple of the block size.
    ///
    /// # Errors
    /// As [`Block::read`].
    pub fn write(&self, offset: u64, block: &[u8]) -> Result<(), Errno> {
        self.check(offset, block.len())?;
        self.handle.block_write(block, offset)
    }

    /// The tender kills a guest that asks for anything else.
    fn check(&self, offset: u64, length: usize) -> Result<(), Errno> {
        let fits = length as u64 == self.block_size
            && offset.is_multiple_of(self.block_size)
            && offset.checked_add(self.block_size).is_some_and(|end| end <= self.capacity);
        if fits { Ok(()) } else { Err(Errno::INVALID) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attached(mut entry: Entry, properties: [u64; 2]) -> Entry {
        entry.properties = properties;
        entry.attached = 1;
        entry.descriptor = 7;
        entry
    }

    #[test]
    fn devices_are_found_by_kind_and_name() {
        let net = manifest::Net { mac: [2, 0, 0, 0, 0, 1], mtu: 1500, padding: 0 };
        let block = manifest::Block { capacity: 1024, block_size: 512, padding: [0; 3] };
        let entries = [
            Entry::RESERVED_FIRST,
            attached(Entry::net("service"), net.into()),
            attached(Entry::block("storage"), block.into()),
            Entry::net("absent"),
        ];
        let devices = Devices::new(std::boxed::Box::leak(std::boxed::Box::new(entries)));
        let net = devices.net("service").unwrap();
        assert_eq!((net.bit(), net.mac(), net.mtu()), (2, [2, 0, 0, 0, 0, 1], 1500));
        assert!(devices.net("storage").is_none() && devices.net("absent").is_none() && devices.net("").is_none());

        let block = devices.block("storage").unwrap();
        assert_eq!((block.capacity(), block.block_size()), (1024, 512));
        assert_eq!(block.check(512, 512), Ok(()));
        for (offset, length) in [(0, 511), (1, 512), (1024, 512), (u64::MAX - 511, 512)] {
            assert_eq!(block.check(offset, length), Err(Errno::INVALID));
        }
    }
}
