//! What commands that run inputs have in common: a target and its inputs, and a stop by Ctrl-C.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use anyhow::{Context, Result};
use halligan_targets::AnyTarget;

use super::dashboard;

/// A target and inputs for it.
#[derive(clap::Args)]
pub struct Inputs {
    /// The target.
    target: String,
    /// Inputs, or folders of inputs.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
}

impl Inputs {
    /// The target.
    ///
    /// # Errors
    /// Says which targets there are.
    pub fn target(&self) -> Result<&'static dyn AnyTarget> {
        super::target(&self.target)
    }
}

/// A flag that Ctrl-C sets; the second Ctrl-C ends the process.
///
/// # Errors
/// Fails where the signal cannot be caught.
pub fn stop_on_signal() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let on_signal = stop.clone();
    let handler = move || {
        if on_signal.swap(true, Relaxed) {
            // The second time in earnest.
            dashboard::restore();
            std::process::exit(130);
        }
    };
    ctrlc::set_handler(handler).context("cannot catch Ctrl-C")?;
    Ok(stop)
}

/// As many jobs as there are processors: a job and its agent take turns.
pub fn default_jobs() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
