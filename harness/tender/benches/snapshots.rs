//! What a snapshot's restoring costs on spt and hvt, beside the sum of what it cannot do without, a fork, and a whole boot.
//!
//! `cargo bench -p halligan-tender`. A guest asks to be restored again and again, after it has written to so many pages; what
//! a round costs is the difference between many rounds and few.
#![allow(missing_docs)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::path::Path;
use std::ptr;
use std::time::{Duration, Instant};

use common::{Code, DATA, Hypercalls, Image, Mailbox, file, tender};
use halligan_solo5::abi::spt::BOOT_INFO_BASE;
use halligan_solo5::mailbox::ANNOUNCEMENT;
use halligan_tender::{Error, Primitives, hvt, spt};

const PAGES: [u16; 5] = [0, 4, 16, 64, 256];
const FEW: u32 = 500;
const MANY: u32 = 10_500;
/// Measurements of which the median counts.
const REPEATS: usize = 5;
/// Where the guest writes: all zeros in the snapshot.
const WRITTEN: u64 = DATA + (4 << 20);

fn main() {
    println!("restoring a snapshot, in us: the guest's writes and stop, the search for dirty pages, the copies");
    println!("fork: a process with as much memory, forked for the same writes");
    println!(
        "{:<6}{:>6}{:>10}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}",
        "host", "pages", "restore", "stop", "search", "copies", "sum", "ratio", "fork"
    );
    let (mailbox, restore) = announced();
    let spt_stop = |code: Code| code.raw(&[0x48, 0xb8]).raw(&restore.to_le_bytes()).raw(&[0xff, 0xd0]);
    table("spt", spt::primitives, |pages, rounds| {
        let code = guest(Code::new(), mailbox, pages, rounds, spt_stop).exit(0);
        Image::new(code, &[0; 64])
    });
    if let Err(why) = hvt::Flavour::detect() {
        println!("without hvt: {why}");
    } else {
        table("hvt", hvt::primitives, |pages, rounds| {
            let stop = |code: Code| code.hypercall(0x208, 0);
            // The mailbox lies behind 16 MiB of memory and the tender's pages.
            let code = guest(Code::new(), 18 << 20, pages, rounds, stop).into_bytes();
            Hypercalls::new().expect("there is KVM").raw(&code[Code::new().len()..]).exit(0).image()
        });
    }
    println!("\nboot to exit of a guest that says hello, in us");
    println!("spt   {:>6}", micros(boot(&Image::new(Code::new().print(DATA, 6).exit(0), b"hello\n"))));
    if let Some(mut guest) = Hypercalls::new() {
        let hello = guest.put(b"hello\n");
        println!("hvt   {:>6}", micros(boot(&guest.print(hello, 6).exit(0).image())));
    }
}

fn table(host: &str, raw: impl Fn(u16) -> Result<Primitives, Error>, image: impl Fn(u16, u32) -> Image) {
    for pages in PAGES {
        let raw = raw(pages).expect("this machine can take snapshots");
        let [few, many] = [FEW, MANY].map(|rounds| file(&image(pages, rounds).to_bytes()));
        let whole = median(|| {
            let few = time(|| run(few.path()));
            time(|| run(many.path())).saturating_sub(few) / (MANY - FEW)
        });
        let [stop, scan, copy, sum] = [raw.run, raw.scan, raw.copy, raw.sum()].map(micros);
        let ratio = whole.as_secs_f64() / raw.sum().as_secs_f64();
        let fork = micros(forked(pages));
        println!("{host:<6}{pages:>6}{:>10}{stop:>8}{scan:>8}{copy:>8}{sum:>8}{ratio:>8.2}{fork:>8}", micros(whole));
    }
}

/// The least that an input in a process of its own costs: a process that holds a guest's memory is forked, and the child
/// writes to so many pages and ends.
fn forked(pages: u16) -> Duration {
    // Not zeros, which the kernel would not have made pages for.
    let mut memory = vec![1u8; 16 << 20];
    let rounds = 200;
    let all = median(|| {
        let start = Instant::now();
        for _ in 0..rounds {
            // SAFETY: the child has one thread, and calls nothing but `_exit`.
            let child = unsafe { libc::fork() };
            assert!(child >= 0, "a process can be made");
            if child == 0 {
                for page in 0..usize::from(pages) {
                    black_box(&mut memory)[page << 12] = 2;
                }
                // SAFETY: ends the child without what this process has registered for its end.
                unsafe { libc::_exit(0) };
            }
            // SAFETY: waits for the child and stores nothing.
            assert_eq!(unsafe { libc::waitpid(child, ptr::null_mut(), 0) }, child);
        }
        start.elapsed()
    });
    all / rounds
}

/// Code that has itself restored by `stop` and writes to so many pages, again and again. The mailbox's last word counts.
fn guest(code: Code, mailbox: u64, pages: u16, rounds: u32, stop: impl Fn(Code) -> Code) -> Code {
    let counter = (mailbox + Mailbox::SIZE - 8).to_le_bytes();
    let again = code.len();
    // mov ecx, pages; mov edi, WRITTEN; jecxz end; next: inc [rdi]; add rdi, 4096; loop next; end:
    let code = stop(code).raw(&[0xb9]).raw(&u32::from(pages).to_le_bytes()).raw(&[0xbf]);
    let code = code.raw(&(WRITTEN as u32).to_le_bytes());
    let code = code.raw(&[0x67, 0xe3, 0x0c, 0x48, 0xff, 0x07, 0x48, 0x81, 0xc7, 0, 0x10, 0, 0, 0xe2, 0xf4]);
    // mov rcx, counter; inc [rcx]; cmp [rcx], rounds; jne again
    let code = code.raw(&[0x48, 0xb9]).raw(&counter).raw(&[0x48, 0xff, 0x01, 0x48, 0x81, 0x39]);
    let code = code.raw(&rounds.to_le_bytes()).raw(&[0x0f, 0x85]);
    let jump = (again as i32 - code.len() as i32 - 4).to_le_bytes();
    code.raw(&jump)
}

fn run(image: &Path) {
    let done = Mailbox::new().run_with(&["--snapshots"], image, &[]);
    assert_eq!((done.code(), done.stderr.as_str()), (Some(0), ""));
}

/// Addresses of spt's mailbox and of the function that restores, which are the same in every run.
fn announced() -> (u64, u64) {
    let image = file(&Image::new(Code::new().print(BOOT_INFO_BASE + 40 + 8 + 104, 128).exit(0), &[0; 64]).to_bytes());
    let run = Mailbox::new().run_with(&["--snapshots"], image.path(), &[]);
    let line = String::from_utf8_lossy(run.console()).into_owned();
    let numbers = line.trim_end_matches('\0').strip_prefix(ANNOUNCEMENT).expect("an announcement").split(',');
    let numbers: Vec<u64> = numbers.map(|number| number.parse().expect("decimal")).collect();
    (numbers[0], numbers[4])
}

fn boot(image: &Image) -> Duration {
    let image = file(&image.to_bytes());
    let run = || {
        let done = tender(["--mem=16".as_ref(), image.path().as_os_str()]);
        assert_eq!(done.console(), b"hello\n");
    };
    median(|| (0..20).map(|_| time(run)).min().unwrap_or_default())
}

fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut measured = [(); REPEATS].map(|()| measure());
    measured.sort_unstable();
    measured[REPEATS / 2]
}

fn micros(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e6)
}
