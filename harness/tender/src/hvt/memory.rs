//! Guest memory as the tender sees it: nothing of it can be touched but through an address that is checked here.

use std::ffi::c_void;
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::slice;

use halligan_solo5::abi::PAGE_SIZE;
use halligan_solo5::abi::hvt::Address;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::{Error, Image};

/// The guest's memory from address 0 on, and behind it the pages that the tender keeps for tables of the processor; on
/// either side a page that nobody may touch.
///
/// Its bytes are borrowed only while the guest's processor stands still.
pub struct Memory {
    base: NonNull<u8>,
    size: u64,
    private: u64,
    read_only: Vec<Range<u64>>,
    /// What the tender has written to since this was last asked for, if anyone does.
    written: Option<Vec<Range<u64>>>,
}

/// Bytes that a guest named and that it does not have, or may not have written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{length} bytes at {:#x} are not the guest's to {}", address.0, if *write { "write" } else { "read" })]
pub struct Outside {
    /// Where they begin.
    pub address: Address,
    /// Their number.
    pub length: u64,
    /// Whether they were to be written to.
    pub write: bool,
}

impl Memory {
    /// Maps `size` bytes for the guest and `private` behind them for the tender.
    ///
    /// # Errors
    /// Fails where the kernel refuses memory.
    pub fn map(size: u64, private: u64) -> Result<Self, Error> {
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        let failed = || Error::host(format!("map {} MiB of guest memory", size >> 20));
        // SAFETY: the kernel chooses where to map.
        let mapped = unsafe {
            mmap_anonymous(ptr::null_mut(), (size + private + 2 * PAGE_SIZE) as usize, ProtFlags::empty(), flags)
        };
        let guarded = NonNull::new(mapped.map_err(failed())?.cast::<u8>()).expect("a mapping is not at address zero");
        // SAFETY: one page into the mapping, which stays for as long as this handle.
        let base = unsafe { guarded.add(PAGE_SIZE as usize) };
        // SAFETY: all pages but the first and the last, which guard the others, and no reference to them.
        unsafe {
            mprotect(base.as_ptr().cast(), (size + private) as usize, MprotectFlags::READ | MprotectFlags::WRITE)
        }
        .map_err(failed())?;
        Ok(Self { base, size, private, read_only: Vec::new(), written: None })
    }

    /// Size of the guest's part in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where all of it lies in this process, and its size in bytes.
    pub fn region(&self) -> (u64, u64) {
        (self.base.as_ptr().expose_provenance() as u64, self.size + self.private)
    }

    /// The tender's part.
    pub fn private(&self) -> &[u8] {
        // SAFETY: mapped behind the guest's part for as long as this handle lives, and never protected.
        unsafe { slice::from_raw_parts(self.base.add(self.size as usize).as_ptr(), self.private as usize) }
    }

    /// Notes from here on what the tender writes to.
    pub(super) fn note_writes(&mut self) {
        self.written = Some(Vec::new());
    }

    /// What the tender has written to since the last call.
    pub(super) fn take_writes(&mut self) -> Vec<Range<u64>> {
        self.written.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The page at an address, of the guest's part or the tender's.
    pub(super) fn page(&self, address: u64) -> &[u8; PAGE_SIZE as usize] {
        assert!(address.is_multiple_of(PAGE_SIZE) && address < self.size + self.private, "a page of this memory");
        // SAFETY: a whole page within the mapping, as the line above has checked: both parts are whole pages.
        unsafe { &*self.base.add(address as usize).as_ptr().cast() }
    }

    /// Makes the page at an address the same as `other`'s. Pages that were made read-only stay as they are.
    pub(super) fn copy_page(&mut self, address: u64, other: &Self) {
        if self.is_read_only(address) {
            return;
        }
        let from = other.page(address);
        assert!(address < self.size + self.private, "a page of this memory");
        // SAFETY: as `page`, and writable; the borrow of the handle keeps others away, and mappings do not overlap.
        unsafe { *self.base.add(address as usize).as_ptr().cast() = *from };
    }

    /// The tender's part.
    pub fn private_mut(&mut self) -> &mut [u8] {
        let end = self.size + self.private;
        self.note(self.size..end);
        // SAFETY: as `private`; the borrow of the handle keeps others away.
        unsafe { slice::from_raw_parts_mut(self.base.add(self.size as usize).as_ptr(), self.private as usize) }
    }

    /// Makes whole pages of the guest's part read-only, for the guest and for the tender.
    ///
    /// # Errors
    /// Fails where the kernel refuses.
    ///
    /// # Panics
    /// Where the pages are not of the guest's part.
    pub fn protect(&mut self, pages: Range<u64>) -> Result<(), Error> {
        assert!(pages.start <= pages.end && pages.end <= self.size, "within guest memory");
        // SAFETY: the pages lie within the mapping, and no reference into them is left.
        unsafe {
            let start = self.base.add(pages.start as usize).as_ptr().cast::<c_void>();
            mprotect(start, (pages.end - pages.start) as usize, MprotectFlags::READ)
        }
        .map_err(Error::host("protect guest memory"))?;
        self.read_only.push(pages);
        Ok(())
    }

    /// Whether the address lies in pages that were made read-only.
    pub fn is_read_only(&self, address: u64) -> bool {
        self.read_only.iter().any(|pages| pages.contains(&address))
    }

    /// Loads the image's segments and protects those that are not writable.
    ///
    /// # Errors
    /// Fails where the image does not fit or cannot be read.
    pub fn load(&mut self, image: &Image) -> Result<(), Error> {
        for segment in image.segments() {
            let bytes = self.bytes_mut(Address(segment.address), segment.file_size);
            image.read(segment, bytes.map_err(|outside| Error::Limit(outside.to_string()))?)?;
        }
        image.segments().iter().filter(|segment| !segment.write).try_for_each(|segment| self.protect(segment.pages()))
    }

    /// Bytes that the guest names.
    ///
    /// # Errors
    /// They are not the guest's.
    pub fn bytes(&self, address: Address, length: u64) -> Result<&[u8], Outside> {
        self.range(address, length).ok_or(Outside { address, length, write: false })?;
        // SAFETY: mapped for as long as this handle lives, as the line above has checked, and always readable.
        Ok(unsafe { slice::from_raw_parts(self.base.add(address.0 as usize).as_ptr(), length as usize) })
    }

    /// Bytes that the guest names to be written to.
    ///
    /// # Errors
    /// They are not the guest's to write.
    pub fn bytes_mut(&mut self, address: Address, length: u64) -> Result<&mut [u8], Outside> {
        let is_writable = |range: &Range<u64>| {
            let overlaps = |pages: &Range<u64>| pages.start < range.end && range.start < pages.end;
            length == 0 || !self.read_only.iter().any(overlaps)
        };
        self.range(address, length).filter(is_writable).ok_or(Outside { address, length, write: true })?;
        self.note(address.0..address.0 + length);
        // SAFETY: mapped for as long as this handle lives, and writable, as the lines above have checked; the borrow of
        // the handle keeps others away.
        Ok(unsafe { slice::from_raw_parts_mut(self.base.add(address.0 as usize).as_ptr(), length as usize) })
    }

    /// Copies a value out.
    ///
    /// # Errors
    /// Its bytes are not the guest's.
    pub fn read<T: FromBytes>(&self, address: Address) -> Result<T, Outside> {
        let bytes = self.bytes(address, size_of::<T>() as u64)?;
        T::read_from_bytes(bytes).map_err(|_| Outside { address, length: size_of::<T>() as u64, write: false })
    }

    /// Copies a value in.
    ///
    /// # Errors
    /// Its bytes are not the guest's to write.
    pub fn write<T: IntoBytes + Immutable>(&mut self, address: Address, value: &T) -> Result<(), Outside> {
        self.bytes_mut(address, size_of::<T>() as u64)?.copy_from_slice(value.as_bytes());
        Ok(())
    }

    fn note(&mut self, range: Range<u64>) {
        if let Some(written) = &mut self.written
            && written.last() != Some(&range)
        {
            written.push(range);
        }
    }

    fn range(&self, address: Address, length: u64) -> Option<Range<u64>> {
        let end = address.0.checked_add(length)?;
        (end <= self.size).then_some(address.0..end)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the mapping is this handle's own.
        let _ = unsafe {
            let guarded = self.base.sub(PAGE_SIZE as usize);
            munmap(guarded.as_ptr().cast(), (self.size + self.private + 2 * PAGE_SIZE) as usize)
        };
    }
}

#[cfg(test)]
mod tests {
    use halligan_solo5::abi::IMAGE_BASE;

    use super::*;

    #[test]
    fn only_the_guests_own_bytes_can_be_touched() {
        let mut memory = Memory::map(0x20_0000, 0x1000).expect("memory");
        memory.protect(IMAGE_BASE..IMAGE_BASE + 0x1000).expect("pages");
        assert_eq!(memory.bytes(Address(0x1f_ffff), 1).map(<[u8]>::len), Ok(1));
        assert_eq!(memory.bytes(Address(0x20_0000), 0).map(<[u8]>::len), Ok(0));
        for (address, length) in [(0x20_0000, 1), (0x1f_ffff, 2), (u64::MAX, 2), (1, u64::MAX)] {
            assert!(memory.bytes(Address(address), length).is_err(), "{address:#x} {length}");
            assert!(memory.bytes_mut(Address(address), length).is_err(), "{address:#x} {length}");
        }
        for (address, length) in [(IMAGE_BASE, 1), (IMAGE_BASE - 1, 2), (IMAGE_BASE + 0xfff, 2), (0, 0x20_0000)] {
            assert!(memory.bytes(Address(address), length).is_ok());
            let refused = memory.bytes_mut(Address(address), length).map(|_| ()).expect_err("read-only");
            assert_eq!(refused.to_string(), format!("{length} bytes at {address:#x} are not the guest's to write"));
        }
        memory.write(Address(IMAGE_BASE - 8), &7u64).expect("the guest's");
        assert_eq!(memory.read::<u64>(Address(IMAGE_BASE - 8)), Ok(7));
        assert!(memory.read::<u64>(Address(0x1f_fff9)).is_err());
        assert!(memory.private().iter().all(|&byte| byte == 0));
    }
}
