//! The seccomp filter of a tender whose guest runs: what hypercalls and the end of a guest need, descriptor by descriptor.
//! A guest that got hold of the tender would find nothing else; all other calls kill the process.

use std::io;
use std::os::fd::RawFd;

use halligan_solo5::abi::manifest::Block;
use seccompiler::{BpfProgram, SeccompCmpOp, apply_filter};

use crate::Error;
use crate::filter::{Condition, Filter};

/// `KVM_RUN`, and those that read and set registers.
const KVM: [u64; 5] = [0xae80, 0x8090_ae81, 0x4090_ae82, 0x8138_ae83, 0x4138_ae84];

const KVM_GET_DIRTY_LOG: u64 = 0x4010_ae42;

/// What the allocator and the end of the process need.
const PLAIN: [i64; 5] =
    [libc::SYS_brk, libc::SYS_munmap, libc::SYS_clock_gettime, libc::SYS_restart_syscall, libc::SYS_exit_group];

/// What a core dump needs besides; its file gets a descriptor of its own.
const CORE: [i64; 8] = [
    libc::SYS_openat,
    libc::SYS_ftruncate,
    libc::SYS_mincore,
    libc::SYS_getpid,
    libc::SYS_write,
    libc::SYS_pwrite64,
    libc::SYS_close,
    libc::SYS_fcntl,
];

/// Operations of futexes that are private to the process.
const LOCKS: [u64; 3] = [
    (libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG) as u64,
    (libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG) as u64,
    (libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG) as u64,
];

/// How the C library waits for the end of a thread, which the kernel announces.
const FUTEX_JOIN: u64 = (libc::FUTEX_WAIT_BITSET | libc::FUTEX_CLOCK_REALTIME) as u64;

/// The system calls that a tender may make.
pub(super) struct Policy(Filter);

impl Policy {
    /// What every tender may do with the processor, and while its guest sleeps.
    pub(super) fn new(vcpu: RawFd, epoll: RawFd, timer: RawFd) -> Self {
        let mut policy = Self::plain();
        for request in KVM {
            policy.allow(libc::SYS_ioctl, vec![is(0, vcpu as u64), is(1, request)]);
        }
        policy.allow(libc::SYS_write, vec![is(0, libc::STDOUT_FILENO as u64)]);
        for number in [libc::SYS_epoll_wait, libc::SYS_epoll_pwait, libc::SYS_epoll_pwait2] {
            policy.allow(number, vec![is(0, epoll as u64)]);
        }
        policy.allow(libc::SYS_timerfd_settime, vec![is(0, timer as u64)]);
        policy
    }

    /// What the thread at a ring may do, beside what its devices need: sleep until it is woken, and end.
    pub(super) fn at_ring(kick: RawFd) -> Self {
        let mut policy = Self::plain();
        policy.allow_locks();
        policy.allow(libc::SYS_read, vec![is(0, kick as u64)]);
        policy.allow(libc::SYS_madvise, vec![is(2, libc::MADV_DONTNEED as u64)]);
        policy.0.allow_any(libc::SYS_rt_sigprocmask as u64);
        policy.0.allow_any(libc::SYS_exit as u64);
        policy
    }

    /// What the allocator needs, and reports on standard error.
    fn plain() -> Self {
        let mut policy = Self(Filter::default());
        PLAIN.iter().for_each(|&number| policy.0.allow_any(number as u64));
        policy.allow(libc::SYS_write, vec![is(0, libc::STDERR_FILENO as u64)]);
        // The allocator's memory: of no file, at no place of its own choice, and never executable.
        let (access, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        policy.allow(libc::SYS_mmap, vec![is(0, 0), is(2, access as u64), is(3, flags as u64)]);
        policy.allow(libc::SYS_mremap, vec![is(3, libc::MREMAP_MAYMOVE as u64)]);
        policy
    }

    /// Allows frames to be read from and written to `fd`, and waiting for it, or one other, to have room.
    pub(super) fn allow_net(&mut self, fd: RawFd) {
        self.allow(libc::SYS_read, vec![is(0, fd as u64)]);
        self.allow(libc::SYS_write, vec![is(0, fd as u64)]);
        self.allow(libc::SYS_ppoll, vec![is(1, 1)]);
    }

    /// Allows the bytes of `fd` to be read and written; a write that begins within the device ends within twice its size.
    pub(super) fn allow_block(&mut self, fd: RawFd, block: Block) {
        for number in [libc::SYS_pread64, libc::SYS_pwrite64] {
            let within = [(2, SeccompCmpOp::Le, block.capacity), (3, SeccompCmpOp::Lt, block.capacity)];
            self.allow(number, [&[is(0, fd as u64)], &within[..]].concat());
        }
    }

    /// Allows waiting on an eventfd.
    pub(super) fn allow_doorbell(&mut self, wake: RawFd) {
        self.allow(libc::SYS_read, vec![is(0, wake as u64)]);
    }

    /// Allows a thread at a ring to be told to end, and to be waited for.
    pub(super) fn allow_ring(&mut self, kick: RawFd) {
        self.allow_locks();
        self.allow(libc::SYS_write, vec![is(0, kick as u64)]);
        self.allow(libc::SYS_futex, vec![is(1, FUTEX_JOIN)]);
    }

    /// Allows what two threads of one process need for their locks.
    fn allow_locks(&mut self) {
        LOCKS.iter().for_each(|&operation| self.allow(libc::SYS_futex, vec![is(1, operation)]));
    }

    /// Allows KVM to be asked what the guest of a virtual machine has written to.
    pub(super) fn allow_log(&mut self, machine: RawFd) {
        self.allow(libc::SYS_ioctl, vec![is(0, machine as u64), is(1, KVM_GET_DIRTY_LOG)]);
    }

    /// Allows a core to be dumped.
    pub(super) fn allow_core(&mut self) {
        CORE.iter().for_each(|&number| self.0.allow_any(number as u64));
    }

    fn allow(&mut self, number: i64, conditions: Vec<Condition>) {
        self.0.allow(number as u64, conditions);
    }

    /// The filter as a program for the kernel.
    fn compile(self) -> Result<BpfProgram, Error> {
        self.0.compile()
    }

    /// Installs the filter, for good.
    pub(super) fn install(self) -> Result<(), Error> {
        let refused = |error: seccompiler::Error| Error::host("install the seccomp filter")(io::Error::other(error));
        apply_filter(&self.compile()?).map_err(refused)
    }
}

/// That an argument has this value.
fn is(argument: u8, value: u64) -> Condition {
    (argument, SeccompCmpOp::Eq, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Descriptors that are not open: an allowed call fails and returns.
    const VCPU: RawFd = 900;
    const EPOLL: RawFd = 901;
    const TIMER: RawFd = 902;
    const NET: RawFd = 903;
    const BLOCK: RawFd = 904;
    const WAKE: RawFd = 905;
    const MACHINE: RawFd = 906;
    const OTHER: RawFd = 907;

    fn policy() -> Policy {
        let mut policy = Policy::new(VCPU, EPOLL, TIMER);
        policy.allow_net(NET);
        policy.allow_block(BLOCK, Block { capacity: 4096, block_size: 512, padding: [0; 3] });
        policy.allow_doorbell(WAKE);
        policy.allow_log(MACHINE);
        policy
    }

    const KICK: RawFd = 908;

    /// The thread's at a ring.
    fn thread_policy() -> Policy {
        let mut policy = Policy::at_ring(KICK);
        policy.allow_net(NET);
        policy
    }

    /// Whether a process behind the filter lives on after this system call.
    fn lives(filter: &BpfProgram, number: i64, arguments: [u64; 6]) -> bool {
        let [a, b, c, d, e, f] = arguments;
        // SAFETY: the child does nothing but system calls, none of which touches memory of another's: all pointers are null.
        unsafe {
            let child = libc::fork();
            if child == 0 {
                if apply_filter(filter).is_ok() {
                    libc::syscall(number, a, b, c, d, e, f);
                }
                libc::syscall(libc::SYS_exit_group, 0);
            }
            assert!(child > 0, "{}", io::Error::last_os_error());
            let mut status = 0;
            assert_eq!(libc::waitpid(child, &mut status, 0), child);
            let killed = libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGSYS;
            assert!(killed || status == 0, "system call {number}: status {status:#x}");
            !killed
        }
    }

    #[test]
    fn each_call_has_its_descriptors() {
        const ALL: [RawFd; 10] = [0, 1, 2, VCPU, EPOLL, TIMER, NET, BLOCK, WAKE, MACHINE];
        let filter = policy().compile().unwrap();
        let mut cases: Vec<(i64, [u64; 6], &[RawFd])> = vec![
            (libc::SYS_read, [0; 6], &[NET, WAKE]),
            (libc::SYS_write, [0; 6], &[1, 2, NET]),
            (libc::SYS_pread64, [0, 0, 4096, 0, 0, 0], &[BLOCK]),
            (libc::SYS_pwrite64, [0, 0, 512, 4095, 0, 0], &[BLOCK]),
            (libc::SYS_pwrite64, [0, 0, 512, 4096, 0, 0], &[]),
            (libc::SYS_pwrite64, [0, 0, 4097, 0, 0, 0], &[]),
            (libc::SYS_epoll_wait, [0; 6], &[EPOLL]),
            (libc::SYS_epoll_pwait, [0; 6], &[EPOLL]),
            (libc::SYS_epoll_pwait2, [0; 6], &[EPOLL]),
            (libc::SYS_timerfd_settime, [0; 6], &[TIMER]),
        ];
        cases.extend(KVM.map(|request| (libc::SYS_ioctl, [0, request, 0, 0, 0, 0], &[VCPU][..])));
        cases.push((libc::SYS_ioctl, [0, KVM_GET_DIRTY_LOG, 0, 0, 0, 0], &[MACHINE]));
        // KVM_CREATE_VM, KVM_SET_USER_MEMORY_REGION, KVM_SET_MSRS, TUNSETIFF, and KVM_RUN with upper bits.
        let others = [0xae01, 0x4020_ae46, 0x4008_ae89, 0x4004_54ca, 1 << 32 | 0xae80];
        cases.extend(others.map(|request| (libc::SYS_ioctl, [0, request, 0, 0, 0, 0], &[][..])));
        for (number, mut arguments, allowed) in cases {
            for fd in ALL.into_iter().chain([OTHER]) {
                arguments[0] = fd as u64;
                assert_eq!(lives(&filter, number, arguments), allowed.contains(&fd), "{number} {arguments:x?}");
                arguments[0] |= 1 << 32;
                assert!(!lives(&filter, number, arguments), "{number} {arguments:x?}");
            }
        }
    }

    #[test]
    fn a_ring_and_its_thread_have_what_they_need_and_no_more() {
        let mut main = policy();
        main.allow_ring(KICK);
        let (main, thread) = (main.compile().unwrap(), thread_policy().compile().unwrap());
        // Each with whether it is allowed to the tender, and to the thread.
        let on = |fd: RawFd| [fd as u64, 0, 0, 0, 0, 0];
        let futex = |operation: i32| [0, operation as u64, 0, 0, 0, 0];
        let private = libc::FUTEX_PRIVATE_FLAG;
        for (number, arguments, allowed) in [
            (libc::SYS_write, on(KICK), [true, false]),
            (libc::SYS_read, on(KICK), [false, true]),
            (libc::SYS_read, on(NET), [true, true]),
            (libc::SYS_write, on(NET), [true, true]),
            (libc::SYS_read, on(WAKE), [true, false]),
            (libc::SYS_write, on(1), [true, false]),
            (libc::SYS_write, on(2), [true, true]),
            (libc::SYS_write, on(OTHER), [false, false]),
            (libc::SYS_ioctl, [VCPU as u64, KVM[0], 0, 0, 0, 0], [true, false]),
            (libc::SYS_pread64, [BLOCK as u64, 0, 512, 0, 0, 0], [true, false]),
            (libc::SYS_ppoll, [0, 1, 0, 0, 0, 0], [true, true]),
            (libc::SYS_ppoll, [0, 2, 0, 0, 0, 0], [false, false]),
            (libc::SYS_madvise, [0, 0, libc::MADV_DONTNEED as u64, 0, 0, 0], [false, true]),
            (libc::SYS_madvise, [0, 0, libc::MADV_REMOVE as u64, 0, 0, 0], [false, false]),
            (libc::SYS_exit, on(0), [false, true]),
            (libc::SYS_rt_sigprocmask, on(0), [false, true]),
            (libc::SYS_futex, futex(libc::FUTEX_WAKE | private), [true, true]),
            (libc::SYS_futex, futex(libc::FUTEX_WAKE), [false, false]),
            (libc::SYS_futex, futex(libc::FUTEX_REQUEUE | private), [false, false]),
            (libc::SYS_clone, on(0), [false, false]),
            (libc::SYS_clone3, on(0), [false, false]),
            (libc::SYS_mmap, [0, 4096, libc::PROT_EXEC as u64, 0, 0, 0], [false, false]),
        ] {
            let seen = [&main, &thread].map(|filter| lives(filter, number, arguments));
            assert_eq!(seen, allowed, "{number} {arguments:x?}");
        }
    }

    #[test]
    fn memory_is_plain() {
        let filter = policy().compile().unwrap();
        let (read, write, execute) = (libc::PROT_READ as u64, libc::PROT_WRITE as u64, libc::PROT_EXEC as u64);
        let (private, anonymous) = (libc::MAP_PRIVATE as u64, libc::MAP_ANONYMOUS as u64);
        let map = |address, access, flags| lives(&filter, libc::SYS_mmap, [address, 4096, access, flags, u64::MAX, 0]);
        assert!(map(0, read | write, private | anonymous));
        assert!(!map(0, read | write | execute, private | anonymous));
        assert!(!map(0, read | execute, private | anonymous));
        assert!(!map(0, read | write, private));
        assert!(!map(0, read | write, libc::MAP_SHARED as u64));
        assert!(!map(0x10_0000, read | write, private | anonymous));
        assert!(!map(0, read | write, private | anonymous | libc::MAP_FIXED as u64));
        let remap = |flags| lives(&filter, libc::SYS_mremap, [0, 4096, 4096, flags, 0, 0]);
        assert!(remap(libc::MREMAP_MAYMOVE as u64));
        assert!(!remap((libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED) as u64));
    }

    #[test]
    fn every_other_system_call_kills() {
        // Those that depend on their arguments have a test of their own, and exit_group ends the child.
        let judged = [
            libc::SYS_ioctl,
            libc::SYS_read,
            libc::SYS_write,
            libc::SYS_pread64,
            libc::SYS_pwrite64,
            libc::SYS_epoll_wait,
            libc::SYS_epoll_pwait,
            libc::SYS_epoll_pwait2,
            libc::SYS_timerfd_settime,
            libc::SYS_mmap,
            libc::SYS_mremap,
            libc::SYS_ppoll,
            libc::SYS_madvise,
            libc::SYS_futex,
        ];
        // The kernel exempts the calls of its own uprobe trampolines from filters.
        const UPROBES: [i64; 2] = [335, 336];
        let filter = policy().compile().unwrap();
        let mut core = policy();
        core.allow_core();
        let core = core.compile().unwrap();
        let thread = thread_policy().compile().unwrap();
        const OF_THREAD: [i64; 2] = [libc::SYS_rt_sigprocmask, libc::SYS_exit];
        for number in (0..480).filter(|number| !judged.contains(number) && !UPROBES.contains(number)) {
            let plain = PLAIN.contains(&number);
            assert_eq!(lives(&filter, number, [0; 6]), plain, "system call {number}");
            let of_thread = plain || OF_THREAD.contains(&number);
            // Those of devices and processors are judged above.
            assert_eq!(lives(&thread, number, [0; 6]), of_thread, "system call {number}");
            if CORE.contains(&number) {
                assert!(lives(&core, number, [0; 6]), "system call {number}");
            }
        }
    }
}
