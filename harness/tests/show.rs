//! What `show` prints, to the letter.

mod common;

use std::fs;

use common::halligan;
use tempfile::TempDir;

/// A SYN whose data offset says 4, and whose checksum is wrong.
const LIAR: [u8; 24] = [
    0x9c, 0x40, 0x00, 0x50, 0x00, 0x00, 0x00, 0x01, 0, 0, 0, 0, 0x40, 0x02, 0x03, 0xe8, 0x12, 0x34, 0, 0, b'd', b'a',
    b't', b'a',
];

const DUMP: &str = "\
0000  9c 40                    source port            40000
0002  00 50                    destination port       80
0004  00 00 00 01              sequence number        1
0008  00 00 00 00              acknowledgment number  0
000c  40 02                    data offset            4 (16 bytes)  lie
000c                           reserved               0
000c                           flags                  SYN
000e  03 e8                    window                 1000
0010  12 34                    checksum               0x1234  lie
0012  00 00                    urgent pointer         0
0014  64 61 74 61              payload                \"data\"

use halligan_generators::Derived;
use halligan_generators::model::tcp::{Flags, Header, Segment};

let input = Segment::Whole {
    header: Header {
        source_port: 40000,
        destination_port: 80,
        sequence_number: 1,
        acknowledgment_number: 0,
        data_offset: Derived::Lie(4),
        reserved: Derived::Auto,
        flags: Flags::from_bits(0x002),
        window: 1000,
        checksum: Derived::Lie(4660),
        urgent_pointer: 0,
        options: vec![],
    },
    payload: vec![100, 97, 116, 97],
};

malformed  1

passed
";

#[test]
fn every_byte_its_field_and_the_value() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("liar");
    fs::write(&path, LIAR).unwrap();
    let path = path.to_str().unwrap();
    let done = halligan(["show", "tcp_parser", path]);
    assert_eq!(done.status, 0, "{done:?}");
    assert_eq!(done.stdout, format!("{path}: 24 bytes, 2 lies\n\n{DUMP}"));
    let done = halligan(["show", "tcp_parser", path, "--json"]);
    let told: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&told["lies"], &told["verdict"]), (&2.into(), &"passed".into()));
    assert_eq!(told["fields"][4]["lie"], true);
    assert_eq!(told["observation"], serde_json::json!([["malformed", 1]]));
}

#[test]
fn an_empty_input_can_be_shown() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("empty");
    fs::write(&path, []).unwrap();
    let done = halligan(["show", "tcp_parser", path.to_str().unwrap()]);
    assert_eq!(done.status, 0, "{done:?}");
    assert!(done.stdout.contains("let input = Segment::Raw(vec![]);"), "{}", done.stdout);
}
