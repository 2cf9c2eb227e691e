//! tshark as an oracle: the fields that it prints for seeds and for packets drawn at random equal the model's.
//!
//! These tests need tshark (Debian: `apt-get install tshark`) and are run by `ci/check-models`. A protocol has one module: it
//! says what the model expects of each packet, field by field, and why it expects nothing where it does not.

mod dhcp;
mod dns;
mod ethernet;
mod ip;
mod tcp;
mod tls;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What tshark has to print for a field of a packet: a value for each time the field occurs.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The field's name in tshark's filters.
    pub field: &'static str,
    /// The values, in their order.
    pub values: Vec<String>,
}

impl Expected {
    /// A field with these values.
    pub fn new<T: ToString>(field: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        Self { field, values: values.into_iter().map(|value| value.to_string()).collect() }
    }
}

/// A packet as tshark gets it, and what is expected of it.
pub struct Case {
    /// Its name, for people.
    pub name: String,
    /// Its bytes.
    pub packet: Vec<u8>,
    /// What tshark has to print.
    pub expected: Vec<Expected>,
}

/// How many packets are drawn at random for a protocol.
pub const DRAWN: usize = 1000;

/// Bytes as tshark prints them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

/// Between the values of one field. Text that may have it is not to be compared.
const BETWEEN: &str = "|";

/// The seeds of a target, and what it has found.
pub fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora").join(target);
    let mut paths: Vec<PathBuf> = Vec::new();
    for part in ["seeds", "regressions"].map(|part| folder.join(part)) {
        paths.extend(part.read_dir().into_iter().flatten().map(|entry| entry.unwrap().path()));
    }
    paths.retain(|path| path.extension().is_none_or(|end| end != "md"));
    paths.sort();
    assert!(!paths.is_empty(), "{target} has no seeds");
    paths
        .iter()
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()))
        .collect()
}

/// Runs tshark on packets with the link type `link` and compares what it prints with what is expected. `options` are more of
/// its options.
///
/// # Panics
/// Where they differ: the message has the packets and fields, at most twenty.
pub fn compare(link: u32, options: &[&str], cases: &[Case]) {
    let mut fields: Vec<_> = cases.iter().flat_map(|case| &case.expected).map(|expected| expected.field).collect();
    fields.sort_unstable();
    fields.dedup();
    let printed = tshark(link, options, &fields, cases);
    assert_eq!(printed.len(), cases.len(), "packets that tshark printed");
    let (mut compared, mut differences) = (0, Vec::new());
    for (case, printed) in cases.iter().zip(&printed) {
        for Expected { field, values } in &case.expected {
            compared += 1;
            let column = fields.binary_search(field).expect("it is among the fields");
            let seen: Vec<_> = printed[column].split(BETWEEN).filter(|value| !value.is_empty()).collect();
            if seen != *values {
                differences.push(format!("{}: {field}: expected {values:?}, tshark {seen:?}", case.name));
            }
        }
    }
    println!("{} packets, {compared} fields compared, {} differ", cases.len(), differences.len());
    differences.truncate(20);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// What tshark prints: for each packet a column for each field.
fn tshark(link: u32, options: &[&str], fields: &[&str], cases: &[Case]) -> Vec<Vec<String>> {
    let thread = std::thread::current();
    // Tests are named as modules are, and run at the same time.
    let name = thread.name().unwrap_or_default().replace("::", "-");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tshark-{name}-{}.pcap", std::process::id()));
    fs::write(&path, capture(link, cases)).unwrap();
    let mut command = Command::new("tshark");
    command.arg("-r").arg(&path).args(["-n", "-T", "fields", "-E", "occurrence=a", "-E"]);
    command.arg(format!("aggregator={BETWEEN}")).args(options);
    command.args(fields.iter().flat_map(|field| ["-e", field]));
    let output = command.output().expect("tshark runs: Debian has it in the package tshark");
    fs::remove_file(&path).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // Truth is printed as 1 or True, depending on the release.
    let value = |value: &str| value.replace("True", "1").replace("False", "0");
    text.lines().map(|line| line.split('\t').map(value).collect()).collect()
}

/// A capture in the format of pcap.
fn capture(link: u32, cases: &[Case]) -> Vec<u8> {
    let mut file = Vec::new();
    let words = |file: &mut Vec<u8>, words: &[u32]| words.iter().for_each(|word| file.extend(word.to_le_bytes()));
    words(&mut file, &[0xa1b2_c3d4, 0x0004_0002, 0, 0, 0x0004_0000, link]);
    for (seconds, Case { packet, .. }) in cases.iter().enumerate() {
        let len = packet.len() as u32;
        words(&mut file, &[seconds as u32, 0, len, len]);
        file.extend_from_slice(packet);
    }
    file
}
