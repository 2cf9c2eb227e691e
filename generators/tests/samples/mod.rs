//! Frames as real stacks send them.

#![allow(dead_code, reason = "each test takes what it needs")]

use halligan_generators::{
    Derived, Model,
    model::{
        ethernet, ipv4,
        tcp::{Flags, Header, OptionData, SackBlock, Segment, TcpOption},
    },
};

/// A segment as a plain stack sends it.
pub fn segment(flags: Flags, options: Vec<TcpOption>, payload: &[u8]) -> Segment {
    let header = Header {
        source_port: 49152,
        destination_port: 80,
        sequence_number: 0x1234_5678,
        acknowledgment_number: if flags.contains(Flags::ACK) { 0x9abc_def0 } else { 0 },
        flags,
        window: 64240,
        options,
        ..Header::default()
    };
    Segment::Whole { header, payload: payload.to_vec() }
}

/// Segments with the options that stacks send.
pub fn segments() -> Vec<Segment> {
    const NO_OPERATION: TcpOption = TcpOption::NoOperation;
    let timestamps = || OptionData::Timestamps { value: 0x0102_0304, echo: 7 }.into();
    let block = SackBlock { left: 1000, right: 2460 };
    let handshake = vec![
        OptionData::MaximumSegmentSize(1460).into(),
        OptionData::SackPermitted.into(),
        timestamps(),
        NO_OPERATION,
        OptionData::WindowScale(7).into(),
    ];
    vec![
        segment(Flags::SYN, handshake.clone(), b""),
        segment(Flags::SYN | Flags::ACK, handshake, b""),
        segment(Flags::ACK, vec![], b""),
        segment(Flags::PSH | Flags::ACK, vec![NO_OPERATION, NO_OPERATION, timestamps()], b"GET / HTTP/1.1\r\n\r\n"),
        segment(Flags::ACK, vec![NO_OPERATION, NO_OPERATION, OptionData::Sack(vec![block, block]).into()], b""),
        segment(Flags::RST, vec![], b""),
        segment(Flags::SYN, vec![OptionData::FastOpen(vec![1; 8]).into(), OptionData::WindowScale(3).into()], b"early"),
        segment(Flags::ACK, vec![OptionData::Md5Signature([9; 16]).into()], b"x"),
        segment(
            Flags::SYN,
            vec![
                OptionData::UserTimeout { minutes: true, timeout: 5 }.into(),
                OptionData::Multipath { subtype: 0, flags: 1, data: vec![0x81] }.into(),
                OptionData::Authentication { key_id: 1, receive_next_key_id: 2, mac: vec![3; 12] }.into(),
                OptionData::Other { kind: 254, data: vec![0xf9, 0x89] }.into(),
            ],
            b"",
        ),
    ]
}

/// Packets that carry the segments, and others.
pub fn packets() -> Vec<ipv4::Packet> {
    let header = ipv4::Header {
        identification: 0x4242,
        dont_fragment: true,
        time_to_live: 64,
        source: [192, 0, 2, 1],
        destination: [198, 51, 100, 2],
        ..ipv4::Header::default()
    };
    let packet = |header, payload| ipv4::Packet::Whole { header, payload, trailer: Derived::Auto };
    let tcp = |segment| ipv4::Payload::Tcp { protocol: Derived::Auto, segment };
    let mut packets: Vec<_> = segments().into_iter().map(|segment| packet(header.clone(), tcp(segment))).collect();
    let fragment = ipv4::Header { fragment_offset: 185, dont_fragment: false, ..header.clone() };
    packets.push(packet(fragment, ipv4::Payload::Raw { protocol: 6, bytes: vec![7; 64] }));
    let options = vec![
        ipv4::OptionData::RouterAlert(0).into(),
        ipv4::OptionData::StreamId(9).into(),
        ipv4::OptionData::Route { kind: ipv4::RouteKind::Record, pointer: 4, route: vec![0; 8] }.into(),
        ipv4::OptionData::Timestamp { pointer: 5, overflow: 0, flag: 0, data: vec![0; 4] }.into(),
    ];
    let options = ipv4::Header { options, dscp: 46, ecn: 1, ..header };
    packets.push(packet(options, ipv4::Payload::Raw { protocol: 17, bytes: b"datagram".to_vec() }));
    packets
}

/// Frames that carry the packets, and others.
pub fn frames() -> Vec<ethernet::Frame> {
    use ethernet::{Frame, Header, Llc, Payload, Tag, TagKind};
    let header = Header { destination: [2, 0, 0, 0, 0, 1], source: [2, 0, 0, 0, 0, 2], tags: vec![] };
    let frame = |header: &Header, payload| Frame::Whole { header: header.clone(), payload, padding: Derived::Auto };
    let ipv4 = |packet| Payload::Ipv4 { ethertype: Derived::Auto, packet };
    let mut frames: Vec<_> = packets().into_iter().map(|packet| frame(&header, ipv4(packet))).collect();
    let tags = [(TagKind::Service, 100), (TagKind::Customer, 7)];
    let tags = tags.map(|(kind, vlan)| Tag { kind, priority: 5, drop_eligible: true, vlan }).to_vec();
    frames.push(frame(&Header { tags, ..header.clone() }, ipv4(packets().remove(0))));
    frames.push(frame(&header, Payload::Raw { ethertype: 0x86dd, bytes: vec![0x60; 60] }));
    let llc = Llc { destination: 0x42, source: 0x42, control: 3 };
    frames.push(frame(&header, Payload::Length { length: Derived::Auto, llc: Some(llc), information: vec![0; 35] }));
    frames
}

/// Units as bytes.
pub fn bytes<M: Model>(units: &[M]) -> Vec<Vec<u8>> {
    units.iter().map(Model::emit).collect()
}
