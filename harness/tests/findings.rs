//! What lies in a finding's folder is of use: the test compiles and fails, the capture opens, the script can be read.

mod common;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Done, crashing, halligan, workspace};
use halligan::agents::Agents;
use halligan::findings::Report;
use halligan::host::{Host, Kind, Options};
use halligan::minimise::Panel;
use halligan_generators::model::tcp::{Flags, Segment};
use halligan_generators::{Derived, Model};
use halligan_targets::TcpParser;
use halligan_targets::planted::PANIC;
use serde_json::Value;
use tempfile::TempDir;

/// The folder of the one finding that `input` gives with `fault` planted.
fn finding(folder: &Path, fault: &str, input: &[u8]) -> PathBuf {
    let crashes = folder.join("crashes");
    fs::create_dir(&crashes).unwrap();
    fs::write(crashes.join("crash"), input).unwrap();
    let [crashes, findings] = [crashes, folder.join("findings")].map(|path| path.display().to_string());
    let done = halligan(["triage", "tcp_parser", &crashes, "--plant", fault, "--json", "--findings", &findings]);
    assert_eq!(done.status, 1, "{done:?}");
    let group: Value = serde_json::from_str(&done.stdout).unwrap();
    PathBuf::from(group["folder"].as_str().unwrap())
}

/// Libraries as `cargo build` makes them, by the names of their crates: the same for all tests, for they lie in one place.
fn libraries() -> BTreeMap<String, PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace()).args(["build", "--lib", "--message-format=json-render-diagnostics", "--quiet"]);
    command.args(["--package=halligan", "--package=halligan-targets", "--features=halligan-targets/planted"]);
    let done = Done::of(command);
    assert_eq!(done.status, 0, "{}", done.stderr);
    let messages = done.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let library = |message: Value| {
        let file = message["filenames"]
            .as_array()?
            .iter()
            .find_map(|file| Some(file.as_str()?).filter(|file| file.ends_with(".rlib")))?;
        Some((message["target"]["name"].as_str()?.to_owned(), PathBuf::from(file)))
    };
    messages.filter_map(library).collect()
}

/// Compiles a finding's test as it stands.
fn compile(source: &Path, libraries: &BTreeMap<String, PathBuf>, to: &Path) {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.current_dir(workspace()).args(["--test", "--edition=2024", "-D", "warnings", "-o"]).arg(to).arg(source);
    for (name, path) in libraries.iter().filter(|(name, _)| name.starts_with("halligan")) {
        rustc.arg("--extern").arg(format!("{name}={}", path.display()));
    }
    let folders = libraries.values().filter_map(|path| path.parent());
    for folder in folders.collect::<std::collections::BTreeSet<_>>() {
        rustc.arg("-L").arg(format!("dependency={}", folder.join("deps").display()));
        rustc.arg("-L").arg(format!("dependency={}", folder.display()));
    }
    let done = Done::of(rustc);
    assert_eq!(done.status, 0, "{}\n{}", done.stderr, fs::read_to_string(source).unwrap());
}

/// A wrong field: the checksum of 0 under URG that the planted fault takes for right.
fn wrong_checksum() -> Vec<u8> {
    let Segment::Whole { mut header, payload } = Segment::dissect(&crashing(9)) else { unreachable!() };
    (header.flags, header.checksum) = (Flags::URG | Flags::ACK, Derived::Lie(0));
    Segment::Whole { header, payload }.emit()
}

#[test]
fn its_test_compiles_as_it_stands_and_fails() {
    let libraries = libraries();
    for (fault, input, says) in [
        (PANIC, crashing(20), "planted: timestamps behind a large window scale"),
        ("tcp_parser/checksum_exact", wrong_checksum(), "checksum accepted: expected false, saw true"),
    ] {
        let folder = TempDir::new().unwrap();
        let (finding, test) = (finding(folder.path(), fault, &input), folder.path().join("test"));
        compile(&finding.join("reproduce.rs"), &libraries, &test);
        let done = Done::of(Command::new(test));
        assert!(done.status == 101 && done.stdout.contains(says), "{fault}: {done:?}");
    }
}

#[test]
fn where_the_hosts_differ_its_test_runs_them() {
    let build = |fault| Agents::build(fault).expect("the agents can be built");
    let hosts = [
        Host::new(Kind::Native, &build(None)).unwrap(),
        Host::new(Kind::Spt, &build(Some("tcp_parser/checksum_exact"))).unwrap(),
    ];
    let mut panel = Panel::new(&hosts, &TcpParser, Options::default()).unwrap();
    let finding = panel.finding(&TcpParser, &wrong_checksum()).unwrap().expect("the hosts differ");
    let report = Report::new(&finding, "test", &hosts, None).unwrap();
    let folder = TempDir::new().unwrap();
    for (name, bytes) in report.files(folder.path()).unwrap() {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let said = fs::read_to_string(folder.path().join("report.md")).unwrap();
    assert!(said.contains("The hosts differ on this input.") && said.contains("- Hosts that show it: spt\n"), "{said}");
    let libraries = libraries();
    let test = folder.path().join("test");
    compile(&folder.path().join("reproduce.rs"), &libraries, &test);
    // Both hosts are right as they are built today.
    let mut command = Command::new(test);
    command.current_dir(workspace());
    let done = Done::of(command);
    assert_eq!(done.status, 0, "{done:?}");
}

#[test]
fn its_capture_opens_with_our_comments() {
    let folder = TempDir::new().unwrap();
    let finding = finding(folder.path(), PANIC, &crashing(20));
    let capture = finding.join("packet.pcapng");
    let text = String::from_utf8_lossy(&fs::read(&capture).unwrap()).into_owned();
    assert!(text.contains("minimised input: panic at targets/src/tcp/mod.rs:"), "{text}");
    assert!(text.contains("window shift"), "{text}");
    // Our own importer finds both packets.
    let to = folder.path().join("seeds").display().to_string();
    let done = halligan(["import", &capture.display().to_string(), "--target", "tcp_parser", "--to", &to]);
    assert!(done.stdout.starts_with("2 packets, 2 of them for tcp_parser"), "{done:?}");
    let seeds: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    assert!(seeds.contains(&fs::read(finding.join("minimised")).unwrap()));
    let Ok(output) = Command::new("tshark")
        .arg("-r")
        .arg(&capture)
        .args(["-T", "fields", "-e", "frame.comment", "-e", "tcp.options.wscale.shift"])
        .output()
    else {
        println!("no tshark on this machine: the capture was read by Halligan alone");
        return;
    };
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("minimised input: panic") && said.contains("\t11\n"), "{said}");
}

#[test]
fn its_report_explains_it() {
    let folder = TempDir::new().unwrap();
    let finding = finding(folder.path(), "tcp_parser/checksum_exact", &wrong_checksum());
    let said = fs::read_to_string(finding.join("report.md")).unwrap();
    for part in [
        "# tcp_parser: checksum_exact does not hold",
        "- Property (RFC 9293 section 3.1): a checksum is accepted exactly if it is right.",
        "- Oracle: etherparse",
        "- Seen: checksum accepted: expected false, saw true",
        "- Hosts that show it: native",
        " -> 20 bytes, 1 -> 1 lies, ",
        "smoltcp 0.",
        "0x0000  lie",
        "checksum: Derived::Lie(0)",
        "## Seen on spt",
        "HALLIGAN_HOST=spt HALLIGAN_PLANT=tcp_parser/checksum_exact cargo fuzz run --features planted tcp_parser ",
    ] {
        assert!(said.contains(part), "{part} is missing: {said}");
    }
    let report: Value = serde_json::from_slice(&fs::read(finding.join("report.json")).unwrap()).unwrap();
    assert_eq!((&report["minimised"]["lies"], &report["engine"]), (&1.into(), &"triage".into()));
    assert!(report["versions"]["smoltcp"].is_string() && report["versions"]["etherparse"].is_string(), "{report}");
    let script = fs::read_to_string(finding.join("script.pkt")).unwrap();
    assert!(script.contains("the checksum") && script.ends_with("+0 < U 0:0(0) win 0\n"), "{script}");
}
