//! `halligan report`: a campaign as one page.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{Hosts, Status, style};
use crate::agents::Agents;
use crate::corpus::Folder;
use crate::host::Host;
use crate::report::{Report, record, render};

/// Write one HTML page on a campaign: coverage over time and by line of the source, findings, labels, and hosts compared.
#[derive(clap::Args)]
#[command(after_help = super::examples(&["report fuzz/corpus/tcp_parser", "report fuzz/corpus/tcp_parser --to target/tcp.html --host native"]))]
pub struct Arguments {
    /// The campaign's corpus.
    #[arg(value_name = "FOLDER")]
    corpus: PathBuf,
    /// The page to be written.
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    to: PathBuf,
    /// The hosts to replay the corpus on.
    #[arg(long, value_enum, default_value = "all")]
    host: Hosts,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let known = record(&self.corpus)?;
        let Some(name) = self.to.file_name().and_then(|name| name.to_str()) else {
            bail!("{} is not the name of a file", self.to.display());
        };
        let folder = self.to.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = Folder::create(folder.unwrap_or(".".as_ref()))?;
        let kinds = self.host.kinds()?;
        let agents = Agents::build(known.0.fault.as_deref())?;
        let hosts = kinds.into_iter().map(|kind| Host::new(kind, &agents)).collect::<Result<Vec<_>>>()?;
        let report = Report::new(known, &self.corpus, &hosts, style::warn)?;
        let page = folder.save_as(name, render(&report).as_bytes()).context("cannot write the page")?;
        let (findings, inputs) = (report.findings.len(), report.inputs);
        writeln!(anstream::stdout(), "{inputs} inputs and {findings} findings in {}", page.display())?;
        Ok(Status::Held)
    }
}
