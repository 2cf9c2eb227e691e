//! Last words: what this process tells the harness when it panics, faults or runs out of memory.

use std::cell::UnsafeCell;
use std::ffi::{c_char, c_int};
use std::io;
use std::mem::MaybeUninit;
use std::panic::PanicHookInfo;
use std::ptr;
use std::sync::OnceLock;

use halligan_solo5::abi::EXIT_ABORT;
use halligan_solo5::frames;
use halligan_solo5::mailbox::{End, LastWords};
use halligan_solo5::report::{self, Message};

use crate::heap::HEAP;

/// What the standard library's abort raises, and what processors and kernels raise.
const SIGNALS: [c_int; 6] = [libc::SIGABRT, libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP];

/// Large enough for the registers of any processor, and the handler.
const STACK_SIZE: usize = 64 << 10;

struct Stack(UnsafeCell<[u8; STACK_SIZE]>);

// SAFETY: the one thread's signal handlers alone run on it.
unsafe impl Sync for Stack {}

static STACK: Stack = Stack(UnsafeCell::new([0; STACK_SIZE]));
static LAST_WORDS: OnceLock<&'static LastWords> = OnceLock::new();

/// Reports every end of this process to `words`.
pub fn report_to(words: &'static LastWords) -> io::Result<()> {
    LAST_WORDS.get_or_init(|| words);
    std::panic::set_hook(Box::new(on_panic));
    let check = |result: c_int| if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) };
    let stack = libc::stack_t { ss_sp: STACK.0.get().cast(), ss_flags: 0, ss_size: STACK_SIZE };
    // SAFETY: the stack is static, and only handlers run on it.
    check(unsafe { libc::sigaltstack(&stack, ptr::null_mut()) })?;
    // SAFETY: an action is plain data, and valid as zeros.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = on_signal as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    for signal in SIGNALS {
        // SAFETY: the handler has the signature asked for, and only does what a handler may.
        check(unsafe { libc::sigaction(signal, &action, ptr::null_mut()) })?;
    }
    // A killed harness must not leave this process behind.
    // SAFETY: touches no memory.
    check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) })?;
    // It may have been killed before: then nobody reads what this process says.
    let mut output = libc::pollfd { fd: libc::STDOUT_FILENO, events: 0, revents: 0 };
    // SAFETY: the kernel reads and writes the one entry.
    let ready = unsafe { libc::poll(&raw mut output, 1, 0) };
    if ready == 1 && output.revents & libc::POLLERR != 0 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
}

fn on_panic(info: &PanicHookInfo<'_>) {
    let message = Message::of_panic(info.location(), info.payload_as_str().unwrap_or("(no message)"));
    if let Some(words) = LAST_WORDS.get() {
        report::last_words(words, End::Panic, &message, stack_end());
    }
    exit()
}

extern "C" fn on_signal(signal: c_int, info: *const libc::siginfo_t, context: *const libc::ucontext_t) {
    // SAFETY: the kernel passes both to a handler with SA_SIGINFO.
    let (address, registers) = unsafe { ((*info).si_addr().addr() as u64, &(*context).uc_mcontext.gregs) };
    let [rip, rsp, rbp] = [libc::REG_RIP, libc::REG_RSP, libc::REG_RBP].map(|name| registers[name as usize] as u64);
    let Some(words) = LAST_WORDS.get() else { exit() };
    // SAFETY: the stack reaches from the stack pointer at the signal to its end.
    unsafe { frames::walk(rbp, rsp..stack_end(), report::text(), |pc| words.push_frame(pc)) };
    match HEAP.refused().filter(|_| signal == libc::SIGABRT) {
        // The standard library aborts where there is no memory.
        Some(size) => words.say(End::OutOfMemory, Message::of_refusal(size).as_str()),
        None => {
            words.fault(signal as u32, rip, if signal == libc::SIGABRT { 0 } else { address });
        }
    }
    exit()
}

/// The environment lies at the end of the stack, above all frames.
fn stack_end() -> u64 {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    // SAFETY: libc sets it before main; nothing changes it.
    unsafe { environ }.addr() as u64
}

fn exit() -> ! {
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(EXIT_ABORT.into()) }
}
