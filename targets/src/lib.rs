//! What Halligan tests: the stack that the unikernel links, its entry points as [`Target`]s, their properties and
//! oracles, and the observations that they report.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod check;
mod digest;
mod dns;
mod ethernet;
mod ip;
pub mod observation;
pub mod planted;
mod seeded;
mod target;
mod tcp;
mod tls;
mod wire;

pub use dns::DnsParser;
pub use ethernet::EthernetParser;
pub use halligan_generators::{Annotation, Code, Model};
pub use ip::IpParser;
pub use observation::Observation;
pub use seeded::Seeded;
pub use target::{AnyTarget, Mutate, Property, Target, Violation};
pub use tcp::TcpParser;
pub use tls::TlsParser;

/// Every target, in the order in which they are listed.
pub static TARGETS: &[&dyn AnyTarget] = &[&IpParser, &TcpParser, &TlsParser, &DnsParser, &EthernetParser];

/// The target called `name`.
pub fn find(name: &str) -> Option<&'static dyn AnyTarget> {
    TARGETS.iter().copied().find(|target| target.name() == name)
}
