//! The edges of an image, and where they lie in the source.
//!
//! The images of the hosts link the same objects at other addresses. So an [`Edge`] says where it lies in the source and
//! not in the image, and the edges that two hosts covered can be compared.

mod source;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use addr2line::Loader;
use anyhow::{Context, Result, bail};
use object::{Object, ObjectSection};
use serde::Serialize;

pub use source::{Frame, Place, find};

/// An edge of the control flow, the same on every host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Edge {
    /// The frames at its beginning, innermost first: all but the last are inlined.
    pub frames: Vec<Frame>,
    /// Its number among the edges with these frames, in the order of addresses.
    pub ordinal: u32,
}

impl Edge {
    /// The innermost frame outside the standard library.
    pub fn frame(&self) -> Option<&Frame> {
        innermost(&self.frames)
    }
}

/// The edges of one image, numbered as its counters are.
#[derive(Debug)]
pub struct EdgeTable {
    image: PathBuf,
    pcs: Vec<u64>,
    edges: OnceLock<Vec<Edge>>,
}

impl EdgeTable {
    /// Reads the edges of an image: the entries of its section `__sancov_pcs`, each an address and flags.
    ///
    /// # Errors
    /// Fails where the image is missing, is not an ELF, or has no coverage counters with a table of their addresses.
    pub fn load(image: &Path) -> Result<Self> {
        let shown = image.display();
        let bytes = fs::read(image).with_context(|| format!("cannot read the image {shown}"))?;
        let pcs = read_pcs(&bytes)
            .with_context(|| format!("the image {shown} is corrupt (remove it, and it is built anew)"))?;
        Ok(Self { image: image.to_owned(), pcs, edges: OnceLock::new() })
    }

    /// Number of edges.
    pub fn len(&self) -> usize {
        self.pcs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pcs.is_empty()
    }

    /// The address of every edge.
    pub fn pcs(&self) -> &[u64] {
        &self.pcs
    }

    /// Every edge. The first call reads the image's debug information, which takes a moment.
    ///
    /// # Errors
    /// Fails where the debug information cannot be read.
    pub fn edges(&self) -> Result<&[Edge]> {
        if let Some(edges) = self.edges.get() {
            return Ok(edges);
        }
        let edges = self.symbolise()?;
        Ok(self.edges.get_or_init(|| edges))
    }

    /// The frames at `pc`, innermost first; none where nothing is known of it.
    ///
    /// # Errors
    /// Fails where the debug information cannot be read.
    pub fn frames(&self, pc: u64) -> Result<Vec<Frame>> {
        Ok(source::frames(&self.loader()?, pc))
    }

    /// The frames of a backtrace of return addresses, innermost first.
    ///
    /// # Errors
    /// Fails where the debug information cannot be read.
    pub fn backtrace(&self, return_addresses: &[u64]) -> Result<Vec<Frame>> {
        let loader = self.loader()?;
        // A return address lies behind the call; the call may be the last instruction of its line.
        Ok(return_addresses.iter().flat_map(|pc| source::frames(&loader, pc.wrapping_sub(1))).collect())
    }

    fn symbolise(&self) -> Result<Vec<Edge>> {
        let loader = self.loader()?;
        let mut order: Vec<usize> = (0..self.pcs.len()).collect();
        order.sort_by_key(|&index| self.pcs[index]);
        let mut edges = vec![Edge { frames: Vec::new(), ordinal: 0 }; self.pcs.len()];
        let mut equals: HashMap<Vec<Frame>, u32> = HashMap::new();
        for index in order {
            let frames = source::frames(&loader, self.pcs[index]);
            let next = equals.entry(frames.clone()).or_default();
            edges[index] = Edge { frames, ordinal: *next };
            *next += 1;
        }
        Ok(edges)
    }

    fn loader(&self) -> Result<Loader> {
        let cannot = |error| anyhow::anyhow!("cannot read the debug information of {}: {error}", self.image.display());
        Loader::new(&self.image).map_err(cannot)
    }
}

/// The innermost frame outside the standard library, or the innermost at all.
pub fn innermost(frames: &[Frame]) -> Option<&Frame> {
    frames.iter().find(|frame| !frame.is_standard()).or(frames.first())
}

fn read_pcs(bytes: &[u8]) -> Result<Vec<u64>> {
    const ENTRY: usize = 16;
    let file = object::File::parse(bytes)?;
    let section = |name| file.section_by_name(name).with_context(|| format!("it has no section {name}"));
    let (counters, table) = (section("__sancov_cntrs")?.size(), section("__sancov_pcs")?.data()?);
    if !table.len().is_multiple_of(ENTRY) || (table.len() / ENTRY) as u64 != counters {
        bail!("it has {counters} coverage counters and {} bytes of their addresses", table.len());
    }
    let pc = |entry: &[u8]| u64::from_le_bytes(std::array::from_fn(|index| entry[index]));
    Ok(table.chunks_exact(ENTRY).map(pc).collect())
}
