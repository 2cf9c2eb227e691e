//! Frames as real stacks send them.

#![allow(dead_code, unused_imports, reason = "each test takes what it needs")]

mod icmp;
mod icmpv6;
mod ip_faults;
mod ip_packets;
mod link_frames;
pub mod tls;

pub use ip_faults::named as ip_faults;
pub use ip_packets::named as ip_named;
pub use link_frames::{faults as ethernet_faults, named as ethernet_named};

use halligan_generators::{
    Derived, Model,
    model::{
        arp, dhcp, dns, ethernet, igmp, ip, ipv4,
        tcp::{
            Address, CountKind, Flags, Header, Mapping, Multipath, OptionData, SackBlock, Segment, Sequence, TcpOption,
        },
        udp,
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
    let capable =
        Multipath::Capable { version: 1, capabilities: 0x81, keys: vec![], data_length: None, checksum: None };
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
                OptionData::Multipath(capable).into(),
                OptionData::Authentication { key_id: 1, receive_next_key_id: 2, mac: vec![3; 12] }.into(),
                OptionData::Experiment { second: true, id: 0xf989, data: vec![] }.into(),
            ],
            b"",
        ),
    ]
    .into_iter()
    .chain(rare_options().into_iter().map(|data| segment(Flags::ACK, vec![data.into()], b"")))
    .collect()
}

/// Options that few stacks send, one of each.
pub fn rare_options() -> Vec<OptionData> {
    use Multipath::*;
    let (hmac, nonce, token) = (0x0102_0304_0506_0708, 0x1111_1111, 0x2222_2222);
    let mapping = |sequence, checksum| Mapping { sequence, subflow_sequence: 1, length: 100, checksum };
    let keys = vec![[1; 8], [2; 8]];
    let multipath = [
        Capable { version: 1, capabilities: 0x81, keys: keys[..1].to_vec(), data_length: None, checksum: None },
        Capable { version: 1, capabilities: 0x81, keys, data_length: Some(100), checksum: Some(0x1234) },
        JoinSyn { flags: 1, address_id: 2, token, nonce },
        JoinSynAck { flags: 0, address_id: 2, hmac, nonce },
        JoinAck { flags: 0, reserved: 0, hmac: [3; 20] },
        DataSequence {
            flags: 0,
            signals: Derived::Auto,
            fin: false,
            acknowledgment: Some(Sequence::Short(7)),
            mapping: Some(mapping(Sequence::Short(9), None)),
        },
        DataSequence {
            flags: 0,
            signals: Derived::Auto,
            fin: true,
            acknowledgment: Some(Sequence::Long(1 << 40)),
            mapping: Some(mapping(Sequence::Long(1 << 41), Some(0x4321))),
        },
        AddAddress { flags: 1, address_id: 3, address: Address::V4([192, 0, 2, 9]), port: Some(8080), hmac: None },
        AddAddress { flags: 0, address_id: 3, address: Address::V6([0x20; 16]), port: None, hmac: Some(hmac) },
        RemoveAddresses { flags: 0, ids: vec![3, 4] },
        Priority { flags: 1, address_id: None },
        Stop { close: false, flags: 0, reserved: 0, value: 99 },
        Stop { close: true, flags: 0, reserved: 0, value: 0x0101_0101_0101_0101 },
        Reset { flags: 1, reason: 3 },
        Other { subtype: 15, flags: 0, data: vec![1, 2] },
    ];
    let others = [
        OptionData::Echo(5),
        OptionData::EchoReply(5),
        OptionData::PartialOrderPermitted,
        OptionData::PartialOrderProfile { start: true, end: false, filler: 0 },
        OptionData::ConnectionCount { kind: CountKind::Count, count: 1 },
        OptionData::ConnectionCount { kind: CountKind::New, count: 2 },
        OptionData::ConnectionCount { kind: CountKind::Echo, count: 3 },
        OptionData::AlternateChecksum(1),
        OptionData::AlternateChecksumData(vec![1, 2, 3]),
        OptionData::QuickStart { reserved: 0, rate: 5, ttl_difference: 9, nonce: 0x1234_5678 },
        OptionData::FastOpen(vec![]),
        OptionData::EncryptionNegotiation(vec![0x21]),
        OptionData::AccurateEcn { reversed: true, counters: vec![[0, 0, 1], [0, 0, 2], [0, 0, 3]] },
        OptionData::Experiment { second: false, id: 0x0ab0, data: vec![0] },
        OptionData::Other { kind: 20, data: vec![7, 7] },
    ];
    multipath.into_iter().map(OptionData::Multipath).chain(others).collect()
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
    let tcp = |segment| ip::Payload::Tcp { protocol: Derived::Auto, segment };
    let mut packets: Vec<_> = segments().into_iter().map(|segment| packet(header.clone(), tcp(segment))).collect();
    let fragment = ipv4::Header { fragment_offset: 185, dont_fragment: false, ..header.clone() };
    packets.push(packet(fragment, ip::Payload::Raw { protocol: 6, bytes: vec![7; 64] }));
    let options = vec![
        ipv4::OptionData::RouterAlert(0).into(),
        ipv4::OptionData::StreamId(9).into(),
        ipv4::OptionData::Route { kind: ipv4::RouteKind::Record, pointer: 4, route: vec![0; 8] }.into(),
        ipv4::OptionData::Timestamp { pointer: 5, overflow: 0, flag: 0, data: vec![0; 4] }.into(),
    ];
    let udp = ip::Payload::Udp { protocol: Derived::Auto, datagram: datagram(b"echo") };
    packets.push(packet(header.clone(), udp));
    let options = ipv4::Header { options, dscp: 46, ecn: 1, ..header.clone() };
    packets.push(packet(options, ip::Payload::Raw { protocol: 132, bytes: b"datagram".to_vec() }));
    let alert = ipv4::Header {
        time_to_live: 1,
        destination: [224, 0, 0, 22],
        options: vec![ipv4::OptionData::RouterAlert(0).into()],
        ..ipv4::Header::default()
    };
    for message in dhcps().into_iter().take(11) {
        let payload = ip::Payload::Udp { protocol: Derived::Auto, datagram: dhcp_datagram(message) };
        packets.push(packet(header.clone(), payload));
    }
    for message in igmps() {
        packets.push(packet(alert.clone(), ip::Payload::Igmp { protocol: Derived::Auto, message }));
    }
    packets
}

/// A datagram.
pub fn datagram(payload: &[u8]) -> udp::Datagram {
    let header = udp::Header { source_port: 49152, destination_port: 7, ..udp::Header::default() };
    udp::Datagram::Whole { header, payload: payload.to_vec().into(), surplus: Derived::Auto }
}

/// DHCP messages: an exchange, names, options in the place of names, one option in two parts, and one of each option.
pub fn dhcps() -> Vec<dhcp::Message> {
    use dhcp::{ClientIdentifier, Field, Header, Message, OptionData, Options};
    let hardware = [2, 0, 0, 0, 0, 2];
    let header = |operation, yours| Header {
        operation,
        hardware_type: 1,
        hardware_length: 6,
        transaction: 0x3903_f326,
        client_hardware: hardware,
        yours,
        ..Header::default()
    };
    let identifier = ClientIdentifier { kind: 1, identifier: hardware.to_vec() };
    let (server, leased) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    let message = |operation, kind, options: &[OptionData]| {
        let yours = if operation == 2 && kind != 6 { leased } else { [0; 4] };
        let options = [OptionData::MessageType(kind)].iter().chain(options).cloned().map(Into::into).collect();
        Message::new(header(operation, yours), options)
    };
    let lease = [
        OptionData::ServerIdentifier(server),
        OptionData::LeaseTime(3600),
        OptionData::RenewalTime(1800),
        OptionData::RebindingTime(3150),
        OptionData::SubnetMask([255, 255, 255, 0]),
        OptionData::Routers(vec![server]),
        OptionData::DomainNameServers(vec![server, [198, 51, 100, 53]]),
        OptionData::DomainName(b"example.org".to_vec()),
    ];
    let asked = [
        OptionData::ClientIdentifier(identifier.clone()),
        OptionData::ParameterRequests(vec![1, 3, 6, 15, 51]),
        OptionData::MaximumMessage(1500),
        OptionData::HostName(b"halligan".to_vec()),
    ];
    let request = [OptionData::RequestedAddress(leased), OptionData::ServerIdentifier(server)];
    let mut messages = vec![
        message(1, 1, &asked),
        message(2, 2, &lease),
        message(1, 3, &request),
        message(1, 4, &request),
        message(2, 5, &lease),
        message(2, 6, &[OptionData::ServerIdentifier(server), OptionData::Message(b"no".to_vec())]),
        message(1, 7, &[OptionData::ServerIdentifier(server), OptionData::ClientIdentifier(identifier)]),
        message(1, 8, &[OptionData::ParameterRequests(vec![6])]),
        message(1, 1, &[OptionData::ParameterRequests(vec![1; 200]), OptionData::ParameterRequests(vec![3; 100])]),
    ];
    let list = |data: OptionData| Options { list: vec![data.into()], ..Options::default() };
    messages.push(Message::Whole {
        header: header(2, leased),
        server_name: Field::Text(b"boot.example.org".to_vec()),
        file: Field::Text(vec![b'/'; 128]),
        magic: Derived::Auto,
        options: list(OptionData::MessageType(2)),
    });
    let overloaded = vec![OptionData::MessageType(2).into(), OptionData::Overload(3).into()];
    messages.push(Message::Whole {
        header: header(2, leased),
        server_name: Field::Options(list(OptionData::HostName(b"overload".to_vec()))),
        file: Field::Options(list(OptionData::Routers(vec![server]))),
        magic: Derived::Auto,
        options: Options { list: overloaded, ..Options::default() },
    });
    // An option of every code, all zeros, of a length that the code has.
    for code in 1..=254 {
        let lengths = [vec![0; 4], vec![0; 1], vec![0; 2], vec![], vec![0; 12]];
        let known = lengths.into_iter().map(|data| OptionData::of(code, &data)).find(|data| data.name() != "other");
        messages
            .extend(known.filter(|data| !matches!(data, OptionData::Overload(_))).map(|data| message(1, 8, &[data])));
    }
    messages
}

/// A DHCP message in its datagram.
pub fn dhcp_datagram(message: dhcp::Message) -> udp::Datagram {
    let reply = message.emit()[0] == 2;
    let (source_port, destination_port) = if reply { (67, 68) } else { (68, 67) };
    let header = udp::Header { source_port, destination_port, ..udp::Header::default() };
    udp::Datagram::Whole { header, payload: udp::Payload::Dhcp(Box::new(message)), surplus: Derived::Auto }
}

/// Packets of either version.
pub fn ip_packets() -> Vec<ip::Packet> {
    let named = ip_named().into_iter().map(|(_, packet)| packet);
    packets().into_iter().map(ip::Packet::V4).chain(named).collect()
}

/// Frames that carry the packets, and others.
pub fn frames() -> Vec<ethernet::Frame> {
    use ethernet::{Frame, Header, Llc, Payload, Tag, TagKind};
    let header = Header { destination: [2, 0, 0, 0, 0, 1], source: [2, 0, 0, 0, 0, 2], tags: vec![] };
    let frame = |header: &Header, payload| Frame::Whole {
        header: header.clone(),
        payload,
        padding: Derived::Auto,
        trailer: Derived::Auto,
    };
    let ipv4 = |packet| Payload::Ipv4 { ethertype: Derived::Auto, packet };
    let mut frames: Vec<_> = packets().into_iter().map(|packet| frame(&header, ipv4(packet))).collect();
    let tags = [(TagKind::Service, 100), (TagKind::Customer, 7)];
    let tags = tags.map(|(kind, vlan)| Tag { kind, priority: 5, drop_eligible: true, vlan }).to_vec();
    frames.push(frame(&Header { tags, ..header.clone() }, ipv4(packets().remove(0))));
    let ipv6 = |packet| Payload::Ipv6 { ethertype: Derived::Auto, packet };
    frames.extend(ip_packets().into_iter().filter_map(|packet| match packet {
        ip::Packet::V6(packet) => Some(frame(&header, ipv6(packet))),
        _ => None,
    }));
    frames.push(frame(&header, Payload::Raw { ethertype: 0x88cc, bytes: vec![2; 46] }));
    let llc = Llc::Plain { destination: 0x42, source: 0x42, control: 3, information: vec![0; 35] };
    frames.push(frame(&header, Payload::Length { length: Derived::Auto, llc }));
    let llc = Llc::Snap { organisation: [0, 0, 0x0c], protocol: 0x2000, information: vec![2; 22] };
    frames.push(frame(&header, Payload::Length { length: Derived::Auto, llc }));
    for packet in arps() {
        frames.push(frame(&header, Payload::Arp { ethertype: Derived::Auto, packet }));
    }
    frames
}

/// ARP packets, of Ethernet and of another link.
pub fn arps() -> Vec<arp::Packet> {
    let odd = arp::Packet::Whole {
        hardware: 6,
        protocol: 0x0800,
        hardware_length: Derived::Auto,
        protocol_length: Derived::Auto,
        operation: 8,
        addresses: arp::Addresses::Other {
            sender_hardware: vec![1; 8],
            sender_protocol: vec![192, 0, 2, 1],
            target_hardware: vec![2; 8],
            target_protocol: vec![0; 4],
        },
        trailer: Derived::Auto,
    };
    let (near, far) = ([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1]);
    vec![
        arp::Packet::ethernet(1, near, [192, 0, 2, 2], [0; 6], [192, 0, 2, 1]),
        arp::Packet::ethernet(2, far, [192, 0, 2, 1], near, [192, 0, 2, 2]),
        odd,
    ]
}

/// IGMP messages of all versions.
pub fn igmps() -> Vec<igmp::Message> {
    let whole = |body| igmp::Message::Whole { checksum: Derived::Auto, body, additional: Derived::Auto };
    let group = [239, 1, 2, 3];
    let of_group = |kind, max_response| whole(igmp::Body::Group { kind, max_response, group });
    let query = igmp::Body::QueryV3 {
        max_response: 100,
        group,
        reserved: Derived::Auto,
        suppress: false,
        robustness: 2,
        interval: 125,
        count: Derived::Auto,
        sources: vec![[192, 0, 2, 1], [192, 0, 2, 2]],
    };
    let report = igmp::Body::ReportV3 {
        reserved: Derived::Auto,
        reserved_too: Derived::Auto,
        count: Derived::Auto,
        records: vec![
            igmp::GroupRecord::new(4, group, vec![]),
            igmp::GroupRecord::new(5, group, vec![[192, 0, 2, 1], [192, 0, 2, 2]]),
        ],
    };
    vec![of_group(0x11, 0), of_group(0x11, 100), of_group(0x16, 0), of_group(0x17, 0), whole(query), whole(report)]
}

/// Units as bytes.
pub fn bytes<M: Model>(units: &[M]) -> Vec<Vec<u8>> {
    units.iter().map(Model::emit).collect()
}

/// Messages with every type of record and every option.
pub fn messages() -> Vec<dns::Message> {
    use dns::{Data, EdnsOption, Header, Message, Name, OptionValue, ParameterValue, Question, Record, Text};
    let name = Name::of;
    let response = |question: Question, answers: Vec<Record>, additionals: Vec<Record>| Message::Whole {
        header: Header { id: 0x4242, response: true, recursion_desired: true, ..Header::default() },
        questions: vec![question],
        answers,
        authorities: vec![],
        additionals,
        trailer: Derived::Auto,
    };
    let service = dns::Service {
        priority: 1,
        target: Name::default(),
        parameters: vec![
            ParameterValue::Mandatory(vec![1]).into(),
            ParameterValue::Alpn(vec![Text::from(b"h2"), Text::from(b"h3")]).into(),
            ParameterValue::NoDefaultAlpn(vec![]).into(),
            ParameterValue::Port(8443).into(),
            ParameterValue::Ipv4Hint(vec![[192, 0, 2, 1]]).into(),
            ParameterValue::Ech(vec![1, 2, 3]).into(),
            ParameterValue::Ipv6Hint(vec![[0x20; 16]]).into(),
            ParameterValue::Other { code: 0xff00, value: vec![1] }.into(),
        ],
    };
    let naptr = dns::Naptr {
        order: 100,
        preference: 10,
        flags: Text::from(b"U"),
        services: Text::from(b"E2U+sip"),
        regexp: Text::from(b"!^.*$!sip:info@example.com!"),
        replacement: Name::default(),
    };
    let soa = dns::Soa { primary: name("ns.example.com"), mailbox: name("admin.example.com"), ..dns::Soa::default() };
    let rrsig =
        dns::Rrsig { type_covered: 1, signer: name("example.com"), signature: vec![7; 8], ..Default::default() };
    let window = dns::Window { block: 0, bitmap: Text::from(&[0x40, 1, 0, 0, 8]) };
    let tsig = dns::Tsig { algorithm: name("hmac-sha256"), fudge: 300, rest: vec![0; 8], ..dns::Tsig::default() };
    let data = vec![
        Data::A([192, 0, 2, 1]),
        Data::Ns(name("ns.example.com")),
        Data::Cname(name("other.example.com")),
        Data::Soa(soa),
        Data::Ptr(name("host.example.com")),
        Data::Hinfo(dns::Hinfo { cpu: Text::from(b"x86"), os: Text::from(b"none") }),
        Data::Mx(dns::Mx { preference: 10, exchange: name("mail.example.com") }),
        Data::Txt(vec![Text::from(b"v=spf1 -all"), Text::default()]),
        Data::Aaaa([0x20; 16]),
        Data::Srv(dns::Srv { priority: 0, weight: 5, port: 443, target: name("www.example.com") }),
        Data::Naptr(naptr),
        Data::Dname(name("example.net")),
        Data::Ds(dns::Ds { key_tag: 1, algorithm: 13, digest_type: 2, digest: vec![9; 32] }),
        Data::Rrsig(rrsig),
        Data::Nsec(dns::Nsec { next: name("b.example.com"), windows: vec![window] }),
        Data::Dnskey(dns::Dnskey { flags: 257, protocol: 3, algorithm: 13, key: vec![5; 64] }),
        Data::Tlsa(dns::Tlsa { usage: 3, selector: 1, matching_type: 1, association: vec![4; 32] }),
        Data::Svcb(service.clone()),
        Data::Https(service),
        Data::Tsig(tsig),
        Data::Caa(dns::Caa { flags: 0, tag: Text::from(b"issue"), value: b"ca.example.net".to_vec() }),
        Data::Other { kind: 65280, data: vec![1, 2, 3] },
    ];
    let options: Vec<EdnsOption> = vec![
        OptionValue::NameServerId(b"ns1".to_vec()).into(),
        OptionValue::ClientSubnet(dns::ClientSubnet {
            family: 1,
            source_prefix: 24,
            scope_prefix: 0,
            address: vec![192, 0, 2],
        })
        .into(),
        OptionValue::Expire(vec![3600]).into(),
        OptionValue::Cookie(dns::Cookie { client: *b"12345678", server: vec![] }).into(),
        OptionValue::TcpKeepalive(vec![100]).into(),
        OptionValue::Padding(vec![0; 4]).into(),
        OptionValue::ExtendedError(dns::ExtendedError { code: 22, text: b"no reachable authority".to_vec() }).into(),
        OptionValue::Other { code: 65001, value: vec![1] }.into(),
    ];
    let one = |data: &Data| {
        let question = Question::new(name("www.example.com"), data.kind());
        response(question, vec![Record::new(name("www.example.com"), data.clone())], vec![])
    };
    let mut messages: Vec<_> = data.iter().map(one).collect();
    let records = data.iter().map(|data| Record::new(name("www.example.com"), data.clone())).collect();
    let opt = Record::opt(options);
    messages.push(response(Question::new(name("www.example.com"), 255), records, vec![opt]));
    messages
}

/// Two messages on one connection.
pub fn streams() -> Vec<dns::Stream> {
    let framed = |message| dns::Framed { length: Derived::Auto, message };
    let messages = messages().into_iter().take(2).map(framed).collect();
    vec![dns::Stream { messages, rest: vec![] }]
}
