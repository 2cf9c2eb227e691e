//! Targets that test the tender itself: what a hostile guest can hand it. They need files, sockets and memory maps, so they
//! run natively alone, and are not among the targets that are linked into the unikernel.

mod elf;
mod fields;
mod hypercalls;
mod manifest;
pub mod model;
mod rows;
mod scratch;
mod shadow;
mod shadow_ring;
mod world;

pub use elf::TenderElf;
use halligan_targets::AnyTarget;
pub use hypercalls::TenderHypercalls;
pub use manifest::TenderManifest;

/// Every target of the tender.
pub static TARGETS: &[&dyn AnyTarget] = &[&TenderElf, &TenderManifest, &TenderHypercalls];

/// The target called `name`.
pub fn find(name: &str) -> Option<&'static dyn AnyTarget> {
    TARGETS.iter().copied().find(|target| target.name() == name)
}
