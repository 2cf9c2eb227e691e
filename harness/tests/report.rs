//! What has no report.

mod common;

use std::fs;

use common::halligan;
use tempfile::TempDir;

#[test]
fn what_is_no_campaign_has_no_report() {
    let folder = TempDir::new().unwrap();
    halligan(["report", &folder.path().display().to_string()]).fails_with("is not the corpus of a campaign");
    fs::create_dir(folder.path().join(".campaign")).unwrap();
    fs::write(folder.path().join(".campaign/record.json"), "{").unwrap();
    halligan(["report", &folder.path().display().to_string()]).fails_with("is not a campaign's record");
}
