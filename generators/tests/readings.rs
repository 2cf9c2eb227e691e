//! How odd bytes are read: what a receiver would take them for, with a lie where they lie.

use halligan_generators::{
    Derived, Model,
    model::{
        ethernet::{self, Frame},
        ipv4::{self, Ipv4Option, Packet},
        tcp::{OptionData, Segment, TcpOption},
    },
};

/// The options of a segment with this option region, a whole number of words.
fn tcp_options(region: &[u8]) -> Vec<TcpOption> {
    let mut bytes = [0; 20];
    bytes[12] = (5 + region.len() as u8 / 4) << 4;
    let Segment::Whole { header, payload } = Segment::dissect(&[&bytes, region, b"data"].concat()) else {
        panic!("it is long enough")
    };
    assert_eq!((header.data_offset, payload), (Derived::Auto, b"data".to_vec()));
    header.options
}

fn lie(length: u8, data: OptionData) -> TcpOption {
    TcpOption::Full { length: Derived::Lie(length), data }
}

fn other(kind: u8, data: &[u8]) -> OptionData {
    OptionData::Other { kind, data: data.to_vec() }
}

#[test]
fn zeros_that_fill_a_word_are_padding() {
    use halligan_generators::model::option::HeaderOption::{EndOfList, NoOperation};
    assert_eq!(tcp_options(&[1, 0, 0, 0]), [NoOperation]);
    assert_eq!(tcp_options(&[1, 1, 1, 1, 0, 0, 0, 0]), [NoOperation, NoOperation, NoOperation, NoOperation, EndOfList]);
    assert_eq!(tcp_options(&[0, 0, 0, 0]), [EndOfList]);
    // What is behind the end of the list is read on.
    assert_eq!(tcp_options(&[0, 3, 3, 7]), [EndOfList, OptionData::WindowScale(7).into()]);
}

#[test]
fn a_known_kind_of_another_length_is_other() {
    assert_eq!(tcp_options(&[2, 3, 5, 1])[0], other(2, &[5]).into());
    assert_eq!(tcp_options(&[4, 4, 0, 0])[0], other(4, &[0, 0]).into());
    assert_eq!(tcp_options(&[5, 3, 1, 1])[0], other(5, &[1]).into());
    assert_eq!(tcp_options(&[29, 3, 1, 1])[0], other(29, &[1]).into());
    assert_eq!(tcp_options(&[30, 2, 1, 1])[0], other(30, &[]).into());
}

#[test]
fn an_option_length_that_cannot_be_is_a_lie() {
    // A kind of one length has that length.
    assert_eq!(tcp_options(&[2, 0, 5, 0xb4]), [lie(0, OptionData::MaximumSegmentSize(0x05b4))]);
    assert_eq!(tcp_options(&[3, 200, 7, 1]), [lie(200, OptionData::WindowScale(7)), TcpOption::NoOperation]);
    assert_eq!(tcp_options(&[4, 1, 1, 1])[0], lie(1, OptionData::SackPermitted));
    assert_eq!(tcp_options(&[28, 5, 0x80, 9]), [lie(5, OptionData::UserTimeout { minutes: true, timeout: 9 })]);
    let mut timestamps = [1; 12];
    timestamps[..2].copy_from_slice(&[8, 0]);
    assert_eq!(tcp_options(&timestamps)[0], lie(0, OptionData::Timestamps { value: 0x0101_0101, echo: 0x0101_0101 }));
    let mut digest = [1; 20];
    digest[..2].copy_from_slice(&[19, 255]);
    assert_eq!(tcp_options(&digest)[0], lie(255, OptionData::Md5Signature([1; 16])));
    // Another has no data if the length is too small, all that is left if it is too large.
    assert_eq!(tcp_options(&[254, 1, 1, 1]), [lie(1, other(254, &[])), TcpOption::NoOperation, TcpOption::NoOperation]);
    assert_eq!(tcp_options(&[254, 5, 1, 1]), [lie(5, other(254, &[1, 1]))]);
    // Where even that does not fit, it is as another.
    assert_eq!(tcp_options(&[1, 2, 9, 5]), [TcpOption::NoOperation, lie(9, other(2, &[5]))]);
    assert_eq!(tcp_options(&[1, 1, 1, 9])[3], TcpOption::Bare(9));
}

#[test]
fn a_data_offset_that_cannot_be_leaves_payload() {
    for (offset, len) in [(4, 60), (0, 60), (15, 59), (6, 23)] {
        let mut bytes = vec![1; len];
        bytes[12] = offset << 4;
        let Segment::Whole { header, payload } = Segment::dissect(&bytes) else { panic!("it is long enough") };
        assert_eq!((header.data_offset, payload.len()), (Derived::Lie(offset), len - 20));
    }
    assert_eq!(Segment::dissect(&[1; 19]), Segment::Raw(vec![1; 19]));
}

/// A packet of 20 bytes and these.
fn packet(behind: &[u8], total_length: u16, edit: impl FnOnce(&mut Vec<u8>)) -> (ipv4::Header, ipv4::Payload, Vec<u8>) {
    let mut bytes = vec![0; 20];
    bytes[0] = 0x45;
    bytes[2..4].copy_from_slice(&total_length.to_be_bytes());
    bytes[9] = 17;
    bytes.extend_from_slice(behind);
    edit(&mut bytes);
    let Packet::Whole { header, payload, trailer } = Packet::dissect(&bytes) else { panic!("it is long enough") };
    (header, payload, if let Derived::Lie(trailer) = trailer { trailer } else { Vec::new() })
}

#[test]
fn the_total_length_ends_the_payload() {
    let raw = |bytes: &[u8]| ipv4::Payload::Raw { protocol: 17, bytes: bytes.to_vec() };
    let (header, payload, trailer) = packet(b"data", 22, |_| ());
    assert_eq!((header.total_length, payload, trailer), (Derived::Auto, raw(b"da"), b"ta".to_vec()));
    for lie in [19, 25] {
        let (header, payload, trailer) = packet(b"data", lie, |_| ());
        assert_eq!((header.total_length, payload, trailer), (Derived::Lie(lie), raw(b"data"), vec![]));
    }
}

#[test]
fn only_a_first_fragment_has_a_tcp_header() {
    let is_tcp = |flags_and_offset: u16| {
        let edit = |bytes: &mut Vec<u8>| {
            bytes[6..8].copy_from_slice(&flags_and_offset.to_be_bytes());
            bytes[9] = 6;
        };
        matches!(packet(&[0; 20], 40, edit).1, ipv4::Payload::Tcp { .. })
    };
    assert!(is_tcp(0));
    assert!(is_tcp(0x2000));
    assert!(!is_tcp(1));
}

#[test]
fn ipv4_options_are_read_alike() {
    let options = |region: &[u8]| {
        let ihl = 0x40 | (5 + region.len() as u8 / 4);
        packet(region, 20 + region.len() as u16, |bytes| bytes[0] = ihl).0.options
    };
    let full = |length, data| Ipv4Option::Full { length: Derived::Lie(length), data };
    assert_eq!(options(&[148, 4, 0, 9]), [ipv4::OptionData::RouterAlert(9).into()]);
    assert_eq!(options(&[148, 0, 0, 9]), [full(0, ipv4::OptionData::RouterAlert(9))]);
    assert_eq!(options(&[136, 9, 0, 9]), [full(9, ipv4::OptionData::StreamId(9))]);
    let strict = ipv4::OptionData::Route { kind: ipv4::RouteKind::StrictSource, pointer: 4, route: vec![192, 0, 2, 1] };
    assert_eq!(options(&[137, 7, 4, 192, 0, 2, 1, 0]), [strict.into()]);
    let timestamp = ipv4::OptionData::Timestamp { pointer: 5, overflow: 1, flag: 3, data: vec![] };
    assert_eq!(options(&[68, 4, 5, 0x13]), [timestamp.into()]);
}

#[test]
fn a_tag_needs_a_type_behind_it() {
    let tagged = [&[0; 12][..], &[0x81, 0, 0xb0, 7, 0x86, 0xdd]].concat();
    let Frame::Whole { header, payload, .. } = Frame::dissect(&tagged) else { panic!("it is long enough") };
    let tag = ethernet::Tag { kind: ethernet::TagKind::Customer, priority: 5, drop_eligible: true, vlan: 7 };
    assert_eq!(header.tags, [tag]);
    assert_eq!(payload, ethernet::Payload::Raw { ethertype: 0x86dd, bytes: vec![] });
    let Frame::Whole { header, payload, .. } = Frame::dissect(&tagged[..17]) else { panic!("it is long enough") };
    assert_eq!(header.tags, []);
    assert_eq!(payload, ethernet::Payload::Raw { ethertype: 0x8100, bytes: vec![0xb0, 7, 0x86] });
}

#[test]
fn padding_is_zeros_up_to_sixty_bytes() {
    let read = |total: usize, length: u16, last: u8| {
        let mut bytes = vec![0; total];
        bytes[12..14].copy_from_slice(&length.to_be_bytes());
        bytes[total - 1] = last;
        let Frame::Whole { padding, .. } = Frame::dissect(&bytes) else { panic!("it is long enough") };
        padding
    };
    assert_eq!(read(60, 3, 0), Derived::Auto);
    assert_eq!(read(60, 46, 0), Derived::Auto);
    assert_eq!(read(61, 46, 0), Derived::Lie(vec![0]));
    assert_eq!(read(60, 45, 1), Derived::Lie(vec![1]));
    assert_eq!(read(59, 45, 0), Derived::Lie(vec![]));
}

#[test]
fn a_length_beyond_the_frame_is_a_lie() {
    let bytes = [&[0; 12][..], &[0x05, 0xff, 0x42, 0x42, 3, 9]].concat();
    let Frame::Whole { payload, .. } = Frame::dissect(&bytes) else { panic!("it is long enough") };
    let llc = Some(ethernet::Llc { destination: 0x42, source: 0x42, control: 3 });
    assert_eq!(payload, ethernet::Payload::Length { length: Derived::Lie(0x05ff), llc, information: vec![9] });
}
