//! The seeds of a target go into its working corpus before its first run.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Copies `corpora/NAME/seeds` into `fuzz/corpus/NAME`, where that is the corpus of this run and still empty.
pub fn copy(name: &str) -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (corpus, seeds) = (here.join("corpus").join(name), here.join("../corpora").join(name).join("seeds"));
    let mut arguments = env::args().skip(1);
    let merges = env::args().any(|argument| argument.starts_with("-merge="));
    if merges || !arguments.any(|argument| Path::new(&argument) == corpus) || !seeds.is_dir() {
        return Ok(());
    }
    let empty = fs::read_dir(&corpus).is_ok_and(|mut entries| entries.next().is_none());
    if !empty {
        return Ok(());
    }
    let mut count = 0;
    for seed in fs::read_dir(&seeds).with_context(|| format!("cannot read {}", seeds.display()))? {
        let seed = seed?;
        fs::copy(seed.path(), corpus.join(seed.file_name()))
            .with_context(|| format!("cannot copy {} to {}", seed.path().display(), corpus.display()))?;
        count += 1;
    }
    eprintln!("INFO: halligan: {count} seeds of corpora/{name}/seeds copied to the corpus");
    Ok(())
}
