//! `halligan triage`: makes few findings of many crashes.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::inputs::Inputs;
use super::minimising::{Minimising, Treated};
use super::{Build, Status, style};
use crate::corpus;
use crate::findings::{Report, Store};
use crate::import;
use crate::minimise::{Done, Panel};
use crate::triage::{Group, Triage};

const HELP: &str = "\
Every input is minimised as `min` does it, beside itself; then those that break the same property at the same place are one
finding, and those of them that are minimised to the same bytes one form of it.

Examples:
  halligan triage tcp_parser fuzz/artifacts/tcp_parser
  halligan triage tcp_parser crashes --findings findings

Exit status:
  0  no input breaks anything
  1  there are findings
  2  something was wrong with the command, an input or the machine, or the run was stopped";

/// Group crashes by what breaks, where, and their minimal form.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    minimising: Minimising,
    /// Write a folder for each finding into this one.
    #[arg(long, value_name = "FOLDER")]
    findings: Option<PathBuf>,
    #[command(flatten)]
    build: Build,
    /// Print one JSON object a finding.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let target = self.inputs.target()?;
        let files = corpus::list_all(&self.inputs.paths)?;
        let places = self.minimising.places(&files)?;
        let store = self.findings.as_deref().map(Store::create).transpose()?;
        let hosts = self.build.hosts()?;
        let (mut triage, mut passing, mut failed) = (Triage::default(), 0, 0);
        let options = self.minimising.options(self.build.options());
        self.minimising.run(target, &files, &places, &hosts, options, |file, outcome| {
            match outcome {
                Ok(Treated { done: Done::Minimised { result, path, .. }, .. }) => triage.add(file, result, path),
                Ok(Treated { done: Done::Passes, .. }) => passing += 1,
                Err(error) => {
                    failed += 1;
                    anstream::eprintln!("{note}warning:{note:#} {}: {error:#}", file.display(), note = style::NOTE);
                }
            }
            Ok(())
        })?;
        let groups = triage.groups();
        // The place of a property that does not hold is guessed by what the seeds do not reach.
        let mut panel = Panel::new(&hosts, target, options)?;
        if groups.iter().any(|group| group.finding().property().is_some()) {
            let seeds = import::seeds(target.name())?;
            panel.learn(seeds.iter().map(|seed| &seed.bytes[..]))?;
        }
        let mut out = anstream::stdout().lock();
        for group in &groups {
            let finding = panel.finding(target, &group.finding().input)?;
            let finding = finding.as_ref().unwrap_or(group.finding());
            let report = Report::new(finding, "triage", &hosts, self.build.plant())?;
            let report = report.with_minimised(&group.forms[0].minimised);
            let folder = store.as_ref().map(|store| save(store, &report)).transpose()?;
            if self.json {
                writeln!(out, "{}", json(group, &report, folder.as_deref()))?;
            } else {
                text(&mut out, group, &report, folder.as_deref())?;
            }
        }
        if !self.json {
            let (total, count) = (files.len(), groups.len());
            let findings = if count == 1 { "finding" } else { "findings" };
            writeln!(out, "{count} {findings} in {total} inputs; {passing} pass, {failed} could not be minimised")?;
        }
        match (failed, groups.is_empty()) {
            (1.., _) => bail!("{failed} of {} inputs could not be minimised", files.len()),
            (_, true) => Ok(Status::Held),
            (_, false) => Ok(Status::Broken),
        }
    }
}

/// Saves a finding, or completes it where it is known.
fn save(store: &Store, report: &Report<'_>) -> Result<PathBuf> {
    let (folder, complete) = store.save(report)?;
    if !complete {
        store.complete(&folder, report)?;
    }
    Ok(folder)
}

fn text(out: &mut impl Write, group: &Group, report: &Report<'_>, folder: Option<&Path>) -> Result<()> {
    let (bad, dim) = (style::BAD, style::DIM);
    let line: String = report.line().chars().take(160).collect();
    writeln!(out, "{bad}{:>5}{bad:#}  {line}", group.files())?;
    for form in &group.forms {
        let (bytes, lies) = (form.minimised.finding.input.len(), form.minimised.lies);
        let files = if form.files.len() == 1 { "input" } else { "inputs" };
        let path = form.path.display();
        writeln!(out, "       {dim}{bytes} bytes, {lies} lies, of {} {files}: {path}{dim:#}", form.files.len())?;
    }
    if let Some(folder) = folder {
        writeln!(out, "       {}", folder.join("report.md").display())?;
    }
    Ok(())
}

fn json(group: &Group, report: &Report<'_>, folder: Option<&Path>) -> Value {
    let finding = group.finding();
    let forms = group.forms.iter().map(|form| {
        json!({
            "minimised": form.path, "bytes": form.minimised.finding.input.len(), "lies": form.minimised.lies,
            "files": form.files,
        })
    });
    json!({
        "kind": finding.kind(), "line": report.line(), "name": report.name(), "files": group.files(),
        "forms": forms.collect::<Vec<_>>(), "folder": folder,
        "hosts": finding.shown_by().map(|witness| witness.host.to_string()).collect::<Vec<_>>(),
    })
}
