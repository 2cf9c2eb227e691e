//! `halligan export`: makes a capture of inputs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::inputs::Inputs;
use super::{Status, style};
use crate::corpus::{self, Folder};
use crate::export::{self, Packet};

const HELP: &str = "\
Each input becomes the packet that would carry it: a TCP segment in IPv4, a DNS message in UDP. The comments on a packet are
the input's name, its fields, and what lies beside it as NAME.md.

Examples:
  halligan export tcp_parser corpora/tcp_parser/seeds --to seeds.pcapng
  tshark -r seeds.pcapng -T fields -e frame.number -e frame.comment

Exit status:
  0  the capture was written
  2  an input could not be read, or the capture could not be written";

/// Export inputs as a pcapng capture with comments, for Wireshark and tshark.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    /// The capture.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let target = self.inputs.target()?;
        let inputs = corpus::read_all(&self.inputs.paths)?;
        let name = self.to.file_name().and_then(|name| name.to_str()).context("the capture has no name")?;
        let parent = self.to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = Folder::create(parent)?;
        let mut packets = Vec::new();
        for input in &inputs {
            let (path, lies) = (input.path.display(), target.lies(&input.bytes));
            let mut comments = vec![format!("{path}: {} bytes, {lies} lies", input.bytes.len())];
            let beside = format!("{path}.md");
            comments.extend(fs::read_to_string(beside));
            comments.push(export::fields(target, &input.bytes)?);
            packets.push(Packet { input: &input.bytes, comments });
        }
        let mut capture = Vec::new();
        export::write(&mut capture, target, packets)?;
        let path = folder.save_as(name, &capture)?;
        let (count, good) = (inputs.len(), style::GOOD);
        writeln!(anstream::stdout().lock(), "{good}exported{good:#}  {count} packets to {}", path.display())?;
        Ok(Status::Held)
    }
}
