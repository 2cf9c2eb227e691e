//! The last step: behind the filter, and into the guest.

use std::arch::asm;
use std::io;

use halligan_solo5::abi::spt::BOOT_INFO_BASE;
use halligan_solo5::abi::spt::syscall::{ARCH_PRCTL, ARCH_SET_FS};
use seccompiler::{BpfProgram, apply_filter};

use crate::Error;

/// Space between the stack pointer and the end of memory at the entry point, in bytes: as if it had been called.
const STACK_GAP: u64 = 8;

/// Installs the filter and jumps to the guest's entry point. Returns only where the filter is refused.
///
/// # Safety
/// Guest memory must end at `memory` and hold the image with its entry point, and the boot information. This process
/// must need nothing but what the filter allows, ever again.
pub(super) unsafe fn enter(filter: &BpfProgram, entry: u64, memory: u64) -> Error {
    // Rust ignores SIGPIPE; a guest whose console has closed ends, as it does under Solo5.
    // SAFETY: the default action needs no handler.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    if let Err(error) = apply_filter(filter) {
        return Error::host("install the seccomp filter")(io::Error::other(error.to_string()));
    }
    // From here on nothing may allocate, and a return would be death by seccomp.
    //
    // SAFETY: the caller vouches for the guest. The guest gets no address of the tender: FS and all registers but the
    // three that the ABI names are zero. The entry point is in RAX.
    unsafe {
        asm!(
            "mov rsp, r12",
            "mov eax, {arch_prctl}",
            "mov edi, {set_fs}",
            "xor esi, esi",
            "syscall",
            "mov rax, r13",
            "mov edi, {boot_info}",
            "xor ebx, ebx",
            "xor ecx, ecx",
            "xor edx, edx",
            "xor ebp, ebp",
            "xor r8d, r8d",
            "xor r9d, r9d",
            "xor r10d, r10d",
            "xor r11d, r11d",
            "xor r12d, r12d",
            "xor r13d, r13d",
            "xor r14d, r14d",
            "xor r15d, r15d",
            "jmp rax",
            arch_prctl = const ARCH_PRCTL,
            set_fs = const ARCH_SET_FS,
            boot_info = const BOOT_INFO_BASE,
            in("r12") memory - STACK_GAP,
            in("r13") entry,
            options(noreturn),
        )
    }
}
