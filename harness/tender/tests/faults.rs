//! Faults of the guest, with and without a mailbox.

mod common;

use common::{Code, DATA, Image, Run, file, run};
use halligan_solo5::mailbox::{End, Words};

const ENTRY: u64 = 0x10_0000;

/// The five kinds of fault: signal, its name, the instruction, and the address that it touches if any.
fn faults() -> [(i32, &'static str, Vec<u8>, Option<u64>); 5] {
    [
        // mov rax, [address]
        (
            libc::SIGSEGV,
            "SIGSEGV",
            [&[0x48, 0xa1][..], &0x5ead_0000_0000u64.to_le_bytes()].concat(),
            Some(0x5ead_0000_0000),
        ),
        // ud2
        (libc::SIGILL, "SIGILL", vec![0x0f, 0x0b], Some(ENTRY + 3)),
        // div edi, by zero: the tender left RDX zero, RAX is the entry point
        (libc::SIGFPE, "SIGFPE", vec![0xf7, 0xf2], None),
        // int3, which is over when it traps
        (libc::SIGTRAP, "SIGTRAP", vec![0xcc], None),
        // pop rax, with the stack pointer not canonical
        (libc::SIGBUS, "SIGBUS", vec![0x58], None),
    ]
}

/// The guest that runs `fault` as its second instruction; and where that lies.
fn faulty(signal: i32, fault: &[u8]) -> (Image, u64) {
    let code = if signal == libc::SIGBUS {
        // mov rsp, 1 << 63
        Code::new().raw(&[0x48, 0xbc]).raw(&(1u64 << 63).to_le_bytes())
    } else {
        Code::new()
    };
    let rip = ENTRY + code.len() as u64;
    (Image::new(code.raw(fault).exit(0), b""), rip)
}

#[test]
fn without_a_mailbox_a_line_on_the_console_and_death_by_the_signal() {
    for (signal, name, fault, address) in faults() {
        let (image, rip) = faulty(signal, &fault);
        let rip = if signal == libc::SIGTRAP { rip + 1 } else { rip };
        let run = run(&image, &[]);
        assert_eq!(run.signal(), Some(signal), "{name}: {}", run.status);
        let line = String::from_utf8(run.stdout).expect("text");
        let start = format!("guest fault: {name} at rip {rip:#x}, address 0x");
        assert!(line.starts_with(&start) && line.ends_with('\n'), "{line:?} does not start with {start:?}");
        if let Some(address) = address {
            assert_eq!(line, format!("guest fault: {name} at rip {rip:#x}, address {address:#x}\n"));
        }
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn an_exhausted_stack_is_a_fault_like_any_other() {
    // mov rsp, 0x10010; push rax; jmp -3
    let code = Code::new().raw(&[0x48, 0xc7, 0xc4, 0x10, 0x00, 0x01, 0x00, 0x50, 0xeb, 0xfd]);
    let rip = ENTRY + code.len() as u64 - 3;
    let run = run(&Image::new(code, b""), &[]);
    assert_eq!(run.signal(), Some(libc::SIGSEGV));
    assert_eq!(String::from_utf8_lossy(&run.stdout), format!("guest fault: SIGSEGV at rip {rip:#x}, address 0xfff8\n"));
}

/// Runs `image` with a mailbox and returns what it left there.
fn last_words(image: &Image) -> (Run, Option<Words>) {
    let mailbox = common::Mailbox::new();
    let image = file(&image.to_bytes());
    let run = mailbox.run(image.path(), &[]);
    (run, mailbox.last_words())
}

#[test]
fn with_a_mailbox_last_words() {
    for (signal, name, fault, address) in faults() {
        let (image, rip) = faulty(signal, &fault);
        let rip = if signal == libc::SIGTRAP { rip + 1 } else { rip };
        let (run, words) = last_words(&image);
        assert_eq!((run.code(), run.stdout.len(), run.stderr.as_str()), (Some(255), 0, ""), "{name}: {}", run.status);
        let words = words.expect("last words");
        assert_eq!((words.end, words.signal, words.rip), (End::Fault, signal as u32, rip), "{name}");
        if let Some(address) = address {
            assert_eq!(words.address, address);
        }
        assert_eq!(words.backtrace, [0; 0]);
    }
}

#[test]
fn frames_are_followed_from_the_guests_stack_into_its_code() {
    // sub rsp, 8 twice makes frames that point up: mov rbp, rsp; push a return address and the older frame.
    let push = |code: Code, value: u32| code.raw(&[0x68]).raw(&value.to_le_bytes());
    let code = Code::new();
    let code = push(code, 0x10_0aaa); // outer return address
    let code = code.raw(&[0x6a, 0x00, 0x48, 0x89, 0xe5]); // push 0 (no older frame); mov rbp, rsp
    let code = push(code, 0x10_0bbb); // inner return address
    let code = code.raw(&[0x55, 0x48, 0x89, 0xe5, 0x0f, 0x0b]); // push rbp; mov rbp, rsp; ud2
    let (_, words) = last_words(&Image::new(code, b""));
    assert_eq!(words.expect("last words").backtrace, [0x10_0bbb, 0x10_0aaa]);
}

#[test]
fn frames_outside_the_stack_are_not_followed() {
    // A frame in the data, which lie below the end of the image; one at address 0; one beyond the end of memory.
    for frame in [DATA, 0, 16 << 20, (16 << 20) - 8, u64::MAX - 7] {
        let mut data = [0; 16];
        data[8..].copy_from_slice(&(ENTRY + 1).to_le_bytes());
        // mov rbp, frame; ud2
        let code = Code::new().raw(&[0x48, 0xbd]).raw(&frame.to_le_bytes()).raw(&[0x0f, 0x0b]);
        let (run, words) = last_words(&Image::new(code, &data));
        assert_eq!(run.code(), Some(255));
        assert_eq!(words.expect("last words").backtrace, [0; 0]);
    }
}

#[test]
fn a_forbidden_system_call_leaves_no_last_words() {
    let (run, words) = last_words(&Image::new(Code::new().syscall(libc::SYS_getpid as u64, &[]).exit(0), b""));
    assert_eq!(run.signal(), Some(libc::SIGSYS));
    assert_eq!(words, None);
}
