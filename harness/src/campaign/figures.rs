//! The figures of a campaign.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;

use crate::host::Kind;

/// The figures of a campaign, at one time.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Time since the start.
    pub elapsed: Duration,
    /// Time to the end at the latest.
    pub left: Duration,
    /// Kept inputs, of all jobs together.
    pub corpus: u64,
    /// Findings, those that are divergences included.
    pub findings: u64,
    /// Inputs on which the hosts differ.
    pub divergences: u64,
    /// Findings by what broke: a property, a kind of death, or `divergence`.
    pub kinds: BTreeMap<&'static str, u64>,
    /// The share of kept inputs that bear each label, from 0 to 1, the rarest first: see [`Labels`](super::Labels).
    pub labels: Vec<(String, f64)>,
    /// The figures of each host.
    pub hosts: Vec<HostFigures>,
}

/// The figures of one host, of all jobs together.
#[derive(Clone, Debug)]
pub struct HostFigures {
    /// The host.
    pub host: Kind,
    /// Executions.
    pub executions: u64,
    /// Edges covered by inputs that broke nothing.
    pub covered: u64,
    /// Of these, those that the seeds covered.
    pub covered_by_seeds: u64,
    /// Edges of the image.
    pub edges: u64,
    /// Time since it first covered an edge that it had not covered before; since the start where there was none.
    pub since_new_edge: Duration,
    /// Of the edges that kept inputs hit, the share that they hit equally often when they ran again, from 0 to 1; none
    /// before the first did.
    pub stability: Option<f64>,
    /// Kept inputs that hit something new on this host.
    pub kept: u64,
    /// Findings that show on this host.
    pub findings: u64,
    /// Times that an agent had to be started again.
    pub restarts: u64,
}

impl HostFigures {
    /// Executions a second since the start, `elapsed` ago.
    pub fn rate(&self, elapsed: Duration) -> f64 {
        self.executions as f64 / elapsed.as_secs_f64().max(1e-3)
    }
}

impl Figures {
    /// The table that ends a campaign.
    pub fn table(&self) -> String {
        let mut rows = vec![
            [
                "host",
                "executions",
                "a second",
                "edges",
                "beyond seeds",
                "last new edge",
                "stable",
                "corpus",
                "findings",
                "divergences",
            ]
            .map(String::from),
        ];
        for host in &self.hosts {
            rows.push([
                host.host.to_string(),
                grouped(host.executions),
                grouped(host.rate(self.elapsed) as u64),
                format!("{} of {}", grouped(host.covered), grouped(host.edges)),
                format!("+{}", grouped(host.covered - host.covered_by_seeds)),
                format!("{} ago", short(host.since_new_edge)),
                percent(host.stability),
                grouped(host.kept),
                grouped(host.findings),
                grouped(self.divergences),
            ]);
        }
        let widths: [usize; 10] =
            std::array::from_fn(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0));
        let mut table = String::new();
        for row in rows {
            // Writing to a string cannot fail.
            let _ = write!(table, "{:<width$}", row[0], width = widths[0]);
            for (cell, width) in row.iter().zip(widths).skip(1) {
                let _ = write!(table, "  {cell:>width$}");
            }
            table.push('\n');
        }
        if !self.kinds.is_empty() {
            let kinds: Vec<_> = self.kinds.iter().map(|(kind, count)| format!("{kind} {}", grouped(*count))).collect();
            let _ = writeln!(table, "\nfindings by kind: {}", kinds.join(", "));
        }
        if !self.labels.is_empty() {
            let label = |(name, share): &(String, f64)| format!("{name} {}", percent(Some(*share)));
            let rarest: Vec<_> = self.labels.iter().take(RAREST).map(label).collect();
            let _ = writeln!(table, "\nrarest in the corpus: {}", rarest.join(", "));
        }
        table
    }

    /// The figures as an object of a JSON line.
    pub fn json(&self, event: &str) -> serde_json::Value {
        let hosts: Vec<_> = self.hosts.iter().map(|host| Line::new(host, self.elapsed)).collect();
        serde_json::json!({
            "event": event,
            "elapsed": self.elapsed.as_secs_f64(),
            "corpus": self.corpus,
            "findings": self.findings,
            "divergences": self.divergences,
            "kinds": self.kinds,
            "labels": self.labels,
            "hosts": hosts,
        })
    }
}

/// A host's figures in JSON.
#[derive(Serialize)]
struct Line {
    host: String,
    executions: u64,
    rate: f64,
    covered: u64,
    covered_by_seeds: u64,
    edges: u64,
    since_new_edge: f64,
    stability: Option<f64>,
    kept: u64,
    findings: u64,
    restarts: u64,
}

impl Line {
    fn new(host: &HostFigures, elapsed: Duration) -> Self {
        Self {
            host: host.host.to_string(),
            executions: host.executions,
            rate: host.rate(elapsed).round(),
            covered: host.covered,
            covered_by_seeds: host.covered_by_seeds,
            edges: host.edges,
            since_new_edge: host.since_new_edge.as_secs_f64(),
            stability: host.stability,
            kept: host.kept,
            findings: host.findings,
            restarts: host.restarts,
        }
    }
}

/// So many labels are in the table that ends a campaign.
const RAREST: usize = 5;

/// A share in percent, a dash where there is none.
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1}%", 100.0 * share))
}

/// A duration in the two largest of its units.
pub fn short(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// A number with a comma between each three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 12, 123, 1234, 1234567].map(grouped), ["0", "12", "123", "1,234", "1,234,567"]);
    }

    #[test]
    fn durations_and_shares_are_short() {
        let shown = [5, 65, 3600, 90_061].map(|seconds| short(Duration::from_secs(seconds)));
        assert_eq!(shown, ["5 s", "1 min 5 s", "1 h 0 min", "25 h 1 min"]);
        assert_eq!([None, Some(0.9994), Some(1.0)].map(percent), ["-", "99.9%", "100.0%"]);
    }
}
