//! Corpora: folders of inputs, one file each, that hold wire bytes and nothing else.

mod cover;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};

pub use cover::{Covering, cover};

/// Largest input in bytes; a file that is larger is taken for a mistake.
pub const SIZE_LIMIT: u64 = 1 << 20;

/// An input and the file that it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The file.
    pub path: PathBuf,
    /// The input.
    pub bytes: Vec<u8>,
}

/// Reads one input.
///
/// # Errors
/// Fails where the file is missing, unreadable or larger than [`SIZE_LIMIT`].
pub fn read(path: &Path) -> Result<Input> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("cannot open {shown}"))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        bail!("{shown} is a folder, not an input");
    }
    let mut bytes = Vec::new();
    file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {shown}"))?;
    if bytes.len() as u64 > SIZE_LIMIT {
        bail!("{shown} is larger than 1 MiB: not an input");
    }
    Ok(Input { path: path.to_owned(), bytes })
}

/// The files of a folder, sorted by name; its folders and hidden files are passed over, and Markdown, which explains the
/// inputs that it lies beside.
///
/// # Errors
/// Fails where the folder is missing or unreadable.
pub fn list_folder(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read the folder {}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let explains = path.extension().is_some_and(|end| end == "md");
        if !hidden && !explains && !path.is_dir() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Reads the files of a folder: see [`list_folder`].
///
/// # Errors
/// Fails where the folder is missing or unreadable, and as [`read`] for a file in it.
pub fn read_folder(folder: &Path) -> Result<Vec<Input>> {
    list_folder(folder)?.iter().map(|path| read(path)).collect()
}

/// Reads the files of a folder as far as they can be read; tells `damage` in one line of each that cannot, and of each that
/// is not what its [`name`] says, which is an input all the same.
///
/// # Errors
/// Fails where the folder is unreadable.
pub fn salvage_folder(folder: &Path, mut damage: impl FnMut(String)) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for path in list_folder(folder)? {
        match read(&path) {
            Ok(input) => {
                let said = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let is_hash = said.len() == 40 && said.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                if is_hash && said != name(&input.bytes) {
                    damage(format!("{} is not what its name says: it is taken as it is", path.display()));
                }
                inputs.push(input);
            }
            Err(error) => damage(format!("{error:#}: it is passed over")),
        }
    }
    Ok(inputs)
}

/// Files and the files of folders, in the order given.
///
/// # Errors
/// Fails as [`list_folder`], and where there is no file at all.
pub fn list_all(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.append(&mut list_folder(path)?);
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        bail!("{} is empty: there is nothing to run", paths.first().map_or("".into(), |path| path.to_string_lossy()));
    }
    Ok(files)
}

/// Reads files and the files of folders, in the order given.
///
/// # Errors
/// Fails as [`list_all`] and [`read`].
pub fn read_all(paths: &[PathBuf]) -> Result<Vec<Input>> {
    list_all(paths)?.iter().map(|path| read(path)).collect()
}

/// Reads a folder of seeds for the target called `target`.
///
/// # Errors
/// Fails as [`read_folder`], and where the folder is empty.
pub fn read_seeds(folder: &Path, target: &str) -> Result<Vec<Input>> {
    let seeds = read_folder(folder)?;
    if seeds.is_empty() {
        let shown = folder.display();
        bail!("{shown} is empty: import seeds with `halligan import CAPTURE... --target {target} --to {shown}`");
    }
    Ok(seeds)
}

/// The name of an input in a corpus: the SHA-1 of its bytes in hex, as libFuzzer names them.
pub fn name(bytes: &[u8]) -> String {
    sha1_smol::Sha1::from(bytes).digest().to_string()
}

/// A folder that inputs are written to.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes the folder where it is missing, and makes sure that files can be written to it.
    ///
    /// # Errors
    /// Fails where either is impossible.
    pub fn create(path: &Path) -> Result<Self> {
        let folder = Self(path.to_owned());
        fs::create_dir_all(path)
            .and_then(|()| {
                let probe = folder.temporary();
                File::create(&probe)?;
                fs::remove_file(&probe)
            })
            .with_context(|| format!("cannot write to the folder {}", path.display()))?;
        Ok(folder)
    }

    /// Removes what processes that are gone were about to write: files and folders called `.PROCESS-` and something.
    ///
    /// # Errors
    /// Fails where the folder is unreadable.
    pub fn tidy(&self) -> Result<()> {
        let cannot = || format!("cannot read the folder {}", self.0.display());
        for entry in fs::read_dir(&self.0).with_context(cannot)? {
            let path = entry.with_context(cannot)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some((process, _)) = name.strip_prefix('.').and_then(|rest| rest.split_once('-')) else { continue };
            let digits = !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit());
            if digits && !Path::new("/proc").join(process).exists() {
                // Whoever else tidies may be faster.
                let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            }
        }
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Saves an input under its [`name`] and returns its path.
    ///
    /// # Errors
    /// As [`Folder::save_as`].
    pub fn save(&self, bytes: &[u8]) -> Result<PathBuf> {
        self.save_as(&name(bytes), bytes)
    }

    /// Saves `bytes` as `name`, over what may be there, and returns the path. A reader sees all of it or nothing; of a
    /// failure nothing remains.
    ///
    /// # Errors
    /// Fails where the file cannot be written.
    pub fn save_as(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let (path, temporary) = (self.0.join(name), self.temporary());
        File::create(&temporary)
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| fs::rename(&temporary, &path))
            .inspect_err(|_| drop(fs::remove_file(&temporary)))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// A hidden file of this folder that nobody else uses.
    fn temporary(&self) -> PathBuf {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        self.0.join(format!(".{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
    }
}

/// The seeds of the target called `target`: `corpora/TARGET/seeds` in the workspace.
pub fn seeds(target: &str) -> PathBuf {
    in_workspace("corpora").join(target).join("seeds")
}

/// The findings that were mended, and stay so: `corpora/TARGET/regressions` in the workspace.
pub fn regressions(target: &str) -> PathBuf {
    in_workspace("corpora").join(target).join("regressions")
}

/// The words for fuzzers of bytes: `fuzz/dictionaries/TARGET.dict` in the workspace; none where there is no such file.
pub fn dictionary(target: &str) -> Option<PathBuf> {
    let path = std::path::absolute(in_workspace("fuzz").join("dictionaries").join(format!("{target}.dict"))).ok()?;
    path.is_file().then_some(path)
}

/// What campaigns kept, shared with cargo-fuzz: `fuzz/corpus/TARGET` in the workspace.
pub fn working(target: &str) -> PathBuf {
    in_workspace("fuzz").join("corpus").join(target)
}

/// The captures that seeds are imported from: `corpora/captures` in the workspace.
pub fn captures() -> PathBuf {
    in_workspace("corpora").join("captures")
}

/// The folder of findings that commands take where none is given.
pub const FINDINGS: &str = "findings";

/// A path in the workspace that this program was built in; relative where the working folder is that workspace.
fn in_workspace(path: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let here = std::env::current_dir().is_ok_and(|here| here == workspace);
    if here { PathBuf::from(path) } else { workspace.join(path) }
}
