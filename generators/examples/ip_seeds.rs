//! Writes the hand-made seeds and regressions of `ip_parser`: `cargo run -p halligan-generators --example ip_seeds`.

#[path = "../tests/samples/mod.rs"]
mod samples;

use std::{fs, io, path::Path};

use halligan_generators::Model;

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/ip_parser");
    fs::create_dir_all(corpus.join("seeds"))?;
    fs::create_dir_all(corpus.join("regressions"))?;
    for (name, packet) in samples::ip_named() {
        fs::write(corpus.join("seeds").join(name), packet.emit())?;
    }
    for (fault, packet) in samples::ip_faults() {
        fs::write(corpus.join("regressions").join(format!("smoltcp-{fault}")), packet.emit())?;
    }
    Ok(())
}
