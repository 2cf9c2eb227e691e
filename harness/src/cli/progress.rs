//! Shows a campaign: live on a terminal, a line every few seconds in a pipe, or JSON lines.

use std::io::{self, IsTerminal, Write};
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
    /// Executions a second of late, by host.
    rates: Vec<f64>,
    /// Folders of the findings.
    findings: Vec<String>,
}

impl Display {
    /// Announces the campaign.
    ///
    /// # Errors
    /// Fails where standard output cannot be written, as all methods.
    pub fn new(settings: &Settings, style: Style) -> io::Result<Self> {
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
                writeln!(io::stdout(), "{event}")?;
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
        Ok(Self {
            style,
            hosts: if live { hosts.iter().map(|_| bar("{msg}")).collect() } else { Vec::new() },
            time: if live { bar("{bar:30.cyan/dim} {msg}") } else { ProgressBar::hidden() },
            last: Instant::now(),
            executions: vec![0; hosts.len()],
            rates: vec![0.0; hosts.len()],
            findings: Vec::new(),
            bars,
        })
    }

    /// Shows what the campaign has come to.
    pub fn update(&mut self, shared: &Shared<'_>) -> io::Result<()> {
        for finding in shared.fresh_findings() {
            let folder = finding.folder.display().to_string();
            match self.style {
                Style::Json => {
                    let event = json!({
                        "event": "finding", "folder": folder, "line": finding.line,
                        "elapsed": finding.elapsed.as_secs_f64(), "executions": finding.executions,
                    });
                    writeln!(io::stdout(), "{event}")?;
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
            return Ok(());
        }
        let figures = shared.figures();
        for (index, host) in figures.hosts.iter().enumerate() {
            let now = (host.executions - self.executions[index]) as f64 / since.as_secs_f64();
            // Live figures would flicker: they follow slowly.
            let weight = if self.style == Style::Live && self.rates[index] > 0.0 { 0.1 } else { 1.0 };
            self.rates[index] += weight * (now - self.rates[index]);
            self.executions[index] = host.executions;
        }
        self.last = Instant::now();
        match self.style {
            Style::Json => writeln!(io::stdout(), "{}", figures.json("progress"))?,
            Style::Lines => {
                let hosts: Vec<_> = self.lines(&figures).collect();
                let seconds = figures.elapsed.as_secs_f64();
                anstream::eprintln!("{seconds:>4.0} s: {}; {}", hosts.join("; "), counts(&figures));
            }
            Style::Live => {
                for (line, bar) in self.lines(&figures).zip(&self.hosts) {
                    bar.set_message(line);
                }
                self.time.set_position(figures.elapsed.as_millis() as u64);
                self.time.set_message(format!("{} s left; {}", figures.left.as_secs(), counts(&figures)));
            }
        }
        Ok(())
    }

    /// A line for each host.
    fn lines(&self, figures: &Figures) -> impl Iterator<Item = String> {
        figures.hosts.iter().zip(&self.rates).map(|(host, rate)| {
            let restarts = match host.restarts {
                0 => String::new(),
                number => format!(", {} restarts", grouped(number)),
            };
            format!(
                "{:<6} {} runs, {}/s, {} of {} edges, {} kept, {} findings{restarts}",
                host.host,
                grouped(host.executions),
                grouped(*rate as u64),
                grouped(host.covered),
                grouped(host.edges),
                grouped(host.kept),
                host.findings,
            )
        })
    }

    /// Ends the display with a table and what to do next.
    pub fn end(&self, figures: &Figures, settings: &Settings) -> io::Result<()> {
        self.hosts.iter().chain([&self.time]).for_each(ProgressBar::finish_and_clear);
        let mut out = anstream::stdout().lock();
        if self.style == Style::Json {
            return writeln!(out, "{}", figures.json("end"));
        }
        let (target, build) = (settings.target.name(), settings.build_options());
        let (good, bad) = (style::GOOD, style::BAD);
        writeln!(out, "{}", figures.table())?;
        let kept = settings.corpus.path().display();
        writeln!(out, "{} inputs kept in {kept}, seed {}", grouped(figures.corpus), settings.seed)?;
        match self.findings.first() {
            None => {
                writeln!(out, "{good}no findings{good:#}: all properties held and the hosts agreed")?;
                writeln!(out, "\nnext:")?;
            }
            Some(folder) => {
                writeln!(out, "{bad}{} findings{bad:#}:", self.findings.len())?;
                self.findings.iter().try_for_each(|folder| writeln!(out, "  {folder}/report.md"))?;
                writeln!(out, "\nnext:")?;
                writeln!(out, "  cargo run --release -- show {target} {folder}/input")?;
                writeln!(out, "  cargo run --release -- run {target}{build} {folder}/input")?;
            }
        }
        writeln!(out, "  cargo run --release -- run {target}{build} {kept}")?;
        writeln!(out, "  cargo run --release -- fuzz {target}{build} --for 10m")
    }
}

fn counts(figures: &Figures) -> String {
    format!(
        "corpus {}, findings {}, divergences {}",
        grouped(figures.corpus),
        grouped(figures.findings),
        grouped(figures.divergences)
    )
}
