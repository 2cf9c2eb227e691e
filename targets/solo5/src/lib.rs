//! Solo5 for Rust: the ABI between tenders and guests, and the mailbox between a harness and a fuzz agent.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod abi;
#[cfg(feature = "agent")]
pub mod agent;
pub mod arena;
#[cfg(feature = "agent")]
pub mod coverage;
pub mod frames;
#[cfg(feature = "guest")]
pub mod guest;
pub mod mailbox;
#[cfg(feature = "agent")]
pub mod misbehaviour;
#[cfg(any(feature = "agent", feature = "guest"))]
pub mod report;
