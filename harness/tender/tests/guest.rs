//! What a guest finds, and how it ends.

mod common;

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use command_fds::{CommandFdExt, FdMapping};
use common::{Argument, Code, DATA, Image, file, run, tender};
use halligan_solo5::abi::spt::syscall::EPOLL_PWAIT;
use halligan_solo5::abi::spt::{BOOT_INFO_BASE, BootInfo};
use zerocopy::FromBytes;

const HELLO: &[u8] = b"Hello from the guest\n";

#[test]
fn says_hello() {
    let image = Image::new(Code::new().print(DATA, HELLO.len() as u64).exit(0), HELLO);
    assert_eq!(run(&image, &[]).console(), HELLO);
}

#[test]
fn exit_status_passes_through() {
    for status in [0, 1, 7, 255] {
        let run = run(&Image::new(Code::new().exit(status), b""), &[]);
        assert_eq!((run.code(), run.stderr.as_str()), (Some(status as i32), ""));
    }
}

#[test]
fn boot_information_and_command_line() {
    let size = 40 + 8 + 104 + 32;
    let image = Image::new(Code::new().print(BOOT_INFO_BASE, size).exit(0), b"");
    let file = file(&image.to_bytes());
    let path = file.path().to_str().expect("a plain path");
    let run = tender(["--mem=3", "--", path, "--x", "two  blanks", "--", "\u{e9}"]);
    let (info, rest) = BootInfo::read_from_prefix(run.console()).expect("boot information");
    assert_eq!(info.memory_size, 3 << 20);
    assert_eq!(info.image_end, DATA + 0x1000);
    assert_eq!(info.manifest, BOOT_INFO_BASE + 40);
    assert_eq!(info.command_line, info.manifest + 8 + 104);
    assert_ne!(info.epoll, info.timer);
    assert_eq!(rest[..8], [1, 0, 0, 0, 1, 0, 0, 0]);
    let line = "--x two  blanks -- \u{e9}\0";
    assert_eq!(&rest[8 + 104..][..line.len()], line.as_bytes());
}

#[test]
fn command_line_has_a_limit() {
    let image = file(&Image::new(Code::new().exit(0), b"").to_bytes());
    let path = image.path().to_str().expect("a plain path").to_owned();
    assert_eq!(tender([path.clone(), "x".repeat(8191)]).code(), Some(0));
    let run = tender([path, "x".repeat(8192)]);
    assert_eq!(run.error(), "the guest's command line has 8192 bytes, 8191 is the limit");
}

#[test]
fn registers_hold_nothing_of_the_tender() {
    // Or all registers but RAX (the entry point), RDI and RSP together into RAX, then RDX with what FS points to.
    let code = Code::new()
        .raw(&[0x48, 0x09, 0xca]) // or rdx, rcx
        .raw(&[0x48, 0x09, 0xf2]) // or rdx, rsi
        .raw(&[0x48, 0x09, 0xea]) // or rdx, rbp
        .raw(&[0x4c, 0x09, 0xc2]) // or rdx, r8
        .raw(&[0x4c, 0x09, 0xca]) // or rdx, r9
        .raw(&[0x4c, 0x09, 0xd2]) // or rdx, r10
        .raw(&[0x4c, 0x09, 0xda]) // or rdx, r11
        .raw(&[0x4c, 0x09, 0xe2]) // or rdx, r12
        .raw(&[0x4c, 0x09, 0xea]) // or rdx, r13
        .raw(&[0x4c, 0x09, 0xf2]) // or rdx, r14
        .raw(&[0x4c, 0x09, 0xfa]) // or rdx, r15
        .raw(&[0x48, 0x89, 0xd0]) // mov rax, rdx
        .store_result(DATA)
        .raw(&[0x48, 0x89, 0xe0]) // mov rax, rsp
        .store_result(DATA + 8)
        .raw(&[0x48, 0x89, 0xd8]) // mov rax, rbx
        .store_result(DATA + 16)
        .print(DATA, 24)
        .exit(0);
    let run = run(&Image::new(code, b""), &[]);
    let words: Vec<u64> =
        run.console().chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
    assert_eq!(words, [0, (16 << 20) - 8, BOOT_INFO_BASE]);
}

#[test]
fn memory_ends_where_it_should() {
    let end = 16 << 20;
    // mov rax, [address]
    let peek = |address: u64| Image::new(Code::new().raw(&[0x48, 0xa1]).raw(&address.to_le_bytes()).exit(0), b"");
    assert_eq!(run(&peek(0x1_0000), &[]).code(), Some(0));
    assert_eq!(run(&peek(end - 8), &[]).code(), Some(0));
    assert_eq!(run(&peek(0xfff8), &[]).signal(), Some(libc::SIGSEGV));
    assert_eq!(run(&peek(end), &[]).signal(), Some(libc::SIGSEGV));
}

#[test]
fn heap_is_executable_only_on_demand() {
    let heap = 0x30_0000u64;
    // mov rax, heap; mov byte [rax], 0xc3 (ret); call rax
    let code = Code::new().raw(&[0x48, 0xb8]).raw(&heap.to_le_bytes()).raw(&[0xc6, 0x00, 0xc3, 0xff, 0xd0]).exit(5);
    let image = Image::new(code, b"");
    assert_eq!(run(&image, &[]).signal(), Some(libc::SIGSEGV));
    assert_eq!(run(&image, &["--x-exec-heap"]).code(), Some(5));
}

#[test]
fn code_cannot_be_written_nor_data_executed() {
    // mov byte [0x100000], al
    let write = Code::new().raw(&[0xa2]).raw(&0x10_0000u64.to_le_bytes()).exit(0);
    assert_eq!(run(&Image::new(write, b""), &[]).signal(), Some(libc::SIGSEGV));
    // mov rax, DATA; call rax
    let execute = Code::new().raw(&[0x48, 0xb8]).raw(&DATA.to_le_bytes()).raw(&[0xff, 0xd0]).exit(0);
    assert_eq!(run(&Image::new(execute, &[0xc3]), &[]).signal(), Some(libc::SIGSEGV));
}

#[test]
fn help_and_version() {
    let help = tender(["--help"]);
    assert!(help.console().starts_with(b"usage: halligan-tender"));
    let told = tender(["--mem=1", "--version"]);
    let told = str::from_utf8(told.console()).unwrap();
    assert!(told.contains("\nABI: hvt version 2\nABI: spt version 2\nhvt: "), "{told}");
    assert_eq!(tender([""; 0]).error(), "missing KERNEL operand; see --help");
}

#[test]
fn guest_of_a_closed_console_ends() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let image = file(&Image::new(Code::new().print(DATA, 1).exit(0), b"x").to_bytes());
    let mut command = Command::new(env!("CARGO_BIN_EXE_halligan-tender"));
    let status = command.arg(image.path()).stdout(writer).status().expect("the tender runs");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(libc::SIGPIPE));
}

#[test]
fn guest_is_confined_and_has_no_descriptor_to_spare() {
    let wait = [Argument::Epoll, DATA.into(), 1.into(), u64::MAX.into(), 0.into(), 8.into()];
    let image = file(&Image::new(Code::new().print(DATA, 1).syscall(EPOLL_PWAIT, &wait).exit(0), b"x").to_bytes());
    let spare = FdMapping { parent_fd: image.reopen().expect("a descriptor").into(), child_fd: 9 };
    let mut command = Command::new(env!("CARGO_BIN_EXE_halligan-tender"));
    command.arg(image.path()).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut guest = command.fd_mappings(vec![spare]).expect("one descriptor").spawn().expect("the tender runs");
    guest.stdout.as_mut().expect("a pipe").read_exact(&mut [0]).expect("the guest says something");
    let directory = format!("/proc/{}", guest.id());
    let status = fs::read_to_string(format!("{directory}/status")).expect("a status");
    let descriptors = fs::read_dir(format!("{directory}/fd")).expect("descriptors");
    let mut descriptors: Vec<String> = descriptors
        .map(|entry| fs::read_link(entry.expect("an entry").path()).expect("a link").display().to_string())
        .collect();
    guest.kill().and_then(|()| guest.wait()).expect("it runs until it is killed");
    assert!(status.contains("\nNoNewPrivs:\t1\n") && status.contains("\nSeccomp:\t2\n"), "{status}");
    // Beyond standard input, output and error there are the epoll set and the timer.
    descriptors.retain(|target| target.starts_with("anon_inode:") || *target == image.path().display().to_string());
    descriptors.sort_unstable();
    assert_eq!(descriptors, ["anon_inode:[eventpoll]", "anon_inode:[timerfd]"]);
}
