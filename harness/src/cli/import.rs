//! `halligan import`: seeds from captures.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;

use super::{Status, style, target};
use crate::{corpus, import};

/// Import seeds from pcap and pcapng captures: one small input for each shape of packet.
#[derive(clap::Args)]
#[command(after_help = super::examples(&["import capture.pcapng --target tcp_parser", "import corpora/captures/*.pcapng --target tcp_parser --to target/seeds"]))]
pub struct Arguments {
    /// The captures.
    #[arg(required = true)]
    captures: Vec<PathBuf>,
    /// The target that the seeds are for.
    #[arg(long)]
    target: String,
    /// The folder that the seeds go to [default: corpora/TARGET/seeds].
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let target = target(&self.target)?.name();
        let folder = self.to.unwrap_or_else(|| corpus::seeds(target));
        let summary = import::import(&self.captures, target, &folder)?;
        for warning in &summary.warnings {
            style::warn(warning);
        }
        let (packets, fitting, seeds) = (summary.packets, summary.fitting, summary.seeds.len());
        let mut out = anstream::stdout().lock();
        writeln!(out, "{packets} packets, {fitting} of them for {target}: {seeds} seeds in {}", folder.display())?;
        Ok(Status::Held)
    }
}
