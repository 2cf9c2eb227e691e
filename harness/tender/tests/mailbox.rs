//! The mailbox: where the guest finds it, and what it may do with the doorbells.

mod common;

use std::os::fd::OwnedFd;

use common::{Code, DATA, Image, Mailbox, Run, file};
use halligan_solo5::abi::spt::BOOT_INFO_BASE;
use halligan_solo5::abi::spt::syscall::{READ, WRITE};
use halligan_solo5::mailbox::{ANNOUNCEMENT, MAGIC};

/// Command line of a guest without devices.
const COMMAND_LINE: u64 = BOOT_INFO_BASE + 40 + 8 + 104;

fn run(mailbox: &Mailbox, code: Code) -> Run {
    mailbox.run(file(&Image::new(code, &1u64.to_le_bytes()).to_bytes()).path(), &["word"])
}

/// Address, size and doorbells, as announced to a guest. They are the same in every run.
fn announced() -> [u64; 4] {
    let run = run(&Mailbox::new(), Code::new().print(COMMAND_LINE, 128).exit(0));
    let line = String::from_utf8_lossy(run.console()).into_owned();
    let (announcement, rest) = line.split_once(' ').expect("two words");
    assert_eq!(rest.trim_end_matches('\0'), "word");
    let numbers = announcement.strip_prefix(ANNOUNCEMENT).expect("an announcement").split(',');
    let numbers: Vec<u64> = numbers.map(|number| number.parse().expect("decimal")).collect();
    numbers.try_into().expect("four numbers")
}

#[test]
fn guest_sees_the_memory_of_the_harness() {
    let [address, size, ..] = announced();
    assert_eq!(size, Mailbox::SIZE);
    let run = run(&Mailbox::new(), Code::new().print(address, 8).print(address + size - 8, 8).exit(0));
    assert_eq!(run.console(), [MAGIC.to_le_bytes(), [0; 8]].concat());
}

#[test]
fn guest_waits_on_one_doorbell_and_rings_the_other() {
    let [.., wake, done] = announced();
    let mailbox = Mailbox::new();
    mailbox.ring(5);
    let code = Code::new()
        .syscall(WRITE, &[done.into(), DATA.into(), 8.into()])
        .syscall(READ, &[wake.into(), DATA.into(), 8.into()])
        .print(DATA, 8)
        .exit(0);
    assert_eq!(run(&mailbox, code).console(), 5u64.to_le_bytes());
    assert_eq!(mailbox.rung(), 1);
}

#[test]
fn doorbells_work_one_way() {
    let [.., wake, done] = announced();
    for (number, fd) in [(READ, done), (WRITE, wake)] {
        let mailbox = Mailbox::new();
        mailbox.ring(1);
        let run = run(&mailbox, Code::new().syscall(number, &[fd.into(), DATA.into(), 8.into()]).exit(0));
        assert_eq!(run.signal(), Some(libc::SIGSYS));
    }
}

#[test]
fn a_mailbox_that_cannot_be_is_refused() {
    let image = file(&Image::new(Code::new().exit(0), b"").to_bytes());
    let refused = |option: &str, descriptors: Vec<OwnedFd>| {
        let words = [option.as_ref(), image.path().as_os_str()];
        common::tender_with(words, descriptors).error().to_owned()
    };
    let Mailbox { memory, wake, done, .. } = Mailbox::new();
    let size = Mailbox::SIZE;
    let share = || [&memory, &wake, &done].map(|fd| fd.try_clone().expect("a descriptor")).into();
    assert_eq!(
        refused(&format!("--mailbox=@3,@4,@5,{}", size + 1), share()),
        format!("--mailbox: {} bytes do not lie between 4096 and the {size} of its memory", size + 1)
    );
    assert_eq!(
        refused("--mailbox=@3,@4,@5,64", share()),
        format!("--mailbox: 64 bytes do not lie between 4096 and the {size} of its memory")
    );
    assert_eq!(
        refused("--mailbox=@3,@4,@77,8192", share()),
        "cannot use descriptor @77 for the mailbox: Bad file descriptor (os error 9)"
    );
}
