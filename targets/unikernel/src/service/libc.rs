//! What the crate getrandom takes from a C library on Linux: `getrandom(2)` by `syscall`, and nothing that opens a file.

use core::ffi::{c_int, c_long, c_void};
use core::slice;

use super::random;

const SYS_GETRANDOM: c_long = 318;

/// `syscall(2)`, which knows `getrandom` alone.
///
/// # Safety
/// `buffer` must be valid for writes of `length` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn syscall(number: c_long, buffer: *mut u8, length: usize, _flags: u32) -> c_long {
    if number != SYS_GETRANDOM {
        return -1;
    }
    if length == 0 {
        return 0;
    }
    // SAFETY: the caller vouches for it.
    let buffer = unsafe { slice::from_raw_parts_mut(buffer, length) };
    for bytes in buffer.chunks_mut(8) {
        let Some(word) = random::word() else { return -1 };
        bytes.copy_from_slice(&word.to_le_bytes()[..bytes.len()]);
    }
    length as c_long
}

/// `errno`, always an I/O error: only what fails is asked for it.
#[unsafe(no_mangle)]
extern "C" fn __errno_location() -> *mut c_int {
    static mut ERRNO: c_int = 5;
    &raw mut ERRNO
}

macro_rules! refuse {
    ($($name:ident),*) => {$(
        /// There are no files and no threads.
        #[unsafe(no_mangle)]
        extern "C" fn $name(_: *const c_void) -> c_int {
            -1
        }
    )*};
}

refuse!(open, open64, read, close, poll, pthread_mutex_lock, pthread_mutex_unlock);
