//! The folder of findings.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Finding, Report};
use crate::corpus::Folder;

/// A folder with a folder for each finding: its `input`, `report.md` and `report.json`.
#[derive(Clone, Debug)]
pub struct Store(Folder);

impl Store {
    /// A store in `folder`, which is made where it is missing.
    ///
    /// # Errors
    /// Fails where it cannot be written to.
    pub fn create(folder: &Path) -> Result<Self> {
        Ok(Self(Folder::create(folder)?))
    }

    /// Saves a finding and returns its folder. A finding of an earlier campaign stays, and of a failure nothing does.
    ///
    /// # Errors
    /// Fails where the folder cannot be written.
    pub fn save(&self, finding: &Finding, report: &Report<'_>) -> Result<PathBuf> {
        let folder = self.0.path().join(report.name());
        if folder.exists() {
            return Ok(folder);
        }
        let cannot = || format!("cannot write the finding {}", folder.display());
        let temporary = self.0.path().join(format!(".{}-{}", report.name(), std::process::id()));
        let input = folder.join("input");
        let files = [
            ("input", finding.input.clone()),
            ("report.md", report.markdown(&input)?.into_bytes()),
            ("report.json", serde_json::to_vec_pretty(&report.json(&input)?)?),
        ];
        fs::create_dir_all(&temporary)
            .and_then(|()| files.iter().try_for_each(|(name, bytes)| fs::write(temporary.join(name), bytes)))
            .and_then(|()| fs::rename(&temporary, &folder))
            .inspect_err(|_| drop(fs::remove_dir_all(&temporary)))
            .with_context(cannot)?;
        Ok(folder)
    }
}
