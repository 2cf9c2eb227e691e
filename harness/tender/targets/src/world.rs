//! A small guest for the tender's hypercalls: memory, a ring, a network device, a block device and a console.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::{BorrowedFd, IntoRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use halligan_solo5::abi::hvt::Address;
use halligan_solo5::abi::manifest::{Block, Net};
use halligan_solo5::abi::ring::Ring;
use halligan_tender::devices::{Device, Events, Kind};
use halligan_tender::hvt::{Hypercalls, Memory, Queue, Shared};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair};

use crate::scratch::memory_file;

/// Size of its memory in bytes.
pub const MEMORY: u64 = 0x8000;

/// The pages of it that are read-only.
pub const READ_ONLY: Range<u64> = 0x3000..0x4000;

/// What the tender keeps behind it, in bytes.
const PRIVATE: u64 = 0x1000;

/// Size of the block device in bytes.
pub(crate) const CAPACITY: u64 = 4096;

/// Index of the network device.
pub(crate) const NET: u64 = 1;

/// Index of the block device.
pub(crate) const BLOCK: u64 = 2;

pub(crate) struct World {
    pub(crate) memory: Memory,
    pub(crate) hypercalls: Hypercalls,
    pub(crate) queue: Queue,
    ring: Shared,
    wire: OwnedFd,
    disk: File,
    console: File,
}

impl World {
    /// # Panics
    /// Where the kernel refuses a handful of descriptors.
    pub(crate) fn new() -> Self {
        Self::try_new().expect("memory, sockets and files for a guest")
    }

    fn try_new() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (wire, net) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        let disk = memory_file()?;
        let console = memory_file()?;
        let block = Block { capacity: CAPACITY, block_size: 512, padding: [0; 3] };
        let devices = vec![
            Device { index: NET as usize, fd: net, kind: Kind::Net(Net { mac: [2; 6], mtu: 1500, padding: 0 }) },
            Device { index: BLOCK as usize, fd: disk.try_clone()?.into(), kind: Kind::Block(block) },
        ];
        let events = Events::new(&devices).map_err(io::Error::other)?;
        let devices: Arc<[Device]> = devices.into();
        let mut memory = Memory::map_with_ring(MEMORY, PRIVATE).map_err(io::Error::other)?;
        memory.protect(READ_ONLY).map_err(io::Error::other)?;
        let share = || memory.share().ok_or(io::ErrorKind::Unsupported);
        let (queue, ring) = (Queue::new(share()?, devices.clone()), share()?);
        // SAFETY: nobody owns this descriptor, so it is open for as long as the process.
        let output = unsafe { BorrowedFd::borrow_raw(console.try_clone()?.into_raw_fd()) };
        Ok(Self {
            memory,
            hypercalls: Hypercalls { devices, events, console: output },
            queue,
            ring,
            wire,
            disk,
            console,
        })
    }

    /// Makes all zero and empty.
    pub(crate) fn reset(&mut self) {
        for range in [0..READ_ONLY.start, READ_ONLY.end..MEMORY] {
            self.store(range.start, &vec![0; (range.end - range.start) as usize]);
        }
        while self.sent().is_some() {}
        for device in self.hypercalls.devices.iter().filter(|device| device.index as u64 == NET) {
            while recv(&device.fd, &mut [0; 1], RecvFlags::DONTWAIT).is_ok() {}
        }
        if let Some(shared) = self.memory.share() {
            self.queue = Queue::new(shared, self.hypercalls.devices.clone());
        }
        self.disk.write_all_at(&[0; CAPACITY as usize], 0).expect("room on the disk");
        self.said();
    }

    /// The ring.
    pub(crate) fn ring(&self) -> &Ring {
        self.ring.ring()
    }

    /// Stores bytes as the guest would; whether it can.
    pub(crate) fn store(&mut self, address: u64, bytes: &[u8]) -> bool {
        let stored = self.memory.bytes_mut(Address(address), bytes.len() as u64);
        stored.map(|memory| memory.copy_from_slice(bytes)).is_ok()
    }

    /// All of the guest's memory.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.memory.bytes(Address(0), MEMORY).expect("the guest's")
    }

    /// Sends the guest a frame.
    pub(crate) fn deliver(&self, frame: &[u8]) {
        send(&self.wire, frame, SendFlags::DONTWAIT).expect("room for a few frames");
    }

    /// A frame that the guest has sent.
    pub(crate) fn sent(&self) -> Option<Vec<u8>> {
        let mut frame = vec![0; MEMORY as usize + 1];
        let (length, _) = recv(&self.wire, &mut frame[..], RecvFlags::DONTWAIT).ok()?;
        frame.truncate(length);
        Some(frame)
    }

    /// What is on the disk, and what is behind its end.
    pub(crate) fn disk(&self) -> Vec<u8> {
        let mut bytes = vec![0; CAPACITY as usize + 1];
        let length = self.disk.read_at(&mut bytes, 0).expect("the disk can be read");
        bytes.truncate(length);
        bytes
    }

    /// Takes what was written to the console.
    pub(crate) fn said(&self) -> Vec<u8> {
        let length = self.console.metadata().expect("the console has a size").len();
        let mut bytes = vec![0; length as usize];
        self.console.read_exact_at(&mut bytes, 0).expect("the console can be read");
        self.console.set_len(0).expect("the console can be cut");
        rustix::fs::seek(&self.console, rustix::fs::SeekFrom::Start(0)).expect("the console can be rewound");
        bytes
    }
}
