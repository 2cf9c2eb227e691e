//! Writes the hand-made seeds of `ethernet_parser` and the inputs of its known faults: `cargo run -p halligan-generators --example ethernet_seeds`.

#[path = "../tests/samples/mod.rs"]
mod samples;

use std::{fs, io, path::Path};

use halligan_generators::Model;

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/ethernet_parser");
    let (seeds, regressions) = (corpus.join("seeds"), corpus.join("regressions"));
    fs::create_dir_all(&seeds)?;
    fs::create_dir_all(&regressions)?;
    for (name, frame) in samples::ethernet_named() {
        fs::write(seeds.join(name), frame.emit())?;
    }
    for (name, frame) in samples::ethernet_faults() {
        fs::write(regressions.join(name), frame.emit())?;
    }
    Ok(())
}
