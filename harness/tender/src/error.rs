//! What can go wrong before the guest runs. Every error is one line that names the thing and the place.

use std::io;
use std::path::PathBuf;

use crate::{elf, manifest};

/// Why a guest could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line makes no sense.
    #[error("{0}; see --help")]
    Usage(String),
    /// Something on the command line is larger than it may be.
    #[error("{0}")]
    Limit(String),
    /// The image cannot be opened or read.
    #[error("{}: cannot read: {source}", path.display())]
    Unreadable {
        /// The image.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The image is no executable that a tender can load.
    #[error("{}: invalid executable: {reason}", path.display())]
    Executable {
        /// The image.
        path: PathBuf,
        /// What is wrong, and where.
        reason: elf::Invalid,
    },
    /// The image's manifest is invalid.
    #[error("{}: invalid manifest: {reason}", path.display())]
    Manifest {
        /// The image.
        path: PathBuf,
        /// What is wrong, and where.
        reason: manifest::Invalid,
    },
    /// A device cannot be attached as asked.
    #[error("device '{name}': {reason}")]
    Device {
        /// The device's name in the manifest.
        name: String,
        /// Why not.
        reason: String,
    },
    /// The host's kernel refused something.
    #[error("cannot {action}: {source}")]
    Host {
        /// What was tried.
        action: String,
        /// Why it failed.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn device(name: &str, reason: impl Into<String>) -> Self {
        Self::Device { name: name.to_owned(), reason: reason.into() }
    }

    /// For `map_err`: the host's kernel refused `action`.
    pub(crate) fn host<E: Into<io::Error>>(action: impl Into<String>) -> impl FnOnce(E) -> Self {
        let action = action.into();
        move |source| Self::Host { action, source: source.into() }
    }
}
