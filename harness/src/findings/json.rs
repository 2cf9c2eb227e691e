//! A finding's report for programs.

use std::path::Path;

use anyhow::Result;
use halligan_targets::observation;
use serde_json::{Map, Value, json};

use super::report::{Report, outcome};
use crate::{export, show};

/// The report as JSON; `input` is where the input that it explains is stored.
///
/// # Errors
/// Fails where the input cannot be dumped.
pub fn report(report: &Report<'_>, input: &Path) -> Result<Value> {
    let (subject, whereabouts) = (report.subject(), &report.whereabouts);
    let witnesses = subject.witnesses.iter().map(|witness| {
        let values = observation::read(&witness.account.observation);
        json!({
            "host": witness.host.to_string(),
            "outcome": outcome(witness, subject),
            "observation": values.map(|(name, value)| json!([name, value.to_string()])).collect::<Vec<_>>(),
        })
    });
    let witnesses: Vec<_> = witnesses.collect();
    let versions: Map<_, _> = report.versions.iter().map(|(name, version)| (name.clone(), json!(version))).collect();
    let replays = report.replays(input);
    Ok(json!({
        "target": subject.target.name(),
        "kind": subject.kind(),
        "property": subject.property().map(|property| json!({
            "name": property.name,
            "rfc": property.rfc,
            "demands": property.demands,
            "oracle": property.oracle,
        })),
        "symptom": subject.symptom(),
        "place": whereabouts.place,
        "frames": whereabouts.frames,
        "hosts": subject.shown_by().map(|witness| witness.host.to_string()).collect::<Vec<_>>(),
        "diverges": subject.diverges(),
        "engine": report.engine,
        "versions": versions,
        "input": hex(&report.finding.input),
        "minimised": report.minimised.map(|minimised| json!({
            "input": hex(&minimised.finding.input),
            "lies": minimised.lies,
            "executions": minimised.executions,
            "finished": minimised.finished,
        })),
        "fields": export::fields(subject.target, &subject.input)?,
        "value": show::code(subject.target, &subject.input),
        "witnesses": witnesses,
        "replay": replays[0].1,
        "replays": replays.iter().map(|(engine, command)| json!([engine, command])).collect::<Vec<_>>(),
    }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
