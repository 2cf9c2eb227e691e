//! Builds what hosts run: the native worker, the unikernel's image and the tender.
//!
//! Both agents come from one cargo invocation, so that they link the very same objects of the code under test and their
//! coverage counters correspond one to one. Cargo decides what is stale.

use std::env;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anstream::adapter::strip_str;
use anyhow::{Context, Result, bail, ensure};
use indicatif::ProgressBar;

/// The target that agents are built for.
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Frame pointers for backtraces; fixed addresses, so that an address in the file is the address at run time.
const RUSTFLAGS: &str = "-Cforce-frame-pointers=yes -Crelocation-model=static";

/// The crates under test; they alone count coverage.
const COUNTED: [&str; 6] = ["smoltcp", "etherparse", "hickory_proto", "rustls", "webpki", "halligan_targets"];

/// SanitizerCoverage as cargo-fuzz sets it, but level 3: level 4 only adds calls of a hook at indirect calls.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table";

/// The programs that hosts run.
#[derive(Clone, Debug)]
pub struct Agents {
    /// The native worker.
    pub native: PathBuf,
    /// The unikernel's image for spt.
    pub unikernel: PathBuf,
    /// The unikernel's image for hvt.
    pub unikernel_hvt: PathBuf,
    /// The Solo5 tender.
    pub tender: PathBuf,
    /// The fault that they plant: see [`halligan_targets::planted`].
    pub fault: Option<String>,
}

impl Agents {
    /// Builds what is missing or stale, and shows progress on standard error. With a `fault` the agents can plant
    /// faults, and [hosts](crate::host::Host) have them plant this one.
    ///
    /// # Errors
    /// Fails where cargo cannot be run or a crate does not compile; the compiler's messages have then been printed.
    pub fn build(fault: Option<&str>) -> Result<Self> {
        let workshop = Workshop::open()?;
        let folder = workshop.folder(if fault.is_some() { "planted" } else { "plain" })?;
        let wrapper = write_wrapper(&folder)?;
        let mut cargo = workshop.guest(&folder);
        cargo.args(["--package=halligan-unikernel", "--package=halligan-native"]);
        if fault.is_some() {
            cargo.arg("--features=halligan-unikernel/planted,halligan-native/planted");
        }
        workshop.progress.run(cargo.env("RUSTFLAGS", RUSTFLAGS).env("RUSTC_WRAPPER", wrapper), "the agents")?;
        let tender = workshop.tender()?;
        workshop.progress.finish("agents");

        let built = folder.join(TARGET).join("agent");
        Ok(Self {
            native: built.join("halligan-native"),
            unikernel: built.join("halligan-unikernel"),
            unikernel_hvt: built.join("halligan-unikernel-hvt"),
            tender,
            fault: fault.map(str::to_owned),
        })
    }
}

/// The unikernel that serves the stack, and what runs it.
#[derive(Clone, Debug)]
pub struct Service {
    /// The image for spt.
    pub spt: PathBuf,
    /// The image for hvt.
    pub hvt: PathBuf,
    /// The Solo5 tender.
    pub tender: PathBuf,
}

impl Service {
    /// Builds what is missing or stale, and shows progress on standard error.
    ///
    /// # Errors
    /// As [`Agents::build`].
    pub fn build() -> Result<Self> {
        let workshop = Workshop::open()?;
        let folder = workshop.folder("service")?;
        let mut cargo = workshop.guest(&folder);
        cargo.args(["--package=halligan-unikernel", "--features=service"]);
        cargo.args(["--bin=halligan-service", "--bin=halligan-service-hvt"]);
        workshop.progress.run(&mut cargo, "the unikernel")?;
        let tender = workshop.tender()?;
        workshop.progress.finish("unikernel");
        let built = folder.join(TARGET).join("agent");
        Ok(Self { spt: built.join("halligan-service"), hvt: built.join("halligan-service-hvt"), tender })
    }
}

/// Where guests, tender and other engines' programs are built, by one harness at a time.
pub(crate) struct Workshop {
    root: &'static Path,
    folder: PathBuf,
    progress: Progress,
    _lock: File,
}

impl Workshop {
    /// Waits until no other harness builds.
    ///
    /// # Errors
    /// Fails where the sources are gone, or a folder cannot be created.
    pub(crate) fn open() -> Result<Self> {
        let root = root();
        ensure!(root.join("Cargo.toml").is_file(), "the sources of the agents are not at {}", root.display());
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
        let folder = target.join("agents");
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let progress = Progress::new();
        let lock = lock(&folder.join("lock"), &progress)?;
        Ok(Self { root, folder, progress, _lock: lock })
    }

    /// A folder for one set of flags.
    ///
    /// # Errors
    /// Fails where it cannot be created.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder)
    }

    /// Cargo, in the workspace.
    pub(crate) fn cargo() -> Command {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(root());
        without_outer_cargo(&mut cargo);
        // The workspace says which: cargo-fuzz wants another one than the harness needs.
        cargo.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
        cargo
    }

    /// `cargo build`, in `folder`.
    pub(crate) fn build(&self, folder: &Path) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(self.root).arg("build").arg("--target-dir").arg(folder);
        without_outer_cargo(&mut cargo);
        cargo
    }

    /// Runs cargo; `what` names what it builds.
    ///
    /// # Errors
    /// Fails where cargo does; its messages have then been printed.
    pub(crate) fn run(&self, cargo: &mut Command, what: &str) -> Result<()> {
        self.progress.run(cargo, what)
    }

    /// Says that `what` was built, if anything was.
    pub(crate) fn finish(&self, what: &str) {
        self.progress.finish(what);
    }

    /// Cargo, to build what a host runs in `folder`.
    fn guest(&self, folder: &Path) -> Command {
        let mut cargo = self.build(folder);
        cargo.arg("--profile=agent").arg(format!("--target={TARGET}"));
        cargo
    }

    /// Builds the tender.
    fn tender(&self) -> Result<PathBuf> {
        let folder = self.folder("tender")?;
        let mut cargo = self.build(&folder);
        self.progress.run(cargo.args(["--release", "--package=halligan-tender"]), "the tender")?;
        Ok(folder.join("release/halligan-tender"))
    }
}

/// The crates under test that are not this workspace's own, each with its version, from `Cargo.lock`; none where that
/// cannot be read.
pub fn versions() -> Vec<(String, String)> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap_or_default();
    let value = |package: &str, key: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim_start_matches(" = ").trim_matches('"').to_owned())
    };
    let external = lock.split("[[package]]").filter(|package| package.contains("\nsource = "));
    let named = external.filter_map(|package| Some((value(package, "name")?, value(package, "version")?)));
    named.filter(|(name, _)| COUNTED.contains(&&name.replace('-', "_")[..])).collect()
}

/// The workspace that this program was built in.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Takes away the flags that a cargo around this process may have set for the harness itself.
fn without_outer_cargo(cargo: &mut Command) {
    for name in
        ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_TARGET"]
    {
        cargo.env_remove(name);
    }
    let colour = if std::io::stderr().is_terminal() { "always" } else { "never" };
    cargo.env("CARGO_TERM_COLOR", colour).env("CARGO_TERM_QUIET", "false").env("CARGO_TERM_VERBOSE", "false");
}

/// Keeps other harnesses out until the lock is dropped.
fn lock(path: &Path, progress: &Progress) -> Result<File> {
    let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            progress.say("waiting for another harness to build the agents");
            file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display()))?,
    }
    Ok(file)
}

/// Writes the wrapper around rustc that adds coverage to the crates under test, and returns its path.
fn write_wrapper(directory: &Path) -> Result<PathBuf> {
    let path = directory.join("rustc-with-coverage");
    let counted = COUNTED.map(|name| format!("*' --crate-name {name} '*")).join("|");
    let script = format!(
        "#!/bin/sh\n# Adds coverage counters to the crates under test, and to no other.\ncase \" $* \" in\n\
        {counted}) exec \"$@\" {COVERAGE} ;;\nesac\nexec \"$@\"\n"
    );
    if fs::read_to_string(&path).is_ok_and(|old| old == script) {
        return Ok(path);
    }
    // Cargo does not look into a wrapper: what was built with another one is stale.
    let built = directory.join(TARGET);
    if built.exists() {
        fs::remove_dir_all(&built).with_context(|| format!("cannot remove {}", built.display()))?;
    }
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o755).open(&path);
    file.and_then(|mut file| file.write_all(script.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Shows what is being built: a spinner on a terminal, few lines elsewhere, nothing where all is fresh.
struct Progress {
    spinner: ProgressBar,
    terminal: bool,
    start: Instant,
    compiled: std::cell::Cell<usize>,
}

impl Progress {
    fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let spinner = if terminal { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        Self { spinner, terminal, start: Instant::now(), compiled: 0.into() }
    }

    fn say(&self, message: &str) {
        if self.terminal {
            self.spinner.enable_steady_tick(Duration::from_millis(100));
            self.spinner.set_message(message.to_owned());
        } else {
            eprintln!("{message}");
        }
    }

    /// Runs cargo; `what` names what it builds.
    fn run(&self, cargo: &mut Command, what: &str) -> Result<()> {
        let program = cargo.get_program().to_string_lossy().into_owned();
        let mut child = cargo
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {program} to build {what}"))?;
        let (mut said, mut begun) = (Vec::new(), false);
        for line in child.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).lines()) {
            let line = line.with_context(|| format!("cannot read what {program} says"))?;
            let plain = strip_str(&line).to_string();
            match status(&plain) {
                Some(("Compiling", name)) => {
                    self.compiled.set(self.compiled.get() + 1);
                    if self.terminal {
                        self.say(&format!("building {what}: {name}"));
                    } else if !begun {
                        self.say(&format!("building {what}"));
                    }
                    begun = true;
                }
                Some(("Blocking", _)) => self.say(&format!("building {what}: {}", plain.trim())),
                Some(_) => {}
                None => said.push(line),
            }
        }
        let status = child.wait().with_context(|| format!("cannot wait for {program}"))?;
        if !status.success() {
            self.spinner.finish_and_clear();
            said.iter().for_each(|line| eprintln!("{line}"));
            bail!("{what} could not be built: {program} ended with {status}");
        }
        Ok(())
    }

    fn finish(&self, what: &str) {
        self.spinner.finish_and_clear();
        if self.compiled.get() > 0 {
            eprintln!("built the {what} in {:.1} s", self.start.elapsed().as_secs_f32());
        }
    }
}

/// Splits a line by which cargo tells what it does, as in `   Compiling smoltcp v0.14.0`; none for any other line.
fn status(line: &str) -> Option<(&str, &str)> {
    const WIDTH: usize = 12;
    let (verb, rest) = line.split_at_checked(WIDTH)?;
    let verb = verb.trim_start();
    let is_status = verb.starts_with(|first: char| first.is_ascii_uppercase()) && verb.chars().all(char::is_alphabetic);
    is_status.then_some((verb, rest.strip_prefix(' ')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_status_lines_are_told_from_messages() {
        assert_eq!(status("   Compiling smoltcp v0.14.0"), Some(("Compiling", "smoltcp v0.14.0")));
        assert_eq!(status("    Blocking waiting for file lock"), Some(("Blocking", "waiting for file lock")));
        for message in ["error: could not compile", "", "  --> src/lib.rs:1:1", "warning: unused import: `x`", "   |"] {
            assert_eq!(status(message), None, "{message}");
        }
    }

    #[test]
    fn the_wrapper_counts_the_crates_under_test_alone() {
        let directory = env::temp_dir().join(format!("halligan-wrapper-{}", std::process::id()));
        fs::create_dir_all(directory.join(TARGET)).unwrap();
        let wrapper = write_wrapper(&directory).unwrap();
        assert!(!directory.join(TARGET).exists(), "what was built with another wrapper is stale");
        let flags = |name: &str| {
            let output =
                Command::new(&wrapper).args(["echo", "--crate-name", name, "--edition=2021"]).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        for name in COUNTED {
            assert!(flags(name).contains("-sanitizer-coverage-inline-8bit-counters"), "{name}");
        }
        for name in ["core", "smoltcp_extra", "build_script_build", "halligan_solo5"] {
            assert_eq!(flags(name), format!("--crate-name {name} --edition=2021\n"));
        }
        fs::create_dir_all(directory.join(TARGET)).unwrap();
        assert_eq!(write_wrapper(&directory).unwrap(), wrapper);
        assert!(directory.join(TARGET).exists(), "the same wrapper leaves what was built");
        fs::remove_dir_all(directory).unwrap();
    }
}
