//! `halligan compare`: whether the hosts see and cover the same.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Result, bail};

use super::inputs::Inputs;
use super::{Hosts, Isolate, Status, style};
use crate::agents::Agents;
use crate::compare::{Replay, replay, stack_edges};
use crate::corpus;
use crate::edges::Edge;
use crate::host::{Host, Kind};

/// Replay a corpus on every host; compare what they saw and which edges of the stack they covered.
#[derive(clap::Args)]
#[command(after_help = super::examples(&["compare tcp_parser corpora/tcp_parser/seeds", "compare tcp_parser fuzz/corpus/tcp_parser --edges"]))]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    /// List the covered edges of the stack.
    #[arg(long)]
    edges: bool,
    #[command(flatten)]
    isolate: Isolate,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let target = self.inputs.target()?;
        let inputs = corpus::read_all(&self.inputs.paths)?;
        let kinds = Hosts::All.kinds()?;
        let [first, others @ ..] = &kinds[..] else { bail!("no host works here") };
        if others.is_empty() {
            bail!("only the host {first} works here: there is nothing to compare it with");
        }
        let agents = Agents::build(None)?;
        let side = |kind: Kind| -> Result<(Host, Replay)> {
            let host = Host::new(kind, &agents)?;
            let replay =
                replay(&host, target, self.isolate.options(), inputs.iter().map(|input| &input.bytes[..]), |_| ())?;
            Ok((host, replay))
        };
        let (host, replay) = side(*first)?;
        let covered = stack_edges(&host, &replay.covered)?;
        let mut out = anstream::stdout().lock();
        let mut same = true;
        for &kind in others {
            let (other_host, other_replay) = side(kind)?;
            let other_covered = stack_edges(&other_host, &other_replay.covered)?;
            let total = inputs.len();
            writeln!(out, "{}: {total} inputs on {first} and {kind}", target.name())?;
            let mut equal = 0;
            for (index, input) in inputs.iter().enumerate() {
                if replay.accounts[index].agrees(&other_replay.accounts[index]) {
                    equal += 1;
                } else {
                    writeln!(out, "  differ: {}", input.path.display())?;
                }
            }
            writeln!(out, "  observations and verdicts  {equal} of {total} equal")?;
            let (ours, theirs) = (covered.len(), other_covered.len());
            let (all, other_all) = (every_stack_edge(&host)?, every_stack_edge(&other_host)?);
            writeln!(
                out,
                "  covered edges of the stack {ours} of {all} on {first}, {theirs} of {other_all} on {kind}"
            )?;
            only(&mut out, *first, &covered, &other_covered)?;
            only(&mut out, kind, &other_covered, &covered)?;
            same &= equal == total && covered == other_covered;
        }
        if self.edges {
            let mut edges: Vec<_> = covered.iter().copied().collect();
            edges.sort_by_key(|edge| (edge.frame(), edge.ordinal));
            for edge in edges {
                writeln!(out, "  {}", line(edge))?;
            }
        }
        let (style, verdict) =
            if same { (style::GOOD, "the same on every host") } else { (style::BAD, "not the same") };
        writeln!(out, "{style}{verdict}{style:#}")?;
        Ok(if same { Status::Held } else { Status::Broken })
    }
}

/// Number of edges that the stack has in the host's image.
fn every_stack_edge(host: &Host) -> Result<usize> {
    let every = (0..host.edges().len() as u32).collect();
    Ok(stack_edges(host, &every)?.len())
}

/// Lists the edges that one host alone covered.
fn only(out: &mut impl Write, kind: Kind, ours: &BTreeSet<&Edge>, theirs: &BTreeSet<&Edge>) -> Result<()> {
    for edge in ours.difference(theirs) {
        writeln!(out, "    only on {kind}: {}", line(edge))?;
    }
    Ok(())
}

fn line(edge: &Edge) -> String {
    let frame = edge.frame().map(ToString::to_string).unwrap_or_default();
    format!("{frame} #{}", edge.ordinal)
}
