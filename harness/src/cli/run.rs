//! `halligan run`: replays inputs on hosts.

use std::io::Write;

use anyhow::Result;
use halligan_targets::{AnyTarget, observation};
use serde_json::{Value, json};

use super::inputs::Inputs;
use super::{Build, Status, style};
use crate::compare::{Account, differences, replay};
use crate::corpus::{self, Input};
use crate::findings::{Finding, Witness, locate};
use crate::host::{Host, Kind, Outcome};

/// Replay inputs on every host and compare what the hosts saw.
#[derive(clap::Args)]
#[command(after_help = super::examples(&["run tcp_parser corpora/tcp_parser/seeds", "run tcp_parser findings/NAME/minimised --host spt"]))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    build: Build,
    /// Print one JSON object an input.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let target = self.inputs.target()?;
        let inputs = corpus::read_all(&self.inputs.paths)?;
        let hosts = self.build.hosts()?;
        let mut columns = Vec::new();
        for host in &hosts {
            columns.push(
                replay(host, target, self.build.options(), inputs.iter().map(|input| &input.bytes[..]), |_| ())?
                    .accounts,
            );
        }
        let report = Report { target, hosts: &hosts, kinds: hosts.iter().map(Host::kind).collect() };
        let mut out = anstream::stdout().lock();
        let (mut failed, mut differing) = (0, 0);
        for (index, input) in inputs.iter().enumerate() {
            let accounts: Vec<&Account> = columns.iter().map(|accounts| &accounts[index]).collect();
            let agree = accounts.iter().all(|account| account.agrees(accounts[0]));
            differing += usize::from(!agree);
            failed += usize::from(accounts.iter().any(|account| !account.held()));
            if self.json {
                writeln!(out, "{}", report.json(input, &accounts, agree))?;
            } else {
                report.text(&mut out, input, &accounts, agree)?;
            }
        }
        if inputs.len() > 1 && !self.json {
            let count = inputs.len();
            writeln!(out, "{count} inputs: {} passed, {failed} failed, {differing} differ", count - failed)?;
        }
        Ok(if failed + differing == 0 { Status::Held } else { Status::Broken })
    }
}

struct Report<'h> {
    target: &'static dyn AnyTarget,
    hosts: &'h [Host],
    kinds: Vec<Kind>,
}

impl Report<'_> {
    fn text(&self, out: &mut impl Write, input: &Input, accounts: &[&Account], agree: bool) -> Result<()> {
        let path = input.path.display();
        let hosts = self.kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(" = ");
        let (good, bad, dim) = (style::GOOD, style::BAD, style::DIM);
        if agree && accounts[0].held() {
            return Ok(writeln!(out, "{good}passed{good:#}  {path}  {dim}{hosts}{dim:#}")?);
        }
        if agree {
            let verdict = verdict(self.target, &accounts[0].outcome);
            writeln!(out, "{bad}failed{bad:#}  {path}  {dim}{hosts}{dim:#}  {verdict}")?;
            return self.place(out, input, accounts);
        }
        writeln!(out, "{bad}differ{bad:#}  {path}")?;
        for (kind, account) in self.kinds.iter().zip(accounts) {
            writeln!(out, "        {kind:<8}{}", verdict(self.target, &account.outcome))?;
        }
        for (kind, account) in self.kinds.iter().zip(accounts).skip(1) {
            for difference in differences(&accounts[0].observation, &account.observation) {
                let side = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
                let (first, second) = (side(difference.first), side(difference.second));
                writeln!(out, "        {}: {} {first}, {kind} {second}", difference.name, self.kinds[0])?;
            }
        }
        self.place(out, input, accounts)
    }

    /// Where an agent died.
    fn place(&self, out: &mut impl Write, input: &Input, accounts: &[&Account]) -> Result<()> {
        let witness = |(kind, account): (&Kind, &&Account)| Witness {
            host: *kind,
            account: (*account).clone(),
            edges: Vec::new(),
        };
        let witnesses = self.kinds.iter().zip(accounts).map(witness).collect();
        if let Some(finding) = Finding::new(self.target, &input.bytes, witnesses)
            && let Some(frame) = locate(&finding, self.hosts)?.place
        {
            writeln!(out, "        at {frame}")?;
        }
        Ok(())
    }

    fn json(&self, input: &Input, accounts: &[&Account], agree: bool) -> Value {
        let hosts: serde_json::Map<String, Value> = self
            .kinds
            .iter()
            .zip(accounts)
            .map(|(kind, account)| {
                let outcome = match &account.outcome {
                    Outcome::Passed => json!({ "verdict": "passed" }),
                    Outcome::Failed { property, detail } => {
                        let name = self.target.properties().get(*property as usize).map(|property| property.name);
                        json!({ "verdict": "failed", "property": name, "detail": detail })
                    }
                    Outcome::Died(death) => json!({ "verdict": death.kind(), "detail": death.to_string() }),
                };
                let mut account_json = outcome;
                account_json["observation"] = observed(&account.observation);
                (kind.to_string(), account_json)
            })
            .collect();
        json!({ "input": input.path, "agree": agree, "hosts": hosts })
    }
}

/// An outcome in a line.
pub(super) fn verdict(target: &dyn AnyTarget, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed => "passed".to_owned(),
        Outcome::Failed { property, detail } => match target.properties().get(*property as usize) {
            Some(property) => format!("{} ({}): {detail}", property.name, property.rfc),
            None => detail.clone(),
        },
        Outcome::Died(death) => death.to_string(),
    }
}

/// An observation as a list of pairs: names may come more than once.
pub(super) fn observed(bytes: &[u8]) -> Value {
    observation::read(bytes)
        .map(|(name, value)| match value {
            observation::Value::Number(number) => json!([name, number]),
            observation::Value::Bytes(bytes) => json!([name, hex(bytes)]),
        })
        .collect()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
