//! The figures of a campaign.

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
            ["host", "executions", "a second", "edges", "beyond seeds", "corpus", "findings", "divergences"]
                .map(String::from),
        ];
        for host in &self.hosts {
            rows.push([
                host.host.to_string(),
                grouped(host.executions),
                grouped(host.rate(self.elapsed) as u64),
                format!("{} of {}", grouped(host.covered), grouped(host.edges)),
                format!("+{}", grouped(host.covered - host.covered_by_seeds)),
                grouped(host.kept),
                grouped(host.findings),
                grouped(self.divergences),
            ]);
        }
        let widths: [usize; 8] =
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
            kept: host.kept,
            findings: host.findings,
            restarts: host.restarts,
        }
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
    use super::grouped;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 12, 123, 1234, 1234567].map(grouped), ["0", "12", "123", "1,234", "1,234,567"]);
    }
}
