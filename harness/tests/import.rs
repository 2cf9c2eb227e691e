//! Imports of captures that the tests make.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::capture::*;
use common::{Done, halligan};
use tempfile::TempDir;

/// Imports a file of these bytes, and returns what the command said and the names of the seeds.
fn import(bytes: &[u8]) -> (Done, Vec<String>) {
    let folder = TempDir::new().unwrap();
    let (capture, seeds) = (folder.path().join("capture"), folder.path().join("seeds"));
    fs::write(&capture, bytes).unwrap();
    let done = import_to(&[capture], &seeds);
    let names = names(&seeds);
    (done, names)
}

fn import_to(captures: &[PathBuf], to: &Path) -> Done {
    let mut arguments = vec!["import".into()];
    arguments.extend(captures.iter().map(|path| path.clone().into_os_string()));
    arguments.extend(["--target".into(), "tcp_parser".into(), "--to".into(), to.into()]);
    halligan(arguments)
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const SYN: &str = "syn-mss-ws-dc7fa1ec";

#[test]
fn every_link_type_gives_the_same_seed() {
    for link in [NULL, ETHERNET, RAW, LINUX_SLL, LINUX_SLL2] {
        for ip in [syn4(), syn6()] {
            let packets = [framed(link, &ip)];
            for file in [pcap(link, &packets), pcapng(link, &packets)] {
                let (done, seeds) = import(&file);
                assert_eq!((done.status, &done.stderr[..]), (0, ""), "link type {link}");
                assert_eq!(seeds, [SYN], "link type {link}");
            }
        }
    }
    assert_eq!(import(&pcap(ETHERNET, &[double_tagged(&syn4())])).1, [SYN]);
}

#[test]
fn a_right_checksum_is_right_between_the_targets_addresses() {
    let folder = TempDir::new().unwrap();
    let capture = folder.path().join("capture");
    fs::write(&capture, pcap(RAW, &[syn6()])).unwrap();
    import_to(&[capture], folder.path());
    let expected = syn([192, 0, 2, 1], [192, 0, 2, 2]);
    assert_eq!(fs::read(folder.path().join(SYN)).unwrap(), expected[20..]);
}

#[test]
fn one_seed_a_shape_is_kept_and_the_smallest() {
    let packets = [data4(&[7; 100]), syn4(), data4(&[7; 70]), syn4(), data4(&[7; 90])];
    let (done, seeds) = import(&pcap(RAW, &packets));
    assert!(done.stdout.starts_with("5 packets, 5 of them for tcp_parser: 2 seeds in "), "{}", done.stdout);
    assert_eq!(seeds.len(), 2);
    assert!(seeds[0].starts_with("psh-ack-70b-") && seeds[1] == SYN, "{seeds:?}");
}

#[test]
fn a_wrong_checksum_stays_wrong() {
    let mut packet = syn4();
    packet[20 + 16] ^= 1;
    let (_, seeds) = import(&pcap(RAW, &[packet]));
    assert!(seeds[0].starts_with("syn-mss-ws-badsum-"), "{seeds:?}");
}

#[test]
fn fragments_are_left_out() {
    let mut first = data4(&[7; 64]);
    // More fragments follow.
    first[6] = 0x20;
    let (done, seeds) = import(&pcap(RAW, &[first, syn4()]));
    assert!(done.stdout.starts_with("2 packets, 1 of them"), "{}", done.stdout);
    assert_eq!(seeds, [SYN]);
}

#[test]
fn a_capture_that_is_cut_short_is_imported_up_to_there() {
    for whole in [pcap(RAW, &[syn4(), data4(b"x")]), pcapng(RAW, &[syn4(), data4(b"x")])] {
        let (done, seeds) = import(&whole[..whole.len() - 3]);
        assert_eq!(done.status, 0);
        assert!(
            done.stderr.ends_with("is cut short or damaged at packet 2: imported up to there\n"),
            "{}",
            done.stderr
        );
        assert_eq!(done.stderr.lines().count(), 1);
        assert_eq!(seeds, [SYN]);
    }
}

#[test]
fn packets_captured_in_part_are_left_out() {
    let mut file = pcap(RAW, &[syn4()]);
    let packet = data4(&[7; 100]);
    for word in [0, 0, 60, packet.len() as u32] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    file.extend_from_slice(&packet[..60]);
    let (done, seeds) = import(&file);
    assert!(done.stderr.contains("1 packets were captured only in part and are left out, first 2"), "{}", done.stderr);
    assert_eq!(seeds, [SYN]);
}

#[test]
fn a_large_packet_is_read() {
    let (done, seeds) = import(&pcap(RAW, &vec![data4(&vec![7; 65000]); 5]));
    assert!(done.stdout.starts_with("5 packets, 5 of them"), "{}{}", done.stdout, done.stderr);
    assert!(seeds[0].starts_with("psh-ack-65000b-"), "{seeds:?}");
}

#[test]
fn what_is_no_capture_is_refused_and_nothing_is_written() {
    for bytes in [&b""[..], b"short", b"GET / HTTP/1.1\r\nHost: example.test\r\nAccept: */*\r\n\r\n", &[0; 100]] {
        let (done, seeds) = import(bytes);
        done.fails_with("is not a capture: it begins neither as pcap nor as pcapng");
        assert!(seeds.is_empty());
    }
    let (done, seeds) = import(&pcap(RAW, &[]));
    done.fails_with("the captures' 0 packets hold nothing for tcp_parser");
    assert!(seeds.is_empty());
}

#[test]
fn streams_of_tls_are_put_together() {
    let folder = TempDir::new().unwrap();
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/captures");
    let capture = captures.join("https-tls13-nginx-curl-linux.pcapng");
    let done = halligan([
        "import".into(),
        capture.into(),
        "--target".into(),
        "tls_parser".into(),
        "--to".into(),
        folder.path().into(),
    ] as [std::ffi::OsString; 6]);
    assert_eq!((done.status, &done.stderr[..]), (0, ""));
    // A client's hello, and a server's, each with what is sealed behind it.
    let names = names(folder.path());
    let firsts: Vec<_> = names.iter().map(|name| fs::read(folder.path().join(name)).unwrap()[5]).collect();
    assert!(firsts.contains(&1) && firsts.contains(&2), "{names:?}");
}

#[test]
fn nothing_is_written_before_all_captures_were_read() {
    let folder = TempDir::new().unwrap();
    let (good, missing) = (folder.path().join("good"), folder.path().join("missing"));
    fs::write(&good, pcap(RAW, &[syn4()])).unwrap();
    let seeds = folder.path().join("seeds");
    import_to(&[good.clone(), missing.clone()], &seeds).fails_with("missing: No such file");
    assert!(!seeds.exists());
    import_to(std::slice::from_ref(&good), &good.join("seeds")).fails_with("cannot write to the folder ");
}
