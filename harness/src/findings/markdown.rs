//! A finding's report for people.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use halligan_targets::observation;

use super::Break;
use super::report::{Report, hosts, outcome};
use crate::{export, show};

/// The report as Markdown; `input` is where the input that it explains is stored.
///
/// # Errors
/// Fails where the input cannot be dumped.
pub fn report(report: &Report<'_>, input: &Path) -> Result<String> {
    let (subject, whereabouts) = (report.subject(), &report.whereabouts);
    let mut text = String::new();
    head(report, &mut text)?;
    if !whereabouts.frames.is_empty() {
        let what = match subject.broke {
            Break::Death(_) => "Stack, innermost first",
            Break::Property(_) | Break::Divergence => "Rarest code that the input reached",
        };
        writeln!(text, "\n## {what}\n")?;
        whereabouts.frames.iter().try_for_each(|frame| writeln!(text, "- `{frame}`"))?;
    }
    let what = if report.minimised.is_some() { "Minimised input" } else { "Input" };
    writeln!(text, "\n## {what}, {} bytes\n\n```text", subject.input.len())?;
    text += &export::fields(subject.target, &subject.input)?;
    writeln!(text, "```\n\n## Value\n\n```rust\n{}```", show::code(subject.target, &subject.input))?;
    for witness in &subject.witnesses {
        writeln!(text, "\n## Seen on {}\n\n{}", witness.host, outcome(witness, subject).trim_end())?;
        let mut values = observation::read(&witness.account.observation).peekable();
        if values.peek().is_some() {
            writeln!(text, "\n```text")?;
            values.try_for_each(|(name, value)| writeln!(text, "{name}: {value}"))?;
            writeln!(text, "```")?;
        }
    }
    writeln!(text, "\n## Again\n\n```sh")?;
    report.replays(input).iter().try_for_each(|(_, command)| writeln!(text, "{command}"))?;
    writeln!(text, "```\n\n`reproduce.rs` is a test of it, `packet.pcapng` opens in Wireshark.")?;
    Ok(text)
}

fn head(report: &Report<'_>, text: &mut String) -> Result<()> {
    let subject = report.subject();
    let target = subject.target.name();
    match subject.property() {
        Some(property) => {
            writeln!(text, "# {target}: {} does not hold\n", property.name)?;
            writeln!(text, "- Property ({}): {}.", property.rfc, property.demands)?;
            if let Some(oracle) = property.oracle {
                writeln!(text, "- Oracle: {oracle}")?;
            }
        }
        None => writeln!(text, "# {target}: {}\n", subject.kind())?,
    }
    writeln!(text, "- Seen: {}", subject.symptom().trim())?;
    match &report.whereabouts.place {
        Some(frame) => writeln!(text, "- Place: `{frame}`")?,
        None => writeln!(text, "- Place: unknown")?,
    }
    writeln!(text, "- Hosts that show it: {}", hosts(subject.shown_by()))?;
    if subject.diverges() {
        writeln!(text, "- The hosts differ on this input.")?;
    }
    writeln!(text, "- Found by {}", report.engine)?;
    if let Some(minimised) = report.minimised {
        let (before, after) = (report.finding.input.len(), subject.input.len());
        let lies = report.finding.target.lies(&report.finding.input);
        writeln!(
            text,
            "- Minimised: {before} -> {after} bytes, {lies} -> {} lies, {} executions{}",
            minimised.lies,
            minimised.executions,
            if minimised.finished { "" } else { ", not to the end" },
        )?;
    }
    let versions: Vec<_> = report.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    writeln!(text, "- Versions: {}", versions.join(", "))?;
    Ok(())
}
