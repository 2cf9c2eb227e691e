//! Shows a campaign: live on a terminal, a line every few seconds in a pipe, or JSON lines.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::json;

use super::style;
use crate::campaign::{Figures, Settings, Shared, grouped};

/// Time between two lines in a pipe.
const PIPE_INTERVAL: Duration = Duration::from_secs(5);

/// How a campaign is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Lines that are written over, on standard error.
    Live,
    /// A line now and then on standard error.
    Lines,
    /// JSON lines on standard output.
    Json,
}

impl Style {
    /// What suits standard error.
    pub fn of_terminal() -> Self {
        if std::io::stderr().is_terminal() { Self::Live } else { Self::Lines }
    }
}

/// The display of a campaign.
pub struct Display {
    style: Style,
    bars: MultiProgress,
    time: ProgressBar,
    hosts: Vec<ProgressBar>,
    last: Instant,
    /// Executions at `last`, by host.
    executions: Vec<u64>,
    /// Folders of the findings.
    findings: Vec<String>,
}

impl Display {
    /// Announces the campaign.
    pub fn new(settings: &Settings, style: Style) -> Self {
        let hosts: Vec<_> = settings.hosts.iter().map(|host| host.kind().to_string()).collect();
        let bars = MultiProgress::new();
        let bar = |template: &str| {
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            bars.add(ProgressBar::new(settings.time.as_millis() as u64).with_style(style))
        };
        match style {
            Style::Json => {
                let event = json!({
                    "event": "start", "target": settings.target.name(), "hosts": hosts, "jobs": settings.jobs,
                    "seed": settings.seed, "seeds": settings.seeds.len(), "time": settings.time.as_secs_f64(),
                    "runs": settings.runs,
                });
                println!("{event}");
            }
            Style::Live | Style::Lines => anstream::eprintln!(
                "fuzzing {name}{}{name:#} on {} with {} {}, {} seeds, seed {}",
                settings.target.name(),
                hosts.join(" and "),
                settings.jobs,
                if settings.jobs == 1 { "job" } else { "jobs" },
                grouped(settings.seeds.len() as u64),
                settings.seed,
                name = style::NAME,
            ),
        }
        let live = style == Style::Live;
        Self {
            style,
            hosts: if live { hosts.iter().map(|_| bar("{msg}")).collect() } else { Vec::new() },
            time: if live { bar("{bar:30.cyan/dim} {msg}") } else { ProgressBar::hidden() },
            last: Instant::now(),
            executions: vec![0; hosts.len()],
            findings: Vec::new(),
            bars,
        }
    }

    /// Shows what the campaign has come to.
    pub fn update(&mut self, shared: &Shared<'_>) {
        for finding in shared.fresh_findings() {
            let folder = finding.folder.display().to_string();
            match self.style {
                Style::Json => {
                    let event = json!({
                        "event": "finding", "folder": folder, "line": finding.line,
                        "elapsed": finding.elapsed.as_secs_f64(), "executions": finding.executions,
                    });
                    println!("{event}");
                }
                Style::Live | Style::Lines => self.bars.suspend(|| {
                    anstream::eprintln!("{bad}finding{bad:#} {}", finding.line, bad = style::BAD);
                    anstream::eprintln!("        after {} runs: {folder}", grouped(finding.executions));
                }),
            }
            self.findings.push(folder);
        }
        let interval = if self.style == Style::Live { Duration::ZERO } else { PIPE_INTERVAL };
        let since = self.last.elapsed();
        if since < interval {
            return;
        }
        let figures = shared.figures();
        match self.style {
            Style::Json => println!("{}", figures.json("progress")),
            Style::Lines => anstream::eprintln!("{}", self.line(&figures, since)),
            Style::Live => self.bars(&figures, since),
        }
        self.executions = figures.hosts.iter().map(|host| host.executions).collect();
        self.last = Instant::now();
    }

    fn line(&self, figures: &Figures, since: Duration) -> String {
        let hosts = figures.hosts.iter().zip(&self.executions).map(|(host, before)| {
            let rate = (host.executions - before) as f64 / since.as_secs_f64();
            let (executions, rate) = (grouped(host.executions), grouped(rate as u64));
            format!(
                "{} {executions} runs, {rate}/s, {} of {} edges",
                host.host,
                grouped(host.covered),
                grouped(host.edges)
            )
        });
        format!(
            "{:>4.0} s: {}; {}",
            figures.elapsed.as_secs_f64(),
            hosts.collect::<Vec<_>>().join("; "),
            counts(figures)
        )
    }

    fn bars(&self, figures: &Figures, since: Duration) {
        for ((host, bar), before) in figures.hosts.iter().zip(&self.hosts).zip(&self.executions) {
            let rate = (host.executions - before) as f64 / since.as_secs_f64();
            bar.set_message(format!(
                "{:<8} {:>14} runs  {:>9}/s  {:>7} of {} edges  {:>6} kept  {} findings  {} restarts",
                host.host,
                grouped(host.executions),
                grouped(rate as u64),
                grouped(host.covered),
                grouped(host.edges),
                grouped(host.kept),
                host.findings,
                host.restarts,
            ));
        }
        self.time.set_position(figures.elapsed.as_millis() as u64);
        self.time.set_message(format!("{} s left; {}", figures.left.as_secs(), counts(figures)));
    }

    /// Ends the display with a table and what to do next.
    pub fn end(&self, figures: &Figures, settings: &Settings) {
        self.bars.clear().unwrap_or_default();
        if self.style == Style::Json {
            println!("{}", figures.json("end"));
            return;
        }
        let target = settings.target.name();
        anstream::println!("{}", figures.table());
        let kept = settings.corpus.path().display();
        anstream::println!("{} inputs kept in {kept}, seed {}", grouped(figures.corpus), settings.seed);
        match self.findings.first() {
            None => anstream::println!(
                "{good}no findings{good:#}: all properties held and the hosts agreed\n\nnext:",
                good = style::GOOD
            ),
            Some(folder) => {
                anstream::println!("{bad}{} findings{bad:#}:", self.findings.len(), bad = style::BAD);
                self.findings.iter().for_each(|folder| anstream::println!("  {folder}/report.md"));
                anstream::println!("\nnext:");
                anstream::println!("  cargo run --release -- show {target} {folder}/input");
                anstream::println!("  cargo run --release -- run {target} {folder}/input");
            }
        }
        anstream::println!("  cargo run --release -- run {target} {kept}");
        anstream::println!("  cargo run --release -- fuzz {target} --for 10m");
    }
}

fn counts(figures: &Figures) -> String {
    format!(
        "{} kept, {} findings, {} divergences",
        grouped(figures.corpus),
        grouped(figures.findings),
        grouped(figures.divergences)
    )
}
