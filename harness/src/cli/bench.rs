//! `halligan bench`: executions a second of each host.

use std::io::Write;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use anyhow::{Context, Result};
use halligan_targets::AnyTarget;

use super::fuzz::duration;
use super::{Hosts, Isolate, Status, target};
use crate::agents::Agents;
use crate::campaign::{self, Peers, Settings, grouped};
use crate::corpus::Folder;
use crate::engines::Engine;
use crate::findings::Store;
use crate::host::{Host, Inputs, Options, Worker};
use crate::import;

/// Measurements of which the median counts. They go round the hosts, so that a busy moment of the machine hits all alike.
const ROUNDS: u32 = 5;

/// Measure how many inputs a second each host runs: through the mailbox alone, in batches and one at a time, and in a
/// whole campaign.
#[derive(clap::Args)]
#[command(after_help = super::examples(&["bench tcp_parser", "bench tcp_parser --host spt --for 5s"]))]
pub struct Arguments {
    /// The target.
    target: String,
    /// The hosts to measure.
    #[arg(long, value_enum, default_value = "all")]
    host: Hosts,
    /// How long to measure each figure on each host.
    #[arg(long = "for", value_name = "TIME", value_parser = duration, default_value = "5s")]
    time: Duration,
    /// Inputs of a batch.
    #[arg(long, value_name = "NUMBER", default_value = "64", value_parser = clap::value_parser!(u16).range(1..))]
    batch: u16,
    #[command(flatten)]
    isolate: Isolate,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let target = target(&self.target)?;
        let seeds: Vec<_> = import::seeds(target.name())?.into_iter().map(|seed| seed.bytes).collect();
        let kinds = self.host.kinds()?;
        let agents = Agents::build(None)?;
        let hosts = kinds.into_iter().map(|kind| Host::new(kind, &agents)).collect::<Result<Vec<_>>>()?;
        let batch: Inputs = seeds.iter().cycle().take(self.batch.into()).map(Vec::as_slice).collect();
        let mut workers = Vec::new();
        for host in &hosts {
            workers.push(host.worker(target, self.isolate.options())?);
        }
        let slice = self.time / ROUNDS;
        let batched = medians(&mut workers, |worker| batched(worker, &batch, slice))?;
        let single = medians(&mut workers, |worker| single(worker, &seeds, slice))?;
        drop(workers);
        let mut out = anstream::stdout().lock();
        writeln!(
            out,
            "inputs a second, {} seeds, batches of {}; in brackets: of the first host's",
            seeds.len(),
            self.batch
        )?;
        writeln!(out, "{:<8}{:>20}{:>20}{:>20}", "host", "in batches", "one at a time", "in a campaign")?;
        let mut campaigns = Vec::new();
        for host in &hosts {
            campaigns.push(campaign(target, vec![host.clone()], &seeds, self.time, self.isolate.options())?);
        }
        for (index, host) in hosts.iter().enumerate() {
            write!(out, "{:<8}", host.kind())?;
            for column in [&batched, &single, &campaigns] {
                let ratio = format!("({:.2})", column[index] / column[0]);
                write!(out, "{:>13}{ratio:>7}", grouped(column[index] as u64))?;
            }
            writeln!(out)?;
        }
        if hosts.len() > 1 {
            let all = campaign(target, hosts, &seeds, self.time, self.isolate.options())?;
            writeln!(out, "{:<8}{:>53}", "all", grouped(all as u64))?;
        }
        Ok(Status::Held)
    }
}

/// Measures each worker in turn, a few times over, and returns the medians.
fn medians(workers: &mut [Worker], mut measure: impl FnMut(&mut Worker) -> Result<f64>) -> Result<Vec<f64>> {
    let mut rates = vec![Vec::new(); workers.len()];
    for _ in 0..ROUNDS {
        for (worker, rates) in workers.iter_mut().zip(&mut rates) {
            rates.push(measure(worker)?);
        }
    }
    Ok(rates.iter_mut().map(|rates| median(rates)).collect())
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Runs `batch` again and again, two on their way at a time, and returns the inputs a second.
fn batched(worker: &mut Worker, batch: &Inputs, time: Duration) -> Result<f64> {
    worker.submit(batch.clone())?;
    let (start, mut runs, mut spare) = (Instant::now(), 0u64, batch.clone());
    while start.elapsed() < time {
        worker.submit(spare)?;
        spare = worker.collect(|_, _| runs += 1)?;
    }
    worker.collect(|_, _| runs += 1)?;
    Ok(runs as f64 / start.elapsed().as_secs_f64())
}

/// Runs `inputs` one at a time, and returns the inputs a second.
fn single(worker: &mut Worker, inputs: &[Vec<u8>], time: Duration) -> Result<f64> {
    let (start, mut runs) = (Instant::now(), 0u64);
    while start.elapsed() < time {
        for input in inputs {
            worker.run(input, |_| runs += 1)?;
        }
    }
    Ok(runs as f64 / start.elapsed().as_secs_f64())
}

/// Runs a campaign in a folder that is then removed, and returns the executions a second on each of its hosts.
fn campaign(
    target: &'static dyn AnyTarget,
    hosts: Vec<Host>,
    seeds: &[Vec<u8>],
    time: Duration,
    options: Options,
) -> Result<f64> {
    let folder = env::temp_dir().join(format!("halligan-bench-{}", process::id()));
    let settings = Settings {
        engine: Engine::default(),
        fuzzer: None,
        target,
        hosts,
        fault: None,
        seeds: seeds.to_vec(),
        corpus: Folder::create(&folder.join("corpus"))?,
        findings: Store::create(&folder.join("findings"))?,
        time,
        runs: None,
        jobs: 1,
        seed: 1,
        timeout: options.timeout,
        isolation: options.isolation,
        peers: Peers::default(),
    };
    let figures = campaign::run(&settings, &AtomicBool::new(false), Duration::from_millis(20), |_, _| Ok(()));
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    let figures = figures?;
    Ok(figures.hosts.first().map_or(0.0, |host| host.rate(figures.elapsed)))
}
