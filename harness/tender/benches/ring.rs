//! What a frame costs a guest on hvt through the ring, and through hypercalls.
//!
//! `cargo bench -p halligan-tender --bench ring`. A guest sends frames as fast as the wire takes them, or looks for one that
//! is not there; what one costs is the difference between many and few.
#![allow(missing_docs)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use common::ring::Ask;
use common::{DATA, Hypercalls, Image, run_with};
use halligan_solo5::abi::hvt::Address;
use halligan_solo5::abi::hvt::hypercall::{NET_READ, NET_WRITE, Net};
use halligan_solo5::abi::manifest::Entry;
use halligan_solo5::abi::ring::SLOTS;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, recv, socketpair};

const FEW: u32 = 1_000;
const MANY: u32 = 51_000;
/// Measurements of which the median counts.
const REPEATS: usize = 5;
/// Size of a frame in bytes.
const FRAME: u32 = 60;

/// Counts entries up to a number, as long as less than 1023 are under way, and waits for the last.
#[rustfmt::skip]
const SEND: [&[u8]; 2] = [
    &[
        0x45, 0x31, 0xe4,                        // xor r12d, r12d
        // 1:
        0x44, 0x89, 0xe1,                        // mov ecx, r12d
        0x2b, 0x0c, 0x25, 0x40, 0, 0, 1,         // sub ecx, [ENT_HEAD]
        0x81, 0xf9, 0xff, 0x03, 0, 0,            // cmp ecx, 1023
        0x73, 0xee,                              // jae 1b
        0x41, 0xff, 0xc4,                        // inc r12d
        0x44, 0x89, 0x24, 0x25, 0, 0, 0, 1,      // mov [ENT_TAIL], r12d
        0x0f, 0xae, 0xf0,                        // mfence
        0x83, 0x3c, 0x25, 0x48, 0, 0, 1, 0,      // cmp [NEEDS_KICK], 0
        0x74, 0x06,                              // je 2f
        0xba, 0, 0x06, 0, 0,                     // mov edx, 0x600
        0xef,                                    // out dx, eax
        // 2:
        0x41, 0x81, 0xfc,                        // cmp r12d, number
    ],
    &[
        0x72, 0xc7,                              // jb 1b
        // 3:
        0xf3, 0x90,                              // pause
        0x44, 0x39, 0x24, 0x25, 0x40, 0, 0, 1,   // cmp [ENT_HEAD], r12d
        0x75, 0xf4,                              // jne 3b
    ],
];

/// Counts entries up to a number, each when the one before has been answered.
#[rustfmt::skip]
const RECEIVE: [&[u8]; 2] = [
    &[
        0x45, 0x31, 0xe4,                        // xor r12d, r12d
        // 1:
        0x41, 0xff, 0xc4,                        // inc r12d
        0x44, 0x89, 0x24, 0x25, 0, 0, 0, 1,      // mov [ENT_TAIL], r12d
        0x0f, 0xae, 0xf0,                        // mfence
        0x83, 0x3c, 0x25, 0x48, 0, 0, 1, 0,      // cmp [NEEDS_KICK], 0
        0x74, 0x06,                              // je 2f
        0xba, 0, 0x06, 0, 0,                     // mov edx, 0x600
        0xef,                                    // out dx, eax
        // 2:
        0xf3, 0x90,                              // pause
        0x44, 0x39, 0x24, 0x25, 0x44, 0, 0, 1,   // cmp [COM_TAIL], r12d
        0x75, 0xf4,                              // jne 2b
        0x41, 0x81, 0xfc,                        // cmp r12d, number
    ],
    &[0x72, 0xcd],                               // jb 1b
];

fn main() {
    if Hypercalls::new().is_none() {
        return;
    }
    println!("a frame of {FRAME} bytes on hvt, in us");
    println!("{:<28}{:>10}{:>10}", "", "hypercall", "ring");
    let sent =
        [cost(|count| by_hypercall(NET_WRITE, count)), cost(|count| by_ring(Ask::write(DATA, FRAME), SEND, count))];
    row("sent", sent);
    let looked =
        [cost(|count| by_hypercall(NET_READ, count)), cost(|count| by_ring(Ask::read(DATA, FRAME, 0), RECEIVE, count))];
    row("looked for, and not there", looked);
}

fn row(what: &str, [hypercall, ring]: [Duration; 2]) {
    let micros = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1e6);
    println!("{what:<28}{:>10}{:>10}", micros(hypercall), micros(ring));
}

/// A guest that makes so many hypercalls.
fn by_hypercall(number: u16, count: u32) -> Image {
    let mut guest = guest();
    let data = guest.put(&[0u8; FRAME as usize]);
    let call = guest.put(&Net { handle: 1, data, length: FRAME.into(), result: 0, padding: 0 });
    // xor r12d, r12d; again: the hypercall; inc r12d; cmp r12d, count; jb again
    let guest = guest.raw(&[0x45, 0x31, 0xe4]).call_at(number, call.0).raw(&[0x41, 0xff, 0xc4, 0x41, 0x81, 0xfc]);
    guest.raw(&count.to_le_bytes()).raw(&[0x72, 0xe9]).exit(0).image()
}

/// A guest that has the same entry in every slot, and counts so many.
fn by_ring(ask: Ask, [code, rest]: [&[u8]; 2], count: u32) -> Image {
    let mut guest = guest();
    assert_eq!(guest.put(&[0u8; FRAME as usize]), Address(DATA));
    let guest = (0..SLOTS as u32).fold(guest, |guest, slot| guest.put_entry(slot, ask));
    guest.raw(code).raw(&count.to_le_bytes()).raw(rest).exit(0).image()
}

fn guest() -> Hypercalls {
    Hypercalls::new().expect("there was KVM before").devices(&[Entry::net("n")])
}

/// What one of many costs.
fn cost(image: impl Fn(u32) -> Image) -> Duration {
    let [few, many] = [FEW, MANY].map(image);
    let mut measured = [(); REPEATS].map(|()| {
        let few = time(&few);
        time(&many).saturating_sub(few) / (MANY - FEW)
    });
    measured.sort_unstable();
    measured[REPEATS / 2]
}

fn time(image: &Image) -> Duration {
    let wire = || socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None);
    let (ours, theirs): (OwnedFd, OwnedFd) = wire().expect("sockets");
    let reader = thread::spawn(move || while matches!(recv(&ours, &mut [0; 64], RecvFlags::empty()), Ok((1.., _))) {});
    let start = Instant::now();
    let done = run_with(image, &["--net:n=@3"], [theirs]);
    let elapsed = start.elapsed();
    assert_eq!((done.code(), done.stderr.as_str()), (Some(0), ""));
    reader.join().expect("a reader");
    elapsed
}
