//! Frames through the ring between a guest and the tender. Without KVM these tests say so and do nothing.

mod common;

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::mem::offset_of;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::thread;

use command_fds::{CommandFdExt, FdMapping};
use common::ring::{Ask, COM_TAIL, ENT_HEAD, ENT_TAIL, NEEDS_KICK, RING, commit, entry};
use common::{DATA, Hypercalls, Mailbox, Run, file, run, run_with, tender_with};
use halligan_solo5::abi::hvt::hypercall::{NET_WRITE, Net, POLL, Poll};
use halligan_solo5::abi::hvt::{Address, BOOT_INFO_BASE, BootInfo};
use halligan_solo5::abi::manifest::Entry;
use halligan_solo5::abi::ring::{Entry as RingEntry, FEATURE, SLOTS};
use pcap_file::pcapng::{Block, PcapNgReader};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair};
use zerocopy::FromBytes;

const MEMORY: u64 = RING;
const TEXT: u64 = 0x10_0000;

/// Guests that race with the tender.
const RUNS: usize = 60;

/// A guest with a network device, or nothing where there is no KVM.
fn guest() -> Option<Hypercalls> {
    Some(Hypercalls::new()?.devices(&[Entry::net("n"), Entry::block("b")]))
}

fn wire() -> (OwnedFd, OwnedFd) {
    socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).expect("sockets")
}

/// Runs a guest at a wire, with these frames on it and more options; returns what the other end receives.
fn run_at_wire(guest: Hypercalls, frames: &[&[u8]], options: &[&str]) -> (Run, Vec<Vec<u8>>) {
    let (ours, theirs) = wire();
    for frame in frames {
        send(&ours, frame, SendFlags::empty()).expect("room for a few frames");
    }
    let reader = thread::spawn(move || {
        let mut frames = Vec::new();
        let mut frame = vec![0; 1 << 16];
        while let Ok((length @ 1.., _)) = recv(&ours, &mut frame[..], RecvFlags::empty()) {
            frames.push(frame[..length].to_vec());
        }
        frames
    });
    let disk = file(&[0; 512]);
    let block = format!("--block:b={}", disk.path().display());
    let done = run_with(&guest.image(), &[&["--net:n=@3", &block], options].concat(), [theirs]);
    (done, reader.join().expect("frames"))
}

/// The boot information that a guest prints.
fn told(done: &Run) -> BootInfo {
    BootInfo::read_from_bytes(done.console()).expect("boot information")
}

#[test]
fn a_guest_with_a_network_device_is_told_of_a_ring_behind_its_memory() {
    let Some(guest) = guest() else { return };
    let asking = |guest: Hypercalls| guest.print(Address(BOOT_INFO_BASE), size_of::<BootInfo>() as u64).exit(0);
    let info = told(&run_at_wire(asking(guest), &[], &[]).0);
    assert_eq!((info.memory_size, info.host_features, info.net_ring), (MEMORY, FEATURE, Address(MEMORY)));
    // As much memory as there can be includes the ring.
    let info = told(&run_at_wire(asking(self::guest().unwrap()), &[], &["--mem=4096"]).0);
    let size = (4 << 30) - (2 << 20);
    assert_eq!((info.memory_size, info.net_ring), (size, Address(size)));
    let info = told(&run(&asking(Hypercalls::new().unwrap()).image(), &[]));
    assert_eq!((info.memory_size, info.host_features, info.net_ring), (MEMORY, 0, Address(0)));
    // A fuzz agent has none.
    let agent = file(&asking(Hypercalls::new().unwrap().devices(&[Entry::net("n")])).image().to_bytes());
    let (mailbox, (_ours, theirs)) = (Mailbox::new(), wire());
    let mailbox_option = format!("--mailbox=@3,@4,@5,{}", Mailbox::SIZE);
    let words =
        ["--mem=16", &mailbox_option, "--net:n=@6"].map(OsStr::new).into_iter().chain([agent.path().as_os_str()]);
    let done = tender_with(words, [mailbox.memory, mailbox.wake, mailbox.done, theirs]);
    let info = told(&done);
    assert_eq!((info.memory_size, info.host_features, info.net_ring), (MEMORY, 0, Address(0)));
}

#[test]
fn frames_are_sent_and_received_whole() {
    let Some(mut guest) = guest() else { return };
    let ours: Vec<u8> = (0..1514u32).map(|byte| byte as u8).collect();
    let theirs: Vec<u8> = (0..1514u32).map(|byte| (byte / 3) as u8).collect();
    let (out, room) = (guest.put(&ours[..]), guest.put(&[0u8; 2048]));
    let guest = guest.put_entry(0, Ask::write(out.0, 1514)).count_entries(1).await_word(ENT_HEAD, 1);
    let guest = guest.put_entry(1, Ask::read(room.0, 2048, 7)).count_entries(2).await_word(COM_TAIL, 1);
    // There is no second frame, and no such device.
    let guest = guest.put_entry(2, Ask::read(room.0, 2048, 8)).count_entries(3).await_word(COM_TAIL, 2);
    let guest = guest.put_entry(3, Ask { handle: 2, ..Ask::read(room.0, 2048, 9) }).count_entries(4);
    let mut guest = guest.await_word(COM_TAIL, 3).await_word(ENT_HEAD, 4).print(room, 1514);
    // A hypercall cannot name what lies in the ring: mov rax, [commit]; mov [copy], rax
    let copy = guest.put(&[0u64; 6]);
    for at in (0..48).step_by(8) {
        let (from, to) = ((commit(0) + at).to_le_bytes(), (copy.0 + at).to_le_bytes());
        guest = guest.raw(&[0x48, 0xa1]).raw(&from).raw(&[0x48, 0xa3]).raw(&to);
    }
    let (done, sent) = run_at_wire(guest.print(copy, 48).exit(0), &[&theirs], &[]);
    let (frame, commits) = done.console().split_at(1514);
    assert_eq!((frame, &sent[..]), (&theirs[..], &[ours][..]));
    let commits = <[[u32; 4]; 3]>::read_from_bytes(commits).unwrap();
    assert_eq!(commits, [[7, 0, 1514, 0], [8, 1, 0, 0], [9, 2, 0, 0]]);
}

/// Sends 3000 numbers of four bytes, as Solo5's bindings would: no more than 1023 are under way.
#[rustfmt::skip]
const SENDING: &[u8] = &[
    0x45, 0x31, 0xe4,                            // xor r12d, r12d
    // 1:
    0x44, 0x89, 0xe1,                            // mov ecx, r12d
    0x2b, 0x0c, 0x25, 0x40, 0, 0, 1,             // sub ecx, [ENT_HEAD]
    0x81, 0xf9, 0xff, 0x03, 0, 0,                // cmp ecx, 1023
    0x73, 0xee,                                  // jae 1b
    0x44, 0x89, 0xe1,                            // mov ecx, r12d
    0x81, 0xe1, 0xff, 0x03, 0, 0,                // and ecx, 1023
    0x44, 0x89, 0x24, 0x8d, 0, 0, 0x20, 0,       // mov [DATA + 4 * rcx], r12d
    0x89, 0xcf,                                  // mov edi, ecx
    0xc1, 0xe7, 0x05,                            // shl edi, 5
    0x81, 0xc7, 0x80, 0, 0, 1,                   // add edi, entries
    0xc7, 0x07, 1, 0, 0, 0,                      // mov [rdi], NET_WRITE
    0xc7, 0x47, 0x04, 1, 0, 0, 0,                // mov [rdi + 4], device 1
    0x48, 0x8d, 0x04, 0x8d, 0, 0, 0x20, 0,       // lea rax, [DATA + 4 * rcx]
    0x48, 0x89, 0x47, 0x08,                      // mov [rdi + 8], rax
    0xc7, 0x47, 0x10, 4, 0, 0, 0,                // mov [rdi + 16], 4 bytes
    0x41, 0xff, 0xc4,                            // inc r12d
    0x44, 0x89, 0x24, 0x25, 0, 0, 0, 1,          // mov [ENT_TAIL], r12d
    0x0f, 0xae, 0xf0,                            // mfence
    0x83, 0x3c, 0x25, 0x48, 0, 0, 1, 0,          // cmp [NEEDS_KICK], 0
    0x74, 0x06,                                  // je 2f
    0xba, 0, 0x06, 0, 0,                         // mov edx, 0x600
    0xef,                                        // out dx, eax
    // 2:
    0x41, 0x81, 0xfc, 0xb8, 0x0b, 0, 0,          // cmp r12d, 3000
    0x72, 0x8b,                                  // jb 1b
];

#[test]
fn a_ring_goes_round_and_a_device_that_is_slow_loses_nothing() {
    let Some(mut guest) = guest() else { return };
    guest.put(&[0u32; SLOTS]);
    // The guest ends at once, and what it has put in goes out before.
    let (done, sent) = run_at_wire(guest.raw(SENDING).exit(0), &[], &[]);
    let numbers: Vec<Vec<u8>> = (0..3000u32).map(|number| number.to_le_bytes().to_vec()).collect();
    assert_eq!((done.console(), sent), (&b""[..], numbers));
}

#[test]
fn a_full_ring_is_served() {
    let Some(mut guest) = guest() else { return };
    let data = guest.put(b"full");
    // Whatever sleeps is woken by the one kick.
    let guest = (0..SLOTS as u32).fold(guest, |guest, slot| guest.put_entry(slot, Ask::write(data.0, 4)));
    let guest = guest.await_word(NEEDS_KICK, 1).count_entries(SLOTS as u32).await_word(ENT_HEAD, SLOTS as u32);
    let (done, sent) = run_at_wire(guest.exit(0), &[], &[]);
    assert_eq!((done.console(), sent), (&b""[..], vec![b"full".to_vec(); SLOTS]));
}

#[test]
fn a_frame_that_is_too_large_for_the_ring_takes_a_hypercall() {
    let Some(mut guest) = guest() else { return };
    let jumbo = guest.put(&[0xabu8; 9014]);
    let call = Net { handle: 1, data: jumbo, length: 9014, result: 9, padding: 0 };
    let guest = guest.put_entry(0, Ask::write(jumbo.0, 60)).count_entries(1).await_word(ENT_HEAD, 1);
    let guest = guest.call(NET_WRITE, &call).put_entry(1, Ask::write(jumbo.0, 61)).count_entries(2);
    let (done, sent) = run_at_wire(guest.exit(0), &[], &[]);
    assert_eq!((done.console(), sent), (&b""[..], [60, 9014, 61].map(|length| vec![0xab; length]).to_vec()));
}

#[test]
fn a_recording_has_the_frames_of_the_ring() {
    let Some(mut guest) = guest() else { return };
    let (data, room) = (guest.put(&[7u8; 128]), guest.put(&[0u8; 64]));
    let poll = Poll { timeout: 10_000_000_000, ready: 0, result: 0, padding: 0 };
    let guest = (0..100).fold(guest, |guest, slot| guest.put_entry(slot, Ask::write(data.0, slot + 1)));
    let guest = guest.count_entries(100).call(POLL, &poll).put_entry(100, Ask::read(room.0, 64, 0)).count_entries(101);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("traffic.pcapng");
    let option = format!("--pcap:n={}", path.display());
    let (done, sent) = run_at_wire(guest.await_word(COM_TAIL, 1).exit(0), &[b"from afar"], &[&option]);
    let outbound: Vec<Vec<u8>> = (1..=100).map(|length| vec![7; length]).collect();
    assert_eq!((done.console(), &sent), (&b""[..], &outbound));
    // The recorder has ended, or the other end would not be closed.
    let mut reader = PcapNgReader::new(fs::File::open(&path).expect("a recording")).expect("a section header");
    let mut frames = Vec::new();
    while let Some(Ok(block)) = reader.next_block() {
        if let Block::EnhancedPacket(packet) = block {
            frames.push(packet.data.to_vec());
        }
    }
    let (inbound, recorded): (Vec<_>, _) = frames.into_iter().partition(|frame| frame.starts_with(b"from"));
    assert_eq!((inbound, recorded), (vec![b"from afar".to_vec()], outbound));
}

#[test]
fn hostile_entries_are_refused_or_passed_over() {
    let Some(_) = guest() else { return };
    let reads = |data, length| Ask::read(data, length, 1);
    let outside = |ask: Ask, what| {
        let Ask { length, data, .. } = ask;
        (ask, format!("has an entry in its ring with {length} bytes at {data:#x} are not the guest's to {what}"))
    };
    let private = MEMORY + (2 << 20);
    let mut cases: Vec<(Ask, String)> = Vec::new();
    // Beyond memory, the ring itself, the tender's tables, and around the end of numbers.
    for (data, length) in [
        (MEMORY - 4, 5),
        (MEMORY, 1),
        (entry(0), 32),
        (private, 64),
        (private + 0x1000, 4096),
        (1 << 32, 1),
        (u64::MAX, 2),
        (u64::MAX - 3, 4),
        (0, u32::MAX),
    ] {
        cases.push(outside(Ask::write(data, length), "read"));
        cases.push(outside(reads(data, length), "write"));
    }
    // Code, which is not the guest's to write.
    cases.push(outside(reads(TEXT, 64), "write"));
    cases.push(outside(reads(TEXT - 1, 2), "write"));
    for (ask, refusal) in cases {
        let guest = guest().unwrap().put_entry(0, ask).count_entries(1).await_word(ENT_HEAD, 1);
        let (done, sent) = run_at_wire(guest.exit(0), &[b"a frame"], &[]);
        assert_eq!(
            (done.code(), done.stderr, sent),
            (Some(1), format!("halligan-tender: the guest {refusal}\n"), vec![])
        );
    }
    // What is its own, or no device's, or no operation.
    for (ask, frames) in [
        (Ask::write(BOOT_INFO_BASE, 8), vec![MEMORY.to_le_bytes().to_vec()]),
        (Ask::write(TEXT, 3), vec![vec![0x48, 0x89, 0xfb]]),
        (Ask::write(MEMORY - 4, 4), vec![vec![0; 4]]),
        (reads(BOOT_INFO_BASE, 8), vec![]),
        (reads(MEMORY - 4, 4), vec![]),
        (Ask { handle: 0, ..Ask::write(DATA, 8) }, vec![]),
        (Ask { handle: 2, ..Ask::write(DATA, 8) }, vec![]),
        (Ask { handle: u32::MAX, ..Ask::write(MEMORY, 8) }, vec![]),
        (Ask { handle: 0, ..reads(MEMORY, 8) }, vec![]),
        (Ask { operation: 0, ..Ask::write(MEMORY, 8) }, vec![]),
        (Ask { operation: u32::MAX, ..Ask::write(MEMORY, 8) }, vec![]),
    ] {
        let guest = guest().unwrap().put_entry(0, ask).count_entries(1).await_word(ENT_HEAD, 1);
        let (done, sent) = run_at_wire(guest.exit(0), &[b"a frame"], &[]);
        assert_eq!((done.code(), done.stderr.as_str(), sent), (Some(0), "", frames));
    }
}

#[test]
fn counters_that_run_away_are_refused_and_the_tenders_own_are_its_own() {
    let Some(_) = guest() else { return };
    for count in [SLOTS as u32 + 1, 1 << 31, u32::MAX] {
        let (done, sent) = run_at_wire(guest().unwrap().count_entries(count).exit(0), &[], &[]);
        let refusal = format!("halligan-tender: the guest has {count} entries in a ring of 1024\n");
        assert_eq!((done.code(), done.stderr, sent), (Some(1), refusal, vec![]));
    }
    // The tender goes on where it was, whatever the guest makes of its counters.
    let mut guest = guest().unwrap();
    let data = guest.put(b"once");
    let guest = guest.put_entry(0, Ask::write(data.0, 4)).count_entries(1).await_word(ENT_HEAD, 1);
    let guest = guest.store(ENT_HEAD, 1 << 30).store(COM_TAIL, 5).store(NEEDS_KICK, 0);
    let guest = guest.put_entry(1, Ask::read(data.0, 4, 1)).store(ENT_TAIL, 2).kick();
    let (done, sent) = run_at_wire(guest.await_word(ENT_HEAD, 2).await_word(COM_TAIL, 1).exit(0), &[], &[]);
    assert_eq!((done.code(), done.stderr.as_str(), sent), (Some(0), "", vec![b"once".to_vec()]));
}

#[test]
fn an_entry_that_changes_while_it_is_read_lets_nothing_out() {
    // The last four bytes of memory are the guest's, 64 from there on are not: behind them lies the ring.
    let ask = Ask::write(MEMORY - 4, 4);
    let refusal =
        "halligan-tender: the guest has an entry in its ring with 64 bytes at 0xfffffc are not the guest's to read\n";
    // Whatever checked one length and used the other would be caught by most of the runs.
    for _ in 0..RUNS {
        let Some(mut guest) = guest() else { return };
        for slot in 0..100 {
            guest = guest.put_entry(slot, ask).count_entries(slot + 1);
            // again: mov dword [length], 64; mov dword [length], 4; cmp dword [ENT_HEAD], slot + 1; jne again
            let length = entry(slot) + offset_of!(RingEntry, length) as u64;
            let head = [&(ENT_HEAD as u32).to_le_bytes()[..], &(slot + 1).to_le_bytes()].concat();
            guest = guest.store(length, 64).store(length, 4).raw(&[0x81, 0x3c, 0x25]).raw(&head).raw(&[0x75, 0xdd]);
        }
        let (done, sent) = run_at_wire(guest.exit(0), &[], &[]);
        let end = (done.code(), done.stderr.as_str());
        assert!(end == (Some(0), "") || end == (Some(1), refusal), "{end:?}");
        assert!(sent.iter().all(|frame| frame == &[0; 4]), "{sent:x?}");
    }
}

#[test]
fn the_thread_at_the_ring_is_confined_too() {
    let Some(mut guest) = guest() else { return };
    let text = guest.put(b"!");
    let poll = Poll { timeout: 60_000_000_000, ready: 0, result: 0, padding: 0 };
    let image = file(&guest.devices(&[Entry::net("n")]).print(text, 1).call(POLL, &poll).image().to_bytes());
    let (_ours, theirs) = wire();
    let mut command = Command::new(env!("CARGO_BIN_EXE_halligan-tender"));
    command.args(["--mem=16", "--net:n=@3"]).arg(image.path()).stdin(Stdio::null()).stdout(Stdio::piped());
    command.fd_mappings(vec![FdMapping { parent_fd: theirs, child_fd: 3 }]).expect("one descriptor");
    let mut tender = command.spawn().expect("the tender runs");
    tender.stdout.as_mut().expect("a pipe").read_exact(&mut [0]).expect("the guest says something");
    let threads = fs::read_dir(format!("/proc/{}/task", tender.id())).expect("threads");
    let statuses: Vec<String> = threads
        .map(|thread| fs::read_to_string(thread.expect("a thread").path().join("status")).expect("a status"))
        // A thread of the kernel's own.
        .filter(|status| !status.starts_with("Name:\tkvm-"))
        .collect();
    tender.kill().and_then(|()| tender.wait()).expect("it runs until it is killed");
    assert_eq!(statuses.iter().filter(|status| status.starts_with("Name:\tring\n")).count(), 1, "{statuses:?}");
    let plain = fs::read_to_string("/proc/self/status").unwrap().contains("CapEff:\t0000000000000000\n");
    for status in statuses {
        assert!(status.contains("Seccomp:\t2\n") && status.contains("NoNewPrivs:\t1\n"), "{status}");
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert!(status.contains(&format!("{set}:\t0000000000000000\n")), "{status}");
        }
        assert!(plain || status.contains("Uid:\t65534\t65534\t65534\t65534\n"), "{status}");
    }
}
