//! Places in the source, named alike on every machine.

use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

use addr2line::Loader;
use serde::Serialize;

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The file, from its package on: `smoltcp-0.14.0/src/wire/tcp.rs`.
    pub file: String,
    /// Line, from 1; 0 where it is unknown.
    pub line: u32,
    /// Column, from 1; 0 where it is unknown.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A function that was called or inlined, and the place in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Frame {
    /// The place.
    pub place: Place,
    /// The function, demangled.
    pub function: String,
}

impl Frame {
    /// Whether it lies in the standard library.
    pub fn is_standard(&self) -> bool {
        self.place.file.starts_with("library/")
    }

    /// Whether it lies in the stack under test: smoltcp, or rustls with its parts.
    pub fn is_stack(&self) -> bool {
        ["smoltcp-", "rustls-"].iter().any(|name| self.place.file.starts_with(name))
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.place, self.function)
    }
}

/// The frames at `pc`, innermost first.
pub fn frames(loader: &Loader, pc: u64) -> Vec<Frame> {
    let mut found = Vec::new();
    let Ok(mut frames) = loader.find_frames(pc) else { return found };
    while let Ok(Some(frame)) = frames.next() {
        let Some(location) = frame.location else { continue };
        let Some(file) = location.file else { continue };
        // Demangled without the hash, which says nothing to a reader and differs between builds.
        let name = frame.function.as_ref().and_then(|name| Some(name.demangle().ok()?.into_owned()));
        let function = name.unwrap_or_else(|| "?".to_owned());
        let place = Place {
            file: relative(file).to_owned(),
            line: location.line.unwrap_or(0),
            column: location.column.unwrap_or(0),
        };
        found.push(Frame { place, function });
    }
    found
}

/// The part of a path from its package on.
fn relative(path: &str) -> &str {
    // The standard library's sources, as the compiler's builders named them or as rustup installed them.
    if let Some((_, rest)) = path.split_once("/library/").filter(|(head, _)| head.contains("rust")) {
        return &path[path.len() - rest.len() - "library/".len()..];
    }
    // A registry has folders `registry/src/INDEX/PACKAGE`.
    if let Some((_, rest)) = path.split_once("/registry/src/") {
        return rest.split_once('/').map_or(rest, |(_, rest)| rest);
    }
    // Agents are built in the workspace that this crate lies in.
    let workspace = env!("CARGO_MANIFEST_DIR").trim_end_matches("harness");
    if let Some(rest) = path.strip_prefix(workspace) {
        return rest;
    }
    // Elsewhere the package's folder is the one that holds `src`.
    let package = path.find("/src/").and_then(|at| path[..at].rfind('/'));
    package.map_or(path, |at| &path[at + 1..])
}

/// Where the source of a [`Place::file`] lies on this machine: in the workspace, or in cargo's registry.
pub fn find(file: &str) -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.join(file);
    if workspace.is_file() {
        return Some(workspace);
    }
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cargo")))?;
    let indices = fs::read_dir(home.join("registry/src")).ok()?;
    indices.flatten().map(|index| index.path().join(file)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn paths_begin_with_the_package() {
        for (path, expected) in [
            (
                "/home/me/.cargo/registry/src/index.example-1cd66030c949c28d/smoltcp-0.14.0/src/wire/tcp.rs",
                "smoltcp-0.14.0/src/wire/tcp.rs",
            ),
            ("/rustc/0123abcd/library/core/src/slice/mod.rs", "library/core/src/slice/mod.rs"),
            (
                "/home/me/.rustup/toolchains/stable/lib/rustlib/src/rust/library/alloc/src/vec/mod.rs",
                "library/alloc/src/vec/mod.rs",
            ),
            (concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs"), "harness/src/lib.rs"),
            ("/home/me/parser/src/header/mod.rs", "parser/src/header/mod.rs"),
            ("targets/src/tcp/mod.rs", "targets/src/tcp/mod.rs"),
            ("/elsewhere/start.s", "/elsewhere/start.s"),
        ] {
            assert_eq!(relative(path), expected);
        }
    }
}
