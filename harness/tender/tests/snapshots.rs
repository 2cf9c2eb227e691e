//! Snapshots on spt: what they restore, and the one system call that they add.

mod common;

use common::{Argument, Code, DATA, Image, Mailbox, Run, file};
use halligan_solo5::abi::spt::BOOT_INFO_BASE;
use halligan_solo5::abi::spt::syscall::CLOCK_GETTIME;
use halligan_solo5::mailbox::ANNOUNCEMENT;

/// Command line of a guest without devices.
const COMMAND_LINE: u64 = BOOT_INFO_BASE + 40 + 8 + 104;

const SCAN: u64 = 0xc060_6610;
const IOCTL: u64 = libc::SYS_ioctl as u64;

fn run(mailbox: &Mailbox, code: Code) -> Run {
    let image = Image::new(code, &[0; 64]);
    mailbox.run_with(&["--snapshots"], file(&image.to_bytes()).path(), &[])
}

/// Addresses of the mailbox and of the function that restores, which are the same in every run.
fn announced() -> (u64, u64) {
    let run = run(&Mailbox::new(), Code::new().print(COMMAND_LINE, 128).exit(0));
    let line = String::from_utf8_lossy(run.console()).into_owned();
    let numbers = line.trim_end_matches('\0').strip_prefix(ANNOUNCEMENT).expect("an announcement").split(',');
    let numbers: Vec<u64> = numbers.map(|number| number.parse().expect("decimal")).collect();
    (numbers[0], numbers[4])
}

/// mov rax, restore; call rax
fn call(code: Code, restore: u64) -> Code {
    code.raw(&[0x48, 0xb8]).raw(&restore.to_le_bytes()).raw(&[0xff, 0xd0])
}

#[test]
fn a_guest_goes_back_to_its_first_call_with_its_memory_but_not_the_mailbox() {
    let (mailbox, restore) = announced();
    // The mailbox's last word counts the rounds.
    let rounds = (mailbox + Mailbox::SIZE - 8).to_le_bytes();
    let code = Code::new();
    let again = code.len();
    // mov rcx, rounds; inc [rcx]; mov rdx, DATA; inc [rdx]
    let code = call(code, restore).raw(&[0x48, 0xb9]).raw(&rounds).raw(&[0x48, 0xff, 0x01, 0x48, 0xba]);
    let code = code.raw(&DATA.to_le_bytes()).raw(&[0x48, 0xff, 0x02]);
    // What the kernel writes on the guest's behalf is taken back too, and so are pages that were never touched before.
    let (time, heap) = (DATA + 8, DATA + (4 << 20));
    let code = code.print(DATA, 16).print(heap, 8).syscall(CLOCK_GETTIME, &[1.into(), time.into()]);
    // mov rdx, heap; inc [rdx]; mov rcx, rounds; cmp [rcx], 4; jne again
    let code = code.raw(&[0x48, 0xba]).raw(&heap.to_le_bytes()).raw(&[0x48, 0xff, 0x02, 0x48, 0xb9]).raw(&rounds);
    let code = code.raw(&[0x48, 0x83, 0x39, 4, 0x0f, 0x85]);
    let jump = (again as i32 - code.len() as i32 - 4).to_le_bytes();
    let run = run(&Mailbox::new(), code.raw(&jump).exit(0));
    let seen = [1u64, 0, 0].repeat(4).iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    assert_eq!(run.console(), seen);
}

#[test]
fn the_call_that_lists_pages_is_allowed_as_the_tender_makes_it_alone() {
    let (_, restore) = announced();
    // The function begins with the address of its state, which begins with the arguments, the descriptor behind them.
    let code = run(&Mailbox::new(), Code::new().print(restore, 7).exit(0));
    let [0x48, 0x8d, 0x05, offset @ ..] = code.console() else { panic!("{:x?}", code.console()) };
    let offset = i32::from_le_bytes(offset.try_into().expect("four bytes"));
    let arguments = (restore + 7).wrapping_add_signed(offset.into());
    let state = run(&Mailbox::new(), Code::new().print(arguments, 104).exit(0));
    let pagemap = u64::from_le_bytes(*state.console().last_chunk().expect("a word"));
    assert!((3..64).contains(&pagemap), "{pagemap}");
    let ends =
        |call: [u64; 3]| run(&Mailbox::new(), Code::new().syscall(IOCTL, &call.map(Argument::Value)).exit(0)).signal();
    assert_eq!(ends([pagemap, SCAN, arguments]), None);
    for call in [
        [pagemap, SCAN, DATA],
        [pagemap, SCAN, arguments + 8],
        [pagemap, SCAN + 1, arguments],
        [pagemap, 1 << 32 | SCAN, arguments],
        // The first that userfaultfd knows, on any descriptor that it could be.
        [pagemap, 0xc018_aa3f, arguments],
        [1 << 32 | pagemap, SCAN, arguments],
    ] {
        assert_eq!(ends(call), Some(libc::SIGSYS), "{call:x?}");
    }
    for fd in (0..16).filter(|fd| *fd != pagemap) {
        assert_eq!(ends([fd, SCAN, arguments]), Some(libc::SIGSYS), "{fd}");
    }
    // Nothing else is allowed than without snapshots.
    for number in (0..480).filter(|number| ![1, 16, 158, 228, 231, 281, 286, 335, 336].contains(number)) {
        let run = run(&Mailbox::new(), Code::new().syscall(number, &[0.into(); 6]).exit(0));
        assert_eq!(run.signal(), Some(libc::SIGSYS), "system call {number}");
    }
}

#[test]
fn snapshots_need_a_mailbox() {
    let image = file(&Image::new(Code::new().exit(0), b"").to_bytes());
    let error = common::tender(["--snapshots".as_ref(), image.path().as_os_str()]).error().to_owned();
    assert_eq!(error, "--snapshots: only with --mailbox; see --help");
}
