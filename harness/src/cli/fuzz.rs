//! `halligan fuzz`.

use anyhow::{Result, bail};

use super::Status;

/// Fuzz a target on every host.
#[derive(clap::Args)]
pub struct Arguments {
    /// The target.
    target: String,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        super::target(&self.target)?;
        bail!("campaigns cannot be run yet")
    }
}
