//! The seccomp filter: whoever makes another system call than these dies by SIGSYS, as in the unikernel.

use std::collections::BTreeMap;
use std::os::fd::RawFd;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

use crate::shared::Shared;

/// The filter: a process with it can use its doorbells and standard error, and end.
pub fn compile(shared: Shared) -> Result<BpfProgram, seccompiler::Error> {
    let on = |fd: RawFd| -> Result<SeccompRule, seccompiler::Error> {
        let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, fd as u64)?;
        Ok(SeccompRule::new(vec![condition])?)
    };
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    rules.insert(libc::SYS_read, vec![on(shared.wake)?]);
    rules.insert(libc::SYS_write, vec![on(shared.done)?, on(libc::STDERR_FILENO)?]);
    // The last four are what `abort` needs.
    for call in [libc::SYS_exit_group, libc::SYS_rt_sigprocmask, libc::SYS_getpid, libc::SYS_gettid, libc::SYS_tgkill] {
        rules.insert(call, Vec::new());
    }
    let (kill, allow) = (SeccompAction::KillProcess, SeccompAction::Allow);
    Ok(SeccompFilter::new(rules, kill, allow, TargetArch::x86_64)?.try_into()?)
}
