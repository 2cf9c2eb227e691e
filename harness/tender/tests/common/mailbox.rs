//! A mailbox as a harness makes it.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::ptr::NonNull;

use halligan_solo5::mailbox::{Geometry, Harness, Words};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap};

use super::{Run, tender_with};

pub struct Mailbox {
    pub memory: OwnedFd,
    pub wake: OwnedFd,
    pub done: OwnedFd,
    harness: Harness,
}

impl Mailbox {
    const GEOMETRY: Geometry = Geometry { requests: 4096, responses: 4096 };

    /// Size of its memory in bytes.
    pub const SIZE: u64 = Self::GEOMETRY.size() as u64;

    /// A mailbox with nothing in it. Its memory stays mapped for as long as the test.
    pub fn new() -> Self {
        let memory = memfd_create("mailbox", MemfdFlags::CLOEXEC).expect("a memfd");
        ftruncate(&memory, Self::SIZE).expect("room");
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the kernel chooses where to map.
        let base = unsafe { mmap(std::ptr::null_mut(), Self::SIZE as usize, protection, MapFlags::SHARED, &memory, 0) };
        let base = NonNull::new(base.expect("a mapping")).expect("a mapping").cast();
        // SAFETY: the mapping has the geometry's size, is never unmapped, and no other harness uses it.
        let harness = unsafe { Harness::create(base, Self::GEOMETRY, 0) };
        let doorbell = || eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).expect("an eventfd");
        Self { memory, wake: doorbell(), done: doorbell(), harness }
    }

    /// Runs the image at `path` with this mailbox.
    pub fn run(&self, path: &Path, words: &[&str]) -> Run {
        self.run_with(&[], path, words)
    }

    /// The same, with options of the tender's.
    pub fn run_with(&self, more: &[&str], path: &Path, words: &[&str]) -> Run {
        let descriptors = [&self.memory, &self.wake, &self.done].map(|fd| fd.try_clone().expect("a descriptor"));
        let option = format!("--mailbox=@3,@4,@5,{}", Self::SIZE);
        let options = ["--mem=16".as_ref(), OsStr::new(&option)].into_iter().chain(more.iter().map(OsStr::new));
        tender_with(options.chain([path.as_os_str()]).chain(words.iter().map(OsStr::new)), descriptors)
    }

    /// Wakes the guest with this number.
    pub fn ring(&self, number: u64) {
        rustix::io::write(&self.wake, &number.to_ne_bytes()).expect("room in the counter");
    }

    /// The number that the guest has rung with.
    pub fn rung(&self) -> u64 {
        let mut number = [0; 8];
        rustix::io::read(&self.done, &mut number).expect("it was rung");
        u64::from_ne_bytes(number)
    }

    /// What the guest left behind.
    pub fn last_words(&self) -> Option<Words> {
        self.harness.last_words()
    }
}
