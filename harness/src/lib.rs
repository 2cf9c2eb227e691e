//! Halligan's harness: hosts that run the fuzz agent, campaigns over them, corpora, findings and the command line.

pub mod agents;
pub mod compare;
pub mod corpus;
pub mod edges;
pub mod findings;
pub mod host;
pub mod show;

#[cfg(feature = "cli")]
pub mod campaign;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod engines;
#[cfg(feature = "cli")]
pub mod export;
#[cfg(feature = "cli")]
pub mod import;
#[cfg(feature = "cli")]
pub mod minimise;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "cli")]
pub mod triage;
