//! A Solo5 tender: loads a unikernel, attaches its devices, and runs it.
//!
//! [`elf`] and [`manifest`] read an image, [`options`] the command line, [`devices`] attach what the manifest asks for;
//! all of that serves any kind of host. [`spt`] is the sandboxed process: guest memory in this very process, entered
//! behind a seccomp filter.

pub mod devices;
pub mod elf;
mod error;
pub mod manifest;
pub mod options;
pub mod spt;

pub use elf::Image;
pub use error::Error;
pub use options::Options;
