//! Guest memory, at the very addresses that the guest sees.

use std::ffi::c_void;
use std::io::{self, ErrorKind};
use std::os::fd::{OwnedFd, RawFd};
use std::ptr;
use std::slice;

use halligan_solo5::abi::spt::{BOOT_INFO_BASE, BootInfo, MEMORY_BASE};
use halligan_solo5::abi::{COMMAND_LINE_SIZE, IMAGE_BASE, note::MFT1_MAX_SIZE};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap, mmap_anonymous, mprotect, munmap};
use zerocopy::IntoBytes;

use crate::{Error, Image};

const MANIFEST: u64 = BOOT_INFO_BASE + size_of::<BootInfo>() as u64;
const LOW_MEMORY_NEEDED: usize = size_of::<BootInfo>() + MFT1_MAX_SIZE + COMMAND_LINE_SIZE;
const _: () = assert!(BOOT_INFO_BASE + (LOW_MEMORY_NEEDED as u64) < IMAGE_BASE);

/// The guest's memory, from [`MEMORY_BASE`] up to `end`.
pub(super) struct Memory {
    end: u64,
}

/// What the guest finds at [`BOOT_INFO_BASE`].
pub(super) struct Boot<'a> {
    pub(super) image_end: u64,
    pub(super) manifest: &'a [u8],
    /// Without its NUL.
    pub(super) command_line: &'a [u8],
    pub(super) epoll: RawFd,
    pub(super) timer: RawFd,
}

impl Memory {
    /// Maps memory that ends at `end`, of `file` if there is one; the image has been found to fit.
    pub(super) fn map(end: u64, executable: bool, file: Option<&OwnedFd>) -> Result<Self, Error> {
        let mut protection = ProtFlags::READ | ProtFlags::WRITE;
        protection.set(ProtFlags::EXEC, executable);
        let action = || format!("map {} MiB of guest memory at {MEMORY_BASE:#x}", end >> 20);
        let base = ptr::without_provenance_mut::<c_void>(MEMORY_BASE as usize);
        let length = (end - MEMORY_BASE) as usize;
        let at = MapFlags::FIXED_NOREPLACE;
        // SAFETY: the mapping replaces no other.
        let mapped = unsafe {
            match file {
                None => mmap_anonymous(base, length, protection, at | MapFlags::PRIVATE),
                Some(file) => mmap(base, length, protection, at | MapFlags::SHARED, file, 0),
            }
        };
        let mapped = mapped.map_err(|errno| match errno.kind() {
            // The tender is linked to run far above; only an odd kernel or a huge guest gets here.
            ErrorKind::AlreadyExists => Error::host(action())(io::Error::other("something else is mapped there")),
            ErrorKind::PermissionDenied => {
                Error::host(action())(io::Error::other("denied; the sysctl vm.mmap_min_addr must be at most 65536"))
            }
            _ => Error::host(action())(errno),
        })?;
        let memory = Self { end };
        if mapped != base {
            // SAFETY: the kernel, too old to know the flag, has just mapped it elsewhere.
            unsafe { munmap(mapped, length) }.map_err(Error::host("unmap memory"))?;
            std::mem::forget(memory);
            return Err(Error::host(action())(io::Error::other("something else is mapped there")));
        }
        Ok(memory)
    }

    /// Loads the image's segments and protects their pages.
    pub(super) fn load(&mut self, image: &Image) -> Result<(), Error> {
        for segment in image.segments() {
            image.read(segment, self.bytes(segment.address, segment.file_size as usize))?;
            let mut protection = MprotectFlags::empty();
            protection.set(MprotectFlags::READ, segment.read);
            protection.set(MprotectFlags::WRITE, segment.write);
            protection.set(MprotectFlags::EXEC, segment.execute);
            let start = ptr::without_provenance_mut(segment.start as usize);
            // SAFETY: the pages are the guest's, and no reference into them is left.
            unsafe { mprotect(start, (segment.end - segment.start) as usize, protection) }
                .map_err(Error::host("protect guest memory"))?;
        }
        Ok(())
    }

    /// Writes what the guest is told.
    pub(super) fn set_boot_info(&mut self, boot: &Boot<'_>) {
        let command_line = MANIFEST + boot.manifest.len() as u64;
        let info = BootInfo {
            memory_size: self.end,
            image_end: boot.image_end,
            command_line,
            manifest: MANIFEST,
            epoll: boot.epoll,
            timer: boot.timer,
        };
        self.bytes(BOOT_INFO_BASE, size_of::<BootInfo>()).copy_from_slice(info.as_bytes());
        self.bytes(MANIFEST, boot.manifest.len()).copy_from_slice(boot.manifest);
        // Fresh memory is zero, so the NUL is there.
        self.bytes(command_line, boot.command_line.len()).copy_from_slice(boot.command_line);
    }

    /// `length` bytes of memory at `address` that no segment has protected yet.
    fn bytes(&mut self, address: u64, length: usize) -> &mut [u8] {
        let end = address.checked_add(length as u64);
        assert!(address >= MEMORY_BASE && end.is_some_and(|end| end <= self.end), "within guest memory");
        // SAFETY: the bytes are mapped for as long as this handle lives, as the line above has checked, and readable and
        // writable, as the caller says; the borrow of the handle keeps others away.
        unsafe { slice::from_raw_parts_mut(ptr::with_exposed_provenance_mut(address as usize), length) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let base = ptr::without_provenance_mut(MEMORY_BASE as usize);
        // SAFETY: the mapping is this handle's own.
        let _ = unsafe { munmap(base, (self.end - MEMORY_BASE) as usize) };
    }
}
