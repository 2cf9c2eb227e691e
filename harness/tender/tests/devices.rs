//! Devices: what the command line attaches, and what the guest may do with it.

mod common;

use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use common::{Argument, Code, DATA, Image, Run, file, run, run_with};
use halligan_solo5::abi::manifest::{BLOCK, Entry, NET};
use halligan_solo5::abi::spt::BOOT_INFO_BASE;
use halligan_solo5::abi::spt::syscall::{EPOLL_PWAIT, PREAD64, PWRITE64, READ, WRITE};
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
use pcap_file::pcapng::{Block, PcapNgReader};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use zerocopy::FromBytes;

const MANIFEST: u64 = BOOT_INFO_BASE + 40;

/// An image with these devices that shows its manifest.
fn showing(devices: &[Entry]) -> Image {
    let size = (8 + 104 * (1 + devices.len())) as u64;
    Image::with_devices(Code::new().print(MANIFEST, size).exit(0), b"", devices)
}

/// The devices in the manifest that the guest showed.
#[track_caller]
fn shown(run: &Run) -> Vec<Entry> {
    run.console()[8 + 104..].chunks(104).map(|entry| Entry::read_from_bytes(entry).expect("an entry")).collect()
}

#[track_caller]
fn refuses(image: &Image, options: &[&str], expected: &str) {
    assert_eq!(run(image, options).error(), expected);
}

/// Two ends of a wire for frames.
fn wire() -> (OwnedFd, OwnedFd) {
    socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).expect("a pair of sockets")
}

#[test]
fn what_is_declared_must_be_attached_and_the_other_way_round() {
    let image = showing(&[Entry::net("service"), Entry::block("storage"), Entry::net("uplink")]);
    refuses(
        &image,
        &[],
        "device 'service': declared but not attached: add --net:service=INTERFACE or --net:service=@FD (nor are: storage, uplink)",
    );
    refuses(&image, &["--block:disk=/dev/null"], "device 'disk': not declared as a block device in the manifest");
    refuses(&image, &["--block:service=/dev/null"], "device 'service': not declared as a block device in the manifest");
    refuses(&image, &["--net:storage=@0"], "device 'storage': not declared as a network device in the manifest");
    refuses(&image, &["--net-mac:x=02:00:00:00:00:01"], "device 'x': not declared as a network device in the manifest");
    refuses(
        &showing(&[Entry::block("storage")]),
        &[],
        "device 'storage': declared but not attached: add --block:storage=PATH",
    );
    let mut odd = Entry::net("odd");
    odd.kind = 9;
    refuses(&showing(&[odd]), &[], "device 'odd': declared as a device of unknown type 9");
}

#[test]
fn block_devices_must_hold_whole_blocks() {
    let image = showing(&[Entry::block("storage")]);
    let disk = |size: usize| file(&vec![0; size]);
    let refuses_size = |size: usize, options: &[&str], expected: &str| {
        let disk = disk(size);
        let option = format!("--block:storage={}", disk.path().display());
        refuses(&image, &[&[option.as_str()], options].concat(), &format!("device 'storage': {expected}"));
    };
    refuses_size(513, &[], "Backing storage size must be block aligned: 513 bytes are no multiple of 512");
    refuses_size(
        6144,
        &["--block-sector-size:storage=4096"],
        "Backing storage size must be block aligned: 6144 bytes are no multiple of 4096",
    );
    refuses_size(0, &[], "Backing storage must be at least 1 block (512 bytes) in size");
    refuses(
        &image,
        &["--block:storage=/nonexistent/disk"],
        "device 'storage': cannot open /nonexistent/disk: No such file or directory (os error 2)",
    );
    let disk = disk(512);
    let option = format!("--block:storage={}", disk.path().display());
    refuses(&image, &[&option, &option], "device 'storage': attached twice");
}

#[test]
fn guest_learns_of_its_block_device() {
    let disk = file(&[0; 8192]);
    let option = format!("--block:storage={}", disk.path().display());
    // The block size may be named before the file.
    for (options, block_size) in
        [(vec![option.as_str()], 512), (vec!["--block-sector-size:storage=4096", option.as_str()], 4096)]
    {
        let run = run(&showing(&[Entry::block("storage")]), &options);
        let [entry] = shown(&run)[..] else { panic!("one device") };
        assert_eq!((entry.name(), entry.kind, entry.attached), (Some("storage"), BLOCK, 1));
        assert_eq!((entry.as_block().capacity, entry.as_block().block_size), (8192, block_size));
    }
}

/// A call on the block device of 8 KiB, in blocks of 4 KiB: descriptor, size and offset.
fn block_call(number: u64, descriptor: Argument, size: u64, offset: u64) -> (Run, Vec<u8>) {
    let disk = file(&[7; 8192]);
    let code =
        Code::new().syscall(number, &[descriptor, DATA.into(), size.into(), offset.into()]).store_result(DATA + 0x2000);
    let image = Image::with_devices(code.print(DATA + 0x2000, 8).exit(0), &[0x5a; 0x3000], &[Entry::block("storage")]);
    let option = format!("--block:storage={}", disk.path().display());
    let run = run(&image, &[&option, "--block-sector-size:storage=4096"]);
    (run, std::fs::read(disk.path()).expect("the disk"))
}

#[test]
fn blocks_are_read_and_written_where_they_are() {
    let (run, disk) = block_call(PWRITE64, Argument::Device(1), 4096, 4096);
    assert_eq!(run.console(), 4096u64.to_le_bytes());
    assert_eq!(disk, [[7; 4096], [0x5a; 4096]].concat());
    let (run, disk) = block_call(PREAD64, Argument::Device(1), 4096, 0);
    assert_eq!(run.console(), 4096u64.to_le_bytes());
    assert_eq!(disk, [7; 8192]);
}

#[test]
fn blocks_are_neither_partial_nor_beyond_the_end() {
    for number in [PREAD64, PWRITE64] {
        let device = Argument::Device(1);
        for (descriptor, size, offset) in [
            (device, 4095, 0),
            (device, 4097, 0),
            (device, 8192, 0),
            (device, 0, 0),
            (device, 1 << 32 | 4096, 0),
            (device, 4096, 4097),
            (device, 4096, 8192),
            (device, 4096, 1 << 32),
            (device, 4096, u64::MAX),
            (Argument::Epoll, 4096, 0),
            (1.into(), 4096, 0),
        ] {
            let (run, disk) = block_call(number, descriptor, size, offset);
            assert_eq!(run.signal(), Some(libc::SIGSYS), "call {number}, size {size}, offset {offset}: {}", run.status);
            assert_eq!(disk, [7; 8192]);
        }
    }
}

#[test]
fn block_devices_are_for_whole_blocks_alone() {
    let disk = file(&[0; 512]);
    let option = format!("--block:storage={}", disk.path().display());
    for number in [READ, WRITE] {
        let code = Code::new().syscall(number, &[Argument::Device(1), DATA.into(), 512.into()]).exit(0);
        let run = run(&Image::with_devices(code, b"", &[Entry::block("storage")]), &[&option]);
        assert_eq!(run.signal(), Some(libc::SIGSYS));
    }
}

#[test]
fn as_many_devices_as_a_manifest_holds() {
    const DEVICES: usize = 63;
    let names: Vec<String> = (0..DEVICES).map(|number| format!("storage{number}")).collect();
    let devices: Vec<Entry> = names.iter().map(|name| Entry::block(name)).collect();
    let disks: Vec<_> = (0..DEVICES).map(|number| file(&[number as u8; 512])).collect();
    let options: Vec<String> =
        names.iter().zip(&disks).map(|(name, disk)| format!("--block:{name}={}", disk.path().display())).collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    // Every device is read, so the filter has no bad jump; the last call is beyond the end of the last.
    let read = |code: Code, entry: u32, offset: u64| {
        code.syscall(PREAD64, &[Argument::Device(entry), DATA.into(), 512.into(), offset.into()])
    };
    let code = (1..=DEVICES as u32).fold(Code::new(), |code, entry| read(code, entry, 0).print(DATA, 1));
    let image = |code: Code| Image::with_devices(code, b"", &devices);
    let expected: Vec<u8> = (0..DEVICES as u8).collect();
    assert_eq!(run(&image(code.clone().exit(0)), &options).console(), expected);
    let run = run(&image(read(code, DEVICES as u32, 1).exit(0)), &options);
    assert_eq!((run.signal(), run.stdout), (Some(libc::SIGSYS), expected));
}

#[test]
fn guest_learns_of_its_network_device() {
    let image = showing(&[Entry::net("service")]);
    let shown_with = |options: &[&str]| {
        let (ours, theirs) = wire();
        let run = run_with(&image, &[&["--net:service=@3"], options].concat(), [theirs]);
        drop(ours);
        shown(&run)[0]
    };
    let entry = shown_with(&["--net-mac:service=02:aa:bb:cc:dd:ee"]);
    assert_eq!((entry.name(), entry.kind, entry.attached), (Some("service"), NET, 1));
    assert_eq!((entry.as_net().mac, entry.as_net().mtu), ([2, 0xaa, 0xbb, 0xcc, 0xdd, 0xee], 1500));
    let [first, second] = [shown_with(&[]).as_net().mac, shown_with(&[]).as_net().mac];
    assert_eq!(first[0] & 3, 2, "a locally administered address of one station: {first:x?}");
    assert_ne!(first, second);
}

#[test]
fn frames_go_both_ways_and_wake_the_guest() {
    let (ours, theirs) = wire();
    rustix::io::write(&ours, b"ping").expect("room for a frame");
    let code = Code::new()
        .syscall(EPOLL_PWAIT, &[Argument::Epoll, DATA.into(), 1.into(), 5000.into(), 0.into(), 8.into()])
        .syscall(READ, &[Argument::Device(1), (DATA + 16).into(), 64.into()])
        .store_result(DATA + 32)
        .syscall(WRITE, &[Argument::Device(1), (DATA + 16).into(), 4.into()])
        .syscall(READ, &[Argument::Device(1), (DATA + 16).into(), 64.into()])
        .store_result(DATA + 40)
        .print(DATA, 48)
        .exit(0);
    let run = run_with(&Image::with_devices(code, b"", &[Entry::net("service")]), &["--net:service=@3"], [theirs]);
    let seen = run.console();
    let word = |at: usize| i64::from_le_bytes(seen[at..at + 8].try_into().expect("8 bytes"));
    // The event: EPOLLIN, and the index of the entry.
    assert_eq!((seen[0], seen[4..12].to_vec()), (1, 1u64.to_le_bytes().to_vec()));
    assert_eq!((&seen[16..20], word(32)), (&b"ping"[..], 4));
    assert_eq!(word(40), -i64::from(libc::EAGAIN), "a device does not block");
    let mut frame = [0; 64];
    let length = rustix::io::read(&ours, &mut frame).expect("a frame");
    assert_eq!(&frame[..length], b"ping");
}

#[test]
fn traffic_is_recorded() {
    let (ours, theirs) = wire();
    rustix::io::write(&ours, b"from afar").expect("room for a frame");
    let code = Code::new()
        .syscall(EPOLL_PWAIT, &[Argument::Epoll, DATA.into(), 1.into(), 5000.into(), 0.into(), 8.into()])
        .syscall(READ, &[Argument::Device(1), (DATA + 16).into(), 64.into()])
        .syscall(WRITE, &[Argument::Device(1), (DATA + 16).into(), 4.into()])
        .exit(0);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("traffic.pcapng");
    let option = format!("--pcap:service={}", path.display());
    let image = Image::with_devices(code, b"", &[Entry::net("service")]);
    run_with(&image, &["--net:service=@3", &option], [theirs]).console();
    let mut frame = [0; 64];
    let length = rustix::io::read(&ours, &mut frame).expect("a frame");
    assert_eq!(&frame[..length], b"from");
    // The recorder ends by itself after the guest.
    let wait = std::time::Duration::from_millis(10);
    let frames = (0..500).find_map(|_| {
        std::thread::sleep(wait);
        Some(recorded(&path)).filter(|frames| frames.len() == 2)
    });
    let [inbound, outbound] = [(b"from afar".to_vec(), 1), (b"from".to_vec(), 2)];
    assert_eq!(frames, Some(vec![inbound, outbound]));

    let missing = folder.path().join("missing/traffic.pcapng");
    let option = format!("--pcap:service={}", missing.display());
    let (_ours, theirs) = wire();
    let error =
        format!("device 'service': cannot record to {}: No such file or directory (os error 2)", missing.display());
    assert_eq!(run_with(&image, &["--net:service=@3", &option], [theirs]).error(), error);
}

/// The frames of a recording, each with its direction.
fn recorded(path: &Path) -> Vec<(Vec<u8>, u32)> {
    let mut reader = PcapNgReader::new(fs::File::open(path).expect("a recording")).expect("a section header");
    let mut frames = Vec::new();
    while let Some(Ok(block)) = reader.next_block() {
        if let Block::EnhancedPacket(packet) = block {
            let direction = packet.options.iter().find_map(|option| match option {
                EnhancedPacketOption::Flags(flags) => Some(*flags),
                _ => None,
            });
            frames.push((packet.data.to_vec(), direction.expect("a direction")));
        }
    }
    frames
}

#[test]
fn network_devices_that_cannot_be() {
    let image = showing(&[Entry::net("service")]);
    refuses(
        &image,
        &["--net:service=@99"],
        "device 'service': cannot use descriptor @99: Bad file descriptor (os error 9)",
    );
    refuses(
        &image,
        &["--net:service=nonexistent0"],
        "device 'service': cannot find the interface nonexistent0: No such device (os error 19)",
    );
    refuses(
        &image,
        &["--net:service=a-name-that-is-far-too-long"],
        "device 'service': cannot find the interface a-name-that-is-far-too-long: File name too long (os error 36)",
    );
    let disk: OwnedFd = file(b"no wire").into_file().into();
    let run = run_with(&image, &["--net:service=@3"], [disk]);
    assert_eq!(run.error(), "cannot watch network device 1 of the manifest: Operation not permitted (os error 1)");
}

#[test]
fn tap_interface() {
    let ip = |words: &str| {
        let output = std::process::Command::new("ip").args(words.split(' ')).output();
        output.is_ok_and(|output| output.status.success())
    };
    let name = format!("hall{}", std::process::id() % 100_000);
    if !ip(&format!("tuntap add {name} mode tap")) {
        eprintln!("skipped: cannot make a TAP interface (needs root, iproute2 and /dev/net/tun)");
        return;
    }
    let image = showing(&[Entry::net("service")]);
    let option = format!("--net:service={name}");
    let down = run(&image, &[&option]);
    assert!(ip(&format!("link set {name} up mtu 9000")));
    let up = run(&image, &[&option]);
    let passed = run_with(&image, &["--net:service=@3"], [open_tap(&name)]);
    assert!(ip(&format!("tuntap del {name} mode tap")));
    assert_eq!(
        down.error(),
        format!("device 'service': cannot use the interface {name}: Network is down (os error 100)")
    );
    assert_eq!(shown(&up)[0].as_net().mtu, 9000);
    assert_eq!(shown(&passed)[0].as_net().mtu, 9000);
}

/// A descriptor of the TAP interface `name`.
fn open_tap(name: &str) -> OwnedFd {
    let file = std::fs::File::options().read(true).write(true).open("/dev/net/tun").expect("root may open it");
    // SAFETY: a request is plain data, and valid as zeros.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (cell, byte) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *cell = byte as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TAP | libc::IFF_NO_PI) as i16;
    // SAFETY: the operation reads and writes a request.
    let result = unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request) };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
    file.into()
}
