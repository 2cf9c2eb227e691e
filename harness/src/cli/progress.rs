//! Shows a campaign: a dashboard on a terminal, a line every few seconds in a pipe, or JSON lines.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::dashboard::{Dashboard, View};
use super::style;
use crate::campaign::{Figures, History, Settings, Shared, grouped, percent, short};
use crate::engines::Engine;

/// Time between two lines in a pipe.
const PIPE_INTERVAL: Duration = Duration::from_secs(5);

/// Time between two pictures of the dashboard.
const LIVE_INTERVAL: Duration = Duration::from_millis(200);

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
    dashboard: Option<Dashboard>,
    title: String,
    history: History,
    last: Option<Instant>,
    /// Executions at `last`, by host.
    executions: Vec<u64>,
    /// Executions a second of late, by host.
    rates: Vec<f64>,
    /// Folders of the findings.
    findings: Vec<String>,
    /// Findings and troubles, for the dashboard.
    news: Vec<String>,
}

impl Display {
    /// Announces the campaign.
    ///
    /// # Errors
    /// Fails where standard output or the terminal cannot be written, as all methods.
    pub fn new(settings: &Settings, style: Style) -> io::Result<Self> {
        let hosts: Vec<_> = settings.hosts.iter().map(|host| host.kind().to_string()).collect();
        let by = match settings.engine {
            Engine::Libafl => String::new(),
            engine => format!("by {} ", engine.name()),
        };
        let title = format!(
            "{by}on {} with {} {}, {} seeds, seed {}",
            hosts.join(" and "),
            settings.jobs,
            if settings.jobs == 1 { "job" } else { "jobs" },
            grouped(settings.seeds.len() as u64),
            settings.seed,
        );
        let target = settings.target.name();
        if style == Style::Json {
            let event = json!({
                "event": "start", "target": target, "engine": settings.engine.to_string(), "hosts": hosts, "jobs": settings.jobs,
                "seed": settings.seed, "seeds": settings.seeds.len(), "time": settings.time.as_secs_f64(),
                "runs": settings.runs,
            });
            writeln!(io::stdout(), "{event}")?;
        } else {
            anstream::eprintln!("fuzzing {name}{target}{name:#} {title}", name = style::NAME);
        }
        Ok(Self {
            style,
            dashboard: if style == Style::Live { Some(Dashboard::new()?) } else { None },
            title: format!("fuzzing {target} {title}"),
            history: History::default(),
            last: None,
            executions: vec![0; hosts.len()],
            rates: vec![0.0; hosts.len()],
            findings: Vec::new(),
            news: Vec::new(),
        })
    }

    /// Says something about the campaign.
    pub fn note(&mut self, line: &str) -> io::Result<()> {
        match self.style {
            Style::Json => writeln!(io::stdout(), "{}", json!({ "event": "note", "line": line }))?,
            Style::Lines => anstream::eprintln!("{line}"),
            Style::Live => self.news.push(line.to_owned()),
        }
        Ok(())
    }

    /// Shows what the campaign, whose figures are `figures` now, has come to.
    pub fn update(&mut self, shared: &Shared<'_>, figures: &Figures) -> io::Result<()> {
        self.tell(shared)?;
        self.history.note(figures);
        let interval = if self.style == Style::Live { LIVE_INTERVAL } else { PIPE_INTERVAL };
        let since = self.last.map_or(figures.elapsed, |last| last.elapsed());
        // The first picture of the dashboard is there at once.
        if since < interval && !(self.style == Style::Live && self.last.is_none()) {
            return Ok(());
        }
        for (index, host) in figures.hosts.iter().enumerate() {
            let now = (host.executions - self.executions[index]) as f64 / since.as_secs_f64().max(1e-3);
            // Live figures would flicker: they follow slowly.
            let weight = if self.style == Style::Live && self.rates[index] > 0.0 { 0.2 } else { 1.0 };
            self.rates[index] += weight * (now - self.rates[index]);
            self.executions[index] = host.executions;
        }
        self.last = Some(Instant::now());
        match (self.style, &mut self.dashboard) {
            (Style::Json, _) => writeln!(io::stdout(), "{}", figures.json("progress"))?,
            (_, None) => {
                let hosts: Vec<_> = self.lines(figures).collect();
                let seconds = figures.elapsed.as_secs_f64();
                anstream::eprintln!("{seconds:>4.0} s: {}; {}", hosts.join("; "), counts(figures));
            }
            (_, Some(dashboard)) => dashboard.draw(&View {
                title: &self.title,
                figures,
                rates: &self.rates,
                history: &self.history,
                news: &self.news,
            })?,
        }
        Ok(())
    }

    /// Tells of findings and troubles.
    fn tell(&mut self, shared: &Shared<'_>) -> io::Result<()> {
        for note in shared.fresh_notes() {
            self.note(&note)?;
        }
        for trouble in shared.fresh_troubles() {
            match self.style {
                Style::Json => writeln!(io::stdout(), "{}", json!({ "event": "warning", "line": trouble }))?,
                Style::Lines => style::warn(trouble),
                Style::Live => self.news.push(format!("warning: {trouble}")),
            }
        }
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
                Style::Lines => {
                    anstream::eprintln!("{bad}finding{bad:#} {}", finding.line, bad = style::BAD);
                    anstream::eprintln!("        after {} runs: {folder}", grouped(finding.executions));
                }
                Style::Live => self.news.push(format!("finding {}", finding.line)),
            }
            self.findings.push(folder);
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
                "{:<6} {} runs, {}/s, {} of {} edges (+{}, the last {} ago, {} stable), {} kept, {} findings{restarts}",
                host.host,
                grouped(host.executions),
                grouped(*rate as u64),
                grouped(host.covered),
                grouped(host.edges),
                grouped(host.covered - host.covered_by_seeds),
                short(host.since_new_edge),
                percent(host.stability),
                grouped(host.kept),
                host.findings,
            )
        })
    }

    /// Ends the display with a table and what to do next.
    pub fn end(&mut self, figures: &Figures, settings: &Settings) -> io::Result<()> {
        if self.dashboard.take().is_some() {
            // What the screen showed goes with it.
            let warnings = self.news.iter().filter(|line| line.starts_with("warning: "));
            warnings.for_each(|line| anstream::eprintln!("{line}"));
        }
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
                let minimised = format!("{folder}/minimised");
                let input = if Path::new(&minimised).exists() { minimised } else { format!("{folder}/input") };
                writeln!(out, "\nnext:")?;
                writeln!(out, "  cargo run --release -- show {target} {input}")?;
                writeln!(out, "  cargo run --release -- run {target}{build} {input}")?;
            }
        }
        writeln!(out, "  cargo run --release -- run {target}{build} {kept}")?;
        writeln!(out, "  cargo run --release -- report {kept}")?;
        writeln!(
            out,
            "  cargo run --release -- fuzz {target}{build}{engine} --for 10m",
            engine = settings.engine.option()
        )
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
