//! `halligan list`: targets, properties and hosts.

use std::io::Write;

use anyhow::Result;
use halligan_targets::{AnyTarget, Property, TARGETS};
use serde_json::{Value, json};

use super::{Status, style};
use crate::host::Kind;

/// List the targets, and the hosts that work on this machine.
#[derive(clap::Args)]
#[command(after_help = super::examples(&["list --properties"]))]
pub struct Arguments {
    /// List each target's properties, where they come from, and the oracle that they compare with.
    #[arg(long)]
    properties: bool,
    /// Print one JSON object, properties included.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let mut out = anstream::stdout().lock();
        if self.json {
            writeln!(out, "{}", json())?;
            return Ok(Status::Held);
        }
        let (name, dim) = (style::NAME, style::DIM);
        writeln!(out, "Targets")?;
        for target in TARGETS {
            writeln!(out, "  {name}{:<16}{name:#}{}", target.name(), target.about())?;
            for property in target.properties().iter().filter(|_| self.properties) {
                let oracle = property.oracle.map(|oracle| format!(", oracle {oracle}")).unwrap_or_default();
                writeln!(out, "    {:<24}{}", property.name, property.demands)?;
                writeln!(out, "    {:<24}{dim}{}{oracle}{dim:#}", "", property.rfc)?;
            }
        }
        writeln!(out, "Hosts")?;
        for kind in Kind::ALL {
            match kind.available() {
                Ok(()) => writeln!(out, "  {name}{kind:<16}{name:#}{}", kind.about())?,
                Err(why) => {
                    let bad = style::BAD;
                    writeln!(
                        out,
                        "  {name}{kind:<16}{name:#}{} {bad}does not work here{bad:#}: {why:#}",
                        kind.about()
                    )?;
                }
            }
        }
        Ok(Status::Held)
    }
}

fn json() -> Value {
    let property = |property: &Property| {
        json!({
            "name": property.name, "rfc": property.rfc, "demands": property.demands, "oracle": property.oracle,
        })
    };
    let target = |target: &&dyn AnyTarget| {
        let properties: Vec<_> = target.properties().iter().map(property).collect();
        json!({ "name": target.name(), "about": target.about(), "properties": properties })
    };
    let host = |kind: Kind| {
        let why_not = kind.available().err().map(|why| format!("{why:#}"));
        json!({ "name": kind.to_string(), "about": kind.about(), "works": why_not.is_none(), "why_not": why_not })
    };
    json!({
        "targets": TARGETS.iter().map(target).collect::<Vec<_>>(),
        "hosts": Kind::ALL.into_iter().map(host).collect::<Vec<_>>(),
    })
}
