//! Values as Rust code, and bytes with their fields.

mod samples;

use std::collections::BTreeSet;

use halligan_generators::{
    Code, Derived, Model,
    model::{
        ethernet::{self, Frame},
        tcp::{Flags, Header, OptionData, Segment, TcpOption},
    },
};

fn code(value: &impl Code) -> String {
    let mut code = String::new();
    value.code(&mut code).expect("a string takes any text");
    code
}

/// A SYN whose window scale has an option length of 1, and whose data offset claims 15 words.
fn odd_segment() -> Segment {
    let scale = TcpOption::Full { length: Derived::Lie(1), data: OptionData::WindowScale(7) };
    let options = vec![TcpOption::NoOperation, scale, OptionData::MaximumSegmentSize(1460).into()];
    let Segment::Whole { header, payload } = samples::segment(Flags::SYN, options, b"hi") else { unreachable!() };
    Segment::Whole { header: Header { reserved: Derived::Lie(2), ..header }, payload }
}

#[test]
fn a_dissected_segment_as_code() {
    // As printed, but for line breaks.
    let pasted = halligan_generators::model::tcp::Segment::Whole {
        header: halligan_generators::model::tcp::Header {
            source_port: 49152,
            destination_port: 80,
            sequence_number: 305419896,
            acknowledgment_number: 0,
            data_offset: halligan_generators::Derived::Auto,
            reserved: halligan_generators::Derived::Lie(2),
            flags: halligan_generators::model::tcp::Flags::from_bits(0x002),
            window: 64240,
            checksum: halligan_generators::Derived::Auto,
            urgent_pointer: 0,
            options: vec![
                halligan_generators::model::option::HeaderOption::NoOperation,
                halligan_generators::model::option::HeaderOption::Full {
                    length: halligan_generators::Derived::Lie(1),
                    data: halligan_generators::model::tcp::OptionData::WindowScale(7),
                },
                halligan_generators::model::option::HeaderOption::Full {
                    length: halligan_generators::Derived::Auto,
                    data: halligan_generators::model::tcp::OptionData::MaximumSegmentSize(1460),
                },
            ],
        },
        payload: vec![104, 105],
    };
    let text = "halligan_generators::model::tcp::Segment::Whole { \
        header: halligan_generators::model::tcp::Header { \
            source_port: 49152, \
            destination_port: 80, \
            sequence_number: 305419896, \
            acknowledgment_number: 0, \
            data_offset: halligan_generators::Derived::Auto, \
            reserved: halligan_generators::Derived::Lie(2), \
            flags: halligan_generators::model::tcp::Flags::from_bits(0x002), \
            window: 64240, \
            checksum: halligan_generators::Derived::Auto, \
            urgent_pointer: 0, \
            options: vec![\
                halligan_generators::model::option::HeaderOption::NoOperation, \
                halligan_generators::model::option::HeaderOption::Full { \
                    length: halligan_generators::Derived::Lie(1), \
                    data: halligan_generators::model::tcp::OptionData::WindowScale(7) \
                }, \
                halligan_generators::model::option::HeaderOption::Full { \
                    length: halligan_generators::Derived::Auto, \
                    data: halligan_generators::model::tcp::OptionData::MaximumSegmentSize(1460) \
                }\
            ] \
        }, \
        payload: vec![104, 105] \
    }";
    let segment = Segment::dissect(&odd_segment().emit());
    assert_eq!(code(&segment), text);
    assert_eq!(segment, pasted);
}

/// Paths as text, which compile as paths.
macro_rules! paths {
    ($($path:path,)*) => {{
        $(
            #[allow(unused_imports, reason = "that it resolves is enough")]
            use $path as _;
        )*
        [$(stringify!($path)),*]
    }};
}

#[test]
fn every_path_in_code_can_be_pasted() {
    let known = paths![
        halligan_generators::Derived::Auto,
        halligan_generators::model::ethernet::Frame::Whole,
        halligan_generators::model::ethernet::Header,
        halligan_generators::model::ethernet::Llc,
        halligan_generators::model::ethernet::Payload::Ipv4,
        halligan_generators::model::ethernet::Payload::Length,
        halligan_generators::model::ethernet::Payload::Raw,
        halligan_generators::model::ethernet::Tag,
        halligan_generators::model::ethernet::TagKind::Customer,
        halligan_generators::model::ethernet::TagKind::Service,
        halligan_generators::model::ipv4::Header,
        halligan_generators::model::ipv4::OptionData::Route,
        halligan_generators::model::ipv4::OptionData::RouterAlert,
        halligan_generators::model::ipv4::OptionData::StreamId,
        halligan_generators::model::ipv4::OptionData::Timestamp,
        halligan_generators::model::ipv4::Packet::Whole,
        halligan_generators::model::ipv4::Payload::Raw,
        halligan_generators::model::ipv4::Payload::Tcp,
        halligan_generators::model::ipv4::RouteKind::Record,
        halligan_generators::model::option::HeaderOption::Full,
        halligan_generators::model::option::HeaderOption::NoOperation,
        halligan_generators::model::tcp::Header,
        halligan_generators::model::tcp::OptionData::Authentication,
        halligan_generators::model::tcp::OptionData::FastOpen,
        halligan_generators::model::tcp::OptionData::MaximumSegmentSize,
        halligan_generators::model::tcp::OptionData::Md5Signature,
        halligan_generators::model::tcp::OptionData::Multipath,
        halligan_generators::model::tcp::OptionData::Other,
        halligan_generators::model::tcp::OptionData::Sack,
        halligan_generators::model::tcp::OptionData::SackPermitted,
        halligan_generators::model::tcp::OptionData::Timestamps,
        halligan_generators::model::tcp::OptionData::UserTimeout,
        halligan_generators::model::tcp::OptionData::WindowScale,
        halligan_generators::model::tcp::SackBlock,
        halligan_generators::model::tcp::Segment::Whole,
    ];
    let text = samples::frames().iter().map(code).collect::<String>();
    let words = text.split(|byte: char| !byte.is_alphanumeric() && byte != ':' && byte != '_');
    let paths = words.map(|word| word.trim_end_matches(':')).filter(|word| word.contains("::"));
    let unknown: BTreeSet<_> =
        paths.filter(|path| !known.contains(path) && !path.ends_with("Flags::from_bits")).collect();
    assert_eq!(unknown, BTreeSet::new());
}

/// One line a field: offset and bits, depth as indentation, name, value, a mark for a lie.
fn dump(unit: &impl Model) -> String {
    let mut text = String::from("\n");
    unit.annotate(&mut |field| {
        let bits = field.bits.map(|bits| format!("[{}..{}]", bits.start, bits.end)).unwrap_or_default();
        let indent = "  ".repeat(field.depth.into());
        let lie = if field.lie { " (lie)" } else { "" };
        text += &format!("{:>2}{bits} {indent}{}: {}{lie}\n", field.bytes.start, field.name, field.value);
    });
    text
}

#[test]
fn a_segment_with_its_fields() {
    let expected = r#"
 0 source port: 49152
 2 destination port: 80
 4 sequence number: 305419896
 8 acknowledgment number: 0
12[0..4] data offset: 7 (28 bytes)
12[4..7] reserved: 2 (lie)
12[7..16] flags: SYN
14 window: 64240
16 checksum: 0x71bb
18 urgent pointer: 0
20   no operation: 1
21   option kind: 3 (window scale)
22   option length: 1 (lie)
23   window shift: 7
24   option kind: 2 (maximum segment size)
25   option length: 4
26   maximum segment size: 1460
28 payload: "hi"
"#;
    assert_eq!(dump(&odd_segment()), expected);
}

#[test]
fn a_frame_with_its_fields() {
    let mut frames = samples::frames();
    let Frame::Whole { payload: ethernet::Payload::Ipv4 { packet, .. }, .. } = frames.swap_remove(2) else {
        unreachable!()
    };
    let tag = ethernet::Tag { kind: ethernet::TagKind::Customer, priority: 3, drop_eligible: false, vlan: 7 };
    let header = ethernet::Header { destination: [0xff; 6], source: [2, 0, 0, 0, 0, 2], tags: vec![tag] };
    let payload = ethernet::Payload::Ipv4 { ethertype: Derived::Auto, packet };
    let expected = r#"
 0 destination address: ff:ff:ff:ff:ff:ff
 6 source address: 02:00:00:00:00:02
12 tag type: 0x8100
14[0..3] priority: 3
14[3..4] drop eligible: 0
14[4..16] VLAN: 7
16 type: 0x0800
18[0..4]   version: 4
18[4..8]   header length: 5 (20 bytes)
19[0..6]   DSCP: 0
19[6..8]   ECN: 0
20   total length: 40
22   identification: 0x4242
24[0..1]   reserved: 0
24[1..2]   don't fragment: 1
24[2..3]   more fragments: 0
24[3..16]   fragment offset: 0 (0 bytes)
26   time to live: 64
27   protocol: 6
28   checksum: 0x0c57
30   source address: 192.0.2.1
34   destination address: 198.51.100.2
38     source port: 49152
40     destination port: 80
42     sequence number: 305419896
46     acknowledgment number: 2596069104
50[0..4]     data offset: 5 (20 bytes)
50[4..7]     reserved: 0
50[7..16]     flags: ACK
52     window: 64240
54     checksum: 0x2602
56     urgent pointer: 0
58 padding: "\x00\x00"
"#;
    assert_eq!(dump(&Frame::Whole { header, payload, padding: Derived::Auto }), expected);
}
