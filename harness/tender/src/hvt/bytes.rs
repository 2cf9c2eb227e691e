//! Bytes of a guest that may change them at any time: the kernel and copies that read each once, but no reference, may touch
//! them. There is no other way to them than a check against the guest's memory.

use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd};

use rustix::io::Errno;

/// Bytes that were checked to be the guest's.
#[derive(Clone, Copy)]
pub struct Readable<'m> {
    bytes: *const [u8],
    memory: PhantomData<&'m [u8]>,
}

/// Bytes that were checked to be the guest's to write.
#[derive(Clone, Copy)]
pub struct Writable<'m> {
    bytes: *mut [u8],
    memory: PhantomData<&'m [u8]>,
}

impl Readable<'_> {
    /// # Safety
    /// The bytes must stay mapped for as long as the lifetime of the result.
    pub(super) unsafe fn new(bytes: *const [u8]) -> Self {
        Self { bytes, memory: PhantomData }
    }

    /// Their number.
    pub(crate) fn len(self) -> usize {
        self.bytes.len()
    }

    /// All but the first `count`, or none.
    pub(crate) fn skip(self, count: usize) -> Self {
        let count = count.min(self.len());
        // SAFETY: at most one past the end of the bytes.
        let start = unsafe { self.bytes.cast::<u8>().add(count) };
        Self { bytes: std::ptr::slice_from_raw_parts(start, self.len() - count), ..self }
    }

    /// A copy.
    pub(crate) fn to_vec(self) -> Vec<u8> {
        // SAFETY: the bytes are mapped.
        (0..self.len()).map(|at| unsafe { self.bytes.cast::<u8>().add(at).read_volatile() }).collect()
    }

    /// Has the kernel write them to a file; returns how many it took.
    pub(crate) fn write_to(self, file: impl AsFd) -> Result<usize, Errno> {
        // SAFETY: the bytes are mapped, and the kernel takes them as they are.
        count(unsafe { libc::write(file.as_fd().as_raw_fd(), self.bytes.cast(), self.len()) })
    }

    /// The same, at an offset.
    pub(crate) fn write_to_at(self, file: impl AsFd, offset: u64) -> Result<usize, Errno> {
        // SAFETY: as `write_to`.
        count(unsafe { libc::pwrite(file.as_fd().as_raw_fd(), self.bytes.cast(), self.len(), offset as libc::off_t) })
    }
}

impl Writable<'_> {
    /// # Safety
    /// The bytes must stay mapped for as long as the lifetime of the result.
    pub(super) unsafe fn new(bytes: *mut [u8]) -> Self {
        Self { bytes, memory: PhantomData }
    }

    /// Their number.
    pub(crate) fn len(self) -> usize {
        self.bytes.len()
    }

    /// All but the first `count`, or none.
    pub(crate) fn skip(self, count: usize) -> Self {
        let count = count.min(self.len());
        // SAFETY: at most one past the end of the bytes.
        let start = unsafe { self.bytes.cast::<u8>().add(count) };
        Self { bytes: std::ptr::slice_from_raw_parts_mut(start, self.len() - count), ..self }
    }

    /// Has the kernel fill them from a file; returns how many it filled.
    pub(crate) fn read_from(self, file: impl AsFd) -> Result<usize, Errno> {
        // SAFETY: the bytes are mapped, the guest's to write, and nothing refers to them.
        count(unsafe { libc::read(file.as_fd().as_raw_fd(), self.bytes.cast(), self.len()) })
    }

    /// The same, at an offset.
    pub(crate) fn read_from_at(self, file: impl AsFd, offset: u64) -> Result<usize, Errno> {
        // SAFETY: as `read_from`.
        count(unsafe { libc::pread(file.as_fd().as_raw_fd(), self.bytes.cast(), self.len(), offset as libc::off_t) })
    }
}

/// What a system call of the C library returned.
fn count(result: isize) -> Result<usize, Errno> {
    usize::try_from(result).map_err(|_| {
        let error = std::io::Error::last_os_error();
        Errno::from_io_error(&error).unwrap_or(Errno::IO)
    })
}
