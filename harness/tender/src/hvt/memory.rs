//! Guest memory as the tender sees it: nothing of it can be touched but through an address that is checked here.

use std::ffi::c_void;
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Arc;

use halligan_solo5::abi::PAGE_SIZE;
use halligan_solo5::abi::hvt::{Address, MEMORY_UNIT};
use halligan_solo5::abi::ring::Ring;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use zerocopy::{FromBytes, Immutable, IntoBytes, Unalign};

use super::bytes::{Readable, Writable};
use crate::{Error, Image};

/// Size of the part with the ring in bytes, as Solo5 reserves it.
pub const RING_PART: u64 = MEMORY_UNIT;
const _: () = assert!(size_of::<Ring>() as u64 <= RING_PART);

/// The guest's memory from address 0 on; behind it, if it has one, the ring; and behind that the pages that the tender
/// keeps for tables of the processor. On either side is a page that nobody may touch.
///
/// Its bytes are borrowed only before the guest runs, after it has ended, and where it has no ring, while its processor
/// stands still. At all other times they are copied, or named to the kernel.
pub struct Memory {
    mapping: Arc<Mapping>,
    bounds: Bounds,
    ring: u64,
    private: u64,
    /// What the tender has written to since this was last asked for, if anyone does.
    written: Option<Vec<Range<u64>>>,
}

/// A handle on memory and ring for a thread beside the guest's processor: it names bytes to the kernel and borrows none.
pub struct Shared {
    mapping: Arc<Mapping>,
    bounds: Bounds,
}

/// Pages of this process, with a guard before and behind them.
struct Mapping {
    base: NonNull<u8>,
    size: u64,
}

// SAFETY: the handle is not tied to a thread; how its bytes are touched is the concern of those that do.
unsafe impl Send for Mapping {}
// SAFETY: likewise.
unsafe impl Sync for Mapping {}

/// Which bytes are the guest's.
#[derive(Clone)]
struct Bounds {
    size: u64,
    read_only: Vec<Range<u64>>,
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
        Self::map_parts(size, 0, private)
    }

    /// The same, with a ring between the two.
    ///
    /// # Errors
    /// Fails where the kernel refuses memory.
    pub fn map_with_ring(size: u64, private: u64) -> Result<Self, Error> {
        Self::map_parts(size, RING_PART, private)
    }

    fn map_parts(size: u64, ring: u64, private: u64) -> Result<Self, Error> {
        let mapping = Arc::new(Mapping::new(size + ring + private)?);
        Ok(Self { mapping, bounds: Bounds { size, read_only: Vec::new() }, ring, private, written: None })
    }

    /// Size of the guest's part in bytes.
    pub fn size(&self) -> u64 {
        self.bounds.size
    }

    /// Where the tender's part begins.
    pub fn private_start(&self) -> u64 {
        self.bounds.size + self.ring
    }

    /// Where all of it lies in this process, and its size in bytes.
    pub fn region(&self) -> (u64, u64) {
        (self.mapping.base.as_ptr().expose_provenance() as u64, self.mapping.size)
    }

    /// A handle for a thread that serves the ring, if there is one. Pages that are made read-only later are not to it.
    pub fn share(&self) -> Option<Shared> {
        (self.ring > 0).then(|| Shared { mapping: self.mapping.clone(), bounds: self.bounds.clone() })
    }

    /// The tender's part.
    pub fn private(&self) -> &[u8] {
        // SAFETY: mapped behind the guest's part for as long as this handle lives, and never protected.
        unsafe { slice::from_raw_parts(self.mapping.at(self.private_start()), self.private as usize) }
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
        assert!(address.is_multiple_of(PAGE_SIZE) && address < self.mapping.size, "a page of this memory");
        // SAFETY: a whole page within the mapping, as the line above has checked: all parts are whole pages.
        unsafe { &*self.mapping.at(address).cast() }
    }

    /// Makes the page at an address the same as `other`'s. Pages that were made read-only stay as they are.
    pub(super) fn copy_page(&mut self, address: u64, other: &Self) {
        if self.is_read_only(address) {
            return;
        }
        let from = other.page(address);
        assert!(address < self.mapping.size, "a page of this memory");
        // SAFETY: as `page`, and writable; the borrow of the handle keeps others away, and mappings do not overlap.
        unsafe { *self.mapping.at(address).cast() = *from };
    }

    /// The tender's part.
    pub fn private_mut(&mut self) -> &mut [u8] {
        let start = self.private_start();
        self.note(start..start + self.private);
        // SAFETY: as `private`; the borrow of the handle keeps others away.
        unsafe { slice::from_raw_parts_mut(self.mapping.at(start), self.private as usize) }
    }

    /// Makes whole pages of the guest's part read-only, for the guest and for the tender.
    ///
    /// # Errors
    /// Fails where the kernel refuses.
    ///
    /// # Panics
    /// Where the pages are not of the guest's part.
    pub fn protect(&mut self, pages: Range<u64>) -> Result<(), Error> {
        assert!(pages.start <= pages.end && pages.end <= self.size(), "within guest memory");
        // SAFETY: the pages lie within the mapping, and no reference into them is left.
        unsafe {
            let start = self.mapping.at(pages.start).cast::<c_void>();
            mprotect(start, (pages.end - pages.start) as usize, MprotectFlags::READ)
        }
        .map_err(Error::host("protect guest memory"))?;
        self.bounds.read_only.push(pages);
        Ok(())
    }

    /// Whether the address lies in pages that were made read-only.
    pub fn is_read_only(&self, address: u64) -> bool {
        self.bounds.read_only.iter().any(|pages| pages.contains(&address))
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
        let range = self.bounds.readable(address, length)?;
        // SAFETY: mapped for as long as this handle lives, as the line above has checked, and always readable.
        Ok(unsafe { slice::from_raw_parts(self.mapping.at(range.start), length as usize) })
    }

    /// Bytes that the guest names to be written to.
    ///
    /// # Errors
    /// They are not the guest's to write.
    pub fn bytes_mut(&mut self, address: Address, length: u64) -> Result<&mut [u8], Outside> {
        let range = self.bounds.writable(address, length)?;
        self.note(range.clone());
        // SAFETY: mapped for as long as this handle lives, and writable, as the lines above have checked; the borrow of
        // the handle keeps others away.
        Ok(unsafe { slice::from_raw_parts_mut(self.mapping.at(range.start), length as usize) })
    }

    /// Bytes that the guest names, for the kernel.
    ///
    /// # Errors
    /// They are not the guest's.
    pub fn readable(&self, address: Address, length: u64) -> Result<Readable<'_>, Outside> {
        self.mapping.readable(&self.bounds, address, length)
    }

    /// Bytes that the guest names to be written to, for the kernel.
    ///
    /// # Errors
    /// They are not the guest's to write.
    pub fn writable(&mut self, address: Address, length: u64) -> Result<Writable<'_>, Outside> {
        self.note(self.bounds.writable(address, length)?);
        self.mapping.writable(&self.bounds, address, length)
    }

    /// Copies a value out, reading each of its bytes once.
    ///
    /// # Errors
    /// Its bytes are not the guest's.
    pub fn read<T: FromBytes>(&self, address: Address) -> Result<T, Outside> {
        let range = self.bounds.readable(address, size_of::<T>() as u64)?;
        // SAFETY: mapped and readable, as the line above has checked; any bytes are a value, at any address.
        Ok(unsafe { self.mapping.at(range.start).cast::<Unalign<T>>().read_volatile() }.into_inner())
    }

    /// Copies a value in.
    ///
    /// # Errors
    /// Its bytes are not the guest's to write.
    pub fn write<T: IntoBytes + Immutable + Copy>(&mut self, address: Address, value: &T) -> Result<(), Outside> {
        let range = self.bounds.writable(address, size_of::<T>() as u64)?;
        self.note(range.clone());
        // SAFETY: mapped and writable, as the lines above have checked, and no reference to it is left.
        unsafe { self.mapping.at(range.start).cast::<Unalign<T>>().write_volatile(Unalign::new(*value)) };
        Ok(())
    }

    fn note(&mut self, range: Range<u64>) {
        if let Some(written) = &mut self.written
            && written.last() != Some(&range)
        {
            written.push(range);
        }
    }
}

impl Shared {
    /// The ring.
    pub fn ring(&self) -> &Ring {
        // SAFETY: mapped behind the guest's part for as long as this handle lives, never protected, and aligned to pages;
        // all of its words are atomic.
        unsafe { &*self.mapping.at(self.bounds.size).cast() }
    }

    /// Bytes that the guest names, for the kernel.
    ///
    /// # Errors
    /// They are not the guest's.
    pub fn readable(&self, address: Address, length: u64) -> Result<Readable<'_>, Outside> {
        self.mapping.readable(&self.bounds, address, length)
    }

    /// Bytes that the guest names to be written to, for the kernel.
    ///
    /// # Errors
    /// They are not the guest's to write.
    pub fn writable(&self, address: Address, length: u64) -> Result<Writable<'_>, Outside> {
        self.mapping.writable(&self.bounds, address, length)
    }
}

impl Bounds {
    fn readable(&self, address: Address, length: u64) -> Result<Range<u64>, Outside> {
        self.range(address, length).ok_or(Outside { address, length, write: false })
    }

    fn writable(&self, address: Address, length: u64) -> Result<Range<u64>, Outside> {
        let is_writable = |range: &Range<u64>| {
            let overlaps = |pages: &Range<u64>| pages.start < range.end && range.start < pages.end;
            length == 0 || !self.read_only.iter().any(overlaps)
        };
        self.range(address, length).filter(is_writable).ok_or(Outside { address, length, write: true })
    }

    fn range(&self, address: Address, length: u64) -> Option<Range<u64>> {
        let end = address.0.checked_add(length)?;
        (end <= self.size).then_some(address.0..end)
    }
}

impl Mapping {
    fn new(size: u64) -> Result<Self, Error> {
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        let failed = || Error::host(format!("map {} MiB of guest memory", size >> 20));
        // SAFETY: the kernel chooses where to map.
        let mapped =
            unsafe { mmap_anonymous(ptr::null_mut(), (size + 2 * PAGE_SIZE) as usize, ProtFlags::empty(), flags) };
        let guarded = NonNull::new(mapped.map_err(failed())?.cast::<u8>()).expect("a mapping is not at address zero");
        // SAFETY: one page into the mapping, which stays for as long as this handle.
        let base = unsafe { guarded.add(PAGE_SIZE as usize) };
        // SAFETY: all pages but the first and the last, which guard the others, and no reference to them.
        unsafe { mprotect(base.as_ptr().cast(), size as usize, MprotectFlags::READ | MprotectFlags::WRITE) }
            .map_err(failed())?;
        Ok(Self { base, size })
    }

    /// Where an address lies in this process; up to the end of the last page.
    fn at(&self, address: u64) -> *mut u8 {
        assert!(address <= self.size, "within the mapping");
        // SAFETY: within the mapping, as the line above has checked.
        unsafe { self.base.add(address as usize) }.as_ptr()
    }

    fn readable(&self, bounds: &Bounds, address: Address, length: u64) -> Result<Readable<'_>, Outside> {
        let range = bounds.readable(address, length)?;
        // SAFETY: mapped for as long as the borrow of this handle, as the line above has checked.
        Ok(unsafe { Readable::new(ptr::slice_from_raw_parts(self.at(range.start), length as usize)) })
    }

    fn writable(&self, bounds: &Bounds, address: Address, length: u64) -> Result<Writable<'_>, Outside> {
        let range = bounds.writable(address, length)?;
        // SAFETY: as `readable`.
        Ok(unsafe { Writable::new(ptr::slice_from_raw_parts_mut(self.at(range.start), length as usize)) })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is this handle's own.
        let _ = unsafe {
            let guarded = self.base.sub(PAGE_SIZE as usize);
            munmap(guarded.as_ptr().cast(), (self.size + 2 * PAGE_SIZE) as usize)
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
