//! libFuzzer, through cargo-fuzz.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::programs::{Fuzzer, Places, Start};
use crate::agents::Workshop;
use crate::campaign::Settings;
use crate::corpus;

/// A fuzz target of cargo-fuzz.
pub struct LibFuzzer {
    target: &'static str,
    /// `HALLIGAN_HOST`.
    host: String,
    fault: Option<String>,
    /// Seconds.
    timeout: u64,
    dictionary: Option<PathBuf>,
}

/// Whether there is a cargo-fuzz.
///
/// # Errors
/// Says what to install.
pub fn available() -> Result<()> {
    let mut command = Workshop::cargo();
    command.args(["fuzz", "--version"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let works = command.status().is_ok_and(|status| status.success());
    ensure!(works, "--engine libfuzzer needs cargo-fuzz: cargo install cargo-fuzz");
    Ok(())
}

impl LibFuzzer {
    /// Builds the fuzz target.
    ///
    /// # Errors
    /// Fails where it does not compile.
    pub fn build(settings: &Settings) -> Result<Self> {
        let name = settings.target.name();
        let fuzzer = Self {
            target: name,
            host: settings.hosts.iter().map(|host| host.kind().to_string()).collect(),
            fault: settings.fault.clone(),
            timeout: settings.timeout.as_secs_f64().ceil().max(1.0) as u64,
            dictionary: corpus::dictionary(name),
        };
        let workshop = Workshop::open()?;
        workshop.run(&mut fuzzer.cargo("build"), "the fuzz target")?;
        workshop.finish("fuzz target");
        Ok(fuzzer)
    }

    fn cargo(&self, verb: &str) -> Command {
        let mut cargo = Workshop::cargo();
        cargo.args(["fuzz", verb]);
        if self.fault.is_some() {
            cargo.args(["--features", "planted"]);
        }
        cargo.arg(self.target);
        cargo
    }
}

impl Fuzzer for LibFuzzer {
    fn command(&self, start: &Start, places: &Places) -> Result<Command> {
        let failures = self.failures(start.job, places);
        fs::create_dir_all(&failures).with_context(|| format!("cannot create {}", failures.display()))?;
        let mut cargo = self.cargo("run");
        // It keeps inputs in the first folder, and takes in what others put there.
        cargo.arg(&places.corpus).arg(&places.seeds).arg("--");
        // What is slow is no failure.
        cargo.arg(format!("-artifact_prefix={}/", failures.display())).arg("-report_slow_units=1000000");
        // Zero would be a seed from the clock.
        cargo.arg(format!("-seed={}", start.seed as u32 | 1));
        cargo.arg(format!("-max_total_time={}", start.left.as_secs() + 1));
        cargo.arg(format!("-timeout={}", self.timeout)).arg("-print_final_stats=1");
        cargo.args(start.runs.map(|runs| format!("-runs={runs}")));
        cargo.args(self.dictionary.iter().map(|path| format!("-dict={}", path.display())));
        cargo.env("HALLIGAN_HOST", &self.host).env_remove("HALLIGAN_PLANT");
        cargo.envs(self.fault.iter().map(|fault| ("HALLIGAN_PLANT", fault)));
        Ok(cargo)
    }

    fn told(&self, line: &str) -> Option<u64> {
        told(line)
    }

    fn noted(&self, _job: usize, _places: &Places) -> Option<u64> {
        None
    }

    fn kept(&self, _job: usize, places: &Places) -> Vec<PathBuf> {
        vec![places.corpus.clone()]
    }

    fn failures(&self, job: usize, places: &Places) -> PathBuf {
        places.work.join(format!("failures-{job}"))
    }

    fn ends_with_a_failure(&self) -> bool {
        true
    }
}

/// The number of executions in `#1234 NEW cov: ...` and in the statistics at the end.
fn told(line: &str) -> Option<u64> {
    let number = match line.strip_prefix("stat::number_of_executed_units:") {
        Some(number) => number,
        None => line.strip_prefix('#')?.split_whitespace().next()?,
    };
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn executions_are_in_status_lines_and_in_the_statistics_at_the_end() {
        assert_eq!(told("#4096\tpulse  cov: 336 ft: 880 corp: 61/9Kb exec/s: 2048 rss: 60Mb"), Some(4096));
        assert_eq!(told("stat::number_of_executed_units: 20000"), Some(20000));
        for line in ["", "#", "# words", "    #3 0x55 in main", "stat::new_units_added: 3"] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
