//! Where a guest stands while its tender takes a snapshot or restores one.

use super::host::is_hvt;

/// Has the tender take a snapshot, and from the second time on restore it: then this call returns as it did for the first
/// time, with all of memory as it was, but for the mailbox.
///
/// # Safety
/// `at` must be what the tender has [announced](crate::mailbox::Announcement::restore).
pub unsafe fn restore(at: u64) {
    let (function, port) = if is_hvt() { (0, at) } else { (at, 0) };
    // SAFETY: the caller vouches for the function or the port.
    unsafe { stop(function, port) }
}

/// Calls a function of the tender's, or writes to a port where there is none. All that a function must keep for its caller
/// lies on the stack meanwhile, so that restoring memory restores it too.
#[unsafe(naked)]
unsafe extern "C" fn stop(function: u64, port: u64) {
    core::arch::naked_asm!(
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8",
        "stmxcsr [rsp]",
        "fnstcw [rsp + 4]",
        "test rdi, rdi",
        "jz 2f",
        "call rdi",
        "jmp 3f",
        "2:",
        "xor eax, eax",
        "mov edx, esi",
        "out dx, eax",
        "3:",
        "cld",
        "fninit",
        "fldcw [rsp + 4]",
        "ldmxcsr [rsp]",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}
