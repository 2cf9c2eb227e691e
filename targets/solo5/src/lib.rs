//! Solo5 for Rust: the ABI between tenders and guests, and the mailbox between a harness and a fuzz agent.
#![no_std]

extern crate alloc;

pub mod abi;
#[cfg(feature = "agent")]
pub mod agent;
#[cfg(feature = "agent")]
pub mod coverage;
pub mod frames;
#[cfg(feature = "guest")]
pub mod guest;
pub mod mailbox;
