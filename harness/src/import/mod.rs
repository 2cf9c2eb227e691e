//! Imports seeds from captures: a handful of small, distinct inputs out of many packets.

mod capture;
mod dns;
mod ethernet;
mod ip;
mod streams;
mod tcp;
mod tls;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::corpus::{self, Folder, Input};
use capture::Packet;
use streams::{Stream, Streams};

/// An input that could become a seed.
struct Seed {
    /// Equal for inputs that would be tested alike; the smallest of them is kept.
    shape: String,
    /// What it shows, in a few words for its name.
    label: String,
    /// The input.
    bytes: Vec<u8>,
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Packets read.
    pub packets: u64,
    /// Inputs for the target that packets carry, or streams of them.
    pub fitting: u64,
    /// The seeds that were kept.
    pub seeds: Vec<PathBuf>,
    /// What was left out of damaged captures, one line each.
    pub warnings: Vec<String>,
}

/// Imports seeds for the target called `target` from pcap or pcapng files into `folder`, which is made where it is
/// missing. Of inputs of one shape the smallest is kept, the first among equals.
///
/// # Errors
/// Fails where a capture cannot be read, where none has an input for the target, and where the folder cannot be written.
/// Nothing is written before all captures were read.
pub fn import(captures: &[PathBuf], target: &str, folder: &Path) -> Result<Summary> {
    let extractor = extractor(target)?;
    let mut summary = Summary::default();
    let mut kept: BTreeMap<String, Seed> = BTreeMap::new();
    for path in captures {
        let mut parts = Vec::new();
        let mut streams = Streams::default();
        let mut keep = |seed: Seed| {
            summary.fitting += 1;
            match kept.entry(seed.shape.clone()) {
                Entry::Vacant(entry) => drop(entry.insert(seed)),
                Entry::Occupied(mut entry) if seed.bytes.len() < entry.get().bytes.len() => drop(entry.insert(seed)),
                Entry::Occupied(_) => {}
            }
        };
        let extent = capture::read(path, |packet| {
            if !packet.is_whole {
                parts.push(packet.number);
            }
            if let Some(seed) = extractor.packets {
                seed(packet).into_iter().for_each(&mut keep);
            }
            if extractor.streams.is_some() {
                streams.add(packet);
            }
        })?;
        if let Some(seeds) = extractor.streams {
            streams.finish().flat_map(|stream| seeds(&stream)).for_each(keep);
        }
        summary.packets += extent.packets;
        let shown = path.display();
        if !extent.is_whole {
            let next = extent.packets + 1;
            summary.warnings.push(format!("{shown} is cut short or damaged at packet {next}: imported up to there"));
        }
        if let Some(first) = parts.first() {
            let count = parts.len();
            let warning =
                format!("{shown}: {count} packets were captured only in part and are left out, first {first}");
            summary.warnings.push(warning);
        }
    }
    if kept.is_empty() {
        bail!("the captures' {} packets hold nothing for {target}", summary.packets);
    }
    let folder = Folder::create(folder)?;
    for seed in kept.values() {
        let name = format!("{}-{}", seed.label, &corpus::name(&seed.bytes)[..8]);
        summary.seeds.push(folder.save_as(&name, &seed.bytes)?);
    }
    Ok(summary)
}

/// How inputs of a target are taken out of a capture.
struct Extractor {
    /// Out of each packet.
    packets: Option<fn(Packet<'_>) -> Option<Seed>>,
    /// Out of what one end of a connection sent.
    streams: Option<fn(&Stream) -> Vec<Seed>>,
}

/// The extractor for a target.
fn extractor(target: &str) -> Result<Extractor> {
    match target {
        "dns_parser" => Ok(Extractor { packets: Some(dns::datagram), streams: Some(dns::messages) }),
        "ip_parser" => Ok(Extractor { packets: Some(ip::seed), streams: None }),
        "ethernet_parser" => Ok(Extractor { packets: Some(ethernet::seed), streams: None }),
        "tcp_parser" => Ok(Extractor { packets: Some(tcp::seed), streams: None }),
        "tls_parser" => Ok(Extractor { packets: None, streams: Some(tls::seeds) }),
        _ => bail!("captures hold nothing that could be imported for {target}"),
    }
}

/// The seeds of the target called `target`: `corpora/TARGET/seeds`, imported from `corpora/captures` where that folder is
/// missing.
///
/// # Errors
/// Fails where there are neither seeds nor captures, and as [`import`].
pub fn seeds(target: &str) -> Result<Vec<Input>> {
    let folder = corpus::seeds(target);
    if !folder.exists() {
        let captures = corpus::captures();
        let is_capture = |input: &PathBuf| input.extension().is_some_and(|end| end == "pcap" || end == "pcapng");
        let cannot = || format!("{} is missing, and there are no captures to import", folder.display());
        let mut files: Vec<_> = captures
            .read_dir()
            .with_context(cannot)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(is_capture)
            .collect();
        files.sort();
        if files.is_empty() {
            bail!(cannot());
        }
        import(&files, target, &folder)?;
    }
    corpus::read_seeds(&folder, target)
}
