//! What Halligan tests: the stack that the unikernel links, its entry points as [`Target`]s, their properties and
//! oracles, and the observations that they report.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod observation;
mod target;
mod tcp;

pub use halligan_generators::{Annotation, Code, Model};
pub use observation::Observation;
pub use target::{AnyTarget, Mutate, Property, Target, Violation};
pub use tcp::TcpParser;

/// Every target, in the order in which they are listed.
pub static TARGETS: &[&dyn AnyTarget] = &[&TcpParser];

/// The target called `name`.
pub fn find(name: &str) -> Option<&'static dyn AnyTarget> {
    TARGETS.iter().copied().find(|target| target.name() == name)
}
