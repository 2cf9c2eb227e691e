//! A Solo5 tender: loads a unikernel, attaches its devices, and runs it.
//!
//! [`elf`] and [`manifest`] read an image, [`options`] the command line, [`devices`] attach what the manifest asks for;
//! all of that serves any kind of host; [`record`] writes down the traffic of one. [`spt`] is the sandboxed process: guest
//! memory in this very process, entered behind a seccomp filter. [`hvt`] is the virtual machine: guest memory behind KVM.

mod command_line;
pub mod devices;
pub mod elf;
mod error;
mod filter;
pub mod hvt;
mod mailbox;
pub mod manifest;
pub mod options;
mod primitives;
pub mod record;
pub mod spt;

pub use elf::Image;
pub use error::Error;
pub use options::Options;
pub use primitives::Primitives;
