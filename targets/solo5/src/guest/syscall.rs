//! The system calls that a guest may make under the sandboxed process tender.

use core::arch::asm;

use super::device::Errno;

/// Makes a system call.
///
/// # Safety
/// The kernel may write only to memory that the caller owns.
#[inline]
pub unsafe fn call(number: u64, arguments: [u64; 6]) -> Result<u64, Errno> {
    let [a, b, c, d, e, f] = arguments;
    let result: i64;
    // SAFETY: the kernel keeps all registers but these; the caller vouches for the memory.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as i64 => result,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    if result < 0 { Err(Errno(-result as i32)) } else { Ok(result as u64) }
}
