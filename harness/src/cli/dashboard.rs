//! A campaign on a terminal: its own screen, drawn anew several times a second, and left as it was found.

use std::io::{self, Stderr, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Block, Chart, Dataset, GraphType, LineGauge, Paragraph, Row, Table};
use ratatui::{Frame, Terminal};

use crate::campaign::{Figures, History, grouped, percent, short};

/// Of each host, in the table and in the chart.
const COLOURS: [Color; 3] = [Color::Cyan, Color::Yellow, Color::Magenta];

/// Whether the screen is ours.
static ACTIVE: AtomicBool = AtomicBool::new(false);

/// What is drawn.
pub struct View<'v> {
    /// What the campaign is.
    pub title: &'v str,
    /// Its figures.
    pub figures: &'v Figures,
    /// Executions a second of late, by host.
    pub rates: &'v [f64],
    /// How it came along.
    pub history: &'v History,
    /// Findings and troubles, the newest last.
    pub news: &'v [String],
}

/// The screen, until it is dropped.
pub struct Dashboard(Terminal<CrosstermBackend<Stderr>>);

impl Dashboard {
    /// Takes the terminal that standard error is. Ctrl-C stays a signal.
    ///
    /// # Errors
    /// Fails where the terminal does, as all methods.
    pub fn new() -> io::Result<Self> {
        ACTIVE.store(true, Relaxed);
        execute!(io::stderr(), EnterAlternateScreen)?;
        Terminal::new(CrosstermBackend::new(io::stderr())).map(Self).inspect_err(|_| restore())
    }

    /// Draws.
    pub fn draw(&mut self, view: &View<'_>) -> io::Result<()> {
        self.0.draw(|frame| draw(frame, view)).map(drop)
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back, where it was taken: also for whoever ends the process without a return.
pub fn restore() {
    if ACTIVE.swap(false, Relaxed) {
        // A terminal that is gone needs nothing.
        let _ = execute!(io::stderr(), LeaveAlternateScreen, Show).and_then(|()| io::stderr().flush());
    }
}

fn draw(frame: &mut Frame<'_>, view: &View<'_>) {
    let hosts = view.figures.hosts.len() as u16;
    let news = view.news.len().min(4) as u16;
    let rows = [
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(hosts + 3),
        Constraint::Min(6),
        Constraint::Length(7),
        Constraint::Length(if news == 0 { 0 } else { news + 2 }),
    ];
    let [title, time, table, chart, below, last] = Layout::vertical(rows).areas(frame.area());
    frame.render_widget(Paragraph::new(view.title.bold()), title);
    draw_time(frame, view.figures, time);
    draw_hosts(frame, view, table);
    draw_edges(frame, view, chart);
    let [labels, kinds] = Layout::horizontal([Constraint::Percentage(55), Constraint::Percentage(45)]).areas(below);
    draw_labels(frame, view.figures, labels);
    draw_kinds(frame, view.figures, kinds);
    let lines = view.news[view.news.len() - usize::from(news)..].iter().map(|line| Line::from(line.as_str()));
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()).block(block("of late")), last);
}

fn block(title: &str) -> Block<'_> {
    Block::bordered().title(Span::from(format!(" {title} "))).border_style(Style::new().dim())
}

fn draw_time(frame: &mut Frame<'_>, figures: &Figures, area: Rect) {
    let all = figures.elapsed + figures.left;
    let ratio = figures.elapsed.as_secs_f64() / all.as_secs_f64().max(1e-3);
    let label = format!("{} done, {} left", short(figures.elapsed), short(figures.left));
    let gauge = LineGauge::default().ratio(ratio.clamp(0.0, 1.0)).label(label).filled_style(Color::Green);
    frame.render_widget(gauge, area);
}

fn draw_hosts(frame: &mut Frame<'_>, view: &View<'_>, area: Rect) {
    let head = ["host", "runs", "runs/s", "edges", "new", "last new", "stable", "kept", "found"];
    let right = |text: String| Line::from(text).alignment(Alignment::Right);
    let rows = view.figures.hosts.iter().zip(view.rates).zip(COLOURS).map(|((host, rate), colour)| {
        let cells = [
            grouped(host.executions),
            grouped(*rate as u64),
            format!("{}/{}", grouped(host.covered), grouped(host.edges)),
            format!("+{}", grouped(host.covered - host.covered_by_seeds)),
            short(host.since_new_edge),
            percent(host.stability),
            grouped(host.kept),
            grouped(host.findings),
        ];
        let name = Line::from(host.host.to_string()).style(colour);
        Row::new([name].into_iter().chain(cells.map(right)))
    });
    let widths = [6, 13, 8, 13, 6, 9, 6, 6, 5].map(Constraint::Length);
    let head = head.into_iter().enumerate().map(|(index, name)| match index {
        0 => Line::from(name),
        _ => right(name.to_owned()),
    });
    let table = Table::new(rows, widths).header(Row::new(head).dim()).block(block("hosts"));
    frame.render_widget(table, area);
}

fn draw_edges(frame: &mut Frame<'_>, view: &View<'_>, area: Rect) {
    let points = &view.history.points;
    let lines: Vec<Vec<(f64, f64)>> = (0..view.figures.hosts.len())
        .map(|host| points.iter().map(|point| (point.elapsed, point.hosts[host].covered as f64)).collect())
        .collect();
    let values = || lines.iter().flatten().map(|(_, covered)| *covered);
    let low = values().filter(|covered| *covered > 0.0).fold(f64::INFINITY, f64::min);
    let high = values().fold(1.0, f64::max);
    // Room below, and for a line that is flat.
    let low = if low.is_finite() { (low - 0.1 * (high - low) - 1.0).floor().max(0.0) } else { 0.0 };
    let end = points.last().map_or(1.0, |point| point.elapsed).max(1.0);
    let sets = lines.iter().zip(&view.figures.hosts).zip(COLOURS).map(|((line, host), colour)| {
        let set = Dataset::default().name(host.host.to_string()).data(line).style(colour);
        set.marker(Marker::Braille).graph_type(GraphType::Line)
    });
    let x = Axis::default().bounds([0.0, end]).labels(["0 s".to_owned(), format!("{end:.0} s")]);
    let y = Axis::default().bounds([low, high]).labels([grouped(low as u64), grouped(high as u64)]);
    let chart = Chart::new(sets.collect()).x_axis(x.dim()).y_axis(y.dim()).block(block("edges"));
    frame.render_widget(chart, area);
}

fn draw_labels(frame: &mut Frame<'_>, figures: &Figures, area: Rect) {
    let line = |(name, share): &(String, f64)| {
        let bar = "█".repeat((share * 10.0).round() as usize);
        Line::from(vec![
            Span::from(format!("{name:<22.22} ")),
            Span::from(format!("{:>6} ", percent(Some(*share)))).bold(),
            Span::from(bar).blue(),
        ])
    };
    let room = usize::from(area.height.saturating_sub(2));
    let lines: Vec<_> = figures.labels.iter().take(room).map(line).collect();
    frame.render_widget(Paragraph::new(lines).block(block("rarest in the corpus")), area);
}

fn draw_kinds(frame: &mut Frame<'_>, figures: &Figures, area: Rect) {
    let mut lines: Vec<_> = figures
        .kinds
        .iter()
        .map(|(kind, count)| {
            Line::from(vec![Span::from(format!("{count:>5} ")).bold().red(), Span::from((*kind).to_owned())])
        })
        .collect();
    if lines.is_empty() {
        lines.push(Line::from("none").green());
    }
    let restarts: u64 = figures.hosts.iter().map(|host| host.restarts).sum();
    let title = match restarts {
        0 => "findings by kind".to_owned(),
        restarts => format!("findings by kind, {} restarts", grouped(restarts)),
    };
    frame.render_widget(Paragraph::new(lines).block(block(&title)), area);
}
