//! A finding's report, for people and for programs.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use halligan_targets::observation;
use serde_json::{Value, json};

use super::place::{Whereabouts, locate};
use super::{Break, Finding, Witness};
use crate::host::{Host, Outcome};
use crate::show;

/// A finding with where it comes from.
pub struct Report<'f> {
    finding: &'f Finding,
    build: &'f str,
    whereabouts: Whereabouts,
}

impl<'f> Report<'f> {
    /// Explains `finding`, with the debug information of `hosts`, whose agents were built with the options `build`,
    /// each behind a space.
    ///
    /// # Errors
    /// Fails where that cannot be read.
    pub fn new(finding: &'f Finding, hosts: &[Host], build: &'f str) -> Result<Self> {
        Ok(Self { finding, build, whereabouts: locate(finding, hosts)? })
    }

    /// A name for the finding's folder: target, what broke, place, and a hash of the finding's key.
    pub fn name(&self) -> String {
        let Self { finding, whereabouts, .. } = self;
        let place = whereabouts.place.as_ref().map_or_else(String::new, |frame| {
            let file = frame.place.file.rsplit('/').next().unwrap_or_default();
            format!("-{file}-{}", frame.place.line)
        });
        let hash = crate::corpus::name(finding.key().as_bytes());
        format!("{}-{}{place}-{}", finding.target.name(), finding.kind(), &hash[..8])
    }

    /// One line: what broke, what was seen, where, on which hosts.
    pub fn line(&self) -> String {
        let finding = self.finding;
        let place = self.whereabouts.place.as_ref().map_or_else(String::new, |frame| format!(" at {}", frame.place));
        let symptom = finding.symptom();
        let symptom = symptom.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{}{place} on {}: {symptom}", finding.kind(), hosts(finding.shown_by()))
    }

    /// The report as Markdown; `input` is where the input is stored.
    ///
    /// # Errors
    /// Fails where the input cannot be dumped.
    pub fn markdown(&self, input: &Path) -> Result<String> {
        let Self { finding, whereabouts, .. } = self;
        let mut text = String::new();
        self.head(&mut text)?;
        if !whereabouts.frames.is_empty() {
            let what = match finding.broke {
                Break::Death(_) => "Stack, innermost first",
                Break::Property(_) | Break::Divergence => "Rarest code that the input reached",
            };
            writeln!(text, "\n## {what}\n")?;
            whereabouts.frames.iter().try_for_each(|frame| writeln!(text, "- `{frame}`"))?;
        }
        writeln!(text, "\n## Input, {} bytes\n\n```text", finding.input.len())?;
        text += &dump(finding)?;
        writeln!(text, "```\n\n## Value\n\n```rust\n{}```", show::code(finding.target, &finding.input))?;
        for witness in &finding.witnesses {
            writeln!(text, "\n## Seen on {}\n\n{}", witness.host, outcome(witness, finding).trim_end())?;
            let mut values = observation::read(&witness.account.observation).peekable();
            if values.peek().is_some() {
                writeln!(text, "\n```text")?;
                values.try_for_each(|(name, value)| writeln!(text, "{name}: {value}"))?;
                writeln!(text, "```")?;
            }
        }
        writeln!(text, "\n## Again\n\n```sh\n{}\n```", self.replay(input))?;
        Ok(text)
    }

    fn head(&self, text: &mut String) -> Result<()> {
        let Self { finding, whereabouts, .. } = self;
        let target = finding.target.name();
        match finding.property() {
            Some(property) => {
                writeln!(text, "# {target}: {} does not hold\n", property.name)?;
                writeln!(text, "- Property ({}): {}.", property.rfc, property.demands)?;
                if let Some(oracle) = property.oracle {
                    writeln!(text, "- Oracle: {oracle}")?;
                }
            }
            None => writeln!(text, "# {target}: {}\n", finding.kind())?,
        }
        writeln!(text, "- Seen: {}", finding.symptom().trim())?;
        match &whereabouts.place {
            Some(frame) => writeln!(text, "- Place: `{frame}`")?,
            None => writeln!(text, "- Place: unknown")?,
        }
        writeln!(text, "- Hosts that show it: {}", hosts(finding.shown_by()))?;
        if finding.diverges() {
            writeln!(text, "- The hosts differ on this input.")?;
        }
        Ok(())
    }

    /// The report as JSON; `input` is where the input is stored.
    ///
    /// # Errors
    /// Fails where the input cannot be dumped.
    pub fn json(&self, input: &Path) -> Result<Value> {
        let Self { finding, whereabouts, .. } = self;
        let witnesses = finding.witnesses.iter().map(|witness| {
            let values = observation::read(&witness.account.observation);
            json!({
                "host": witness.host.to_string(),
                "outcome": outcome(witness, finding),
                "observation": values.map(|(name, value)| json!([name, value.to_string()])).collect::<Vec<_>>(),
            })
        });
        let witnesses: Vec<_> = witnesses.collect();
        Ok(json!({
            "target": finding.target.name(),
            "kind": finding.kind(),
            "property": finding.property().map(|property| json!({
                "name": property.name,
                "rfc": property.rfc,
                "demands": property.demands,
                "oracle": property.oracle,
            })),
            "symptom": finding.symptom(),
            "place": whereabouts.place,
            "frames": whereabouts.frames,
            "hosts": finding.shown_by().map(|witness| witness.host.to_string()).collect::<Vec<_>>(),
            "diverges": finding.diverges(),
            "input": hex(&finding.input),
            "value": show::code(finding.target, &finding.input),
            "witnesses": witnesses,
            "replay": self.replay(input),
        }))
    }

    fn replay(&self, input: &Path) -> String {
        format!("cargo run --release -- run {}{} {}", self.finding.target.name(), self.build, input.display())
    }
}

fn hosts<'w>(witnesses: impl Iterator<Item = &'w Witness>) -> String {
    witnesses.map(|witness| witness.host.to_string()).collect::<Vec<_>>().join(", ")
}

fn outcome(witness: &Witness, finding: &Finding) -> String {
    match &witness.account.outcome {
        Outcome::Passed => "All properties held.".into(),
        Outcome::Failed { property, detail } => {
            let name = finding.target.properties().get(*property as usize).map_or("?", |property| property.name);
            format!("{name} does not hold: {detail}")
        }
        Outcome::Died(death) => death.to_string(),
    }
}

fn dump(finding: &Finding) -> Result<String> {
    let mut plain = anstream::StripStream::new(Vec::new());
    show::dump(finding.target, &finding.input, &mut plain).context("cannot dump the input")?;
    Ok(String::from_utf8_lossy(&plain.into_inner()).into_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
