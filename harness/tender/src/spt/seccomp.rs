//! The seccomp filter: Solo5's list of system calls, argument by argument. All others kill the process.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::RawFd;

use halligan_solo5::abi::manifest::Block;
use halligan_solo5::abi::spt::syscall::{
    ARCH_PRCTL, ARCH_SET_FS, CLOCK_GETTIME, CLOCK_MONOTONIC, CLOCK_REALTIME, CONSOLE, EPOLL_PWAIT, EXIT_GROUP, PREAD64,
    PWRITE64, READ, TIMERFD_SETTIME, WRITE,
};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use crate::Error;

/// The system calls that a guest may make: by number, the alternatives for the arguments, each a list of conditions.
pub(super) struct Policy(BTreeMap<u64, Vec<Vec<Condition>>>);

/// Index of an argument and what it must be; all 64 bits count.
type Condition = (u8, SeccompCmpOp, u64);

impl Policy {
    /// What every guest may do.
    pub(super) fn new(epoll: RawFd, timer: RawFd) -> Self {
        let mut policy = Self(BTreeMap::new());
        policy.allow_first(WRITE, CONSOLE);
        policy.0.insert(EXIT_GROUP, Vec::new());
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
            self.allow(
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

    fn allow_first(&mut self, number: u64, argument: u64) {
        self.allow(number, vec![(0, SeccompCmpOp::Eq, argument)]);
    }

    fn allow(&mut self, number: u64, conditions: Vec<Condition>) {
        self.0.entry(number).or_default().push(conditions);
    }

    /// The filter as a program for the kernel.
    pub(super) fn compile(self) -> Result<BpfProgram, Error> {
        self.build().map_err(|error| Error::host("build the seccomp filter")(io::Error::other(error.to_string())))
    }

    fn build(self) -> Result<BpfProgram, BackendError> {
        let rule = |conditions: Vec<Condition>| {
            let conditions = conditions
                .into_iter()
                .map(|(index, is, value)| SeccompCondition::new(index, SeccompCmpArgLen::Qword, is, value));
            SeccompRule::new(conditions.collect::<Result<_, _>>()?)
        };
        let mut rules = BTreeMap::new();
        for (number, alternatives) in self.0 {
            let alternatives = alternatives.into_iter().map(rule).collect::<Result<_, _>>()?;
            rules.insert(number as i64, alternatives);
        }
        SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, TargetArch::x86_64)?.try_into()
    }
}
