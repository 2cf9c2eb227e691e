//! The findings of a target, read from their folders.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use halligan_targets::{Annotation, AnyTarget};
use serde_json::Value;

/// A finding.
pub struct Found {
    /// Its folder.
    pub folder: PathBuf,
    /// Its report.
    pub report: Value,
    /// The simplest input known.
    pub input: Vec<u8>,
    /// The fields of that input.
    pub fields: Vec<Annotation>,
}

impl Found {
    /// A text of the report; empty where it has none such.
    pub fn text(&self, pointer: &str) -> &str {
        self.report.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

/// The findings of `target` in a folder; none where the folder is gone.
///
/// # Errors
/// Fails where a report is unreadable.
pub fn read(folder: &Path, target: &'static dyn AnyTarget) -> Result<Vec<Found>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut folders: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let mut found = Vec::new();
    for folder in folders {
        let path = folder.join("report.json");
        let Ok(text) = fs::read(&path) else { continue };
        let report: Value =
            serde_json::from_slice(&text).with_context(|| format!("{} is not a finding's report", path.display()))?;
        if report["target"] != target.name() {
            continue;
        }
        let smallest = fs::read(folder.join("minimised")).or_else(|_| fs::read(folder.join("input")));
        let input = smallest.with_context(|| format!("{} holds no input", folder.display()))?;
        let mut fields = Vec::new();
        target.annotate(&input, &mut |field| fields.push(field));
        found.push(Found { folder, report, input, fields });
    }
    Ok(found)
}
