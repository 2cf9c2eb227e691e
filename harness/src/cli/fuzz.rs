//! `halligan fuzz`: campaigns.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, thread};

use anyhow::{Result, bail, ensure};

use super::inputs::stop_on_signal;
use super::metrics::Endpoint;
use super::progress::{Display, Style};
use super::{Build, Hosts, Status, style, target};
use crate::campaign::{self, Peers, Settings};
use crate::corpus::{self, Folder};
use crate::engines::Engine;
use crate::findings::Store;
use crate::host::{Host, Isolation, Kind};
use crate::import;

/// How often the display looks at a campaign.
const INTERVAL: Duration = Duration::from_millis(100);

/// Fuzz a target on every host at once, and compare the hosts.
#[derive(clap::Args)]
#[command(after_help = super::examples(&["fuzz tcp_parser --for 10m --host spt --jobs 2", "fuzz tcp_parser --plant tcp_parser/views_agree --for 10s", "fuzz tcp_parser --engine libfuzzer", "fuzz tcp_parser --for 10h --join 192.0.2.1:4000"]))]
pub struct Arguments {
    /// The target.
    target: String,
    /// What chooses inputs: libafl, libfuzzer (through cargo-fuzz), afl (AFL++), or random.
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    engine: Engine,
    /// How long: a number of seconds, or one with the unit ms, s, m, h or d.
    #[arg(long = "for", value_name = "TIME", value_parser = duration, default_value = "60s")]
    time: Duration,
    /// End after so many executions on each host, if that is earlier.
    #[arg(long, value_name = "NUMBER")]
    runs: Option<u64>,
    /// Threads, each with an agent on each host [default: as many as the processors carry].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Seed of all random choices; the same seed, with --jobs 1 and --runs, keeps the same inputs [default: from the clock].
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Folder that inputs are kept in, besides the seeds of corpora/TARGET [default: fuzz/corpus/TARGET].
    #[arg(long, value_name = "FOLDER")]
    corpus: Option<PathBuf>,
    /// Folder for findings.
    #[arg(long, value_name = "FOLDER", default_value = corpus::FINDINGS)]
    findings: PathBuf,
    /// How long an agent may work on one input.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "1s")]
    timeout: Duration,
    /// Folder of seeds [default: corpora/TARGET/seeds].
    #[arg(long, value_name = "FOLDER")]
    seeds: Option<PathBuf>,
    /// Serve metrics for Prometheus there, as 127.0.0.1:9100: see ci/grafana.json.
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
    /// Address where campaigns of this target can join, to exchange inputs.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Join the campaign that listens there, once or more.
    #[arg(long, value_name = "HOST:PORT")]
    join: Vec<String>,
    #[command(flatten)]
    build: Build,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let target = target(&self.target)?;
        let name = target.name();
        let hosts = self.hosts()?;
        self.engine.available()?;
        let corpus = Folder::create(&self.corpus.unwrap_or_else(|| corpus::working(name)))?;
        corpus.tidy()?;
        let findings = Store::create(&self.findings)?;
        let seeds = seeds(name, self.seeds.as_deref(), corpus.path())?;
        let hosts = self.build.hosts_of(hosts)?;
        let mut settings = Settings {
            engine: self.engine,
            fuzzer: None,
            target,
            seeds,
            corpus,
            findings,
            time: self.time,
            runs: self.runs,
            jobs: self.jobs.map_or_else(|| default_jobs(self.engine, &hosts), usize::from),
            seed: self.seed.unwrap_or_else(clock),
            timeout: self.timeout,
            isolation: self.build.isolate.isolation,
            peers: Peers { listen: self.listen, join: self.join },
            hosts,
            fault: self.build.plant,
        };
        settings.fuzzer = settings.engine.build(&settings)?;
        let metrics = self.metrics.map(|address| Endpoint::new(address, name)).transpose()?;
        let stop = stop_on_signal()?;
        let mut display = Display::new(&settings, if self.json { Style::Json } else { Style::of_terminal() })?;
        if let Some(address) = metrics.as_ref().and_then(Endpoint::address) {
            display.note(&format!("metrics at http://{address}/metrics"))?;
        }
        let figures = campaign::run(&settings, &stop, INTERVAL, |shared, figures| {
            metrics.iter().for_each(|metrics| metrics.set(figures));
            Ok(display.update(shared, figures)?)
        })?;
        display.end(&figures, &settings)?;
        Ok(if figures.findings == 0 { Status::Held } else { Status::Broken })
    }
}

impl Arguments {
    /// The hosts, as far as the engine can have them.
    ///
    /// # Errors
    /// Says which option the engine cannot honour.
    fn hosts(&self) -> Result<Hosts> {
        let (engine, host) = (self.engine, self.build.host);
        ensure!(
            !engine.is_program() || self.build.isolate.isolation == Isolation::default(),
            "--engine {engine} knows no --isolation: it is LibAFL's and chance's"
        );
        match (engine, host) {
            (Engine::Libafl | Engine::Random, host) => Ok(host.unwrap_or(Hosts::All)),
            (Engine::Libfuzzer, Some(Hosts::All)) => bail!("--engine libfuzzer fuzzes one host: name it"),
            (Engine::Libfuzzer, host) => Ok(host.unwrap_or(Hosts::Native)),
            (Engine::Afl, Some(Hosts::All | Hosts::Spt | Hosts::Hvt)) => {
                bail!("--engine afl fuzzes natively alone: it takes no other --host")
            }
            (Engine::Afl, _) if self.listen.is_some() || !self.join.is_empty() => {
                bail!("--engine afl takes in no inputs of others: it has neither --listen nor --join")
            }
            (Engine::Afl, _) => Ok(Hosts::Native),
        }
    }
}

/// The target's seeds, its regressions, and what earlier campaigns kept.
fn seeds(name: &str, seeds: Option<&Path>, corpus: &Path) -> Result<Vec<Vec<u8>>> {
    let mut inputs = seeds.map_or_else(|| import::seeds(name), |folder| corpus::read_seeds(folder, name))?;
    let regressions = corpus::regressions(name);
    if fs::exists(&regressions).unwrap_or(false) {
        inputs.append(&mut corpus::read_folder(&regressions)?);
    }
    // A campaign goes on from what is there, whatever happened to some of it.
    inputs.append(&mut corpus::salvage_folder(corpus, style::warn)?);
    let mut known = HashSet::new();
    Ok(inputs.into_iter().map(|input| input.bytes).filter(|bytes| known.insert(bytes.clone())).collect())
}

/// Each job keeps its own thread busy, and an agent on each host; programs run a target natively by themselves.
fn default_jobs(engine: Engine, hosts: &[Host]) -> usize {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let own = |host: &Host| engine.is_program() && host.kind() == Kind::Native;
    let agents = hosts.iter().filter(|host| !own(host)).count();
    (processors / (1 + agents)).max(1)
}

/// A seed that differs from campaign to campaign.
fn clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Short enough to be typed again.
    u64::from(now.subsec_nanos())
}

/// A duration such as `90`, `90s`, `1.5m` or `200ms`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit.trim() {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return Err("the units are ms, s, m, h and d".into()),
    };
    let number: f64 = number.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| "too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_and_without_units() {
        for (text, millis) in [("60", 60_000), ("60s", 60_000), ("200ms", 200), ("1.5m", 90_000), ("2 h", 7_200_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "1 week", "-1s", "1.2.3", "99999999999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
