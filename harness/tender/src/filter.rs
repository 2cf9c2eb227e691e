//! Seccomp filters: lists of system calls, argument by argument. All others kill the process.

use std::collections::BTreeMap;
use std::io;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use crate::Error;

/// The system calls that a process may make: by number, the alternatives for the arguments, each a list of conditions.
#[derive(Default)]
pub(crate) struct Filter(BTreeMap<u64, Vec<Vec<Condition>>>);

/// Index of an argument and what it must be; all 64 bits count.
pub(crate) type Condition = (u8, SeccompCmpOp, u64);

impl Filter {
    /// Allows a system call, whatever its arguments.
    pub(crate) fn allow_any(&mut self, number: u64) {
        self.0.insert(number, Vec::new());
    }

    /// Allows a system call under these conditions, besides those that were given before.
    pub(crate) fn allow(&mut self, number: u64, conditions: Vec<Condition>) {
        self.0.entry(number).or_default().push(conditions);
    }

    /// The filter as a program for the kernel.
    pub(crate) fn compile(self) -> Result<BpfProgram, Error> {
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
