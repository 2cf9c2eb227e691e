//! `halligan show`: explains one input.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use halligan_targets::{AnyTarget, observation};
use serde_json::{Value, json};

use super::run::{hex, observed, verdict};
use super::{Status, style, target};
use crate::agents::Agents;
use crate::compare::{Account, replay};
use crate::corpus::{self, Input};
use crate::host::{Host, Kind, Options};
use crate::show::{code, dump};

/// Longest value of an observation that is shown in full, in characters.
const LONGEST_VALUE: usize = 72;

/// Show an input: every byte with its field, the value as Rust code, and what the parser saw natively.
#[derive(clap::Args)]
#[command(after_help = super::examples(&["show tcp_parser findings/NAME/minimised"]))]
pub struct Arguments {
    /// The target.
    target: String,
    /// The input.
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let target = target(&self.target)?;
        let input = corpus::read(&self.file)?;
        let mut out = anstream::stdout().lock();
        if !self.json {
            let lies = match target.lies(&input.bytes) {
                0 => String::new(),
                1 => ", 1 lie".to_owned(),
                lies => format!(", {lies} lies"),
            };
            writeln!(out, "{}: {} bytes{lies}\n", self.file.display(), input.bytes.len())?;
            dump(target, &input.bytes, &mut out)?;
            writeln!(out, "\n{}", code(target, &input.bytes))?;
            out.flush()?;
        }
        let host = Host::new(Kind::Native, &Agents::build(None)?)?;
        let account = replay(&host, target, Options::default(), [&input.bytes[..]], |_| ())?.accounts.remove(0);
        if self.json {
            writeln!(out, "{}", json(target, &input, &account))?;
        } else {
            let values: Vec<_> = observation::read(&account.observation).collect();
            let width = values.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            for (name, value) in values {
                // Long bytes stand in the dump above already.
                let value = value.to_string();
                let cut = value
                    .char_indices()
                    .nth(LONGEST_VALUE)
                    .map_or(value.clone(), |(at, _)| format!("{}...", &value[..at]));
                writeln!(out, "{}{name:<width$}{:#}  {cut}", style::NAME, style::NAME)?;
            }
            let style = if account.held() { style::GOOD } else { style::BAD };
            writeln!(out, "\n{style}{}{style:#}", verdict(target, &account.outcome))?;
        }
        Ok(if account.held() { Status::Held } else { Status::Broken })
    }
}

fn json(target: &dyn AnyTarget, input: &Input, account: &Account) -> Value {
    let mut fields = Vec::new();
    target.annotate(&input.bytes, &mut |field| {
        let bits = field.bits.map(|bits| [bits.start, bits.end]);
        fields.push(json!({
            "start": field.bytes.start, "end": field.bytes.end, "bits": bits, "depth": field.depth,
            "name": field.name, "value": field.value, "lie": field.lie,
        }));
    });
    json!({
        "input": input.path,
        "bytes": hex(&input.bytes),
        "fields": fields,
        "lies": target.lies(&input.bytes),
        "code": code(target, &input.bytes),
        "observation": observed(&account.observation),
        "verdict": verdict(target, &account.outcome),
    })
}
