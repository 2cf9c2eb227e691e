//! `halligan new`: a target in the user's own crate.

use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::Status;
use crate::corpus::Folder;

/// Write a target for a parser of your own: model, property, cargo-fuzz target and proptest, in the folder fuzz of your crate.
#[derive(clap::Args)]
#[command(after_help = super::examples(&["new message_parser --in ../my-crate"]))]
pub struct Arguments {
    /// The target's name: lower case, digits and underscores.
    #[arg(value_parser = name)]
    name: String,
    /// The folder of your crate.
    #[arg(long = "in", value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
}

/// Files of the folder fuzz; `@NAME@` and the like stand for what differs.
const FILES: [(&str, &str); 5] = [
    ("Cargo.toml", include_str!("Cargo.toml.in")),
    ("src/lib.rs", include_str!("lib.rs.in")),
    ("src/@NAME@.rs", include_str!("target.rs.in")),
    ("fuzz_targets/@NAME@.rs", include_str!("fuzz_target.rs.in")),
    ("tests/@NAME@.rs", include_str!("proptest.rs.in")),
];

/// What a further target adds to a file that is there.
const ADDED: [(&str, &str); 2] = [
    (
        "Cargo.toml",
        "\n[[bin]]\nname = \"@NAME@\"\npath = \"fuzz_targets/@NAME@.rs\"\ntest = false\ndoc = false\nbench = false\n",
    ),
    ("src/lib.rs", "pub mod @NAME@;\n"),
];

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let package = package(&self.folder)?;
        let fuzz = self.folder.join("fuzz");
        let generators = relative(&generators()?, &self.folder.canonicalize()?.join("fuzz"));
        let fill = |text: &str| {
            text.replace("@NAME@", &self.name)
                .replace("@CRATE@", &package)
                .replace("@LIBRARY@", &format!("{}_fuzz", package.replace('-', "_")))
                .replace("@GENERATORS@", &generators.display().to_string())
        };
        let mut files = Vec::new();
        for (name, text) in FILES {
            let name = fill(name);
            let path = fuzz.join(&name);
            match (path.exists(), ADDED.iter().find(|(file, _)| path.ends_with(file))) {
                (false, _) => files.push((name, fill(text))),
                (true, Some((_, more))) => {
                    let there = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
                    ensure!(
                        path.ends_with("src/lib.rs") || there.contains("halligan-generators"),
                        "{} is not of this command: add halligan-generators, proptest and a [[bin]] to it by hand",
                        path.display()
                    );
                    files.push((name, there + &fill(more)));
                }
                (true, None) => bail!("{} is there already: choose another name", path.display()),
            }
        }
        let folder = Folder::create(&fuzz)?;
        let mut out = anstream::stdout().lock();
        for (name, text) in &files {
            let parent = fuzz.join(name).parent().map_or(Ok(()), fs::create_dir_all);
            parent.with_context(|| format!("cannot write {}", fuzz.join(name).display()))?;
            writeln!(out, "wrote {}", folder.save_as(name, text.as_bytes())?.display())?;
        }
        writeln!(out, "\nnext, in {}:", self.folder.display())?;
        writeln!(out, "  make the parser of fuzz/src/{}.rs yours", self.name)?;
        writeln!(out, "  cargo test --manifest-path fuzz/Cargo.toml")?;
        writeln!(out, "  cargo fuzz run {}", self.name)?;
        Ok(Status::Held)
    }
}

/// The generators, in the workspace that this program was built in.
fn generators() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("generators");
    folder.canonicalize().with_context(|| format!("the generators are not at {}", folder.display()))
}

/// `path` as seen from the folder `from`, so that both can move together; `path` itself where they have no folder in common.
fn relative(path: &Path, from: &Path) -> PathBuf {
    let common = path.components().zip(from.components()).take_while(|(one, other)| one == other).count();
    // The root alone is no common folder.
    if common < 2 {
        return path.to_owned();
    }
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(path.components().skip(common)).collect()
}

fn name(text: &str) -> Result<String, &'static str> {
    let well = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
    if starts && text.chars().all(well) && text != "lib" {
        Ok(text.to_owned())
    } else {
        Err("a name is lower case, digits and underscores, and begins with a letter")
    }
}

/// The name of the package in `folder`.
fn package(folder: &Path) -> Result<String> {
    let manifest = folder.join("Cargo.toml");
    ensure!(manifest.is_file(), "{} is not the folder of a crate: it holds no Cargo.toml", folder.display());
    let manifest = manifest.canonicalize()?;
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--no-deps", "--offline", "--format-version=1", "--manifest-path"]).arg(&manifest);
    let output = cargo.output().context("cannot run cargo")?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        bail!("cargo cannot read {}: {}", manifest.display(), why.lines().next().unwrap_or_default());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo's metadata is no JSON")?;
    let mut packages = metadata["packages"].as_array().into_iter().flatten();
    let own = packages.find(|package| package["manifest_path"].as_str().map(Path::new) == Some(&manifest));
    let own = own.with_context(|| format!("{} is no package", manifest.display()))?;
    Ok(own["name"].as_str().context("a package has a name")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_are_named_from_the_crate_where_both_have_a_folder_in_common() {
        let of = |path: &str, from: &str| relative(Path::new(path), Path::new(from)).display().to_string();
        assert_eq!(of("/home/me/halligan/generators", "/home/me/my-crate/fuzz"), "../../halligan/generators");
        assert_eq!(of("/home/me/halligan/generators", "/home/me/halligan/own/fuzz"), "../../generators");
        assert_eq!(of("/opt/halligan/generators", "/home/me/my-crate/fuzz"), "/opt/halligan/generators");
    }
}
