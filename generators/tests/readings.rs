//! How odd bytes are read: what a receiver would take them for, with a lie where they lie.

use halligan_generators::{
    Derived, Model,
    model::{
        arp, dhcp,
        ethernet::{self, Frame},
        igmp, ip,
        ipv4::{self, Ipv4Option, Packet},
        tcp::{self, OptionData, Segment, TcpOption},
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
    assert_eq!(tcp_options(&[252, 1, 1, 1]), [lie(1, other(252, &[])), TcpOption::NoOperation, TcpOption::NoOperation]);
    assert_eq!(tcp_options(&[252, 5, 1, 1]), [lie(5, other(252, &[1, 1]))]);
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
fn packet(behind: &[u8], total_length: u16, edit: impl FnOnce(&mut Vec<u8>)) -> (ipv4::Header, ip::Payload, Vec<u8>) {
    let mut bytes = vec![0; 20];
    bytes[0] = 0x45;
    bytes[2..4].copy_from_slice(&total_length.to_be_bytes());
    bytes[9] = 132;
    bytes.extend_from_slice(behind);
    edit(&mut bytes);
    let Packet::Whole { header, payload, trailer } = Packet::dissect(&bytes) else { panic!("it is long enough") };
    (header, payload, if let Derived::Lie(trailer) = trailer { trailer } else { Vec::new() })
}

#[test]
fn the_total_length_ends_the_payload() {
    let raw = |bytes: &[u8]| ip::Payload::Raw { protocol: 132, bytes: bytes.to_vec() };
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
        matches!(packet(&[0; 20], 40, edit).1, ip::Payload::Tcp { .. })
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
    let tagged = [&[0; 12][..], &[0x81, 0, 0xb0, 7, 0x88, 0xcc]].concat();
    let Frame::Whole { header, payload, .. } = Frame::dissect(&tagged) else { panic!("it is long enough") };
    let tag = ethernet::Tag { kind: ethernet::TagKind::Customer, priority: 5, drop_eligible: true, vlan: 7 };
    assert_eq!(header.tags, [tag]);
    assert_eq!(payload, ethernet::Payload::Raw { ethertype: 0x88cc, bytes: vec![] });
    let Frame::Whole { header, payload, .. } = Frame::dissect(&tagged[..17]) else { panic!("it is long enough") };
    assert_eq!(header.tags, []);
    assert_eq!(payload, ethernet::Payload::Raw { ethertype: 0x8100, bytes: vec![0xb0, 7, 0x88] });
}

#[test]
fn padding_is_zeros_up_to_sixty_bytes() {
    let read = |total: usize, length: u16, last: u8| {
        let mut bytes = vec![0; total];
        bytes[12..14].copy_from_slice(&length.to_be_bytes());
        bytes[total - 1] = last;
        let Frame::Whole { padding, trailer, .. } = Frame::dissect(&bytes) else { panic!("it is long enough") };
        (padding, trailer)
    };
    assert_eq!(read(60, 3, 0), (Derived::Auto, Derived::Auto));
    assert_eq!(read(60, 46, 0), (Derived::Auto, Derived::Auto));
    assert_eq!(read(61, 46, 0), (Derived::Auto, Derived::Lie(vec![0])));
    assert_eq!(read(61, 45, 7), (Derived::Auto, Derived::Lie(vec![7])));
    assert_eq!(read(60, 45, 1), (Derived::Lie(vec![1]), Derived::Auto));
    assert_eq!(read(59, 45, 0), (Derived::Lie(vec![]), Derived::Auto));
}

#[test]
fn a_length_beyond_the_frame_is_a_lie() {
    let bytes = [&[0; 12][..], &[0x05, 0xff, 0x42, 0x42, 3, 9]].concat();
    let Frame::Whole { payload, .. } = Frame::dissect(&bytes) else { panic!("it is long enough") };
    let llc = ethernet::Llc::Plain { destination: 0x42, source: 0x42, control: 3, information: vec![9] };
    assert_eq!(payload, ethernet::Payload::Length { length: Derived::Lie(0x05ff), llc });
}

#[test]
fn arp_addresses_are_found_by_their_lengths() {
    let read = |hardware: u8, protocol: u8, len: usize| {
        let mut bytes = vec![7; 8 + len];
        (bytes[4], bytes[5]) = (hardware, protocol);
        let arp::Packet::Whole { hardware_length, protocol_length, addresses, trailer, .. } =
            arp::Packet::dissect(&bytes)
        else {
            panic!("it is long enough")
        };
        (hardware_length, protocol_length, addresses, trailer)
    };
    let ethernet = arp::Addresses::EthernetIpv4 {
        sender_hardware: [7; 6],
        sender_protocol: [7; 4],
        target_hardware: [7; 6],
        target_protocol: [7; 4],
    };
    assert_eq!(read(6, 4, 20), (Derived::Auto, Derived::Auto, ethernet.clone(), Derived::Auto));
    assert_eq!(read(6, 4, 21), (Derived::Auto, Derived::Auto, ethernet.clone(), Derived::Lie(vec![7])));
    assert_eq!(read(9, 4, 20), (Derived::Lie(9), Derived::Auto, ethernet, Derived::Auto));
    assert_eq!(read(6, 4, 3), (Derived::Auto, Derived::Auto, arp::Addresses::Short(vec![7; 3]), Derived::Auto));
    let (_, _, addresses, trailer) = read(1, 2, 7);
    let other = arp::Addresses::Other {
        sender_hardware: vec![7],
        sender_protocol: vec![7; 2],
        target_hardware: vec![7],
        target_protocol: vec![7; 2],
    };
    assert_eq!((addresses, trailer), (other, Derived::Lie(vec![7])));
}

#[test]
fn a_query_of_twelve_bytes_is_of_version_3() {
    let read = |bytes: &[u8]| {
        let igmp::Message::Whole { body, additional, .. } = igmp::Message::dissect(bytes) else {
            panic!("it is whole")
        };
        (body, additional)
    };
    let mut query = vec![0x11, 9, 0, 0, 224, 0, 0, 1, 2, 3, 0];
    let (body, additional) = read(&query);
    assert_eq!(body, igmp::Body::Group { kind: 0x11, max_response: 9, group: [224, 0, 0, 1] });
    assert_eq!(additional, Derived::Lie(vec![2, 3, 0]));
    query.extend([1, 192, 0, 2, 1, 5]);
    let igmp::Body::QueryV3 { count, sources, .. } = read(&query).0 else { panic!("it is of version 3") };
    assert_eq!((count, sources), (Derived::Auto, vec![[192, 0, 2, 1]]));
    query[11] = 2;
    let (igmp::Body::QueryV3 { count, .. }, additional) = read(&query) else { panic!("it is of version 3") };
    assert_eq!((count, additional), (Derived::Lie(2), Derived::Lie(vec![5])));
}

#[test]
fn multipath_options_are_told_by_their_lengths() {
    use tcp::Multipath::{AddAddress, DataSequence, JoinSyn, Other};
    let multipath = |data: &[u8]| {
        let mut region = vec![30, 2 + data.len() as u8];
        region.extend(data);
        region.resize(region.len().next_multiple_of(4), 0);
        let Some(TcpOption::Full { data: OptionData::Multipath(multipath), .. }) =
            tcp_options(&region).first().cloned()
        else {
            panic!("it is one")
        };
        multipath
    };
    assert_eq!(multipath(&[0x11, 2, 0, 0, 0, 3, 0, 0, 0, 4]), JoinSyn { flags: 1, address_id: 2, token: 3, nonce: 4 });
    assert_eq!(multipath(&[0x11, 2, 0]), Other { subtype: 1, flags: 1, data: vec![2, 0] });
    let acknowledgment = Some(tcp::Sequence::Short(5));
    let ack = DataSequence { flags: 0, signals: Derived::Auto, fin: true, acknowledgment, mapping: None };
    assert_eq!(multipath(&[0x20, 0x11, 0, 0, 0, 5]), ack);
    let ack = DataSequence { flags: 0, signals: Derived::Lie(0x91), fin: true, acknowledgment, mapping: None };
    assert_eq!(multipath(&[0x20, 0x91, 0, 0, 0, 5]), ack);
    let address = tcp::Address::V4([192, 0, 2, 1]);
    let add = AddAddress { flags: 1, address_id: 3, address, port: Some(80), hmac: None };
    assert_eq!(multipath(&[0x31, 3, 192, 0, 2, 1, 0, 80]), add);
}

#[test]
fn dhcp_options_stand_where_overload_says() {
    let message = |overload: u8, options: &[u8]| {
        let mut bytes = vec![0; 240];
        bytes[44..48].copy_from_slice(&[12, 1, b's', 255]);
        bytes[108..112].copy_from_slice(&[12, 1, b'f', 255]);
        bytes.extend([12, 1, b'o', 52, 1, overload]);
        bytes.extend(options);
        dhcp::Message::dissect(&bytes)
    };
    // Options, boot file, server name (RFC 3396 section 5).
    assert_eq!(message(3, &[255]).option(12).unwrap(), b"ofs");
    assert_eq!(message(2, &[12, 1, b'x', 255]).option(12).unwrap(), b"oxs");
    assert_eq!(message(1, &[12, 1, b'x', 255]).option(12).unwrap(), b"oxf");
    assert_eq!(message(0, &[255, 12, 1, b'x']).option(12).unwrap(), b"o");
    assert_eq!(message(0, &[]).option(13), None);
}

#[test]
fn dhcp_ends_and_padding_are_told_apart() {
    let read = |options: &[u8], len: usize| {
        let mut bytes = vec![0; 236];
        bytes.extend([99, 130, 83, 99]);
        bytes.extend(options);
        bytes.resize(len, 0);
        let dhcp::Message::Whole { options, magic, .. } = dhcp::Message::dissect(&bytes) else { panic!("it is whole") };
        assert_eq!(magic, Derived::Auto);
        (options.list.len(), options.end, options.padding)
    };
    assert_eq!(read(&[255], 300), (0, Derived::Auto, Derived::Auto));
    assert_eq!(read(&[255], 301), (0, Derived::Auto, Derived::Lie(vec![0; 60])));
    assert_eq!(read(&[53, 1, 1, 255], 244), (1, Derived::Auto, Derived::Lie(vec![])));
    assert_eq!(read(&[53, 1, 1], 243), (1, Derived::Lie(false), Derived::Lie(vec![])));
    // An end within an option is none.
    assert_eq!(read(&[12, 57, 255], 299), (1, Derived::Lie(false), Derived::Lie(vec![])));
    assert_eq!(read(&[53, 9, 255], 300).1, Derived::Lie(false));
}
