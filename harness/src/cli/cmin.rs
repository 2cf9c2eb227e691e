//! `halligan cmin`: the smallest corpus with equal coverage.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use halligan_targets::AnyTarget;

use super::bar::Bar;
use super::inputs::Inputs;
use super::{Build, Status, style};
use crate::campaign::grouped;
use crate::corpus::{self, Covering, Folder, Input, cover};
use crate::host::{self, Host, Options, Outcome};

const HELP: &str = "\
Keeps few inputs that cover, on every chosen host, every edge that all of them do; of inputs that cover as much the shortest.
What lies in the folder of results already stays and counts: so corpora of several machines are merged into one. Names are
SHA-1 sums. Inputs that break something are left out.

Examples:
  halligan cmin tcp_parser fuzz/corpus/tcp_parser --to target/smallest
  halligan cmin tcp_parser from-one-machine from-another --to fuzz/corpus/tcp_parser

Exit status:
  0  the folder of results covers all that the inputs do
  2  something was wrong with the command, an input or the machine; nothing was written";

/// Keep the smallest set of inputs with equal coverage over all chosen hosts; merge corpora.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    /// Folder of results.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    #[command(flatten)]
    build: Build,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let target = self.inputs.target()?;
        let mut inputs = corpus::read_all(&self.inputs.paths)?;
        let mut names = BTreeSet::new();
        let all = inputs.len();
        inputs.retain(|input| names.insert(corpus::name(&input.bytes)));
        let there = Folder::create(&self.to).and_then(|folder| corpus::read_folder(folder.path()))?;
        let hosts = self.build.hosts()?;
        let mut bar = Bar::new("run", inputs.len() + there.len());
        let known = coverage(&hosts, target, &there, &mut bar)?;
        let known: BTreeSet<u32> = known.into_iter().flatten().flat_map(|covering| covering.covered).collect();
        let coverings = coverage(&hosts, target, &inputs, &mut bar)?;
        bar.end();
        let (mut usable, mut broken) = (Vec::new(), Vec::new());
        for (input, covering) in inputs.iter().zip(coverings) {
            match covering {
                Some(covering) => usable.push((input, covering)),
                None => broken.push(input),
            }
        }
        if usable.is_empty() {
            bail!("each of the {all} inputs breaks something: `halligan triage` tells what");
        }
        let (usable, coverings): (Vec<_>, Vec<_>) = usable.into_iter().unzip();
        let taken = cover(&coverings, &known);
        let folder = Folder::create(&self.to)?;
        taken.iter().try_for_each(|&index| folder.save(&usable[index].bytes).map(drop))?;
        if let Some(first) = broken.first() {
            let (count, note) = (broken.len(), style::NOTE);
            let first = first.path.display();
            anstream::eprintln!("{note}note:{note:#} {count} inputs break something and are left out, first {first}");
        }
        let edges: BTreeSet<_> = coverings.iter().flat_map(|covering| &covering.covered).chain(&known).collect();
        writeln!(
            anstream::stdout().lock(),
            "{good}kept{good:#}  {} of {} inputs, besides {} that were there; together {} edges on {}: {}",
            grouped(taken.len() as u64),
            grouped(all as u64),
            there.len(),
            grouped(edges.len() as u64),
            hosts.iter().map(|host| host.kind().to_string()).collect::<Vec<_>>().join(" and "),
            self.to.display(),
            good = style::GOOD,
        )?;
        Ok(Status::Held)
    }
}

/// What each input covers on all hosts, numbered through; nothing for those that break something.
fn coverage(hosts: &[Host], target: &dyn AnyTarget, inputs: &[Input], bar: &mut Bar) -> Result<Vec<Option<Covering>>> {
    let size = |input: &Input| Covering { covered: BTreeSet::new(), size: input.bytes.len() };
    let mut coverings: Vec<_> = inputs.iter().map(|input| Some(size(input))).collect();
    let mut first = 0;
    for host in hosts {
        let mut worker = host.worker(target, Options::default())?;
        worker.submit(inputs.iter().map(|input| &input.bytes[..]).collect::<host::Inputs>())?;
        worker.collect(|index, run| {
            match &mut coverings[index] {
                Some(covering) if run.outcome == Outcome::Passed => {
                    covering.covered.extend(run.hits().map(|(edge, _)| first + edge));
                }
                broken => *broken = None,
            }
            if first == 0 {
                bar.done(|| ());
            }
        })?;
        first += host.edges().len() as u32;
    }
    Ok(coverings)
}
