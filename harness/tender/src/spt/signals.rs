//! Faults of the guest: a signal handler that says where, and ends the process.
//!
//! The handler runs behind the filter, in memory that the guest may have overwritten, and with the guest's FS. So it uses
//! no thread-local, no allocation and no libc, and needs no system call that the guest does not have: whatever a hostile
//! guest makes of it, it could have done itself. It never returns, as `rt_sigreturn` is not allowed.

use std::arch::asm;
use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::fmt::{self, Write};
use std::io;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr;

use halligan_solo5::abi::EXIT_ABORT;
use halligan_solo5::abi::spt::syscall::{CONSOLE, EXIT_GROUP, WRITE};
use halligan_solo5::frames;
use halligan_solo5::mailbox::Control;

use crate::Error;

const FAULTS: [c_int; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP];

/// Large enough for the registers of any processor, and the handler.
const STACK_SIZE: usize = 64 << 10;

/// What the handler knows of the guest.
struct Context {
    mailbox: Option<&'static Control>,
    text: Range<u64>,
    stack: Range<u64>,
}

#[repr(align(16))]
struct Shared<T>(UnsafeCell<T>);

// SAFETY: the one thread writes before it installs the handlers; afterwards only they use it, and they never nest.
unsafe impl<T> Sync for Shared<T> {}

static CONTEXT: Shared<Context> = Shared(UnsafeCell::new(Context { mailbox: None, text: 0..0, stack: 0..0 }));
static STACK: Shared<[u8; STACK_SIZE]> = Shared(UnsafeCell::new([0; STACK_SIZE]));

/// Installs the handlers. Return addresses are sought in `stack`, which must be readable guest memory, and must lie in
/// `text`.
pub(super) fn install(mailbox: Option<&'static Control>, text: Range<u64>, stack: Range<u64>) -> Result<(), Error> {
    let check = |result: c_int| {
        if result == 0 { Ok(()) } else { Err(Error::host("handle faults")(io::Error::last_os_error())) }
    };
    // SAFETY: no handler is installed yet, so nothing else uses the context.
    unsafe { *CONTEXT.0.get() = Context { mailbox, text, stack } };
    let stack = libc::stack_t { ss_sp: STACK.0.get().cast(), ss_flags: 0, ss_size: STACK_SIZE };
    // SAFETY: the stack is static, and only handlers run on it.
    check(unsafe { libc::sigaltstack(&stack, ptr::null_mut()) })?;
    // SAFETY: an action is plain data, and valid as zeros.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = on_fault as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    for signal in FAULTS {
        // SAFETY: all faults but the one that is handled keep their handlers; the handler has the signature asked for.
        check(unsafe { libc::sigaction(signal, &action, ptr::null_mut()) })?;
    }
    Ok(())
}

extern "C" fn on_fault(signal: c_int, info: *const libc::siginfo_t, context: *const libc::ucontext_t) {
    // SAFETY: the kernel passes both to a handler with SA_SIGINFO.
    let (address, registers) = unsafe { ((*info).si_addr().addr() as u64, &(*context).uc_mcontext.gregs) };
    let register = |index: c_int| registers[index as usize] as u64;
    let (rip, frame_pointer) = (register(libc::REG_RIP), register(libc::REG_RBP));
    // SAFETY: the context was written before this handler was installed, and is only read since.
    let guest = unsafe { &*CONTEXT.0.get() };
    match guest.mailbox {
        Some(control) => {
            let words = control.last_words();
            if words.fault(signal as u32, rip, address) {
                // SAFETY: `install`'s caller vouches that the stack is readable.
                unsafe {
                    frames::walk(frame_pointer, guest.stack.clone(), guest.text.clone(), |pc| words.push_frame(pc))
                };
            }
            // SAFETY: the call ends the process.
            unsafe { syscall(EXIT_GROUP, EXIT_ABORT.into(), 0, 0) };
        }
        None => {
            let mut line = Line { bytes: [0; 128], length: 0 };
            let _ = writeln!(line, "guest fault: {} at rip {rip:#x}, address {address:#x}", name(signal));
            // SAFETY: the bytes are the line's.
            unsafe { syscall(WRITE, CONSOLE, line.bytes.as_ptr().addr() as u64, line.length as u64) };
        }
    }
    die_by(signal)
}

/// Ends the process as if the signal had not been handled: the kernel kills a process that faults while the signal is
/// blocked, as it is in its handler.
fn die_by(signal: c_int) -> ! {
    // SAFETY: each of these faults; should one not, the process ends all the same.
    unsafe {
        match signal {
            libc::SIGILL => asm!("ud2"),
            libc::SIGFPE => asm!("xor eax, eax", "xor edx, edx", "div eax", out("eax") _, out("edx") _),
            libc::SIGTRAP => asm!("int3"),
            // An access beyond the address space through the stack segment.
            libc::SIGBUS => asm!("mov rsp, {}", "pop rax", in(reg) 1u64 << 63, out("rax") _),
            _ => asm!("mov al, [{}]", in(reg) 0u64, out("al") _),
        }
        loop {
            syscall(EXIT_GROUP, EXIT_ABORT.into(), 0, 0);
        }
    }
}

/// Makes a system call, and returns what the kernel did: libc would keep an error in a thread-local.
///
/// # Safety
/// As the system call demands.
pub(super) unsafe fn syscall(number: u64, first: u64, second: u64, third: u64) -> i64 {
    let result;
    // SAFETY: the caller vouches for the arguments; the kernel changes RAX, RCX and R11.
    unsafe {
        asm!("syscall", inlateout("rax") number => result, in("rdi") first, in("rsi") second, in("rdx") third,
            out("rcx") _, out("r11") _, options(nostack));
    }
    result
}

fn name(signal: c_int) -> &'static str {
    match signal {
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGBUS => "SIGBUS",
        libc::SIGILL => "SIGILL",
        libc::SIGFPE => "SIGFPE",
        _ => "SIGTRAP",
    }
}

/// A line of text, cut where it is too long.
struct Line {
    bytes: [u8; 128],
    length: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for (cell, byte) in self.bytes[self.length..].iter_mut().zip(text.bytes()) {
            *cell = byte;
            self.length += 1;
        }
        Ok(())
    }
}
