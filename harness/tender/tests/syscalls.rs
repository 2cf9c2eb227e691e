//! The seccomp filter, system call by system call.

mod common;

use common::{Argument, Code, DATA, Image, Run, run};
use halligan_solo5::abi::spt::syscall::{
    ARCH_PRCTL, ARCH_SET_FS, CLOCK_GETTIME, EPOLL_PWAIT, EXIT_GROUP, PREAD64, PWRITE64, READ, TIMERFD_SETTIME, WRITE,
};

/// Makes one system call, then prints what it returned.
fn call(number: u64, arguments: &[Argument]) -> Run {
    let code = Code::new().syscall(number, arguments).store_result(DATA).print(DATA, 8).exit(0);
    run(&Image::new(code, &[0; 64]), &[])
}

#[track_caller]
fn returns(expected: i64, number: u64, arguments: &[Argument]) {
    assert_eq!(call(number, arguments).console(), expected.to_le_bytes());
}

#[track_caller]
fn kills(number: u64, arguments: &[Argument]) {
    let run = call(number, arguments);
    assert_eq!(run.signal(), Some(libc::SIGSYS), "{}: {:?}", run.status, run.stderr);
    assert!(run.stdout.is_empty());
}

fn values<const N: usize>(values: [u64; N]) -> [Argument; N] {
    values.map(Argument::Value)
}

#[test]
fn write_goes_to_the_console_alone() {
    returns(0, WRITE, &values([1, DATA, 0]));
    returns(-i64::from(libc::EFAULT), WRITE, &values([1, 8, 1]));
    for descriptor in [0, 2, 3, 1 << 32 | 1, u64::MAX] {
        kills(WRITE, &values([descriptor, DATA, 0]));
    }
    kills(WRITE, &[Argument::Epoll, DATA.into(), 0.into()]);
}

#[test]
fn nothing_is_readable_without_a_device() {
    for descriptor in 0..10 {
        kills(READ, &values([descriptor, DATA, 1]));
        kills(PREAD64, &values([descriptor, DATA, 512, 0]));
        kills(PWRITE64, &values([descriptor, DATA, 512, 0]));
    }
}

#[test]
fn epoll_pwait_takes_the_set_of_the_boot_information() {
    let rest = [DATA.into(), 1.into(), 0.into(), 0.into(), 8.into()];
    returns(0, EPOLL_PWAIT, &[&[Argument::Epoll], &rest[..]].concat());
    kills(EPOLL_PWAIT, &[&[Argument::Timer], &rest[..]].concat());
    kills(EPOLL_PWAIT, &[&[0.into()], &rest[..]].concat());
}

#[test]
fn timerfd_settime_takes_the_timer_of_the_boot_information() {
    let rest = values([0, DATA, 0]);
    returns(0, TIMERFD_SETTIME, &[&[Argument::Timer], &rest[..]].concat());
    kills(TIMERFD_SETTIME, &[&[Argument::Epoll], &rest[..]].concat());
    kills(TIMERFD_SETTIME, &[&[0.into()], &rest[..]].concat());
}

#[test]
fn timer_wakes_the_epoll_set_with_its_event() {
    // Interval 0, and a value of 1 ns.
    let mut data = [0; 64];
    data[24] = 1;
    let wait = [Argument::Epoll, (DATA + 32).into(), 1.into(), 5000.into(), 0.into(), 8.into()];
    let code = Code::new()
        .syscall(TIMERFD_SETTIME, &[Argument::Timer, 0.into(), DATA.into(), 0.into()])
        .syscall(EPOLL_PWAIT, &wait)
        .print(DATA + 32, 12)
        .exit(0);
    let run = run(&Image::new(code, &data), &[]);
    let expected = [&1u32.to_le_bytes()[..], &halligan_solo5::abi::spt::TIMER_EVENT.to_le_bytes()].concat();
    assert_eq!(run.console(), expected);
}

#[test]
fn clock_gettime_knows_two_clocks() {
    for clock in [libc::CLOCK_REALTIME, libc::CLOCK_MONOTONIC] {
        returns(0, CLOCK_GETTIME, &values([clock as u64, DATA]));
    }
    for clock in [2, 3, 4, 5, 6, 7, 11, 1 << 32] {
        kills(CLOCK_GETTIME, &values([clock, DATA]));
    }
}

#[test]
fn arch_prctl_sets_fs_alone() {
    returns(0, ARCH_PRCTL, &values([ARCH_SET_FS, DATA]));
    // ARCH_SET_GS, ARCH_GET_FS, ARCH_GET_GS, ARCH_CET_STATUS, ARCH_REQ_XCOMP_PERM
    for operation in [0x1001, 0x1003, 0x1004, 0x3001, 0x1023] {
        kills(ARCH_PRCTL, &values([operation, DATA]));
    }
}

#[test]
fn every_other_system_call_kills() {
    const ALLOWED: [u64; 6] = [WRITE, ARCH_PRCTL, CLOCK_GETTIME, EXIT_GROUP, EPOLL_PWAIT, TIMERFD_SETTIME];
    // The kernel exempts the calls of its own uprobe trampolines from filters; made from elsewhere they fail.
    const UPROBES: std::ops::RangeInclusive<u64> = 335..=336;
    let numbers = (0..480).chain([1 << 30, 1 << 30 | WRITE, u64::MAX]);
    for number in numbers.filter(|number| !ALLOWED.contains(number) && !UPROBES.contains(number)) {
        let code = Code::new().syscall(number, &values([0; 6])).exit(0);
        let run = run(&Image::new(code, b""), &[]);
        assert_eq!(run.signal(), Some(libc::SIGSYS), "system call {number}: {}", run.status);
    }
}

#[test]
fn the_other_gate_is_closed() {
    // mov eax, 1 (exit, for 32-bit programs); xor ebx, ebx; int 0x80
    let code = Code::new().raw(&[0xb8, 1, 0, 0, 0, 0x31, 0xdb, 0xcd, 0x80]).exit(0);
    let run = run(&Image::new(code, b""), &[]);
    // A kernel without 32-bit emulation has no such gate at all.
    assert!([Some(libc::SIGSYS), Some(libc::SIGSEGV)].contains(&run.signal()), "{}", run.status);
}
