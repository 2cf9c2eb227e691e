//! `halligan promote`: keeps a finding as a regression.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{Status, target};
use crate::corpus::{self, Folder};

const HELP: &str = "\
The minimised input becomes corpora/TARGET/regressions/NAME and the report NAME.md beside it; the finding's folder is
removed. `cargo test` replays all regressions on every host: it fails until the finding is mended.

Examples:
  halligan promote findings/tcp_parser-panic-wire.rs-12-0c3d3195
  halligan promote tcp_parser-panic-wire.rs-12-0c3d3195 --name timestamps-behind-large-scale

Exit status:
  0  the finding is a regression now
  2  there is no such finding, or a regression of that name, or a file could not be written";

/// Move a finding into its target's regressions, which `cargo test` replays for ever.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    /// The finding's folder, or its name in `findings`.
    finding: PathBuf,
    /// Name of the regression [default: that of the finding's folder].
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
    /// Folder of regressions [default: corpora/TARGET/regressions].
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let folder = [self.finding.clone(), Path::new(corpus::FINDINGS).join(&self.finding)]
            .into_iter()
            .find(|folder| folder.join("report.json").is_file())
            .with_context(|| format!("there is no finding {} with a report.json", self.finding.display()))?;
        let report = folder.join("report.json");
        let wrong = || format!("{} is not a finding's report", report.display());
        let report: Value = serde_json::from_slice(&fs::read(&report).with_context(wrong)?).with_context(wrong)?;
        let target = target(report["target"].as_str().with_context(wrong)?)?;
        let own_name = || Some(folder.canonicalize().ok()?.file_name()?.to_str()?.to_owned());
        let name = self.name.or_else(own_name).context("the finding's folder has no name: give one with --name")?;

        let file = ["minimised", "input"].map(|file| folder.join(file)).into_iter().find(|file| file.is_file());
        let file = file.with_context(|| format!("{} holds no input", folder.display()))?;
        let input = corpus::read(&file)?;
        let to = Folder::create(&self.to.unwrap_or_else(|| corpus::regressions(target.name())))?;
        let place = to.path().join(&name);
        ensure!(!place.exists(), "there is a regression {} already: give another --name", place.display());
        let said = fs::read_to_string(folder.join("report.md"))
            .with_context(|| format!("cannot read {}", folder.join("report.md").display()))?;
        let said = said.replace(&file.display().to_string(), &place.display().to_string());
        // The explanation first: an input without one is what a test complains of.
        to.save_as(&format!("{name}.md"), said.as_bytes())?;
        to.save_as(&name, &input.bytes)?;
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        writeln!(anstream::stdout().lock(), "{} and {name}.md: `cargo test` replays it from now on", place.display())?;
        Ok(Status::Held)
    }
}

fn name(name: &str) -> Result<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.starts_with('.') || name.ends_with(".md") || !name.chars().all(fits) {
        bail!("a name is made of letters, digits, '-', '_' and '.', and ends in no .md");
    }
    Ok(name.to_owned())
}
