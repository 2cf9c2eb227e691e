//! `memcpy` and its kin, which the compiler calls and no libc brings along.
//!
//! In assembly, because the compiler would turn a loop in Rust into a call of the very function. The names are the crate's
//! own; the linker script makes the C names of them, so that a process with a libc may link this crate as well.

use core::arch::global_asm;

// memmove and memcpy: whole blocks are loaded before they are stored, and the block at the far end before all others, so
// that any overlap is fine.
global_asm!(
    ".section .text.halligan_move, \"ax\", @progbits",
    ".globl halligan_move",
    ".p2align 4",
    "halligan_move:",
    "    mov rax, rdi",
    "    cmp rdx, 16",
    "    jb 2f",
    "    movups xmm0, [rsi]",
    "    movups xmm1, [rsi + rdx - 16]",
    "    cmp rdx, 32",
    "    ja 5f",
    "    movups [rdi], xmm0",
    "    movups [rdi + rdx - 16], xmm1",
    "    ret",
    "2:  cmp edx, 8",
    "    jb 3f",
    "    mov rcx, [rsi]",
    "    mov r8, [rsi + rdx - 8]",
    "    mov [rdi], rcx",
    "    mov [rdi + rdx - 8], r8",
    "    ret",
    "3:  cmp edx, 4",
    "    jb 4f",
    "    mov ecx, [rsi]",
    "    mov r8d, [rsi + rdx - 4]",
    "    mov [rdi], ecx",
    "    mov [rdi + rdx - 4], r8d",
    "    ret",
    "4:  test edx, edx",
    "    je 9f",
    "    movzx ecx, byte ptr [rsi]",
    "    mov r8, rdx",
    "    shr r8, 1",
    "    movzx r9d, byte ptr [rsi + r8]",
    "    movzx r10d, byte ptr [rsi + rdx - 1]",
    "    mov [rdi], cl",
    "    mov [rdi + r8], r9b",
    "    mov [rdi + rdx - 1], r10b",
    "9:  ret",
    // More than 32 bytes: upwards unless the target begins within the source.
    "5:  mov rcx, rdi",
    "    sub rcx, rsi",
    "    cmp rcx, rdx",
    "    jb 7f",
    "    lea r8, [rdi + rdx - 16]",
    "6:  movups xmm0, [rsi]",
    "    movups xmm2, [rsi + 16]",
    "    movups [rdi], xmm0",
    "    movups [rdi + 16], xmm2",
    "    add rsi, 32",
    "    add rdi, 32",
    "    sub rdx, 32",
    "    cmp rdx, 32",
    "    ja 6b",
    "    cmp rdx, 16",
    "    jbe 8f",
    "    movups xmm0, [rsi]",
    "    movups [rdi], xmm0",
    "8:  movups [r8], xmm1",
    "    ret",
    "7:  movups xmm1, [rsi + rdx - 16]",
    "    movups xmm2, [rsi + rdx - 32]",
    "    movups [rdi + rdx - 16], xmm1",
    "    movups [rdi + rdx - 32], xmm2",
    "    sub rdx, 32",
    "    cmp rdx, 32",
    "    ja 7b",
    "    cmp rdx, 16",
    "    jbe 10f",
    "    movups xmm1, [rsi + rdx - 16]",
    "    movups [rdi + rdx - 16], xmm1",
    "10: movups [rax], xmm0",
    "    ret",
);

// memset.
global_asm!(
    ".section .text.halligan_set, \"ax\", @progbits",
    ".globl halligan_set",
    ".p2align 4",
    "halligan_set:",
    "    mov rax, rdi",
    "    movzx esi, sil",
    "    movabs rcx, 0x0101010101010101",
    "    imul rcx, rsi",
    "    cmp rdx, 16",
    "    jb 3f",
    "    movq xmm0, rcx",
    "    punpcklqdq xmm0, xmm0",
    "    movups [rdi + rdx - 16], xmm0",
    "2:  movups [rdi], xmm0",
    "    add rdi, 16",
    "    sub rdx, 16",
    "    cmp rdx, 16",
    "    ja 2b",
    "    ret",
    "3:  cmp edx, 8",
    "    jb 4f",
    "    mov [rdi], rcx",
    "    mov [rdi + rdx - 8], rcx",
    "    ret",
    "4:  cmp edx, 4",
    "    jb 5f",
    "    mov [rdi], ecx",
    "    mov [rdi + rdx - 4], ecx",
    "    ret",
    "5:  test edx, edx",
    "    je 6f",
    "    mov [rdi + rdx - 1], cl",
    "    shr edx, 1",
    "    mov [rdi + rdx], cl",
    "    mov [rdi], cl",
    "6:  ret",
);

// memcmp and bcmp.
global_asm!(
    ".section .text.halligan_compare, \"ax\", @progbits",
    ".globl halligan_compare",
    ".p2align 4",
    "halligan_compare:",
    "2:  cmp rdx, 8",
    "    jb 3f",
    "    mov rax, [rdi]",
    "    mov rcx, [rsi]",
    "    cmp rax, rcx",
    "    jne 4f",
    "    add rdi, 8",
    "    add rsi, 8",
    "    sub rdx, 8",
    "    jmp 2b",
    "4:  bswap rax",
    "    bswap rcx",
    "    cmp rax, rcx",
    "    sbb eax, eax",
    "    or eax, 1",
    "    ret",
    "3:  test edx, edx",
    "    je 5f",
    "    movzx eax, byte ptr [rdi]",
    "    movzx ecx, byte ptr [rsi]",
    "    inc rdi",
    "    inc rsi",
    "    dec edx",
    "    sub eax, ecx",
    "    je 3b",
    "    ret",
    "5:  xor eax, eax",
    "    ret",
);

// What the precompiled libraries name for unwinding, which never happens.
global_asm!(
    ".section .text.halligan_no_unwinding, \"ax\", @progbits",
    ".globl halligan_no_unwinding",
    "halligan_no_unwinding:",
    "    ud2",
);

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    unsafe extern "C" {
        fn halligan_move(to: *mut u8, from: *const u8, length: usize) -> *mut u8;
        fn halligan_set(to: *mut u8, byte: i32, length: usize) -> *mut u8;
        fn halligan_compare(a: *const u8, b: *const u8, length: usize) -> i32;
    }

    const LONGEST: usize = 150;

    fn numbers() -> Vec<u8> {
        (1..=u8::MAX).collect()
    }

    #[test]
    fn bytes_are_moved_at_every_length_and_overlap() {
        for length in 0..LONGEST {
            for (from, to) in (0..40).map(|from| (from, 20)) {
                let (mut expected, mut seen) = (numbers(), numbers());
                expected.copy_within(from..from + length, to);
                let base = seen.as_mut_ptr();
                // SAFETY: both ranges lie within the 255 bytes.
                let result = unsafe { halligan_move(base.add(to), base.add(from), length) };
                assert_eq!((result, &seen), (base.wrapping_add(to), &expected), "{length} bytes from {from} to {to}");
            }
        }
    }

    #[test]
    fn bytes_are_set_at_every_length() {
        for length in 0..LONGEST {
            let (mut expected, mut seen) = (numbers(), numbers());
            expected[7..7 + length].fill(0xa5);
            // SAFETY: the range lies within the 255 bytes.
            let result = unsafe { halligan_set(seen.as_mut_ptr().add(7), 0x1a5, length) };
            assert_eq!(result, seen.as_mut_ptr().wrapping_add(7));
            assert_eq!(seen, expected, "{length} bytes");
        }
    }

    #[test]
    fn bytes_are_compared_as_unsigned_from_the_first_on() {
        for length in 0..40 {
            let a = numbers();
            // SAFETY: all ranges lie within the 255 bytes.
            let compare = |b: &[u8]| unsafe { halligan_compare(a.as_ptr(), b.as_ptr(), length) };
            assert_eq!(compare(&a), 0);
            for place in 0..length {
                let mut b = a.clone();
                b[place] = 200;
                b[length - 1] = b[length - 1].max(place as u8);
                assert!(compare(&b) < 0);
                b[place] = 0;
                assert!(compare(&b) > 0);
            }
        }
    }
}
