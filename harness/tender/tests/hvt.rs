//! Guests in a virtual machine. Without KVM these tests say so and do nothing.

mod common;

use std::fs;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::{DATA, Hypercalls, Mailbox, Program, READ, Run, file, run, run_with, tender};
use halligan_solo5::abi::hvt::Address;
use halligan_solo5::abi::hvt::hypercall::{
    BLOCK_READ, BLOCK_WRITE, Block, HALT, NET_READ, NET_WRITE, Net, POLL, PUTS, Poll, Puts, WALL_TIME,
};
use halligan_solo5::abi::manifest::Entry;
use halligan_solo5::mailbox::{End, Words};
use rustix::net::{AddressFamily, SocketFlags, SocketType, recv, send, socketpair};
use zerocopy::FromBytes;

const TEXT: u64 = 0x10_0000;
const MEMORY: u64 = 16 << 20;

#[test]
fn a_guest_prints_and_exits_with_its_status() {
    let Some(mut guest) = Hypercalls::new() else { return };
    let text = guest.put(b"hello, world\n");
    let done = run(&guest.print(text, 13).exit(7).image(), &[]);
    assert_eq!((done.code(), &done.stdout[..], done.stderr.as_str()), (Some(7), &b"hello, world\n"[..], ""));
}

#[test]
fn a_guest_is_told_its_memory_clock_and_command_line() {
    let Some(mut guest) = Hypercalls::new() else { return };
    // The boot information points behind itself and the manifest.
    let info = guest.put(b"");
    // mov rsi, [rbx + 24]; mov [info], rsi: print the command line, and the boot information.
    let arguments = guest.put(&[0u64, 5]);
    let code = [&[0x48, 0x8b, 0x43, 24, 0x48, 0xa3][..], &arguments.0.to_le_bytes()].concat();
    let image = guest.raw(&code).call_at(PUTS, arguments.0).print(Address(0x1_0000), 56).exit(0).image();
    assert_eq!(info, Address(DATA));
    let path = file(&image.to_bytes());
    let done = tender(["--mem=16".as_ref(), path.path().as_os_str(), "a".as_ref(), "b c".as_ref()]);
    let (line, info) = done.console().split_at(5);
    assert_eq!(line, b"a b c");
    let info = <[u64; 7]>::read_from_bytes(info).unwrap();
    assert_eq!((info[0], info[1], info[5], info[6]), (MEMORY, DATA + 0x1000, 0, 0));
    assert!(info[2] > 100_000_000, "{} Hz", info[2]);
}

#[test]
fn a_fault_is_told_with_vector_error_code_and_place() {
    // mov rax, [address]; ud2; div by zero; a pop from a stack that is not canonical; int3; hlt
    let Some(_) = Hypercalls::new() else { return };
    let touch = [&[0x48, 0xa1][..], &0x5ead_0000_0000u64.to_le_bytes()].concat();
    let bad_stack = [&[0x48, 0xbc][..], &(1u64 << 63).to_le_bytes(), &[0x58]].concat();
    let cases: [(&[u8], u64, &str); 5] = [
        (&touch, 0, "#PF, error code 0x%, at rip %, address 0x5ead00000000"),
        (&[0x0f, 0x0b], 0, "#UD, at rip %"),
        (&[0x31, 0xd2, 0xf7, 0xf2], 2, "#DE, at rip %"),
        (&bad_stack, 10, "#SS, error code 0x0, at rip %"),
        (&[0xcc], 1, "#BP, at rip %"),
    ];
    for (code, offset, expected) in cases {
        let guest = Hypercalls::new().unwrap();
        let rip = format!("{:#x}", guest.here() + offset);
        let done = run(&guest.raw(code).image(), &[]);
        // The user bit of a page fault is set where the guest runs at user level.
        let expected = expected.replacen("rip %", &format!("rip {rip}"), 1);
        // Qemu's processor raises #GP where others raise #SS.
        let said = done.stderr.replace("#GP", "#SS");
        let fits = ["0x0", "0x4"]
            .iter()
            .any(|error| said == format!("halligan-tender: guest fault: {}\n", expected.replacen("0x%", error, 1)));
        assert!(fits && done.code() == Some(255), "{}: expected {expected}", done.stderr);
    }
}

#[test]
fn text_is_not_writable_and_data_are_not_executable() {
    let Some(guest) = Hypercalls::new() else { return };
    // mov [0x100000], al
    let write = [&[0xa2][..], &TEXT.to_le_bytes()].concat();
    let done = run(&guest.raw(&write).image(), &[]);
    assert_eq!(done.code(), Some(1));
    assert!(done.stderr.contains("host/guest translation fault"), "{}", done.stderr);
    for target in [DATA, MEMORY - 64] {
        // mov eax, target; jmp rax
        let jump = [&[0xb8][..], &(target as u32).to_le_bytes(), &[0xff, 0xe0]].concat();
        let done = run(&Hypercalls::new().unwrap().raw(&jump).image(), &[]);
        let fits = ["0x11", "0x15"].iter().any(|error| done.stderr.contains(&format!("#PF, error code {error}, at")));
        assert!(fits && done.stderr.contains(&format!("address {target:#x}")), "{}", done.stderr);
    }
}

/// Runs a guest that makes one hypercall with these arguments.
fn refused(number: u16, arguments: &(impl zerocopy::IntoBytes + zerocopy::Immutable)) -> Run {
    let guest = Hypercalls::new().expect("there was KVM before").devices(&[Entry::net("n"), Entry::block("b")]);
    let (disk, (ours, theirs)) = (file(&[0; 4096]), sockets());
    let block = format!("--block:b={}", disk.path().display());
    let done = run_with(&guest.call(number, arguments).exit(0).image(), &["--net:n=@3", &block], [theirs]);
    drop(ours);
    done
}

fn sockets() -> (OwnedFd, OwnedFd) {
    socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).expect("sockets")
}

#[test]
fn pointers_out_of_the_guest_are_refused() {
    let Some(guest) = Hypercalls::new() else { return };
    for at in [MEMORY, MEMORY - 8, 0xffff_fff8] {
        let done = run(&Hypercalls::new().unwrap().call_at(PUTS, at).image(), &[]);
        let expected = format!("the guest made hypercall 2 with 16 bytes at {at:#x} are not the guest's to read");
        assert!(done.code() == Some(1) && done.stderr.contains(&expected), "{}", done.stderr);
    }
    for (data, length) in [(MEMORY - 8, 9), (u64::MAX, 2), (0, u64::MAX), (MEMORY + 0x1000, 8)] {
        let data = Address(data);
        let said = |done: Run| {
            assert_eq!(done.code(), Some(1), "{}", done.stderr);
            assert!(done.stderr.contains(&format!("{length} bytes at {:#x}", data.0)), "{}", done.stderr);
        };
        said(refused(PUTS, &Puts { data, length }));
        said(refused(NET_WRITE, &Net { handle: 1, data, length, result: 0, padding: 0 }));
        said(refused(NET_READ, &Net { handle: 1, data, length, result: 0, padding: 0 }));
        if length < 4096 {
            said(refused(BLOCK_READ, &Block { handle: 2, offset: 0, data, length, result: 0, padding: 0 }));
        }
    }
    // The tender does not write to the guest's code on its behalf either.
    let data = Address(TEXT);
    let done = refused(BLOCK_READ, &Block { handle: 2, offset: 0, data, length: 512, result: 0, padding: 0 });
    assert!(done.stderr.contains("512 bytes at 0x100000 are not the guest's to write"), "{}", done.stderr);
    let done = run(&guest.call_at(WALL_TIME, TEXT).image(), &[]);
    assert!(done.stderr.contains("8 bytes at 0x100000 are not the guest's to write"), "{}", done.stderr);
}

#[test]
fn ports_without_a_hypercall_are_refused() {
    let Some(_) = Hypercalls::new() else { return };
    for number in [0, 9, 0x100, 0x200, 0xfaff] {
        let done = run(&Hypercalls::new().unwrap().call_at(number, DATA).image(), &[]);
        let expected = format!("the guest used port {:#x}, where there is no hypercall", 0x500 + number);
        assert!(done.code() == Some(1) && done.stderr.contains(&expected), "{}", done.stderr);
    }
    // in al, dx; out 0x80, al
    for code in [&[0xec][..], &[0xe6, 0x80]] {
        let done = run(&Hypercalls::new().unwrap().raw(code).image(), &[]);
        assert!(done.code() == Some(1) && done.stderr.contains("the guest used port"), "{}", done.stderr);
    }
}

#[test]
fn a_guest_cannot_call_the_host_kernel() {
    for code in [&[0x0f, 0x05][..], &[0x0f, 0x34], &[0xcd, 0x80]] {
        let Some(guest) = Hypercalls::new() else { return };
        let done = run(&guest.raw(code).image(), &[]);
        assert!(done.stderr.contains("the guest made a system call at rip"), "{code:02x?}: {}", done.stderr);
    }
}

#[test]
fn blocks_are_read_and_written_within_the_device() {
    let Some(mut guest) = Hypercalls::new() else { return };
    let (ours, back) = (guest.put(&[0xabu8; 512]), guest.put(&[0u8; 512]));
    let block = |data, offset, length| Block { handle: 1, offset, data, length, result: 99, padding: 0 };
    let mut calls = Vec::new();
    let beyond = [(4096, 512), (3585, 512), (u64::MAX, 512), (0, 4608), (512, u64::MAX)];
    for (offset, length) in beyond {
        calls.push(guest.put(&block(ours, offset, length)));
    }
    let other = guest.put(&Block { handle: 0, ..block(ours, 0, 512) });
    calls.push(other);
    let guest = guest.call(BLOCK_WRITE, &block(ours, 1024, 512)).call(BLOCK_READ, &block(back, 1024, 512));
    let guest = calls.iter().fold(guest, |guest, at| guest.call_at(BLOCK_WRITE, at.0).call_at(BLOCK_READ, at.0));
    let guest = calls.iter().fold(guest.print(back, 512), |guest, at| guest.print(Address(at.0 + 32), 4));
    let disk = file(&[0; 4096]);
    let option = format!("--block:b={}", disk.path().display());
    let done = run(&guest.devices(&[Entry::block("b")]).exit(0).image(), &[&option]);
    let (read, results) = done.console().split_at(512);
    assert!(read.iter().all(|&byte| byte == 0xab));
    assert_eq!(results, [2, 0, 0, 0].repeat(calls.len()));
    let mut expected = vec![0; 4096];
    expected[1024..1536].fill(0xab);
    assert_eq!(fs::read(disk.path()).unwrap(), expected);
}

#[test]
fn frames_are_awaited_received_and_sent() {
    let Some(mut guest) = Hypercalls::new() else { return };
    let (ours, theirs) = sockets();
    send(&ours, b"a frame", rustix::net::SendFlags::empty()).unwrap();
    let frame = guest.put(&[0u8; 64]);
    let poll = Poll { timeout: 10_000_000_000, ready: 0, result: 9, padding: 0 };
    let net = |length| Net { handle: 1, data: frame, length, result: 9, padding: 0 };
    let (first, second, read, empty, other) = (
        guest.put(&poll),
        guest.put(&Poll { timeout: 1_000_000, ..poll }),
        guest.put(&net(64)),
        guest.put(&net(64)),
        guest.put(&Net { handle: 2, ..net(64) }),
    );
    let guest = guest.call_at(POLL, first.0).call_at(NET_READ, read.0).call_at(NET_READ, empty.0);
    let guest = guest.call_at(NET_READ, other.0).call_at(POLL, second.0).call(NET_WRITE, &net(6));
    let guest = [first, second].iter().fold(guest, |guest, at| guest.print(Address(at.0 + 8), 12));
    let guest = [read, empty, other].iter().fold(guest, |guest, at| guest.print(Address(at.0 + 16), 12));
    let image = guest.devices(&[Entry::net("n"), Entry::block("b")]).exit(0).image();
    let disk = file(&[0; 512]);
    let block = format!("--block:b={}", disk.path().display());
    let start = Instant::now();
    let done = run_with(&image, &["--net:n=@3", &block], [theirs]);
    assert!(start.elapsed() < Duration::from_secs(5));
    let ready = |set: u64, count: u32| [&set.to_le_bytes()[..], &count.to_le_bytes()].concat();
    let result = |length: u64, result: u32| [&length.to_le_bytes()[..], &result.to_le_bytes()].concat();
    let expected = [ready(2, 1), ready(0, 0), result(7, 0), result(64, 1), result(64, 2)].concat();
    assert_eq!(done.console(), expected);
    let mut sent = [0; 64];
    let (length, _) = recv(&ours, &mut sent, rustix::net::RecvFlags::empty()).unwrap();
    assert_eq!(&sent[..length], b"a fram");
}

#[test]
fn the_wall_clock_is_the_hosts() {
    let Some(mut guest) = Hypercalls::new() else { return };
    let at = guest.put(&0u64);
    let done = run(&guest.call_at(WALL_TIME, at.0).print(at, 8).exit(0).image(), &[]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let told = Duration::from_nanos(u64::from_le_bytes(done.console().try_into().unwrap()));
    assert!(now - told < Duration::from_secs(10), "{told:?}");
}

#[test]
fn a_guest_may_handle_its_own_exceptions() {
    let Some(mut guest) = Hypercalls::new() else { return };
    // Gates for the first seven vectors; that of #UD leads to the guest's own code.
    let handler = guest.here() + 16;
    let mut gates = [[0u64; 2]; 7];
    gates[6] = [handler & 0xffff | 8 << 16 | 0x8e << 40 | (handler >> 16) << 48, 0];
    let table = guest.put(&gates);
    let pointer = guest.put(&[&(16u16 * 7 - 1).to_le_bytes()[..], &table.0.to_le_bytes()].concat()[..]);
    // mov eax, pointer; lidt [rax]; ud2; nops up to the handler, which drops RIP and ends.
    let mut code = [&[0xb8][..], &(pointer.0 as u32).to_le_bytes(), &[0x0f, 0x01, 0x18, 0x0f, 0x0b]].concat();
    code.resize(16, 0x90);
    let done = run(&guest.raw(&code).raw(&[0x58]).exit(42).image(), &[]);
    assert_eq!((done.code(), done.stderr.as_str()), (Some(42), ""));
}

#[test]
fn the_tender_gives_up_what_it_does_not_need() {
    let Some(mut guest) = Hypercalls::new() else { return };
    let text = guest.put(b"!");
    let poll = Poll { timeout: 60_000_000_000, ready: 0, result: 0, padding: 0 };
    let path = file(&guest.print(text, 1).call(POLL, &poll).image().to_bytes());
    let mut command = Command::new(env!("CARGO_BIN_EXE_halligan-tender"));
    let mut tender = command.arg("--mem=16").arg(path.path()).stdout(Stdio::piped()).spawn().unwrap();
    tender.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
    let status = fs::read_to_string(format!("/proc/{}/status", tender.id())).unwrap();
    tender.kill().unwrap();
    tender.wait().unwrap();
    assert!(status.contains("Seccomp:\t2\n") && status.contains("NoNewPrivs:\t1\n"), "{status}");
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert!(status.contains(&format!("{set}:\t0000000000000000\n")), "{status}");
    }
    // Root is somebody else then; other users stay who they are.
    let plain = fs::read_to_string("/proc/self/status").unwrap().contains("CapEff:\t0000000000000000\n");
    assert!(plain || status.contains("Uid:\t65534\t65534\t65534\t65534\n"), "{status}");
    assert!(plain || status.contains("CapBnd:\t0000000000000000\n"), "{status}");
}

#[test]
fn an_image_and_its_memory_must_fit() {
    let Some(guest) = Hypercalls::new() else { return };
    let mut image = guest.exit(0).image();
    let path = file(&image.to_bytes());
    let done = tender(["--mem=4097".as_ref(), path.path().as_os_str()]);
    assert_eq!(done.error(), "--mem: 4097 MiB are more than 4096");
    assert_eq!(tender(["--mem=4096".as_ref(), path.path().as_os_str()]).code(), Some(0));
    // What is no multiple of 2 MiB is rounded down, as Solo5 does.
    assert_eq!(tender(["--mem=5".as_ref(), path.path().as_os_str()]).code(), Some(0));
    image.segments.push(Program::load(MEMORY - 0x1000, READ, vec![0; 0x1000]));
    assert_eq!(run(&image, &[]).code(), Some(0));
    image.segments.push(Program::load(MEMORY, READ, vec![0; 1]));
    assert!(run(&image, &[]).error().contains("segment"));
}

#[test]
fn an_aborted_guest_leaves_a_core() {
    let Some(mut guest) = Hypercalls::new() else { return };
    guest.put(b"find me in the core");
    let folder = tempfile::TempDir::new().unwrap();
    let path = file(&guest.exit(255).image().to_bytes());
    let option = format!("--dumpcore={}", folder.path().display());
    let done = tender(["--mem=4".as_ref(), option.as_ref(), path.path().as_os_str()]);
    assert_eq!(done.code(), Some(255));
    let core = fs::read_dir(folder.path()).unwrap().next().expect("a core").unwrap().path();
    assert!(done.stderr.ends_with(&format!("{}\n", core.display())), "{}", done.stderr);
    let core = fs::read(core).unwrap();
    assert_eq!(&core[..4], b"\x7fELF");
    let memory = &core[core.len() - (4 << 20)..];
    assert!(memory[DATA as usize..].starts_with(b"find me in the core"));
}

#[test]
fn a_mailbox_is_shared_and_its_doorbells_ring() {
    let Some(guest) = Hypercalls::new() else { return };
    let mailbox = Mailbox::new();
    mailbox.ring(1);
    // Wait until woken, and ring: ports 0x700 and 0x704.
    let done = mailbox.run(file(&guest.call_at(0x200, 0).call_at(0x204, 0).exit(0).image().to_bytes()).path(), &[]);
    assert_eq!((done.code(), done.stderr.as_str()), (Some(0), ""));
    assert_eq!(mailbox.rung(), 1);
    assert!(mailbox.last_words().is_none());
}

#[test]
fn a_snapshot_restores_memory_and_registers_but_not_the_mailbox() {
    let Some(mut guest) = Hypercalls::new() else { return };
    let counter = guest.put(&0u64);
    let time = guest.put(&0u64);
    // The mailbox lies behind memory and the tender's pages; its last word counts the rounds.
    let rounds = (18u64 << 20) + Mailbox::SIZE - 8;
    // xor r15d, r15d
    let guest = guest.raw(&[0x45, 0x31, 0xff]);
    let again = guest.here();
    // Port 0x708; then inc r15; mov rcx, rounds; inc [rcx]; mov rdx, counter; inc [rdx]; add [rdx], r15
    let guest = guest.call_at(0x208, 0).raw(&[0x49, 0xff, 0xc7, 0x48, 0xb9]).raw(&rounds.to_le_bytes());
    let guest = guest.raw(&[0x48, 0xff, 0x01, 0x48, 0xba]).raw(&counter.0.to_le_bytes());
    let guest = guest.raw(&[0x48, 0xff, 0x02, 0x4c, 0x01, 0x3a]);
    // What the tender writes on the guest's behalf is taken back too.
    let guest = guest.print(counter, 16).call_at(WALL_TIME, time.0).raw(&[0x48, 0xb9]).raw(&rounds.to_le_bytes());
    // cmp [rcx], 4; jne again
    let end = guest.here() + 10;
    let jump = (again.wrapping_sub(end) as u32).to_le_bytes();
    let image = guest.raw(&[0x48, 0x83, 0x39, 4, 0x0f, 0x85]).raw(&jump).exit(0).image();
    let path = file(&image.to_bytes());
    let seen = [2u64, 0].repeat(4).iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    assert_eq!(Mailbox::new().run_with(&["--snapshots"], path.path(), &[]).console(), seen);
    // Without, the port is none.
    let mailbox = Mailbox::new();
    mailbox.run(path.path(), &[]);
    assert_eq!(mailbox.last_words().map(|words| words.end), Some(End::Forbidden));
}

#[test]
fn faults_and_forbidden_calls_are_left_in_the_mailbox() {
    let Some(guest) = Hypercalls::new() else { return };
    let end = |guest: Hypercalls| {
        let mailbox = Mailbox::new();
        let done = mailbox.run(file(&guest.image().to_bytes()).path(), &[]);
        assert_eq!(done.stderr, "");
        mailbox.last_words().expect("last words")
    };
    let rip = guest.here();
    let words = end(guest.raw(&[0x48, 0xa1, 8, 0, 0, 0, 0, 0, 0, 0]));
    let Words { end: kind, signal, address, .. } = words;
    assert_eq!((kind, signal, words.rip, address), (End::Fault, libc::SIGSEGV as u32, rip, 8));
    let words = end(Hypercalls::new().unwrap().raw(&[&[0xa2][..], &TEXT.to_le_bytes()].concat()));
    assert_eq!((words.end, words.signal, words.address), (End::Fault, libc::SIGSEGV as u32, TEXT));
    for guest in [Hypercalls::new().unwrap().raw(&[0x0f, 0x05]), Hypercalls::new().unwrap().call_at(HALT + 1, 0)] {
        assert_eq!(end(guest).end, End::Forbidden);
    }
}
