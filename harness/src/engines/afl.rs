//! AFL++, with the target's structure-aware mutator as its custom mutator library (`harness/afl`).

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::programs::{Fuzzer, Places, Start};
use crate::agents::{TARGET, Workshop};
use crate::campaign::Settings;
use crate::corpus;

/// The coverage that AFL++'s runtime counts.
const RUSTFLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 \
    -Cllvm-args=-sanitizer-coverage-trace-pc-guard";

/// A target for AFL++.
pub struct Afl {
    target: &'static str,
    program: PathBuf,
    mutator: PathBuf,
    fault: Option<String>,
    /// Milliseconds.
    timeout: u128,
    dictionary: Option<PathBuf>,
}

/// What AFL++ links into the programs that it fuzzes.
///
/// # Errors
/// Says what to install.
pub fn runtime() -> Result<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let folder = env::split_paths(&folders).find(|folder| folder.join("afl-fuzz").is_file());
    let folder = folder.context("--engine afl needs AFL++: install afl++, or have its afl-fuzz in PATH")?;
    let library = env::var_os("AFL_PATH").map_or_else(|| folder.join("../lib/afl"), PathBuf::from);
    let runtime = library.join("afl-compiler-rt.o");
    ensure!(runtime.is_file(), "there is no {}: set AFL_PATH to the folder that holds it", runtime.display());
    Ok(runtime)
}

impl Afl {
    /// Builds the program and the mutator.
    ///
    /// # Errors
    /// Fails where they do not compile.
    pub fn build(settings: &Settings) -> Result<Self> {
        let runtime = runtime()?;
        let workshop = Workshop::open()?;
        let folder = workshop.folder(if settings.fault.is_some() { "afl-planted" } else { "afl" })?;
        let mut mutator = workshop.build(&folder);
        workshop.run(mutator.args(["--release", "--package=halligan-afl", "--lib"]), "the mutator for AFL++")?;
        let mut program = workshop.build(&folder);
        program.args(["--release", "--package=halligan-afl", "--bins"]).arg(format!("--target={TARGET}"));
        if settings.fault.is_some() {
            program.arg("--features=planted");
        }
        program.env("RUSTFLAGS", format!("{RUSTFLAGS} -Clink-arg={}", runtime.display()));
        workshop.run(&mut program, "the program for AFL++")?;
        workshop.finish("program for AFL++");
        Ok(Self {
            target: settings.target.name(),
            program: folder.join(TARGET).join("release/halligan-afl"),
            mutator: folder.join("release/libhalligan_afl.so"),
            fault: settings.fault.clone(),
            timeout: settings.timeout.as_millis().max(1),
            dictionary: corpus::dictionary(settings.target.name()),
        })
    }
}

impl Fuzzer for Afl {
    fn command(&self, start: &Start, places: &Places) -> Result<Command> {
        let mut afl = Command::new("afl-fuzz");
        afl.arg("-i").arg(&places.seeds).arg("-o").arg(output(places));
        // Each takes in what the others keep.
        afl.args(["-S", &name(start.job), "-s", &start.seed.to_string()]);
        afl.args(["-V", &(start.left.as_secs() + 1).to_string(), "-t", &self.timeout.to_string()]);
        if let Some(runs) = start.runs {
            afl.args(["-E", &runs.to_string()]);
        }
        if let Some(dictionary) = &self.dictionary {
            afl.arg("-x").arg(dictionary);
        }
        afl.arg("--").arg(&self.program).args([self.target, "@@"]);
        afl.args(self.fault.iter().map(|fault| format!("plant={fault}")));
        afl.env("HALLIGAN_TARGET", self.target).env("AFL_CUSTOM_MUTATOR_LIBRARY", &self.mutator);
        // Cores that dump into a pipe slow crashes down, nothing more.
        afl.env("AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "1").env("AFL_SKIP_CPUFREQ", "1");
        afl.env("AFL_NO_AFFINITY", "1").env("AFL_NO_UI", "1").env("AFL_NO_CRASH_README", "1");
        Ok(afl)
    }

    fn told(&self, _line: &str) -> Option<u64> {
        None
    }

    fn noted(&self, job: usize, places: &Places) -> Option<u64> {
        let folder = output(places).join(name(job));
        let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
        // The first is written every minute and at the end, the second every few seconds.
        statistic(&read("fuzzer_stats")).into_iter().chain(column(&read("plot_data"))).max()
    }

    fn kept(&self, job: usize, places: &Places) -> Vec<PathBuf> {
        // What only hangs may have been slow for other reasons than its own.
        ["queue", "hangs"].map(|folder| output(places).join(name(job)).join(folder)).to_vec()
    }

    fn failures(&self, job: usize, places: &Places) -> PathBuf {
        output(places).join(name(job)).join("crashes")
    }

    fn ends_with_a_failure(&self) -> bool {
        false
    }
}

fn output(places: &Places) -> PathBuf {
    places.work.join("out")
}

fn name(job: usize) -> String {
    format!("job{job}")
}

/// Executions in a file `fuzzer_stats`.
fn statistic(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with("execs_done"))?;
    line.split(':').nth(1)?.trim().parse().ok()
}

/// Executions in a file `plot_data`.
fn column(text: &str) -> Option<u64> {
    let head = text.lines().next()?.trim_start_matches('#');
    let index = head.split(',').position(|name| name.trim() == "total_execs")?;
    text.lines().last()?.split(',').nth(index)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{column, statistic};

    #[test]
    fn executions_are_in_both_files() {
        assert_eq!(statistic("start_time        : 1\nexecs_done        : 12345\n"), Some(12345));
        let head = "# relative_time, cycles_done, execs_per_sec, total_execs, edges_found";
        assert_eq!(column(&format!("{head}\n5, 0, 1000.00, 4800, 300\n10, 0, 1000.00, 9600, 310\n")), Some(9600));
        assert_eq!((statistic(""), column(""), column(head)), (None, None, None));
    }
}
