//! The folder of findings.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Report;
use crate::corpus::Folder;

/// A folder with a folder for each finding: see [`Report::files`].
#[derive(Clone, Debug)]
pub struct Store(Folder);

impl Store {
    /// A store in `folder`, which is made where it is missing, without what processes that are gone were about to write.
    ///
    /// # Errors
    /// Fails where it cannot be written to.
    pub fn create(folder: &Path) -> Result<Self> {
        let folder = Folder::create(folder)?;
        folder.tidy()?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Saves a finding and returns its folder, and whether that holds a minimised input. A finding of an earlier campaign
    /// stays, and of a failure nothing does.
    ///
    /// # Errors
    /// Fails where the folder cannot be written.
    pub fn save(&self, report: &Report<'_>) -> Result<(PathBuf, bool)> {
        let folder = self.0.path().join(report.name());
        if folder.exists() {
            let minimised = folder.join("minimised").exists();
            return Ok((folder, minimised));
        }
        let temporary = self.0.path().join(format!(".{}-{}", std::process::id(), report.name()));
        let files = report.files(&folder)?;
        fs::create_dir_all(&temporary)
            .and_then(|()| files.iter().try_for_each(|(name, bytes)| fs::write(temporary.join(name), bytes)))
            .and_then(|()| fs::rename(&temporary, &folder))
            .inspect_err(|_| drop(fs::remove_dir_all(&temporary)))
            .with_context(|| format!("cannot write the finding {}", folder.display()))?;
        Ok((folder, false))
    }

    /// Adds to the folder of a saved finding what minimising came to. Each file changes as a whole, `minimised` last: where
    /// it is, all is.
    ///
    /// # Errors
    /// Fails where the folder cannot be written.
    pub fn complete(&self, folder: &Path, report: &Report<'_>) -> Result<()> {
        let (mut files, into) = (report.files(folder)?, Folder::create(folder)?);
        into.tidy()?;
        // The input stays what was first seen.
        files.retain(|(name, _)| *name != "input");
        files.sort_by_key(|(name, _)| *name == "minimised");
        files.iter().try_for_each(|(name, bytes)| into.save_as(name, bytes).map(drop))
    }
}
