//! The seccomp filter: Solo5's list of system calls, argument by argument. All others kill the process.

use std::os::fd::RawFd;

use halligan_solo5::abi::manifest::Block;
use halligan_solo5::abi::spt::syscall::{
    ARCH_PRCTL, ARCH_SET_FS, CLOCK_GETTIME, CLOCK_MONOTONIC, CLOCK_REALTIME, CONSOLE, EPOLL_PWAIT, EXIT_GROUP, PREAD64,
    PWRITE64, READ, TIMERFD_SETTIME, WRITE,
};
use seccompiler::{BpfProgram, SeccompCmpOp};

use crate::Error;
use crate::filter::Filter;

const IOCTL: u64 = libc::SYS_ioctl as u64;

/// The system calls that a guest may make.
pub(super) struct Policy(Filter);

impl Policy {
    /// What every guest may do.
    pub(super) fn new(epoll: RawFd, timer: RawFd) -> Self {
        let mut policy = Self(Filter::default());
        policy.allow_first(WRITE, CONSOLE);
        policy.0.allow_any(EXIT_GROUP);
        policy.allow_first(EPOLL_PWAIT, epoll as u64);
        policy.allow_first(TIMERFD_SETTIME, timer as u64);
        policy.allow_first(CLOCK_GETTIME, CLOCK_MONOTONIC);
        policy.allow_first(CLOCK_GETTIME, CLOCK_REALTIME);
        policy.allow_first(ARCH_PRCTL, ARCH_SET_FS);
        policy
    }

    /// Allows frames to be read from and written to `fd`.
    pub(super) fn allow_net(&mut self, fd: RawFd) {
        self.allow_first(READ, fd as u64);
        self.allow_first(WRITE, fd as u64);
    }

    /// Allows single blocks of `fd` to be read and written, so that the guest cannot grow a file.
    pub(super) fn allow_block(&mut self, fd: RawFd, block: Block) {
        let size = u64::from(block.block_size);
        for number in [PREAD64, PWRITE64] {
            self.0.allow(
                number,
                vec![
                    (0, SeccompCmpOp::Eq, fd as u64),
                    (2, SeccompCmpOp::Eq, size),
                    (3, SeccompCmpOp::Le, block.capacity - size),
                ],
            );
        }
    }

    /// Allows waiting on one eventfd and ringing another.
    pub(super) fn allow_doorbells(&mut self, wake: RawFd, done: RawFd) {
        self.allow_first(READ, wake as u64);
        self.allow_first(WRITE, done as u64);
    }

    /// Allows one `ioctl`: this request on `fd`, with its arguments at this address.
    pub(super) fn allow_scan(&mut self, fd: RawFd, request: u64, arguments: u64) {
        let pinned = [fd as u64, request, arguments];
        let conditions = (0..).zip(pinned).map(|(index, value)| (index, SeccompCmpOp::Eq, value));
        self.0.allow(IOCTL, conditions.collect());
    }

    fn allow_first(&mut self, number: u64, argument: u64) {
        self.0.allow(number, vec![(0, SeccompCmpOp::Eq, argument)]);
    }

    /// The filter as a program for the kernel.
    pub(super) fn compile(self) -> Result<BpfProgram, Error> {
        self.0.compile()
    }
}
