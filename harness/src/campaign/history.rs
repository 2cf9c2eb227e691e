//! How a campaign came along: few points over all its time, kept beside its corpus.

use std::path::Path;
use std::{fs, io};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::{Figures, Settings};
use crate::corpus::Folder;

/// At so many points, every second one is dropped and the time between two doubles.
const MOST_POINTS: usize = 480;

/// Seconds between two points at first.
const STEP: f64 = 0.25;

/// The figures over time. Times and executions go on where an earlier campaign on the same corpus ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct History {
    /// From the oldest to the newest.
    pub points: Vec<Point>,
    step: f64,
}

/// The figures at one time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Point {
    /// Seconds of fuzzing until then.
    pub elapsed: f64,
    /// Kept inputs.
    pub corpus: u64,
    /// Findings.
    pub findings: u64,
    /// By host.
    pub hosts: Vec<HostPoint>,
}

/// The figures of one host at one time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HostPoint {
    /// The host's name.
    pub host: String,
    /// Executions.
    pub executions: u64,
    /// Edges covered.
    pub covered: u64,
}

impl Point {
    fn new(figures: &Figures) -> Self {
        let host = |host: &super::HostFigures| HostPoint {
            host: host.host.to_string(),
            executions: host.executions,
            covered: host.covered,
        };
        Self {
            elapsed: figures.elapsed.as_secs_f64(),
            corpus: figures.corpus,
            findings: figures.findings,
            hosts: figures.hosts.iter().map(host).collect(),
        }
    }

    /// The same, `earlier` having been before it.
    fn after(mut self, earlier: Option<&Self>) -> Self {
        let Some(earlier) = earlier else { return self };
        self.elapsed += earlier.elapsed;
        for host in &mut self.hosts {
            let known = earlier.hosts.iter().find(|known| known.host == host.host);
            host.executions += known.map_or(0, |known| known.executions);
        }
        self
    }
}

impl History {
    /// Adds a point, unless the last is too near; says whether it did.
    pub fn note(&mut self, figures: &Figures) -> bool {
        self.push(Point::new(figures), false)
    }

    fn push(&mut self, point: Point, last: bool) -> bool {
        self.step = self.step.max(STEP);
        let due = self.points.last().is_none_or(|newest| point.elapsed - newest.elapsed >= self.step);
        if due || last {
            self.points.push(point);
        }
        if self.points.len() > MOST_POINTS {
            let mut index = 0;
            self.points.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.step *= 2.0;
        }
        due || last
    }
}

/// What is kept of a campaign beside its corpus, in a hidden folder that fuzzers pass over.
#[derive(Debug, Serialize, Deserialize)]
pub struct Record {
    /// The target.
    pub target: String,
    /// The fault that was planted, if any.
    pub fault: Option<String>,
    /// The folder of findings.
    pub findings: std::path::PathBuf,
    /// How it came along.
    pub history: History,
}

const FOLDER: &str = ".campaign";
const FILE: &str = "record.json";

impl Record {
    /// Reads the record of the campaigns on a corpus; none where there was none.
    ///
    /// # Errors
    /// Fails where the record is unreadable or no record.
    pub fn read(corpus: &Path) -> Result<Option<Self>> {
        let path = corpus.join(FOLDER).join(FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let cannot = || format!("{} is not a campaign's record (remove it to go on without)", path.display());
        serde_json::from_slice(&text).map(Some).with_context(cannot)
    }
}

/// Keeps the record of a campaign that runs.
pub struct Recorder {
    record: Record,
    earlier: Option<Point>,
    folder: Folder,
    saved: f64,
}

impl Recorder {
    /// Seconds between two writes.
    const PAUSE: f64 = 2.0;

    /// Goes on with the record that lies beside the campaign's corpus. Where that is damaged it begins anew, and the second
    /// value says so.
    ///
    /// # Errors
    /// Fails where the record cannot be written.
    pub fn new(settings: &Settings) -> Result<(Self, Option<anyhow::Error>)> {
        let corpus = settings.corpus.path();
        let (earlier, trouble) = match Record::read(corpus) {
            Ok(record) => (record, None),
            Err(error) => (None, Some(error)),
        };
        let same = earlier.filter(|record| record.target == settings.target.name());
        let history = same.map(|record| record.history).unwrap_or_default();
        let record = Record {
            target: settings.target.name().to_owned(),
            fault: settings.fault.clone(),
            findings: settings.findings.path().to_owned(),
            history,
        };
        let earlier = record.history.points.last().cloned();
        let folder = Folder::create(&corpus.join(FOLDER))?;
        Ok((Self { record, earlier, folder, saved: f64::NEG_INFINITY }, trouble))
    }

    /// Notes the figures, and saves the record now and then, and at the end.
    ///
    /// # Errors
    /// Fails where it cannot be written.
    pub fn note(&mut self, figures: &Figures, end: bool) -> Result<()> {
        let point = Point::new(figures).after(self.earlier.as_ref());
        let elapsed = point.elapsed;
        let news = self.record.history.push(point, end);
        if end || news && elapsed - self.saved >= Self::PAUSE {
            self.saved = elapsed;
            self.folder.save_as(FILE, &serde_json::to_vec(&self.record)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(elapsed: f64) -> Point {
        Point { elapsed, corpus: 0, findings: 0, hosts: Vec::new() }
    }

    #[test]
    fn a_day_takes_few_points_evenly_spread() {
        let mut history = History::default();
        for tenth in 0..864_000 {
            history.push(point(f64::from(tenth) / 10.0), false);
        }
        let times: Vec<_> = history.points.iter().map(|point| point.elapsed).collect();
        assert!((MOST_POINTS / 2..=MOST_POINTS).contains(&times.len()), "{}", times.len());
        assert!(times[0] == 0.0 && times[times.len() - 1] > 86_000.0);
        let gaps: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| *gap <= 2.0 * gaps[0] + 1.0), "{gaps:?}");
    }

    #[test]
    fn executions_and_time_go_on_from_an_earlier_campaign() {
        let host = |executions| vec![HostPoint { host: "spt".into(), executions, covered: 5 }];
        let earlier = Point { hosts: host(100), ..point(60.0) };
        let now = Point { hosts: host(7), ..point(1.0) }.after(Some(&earlier));
        assert_eq!((now.elapsed, now.hosts[0].executions, now.hosts[0].covered), (61.0, 107, 5));
    }
}
