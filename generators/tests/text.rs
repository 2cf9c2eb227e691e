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
        halligan_generators::model::igmp::Body::Group,
        halligan_generators::model::igmp::Body::QueryV3,
        halligan_generators::model::igmp::Body::ReportV3,
        halligan_generators::model::igmp::GroupRecord,
        halligan_generators::model::igmp::Message::Whole,
        halligan_generators::model::ip::Payload::Igmp,
        halligan_generators::model::dhcp::ClientIdentifier,
        halligan_generators::model::dhcp::Field::Options,
        halligan_generators::model::dhcp::Field::Text,
        halligan_generators::model::dhcp::Header,
        halligan_generators::model::dhcp::Message::Whole,
        halligan_generators::model::dhcp::Options,
        halligan_generators::model::dhcp::OptionData::ClientIdentifier,
        halligan_generators::model::dhcp::OptionData::DomainName,
        halligan_generators::model::dhcp::OptionData::DomainNameServers,
        halligan_generators::model::dhcp::OptionData::HostName,
        halligan_generators::model::dhcp::OptionData::LeaseTime,
        halligan_generators::model::dhcp::OptionData::MaximumMessage,
        halligan_generators::model::dhcp::OptionData::Message,
        halligan_generators::model::dhcp::OptionData::MessageType,
        halligan_generators::model::dhcp::OptionData::Overload,
        halligan_generators::model::dhcp::OptionData::ParameterRequests,
        halligan_generators::model::dhcp::OptionData::RebindingTime,
        halligan_generators::model::dhcp::OptionData::RenewalTime,
        halligan_generators::model::dhcp::OptionData::RequestedAddress,
        halligan_generators::model::dhcp::OptionData::Routers,
        halligan_generators::model::dhcp::OptionData::ServerIdentifier,
        halligan_generators::model::dhcp::OptionData::SubnetMask,
        halligan_generators::model::udp::Payload::Dhcp,
        halligan_generators::model::udp::Payload::Raw,
        halligan_generators::model::ethernet::Frame::Whole,
        halligan_generators::model::ethernet::Header,
        halligan_generators::model::arp::Addresses::EthernetIpv4,
        halligan_generators::model::arp::Addresses::Other,
        halligan_generators::model::arp::Packet::Whole,
        halligan_generators::model::ethernet::Llc::Plain,
        halligan_generators::model::ethernet::Llc::Snap,
        halligan_generators::model::ethernet::Payload::Arp,
        halligan_generators::model::ethernet::Payload::Ipv4,
        halligan_generators::model::ethernet::Payload::Ipv6,
        halligan_generators::model::ethernet::Payload::Length,
        halligan_generators::model::ethernet::Payload::Raw,
        halligan_generators::model::ethernet::Tag,
        halligan_generators::model::ethernet::TagKind::Customer,
        halligan_generators::model::ethernet::TagKind::Service,
        halligan_generators::model::icmp::AddressMask,
        halligan_generators::model::icmp::Body::AddressMaskReply,
        halligan_generators::model::icmp::Body::AddressMaskRequest,
        halligan_generators::model::icmp::Body::DestinationUnreachable,
        halligan_generators::model::icmp::Body::DomainNameReply,
        halligan_generators::model::icmp::Body::DomainNameRequest,
        halligan_generators::model::icmp::Body::EchoReply,
        halligan_generators::model::icmp::Body::EchoRequest,
        halligan_generators::model::icmp::Body::ExtendedEchoReply,
        halligan_generators::model::icmp::Body::ExtendedEchoRequest,
        halligan_generators::model::icmp::Body::InformationReply,
        halligan_generators::model::icmp::Body::InformationRequest,
        halligan_generators::model::icmp::Body::Other,
        halligan_generators::model::icmp::Body::ParameterProblem,
        halligan_generators::model::icmp::Body::Photuris,
        halligan_generators::model::icmp::Body::Redirect,
        halligan_generators::model::icmp::Body::RouterAdvertisement,
        halligan_generators::model::icmp::Body::RouterSolicitation,
        halligan_generators::model::icmp::Body::SourceQuench,
        halligan_generators::model::icmp::Body::TimeExceeded,
        halligan_generators::model::icmp::Body::TimestampReply,
        halligan_generators::model::icmp::Body::TimestampRequest,
        halligan_generators::model::icmp::Body::Traceroute,
        halligan_generators::model::icmp::DomainNames,
        halligan_generators::model::icmp::Echo,
        halligan_generators::model::icmp::ExtendedEcho,
        halligan_generators::model::icmp::InterfaceState,
        halligan_generators::model::icmp::Message::Whole,
        halligan_generators::model::icmp::ParameterProblem,
        halligan_generators::model::icmp::Photuris,
        halligan_generators::model::icmp::Query,
        halligan_generators::model::icmp::Quoted::Ipv4,
        halligan_generators::model::icmp::Quoted::Ipv6,
        halligan_generators::model::icmp::Redirect,
        halligan_generators::model::icmp::Reserved,
        halligan_generators::model::icmp::Router,
        halligan_generators::model::icmp::RouterAdvertisement,
        halligan_generators::model::icmp::TimeExceeded,
        halligan_generators::model::icmp::Timestamp,
        halligan_generators::model::icmp::Traceroute,
        halligan_generators::model::icmp::Unreachable,
        halligan_generators::model::icmp::Unused,
        halligan_generators::model::icmpv6::Body::DestinationUnreachable,
        halligan_generators::model::icmpv6::Body::EchoReply,
        halligan_generators::model::icmpv6::Body::EchoRequest,
        halligan_generators::model::icmpv6::Body::ExtendedEchoReply,
        halligan_generators::model::icmpv6::Body::ExtendedEchoRequest,
        halligan_generators::model::icmpv6::Body::InverseAdvertisement,
        halligan_generators::model::icmpv6::Body::InverseSolicitation,
        halligan_generators::model::icmpv6::Body::ListenerDone,
        halligan_generators::model::icmpv6::Body::ListenerQuery,
        halligan_generators::model::icmpv6::Body::ListenerQueryV2,
        halligan_generators::model::icmpv6::Body::ListenerReport,
        halligan_generators::model::icmpv6::Body::ListenerReportV2,
        halligan_generators::model::icmpv6::Body::NeighborAdvertisement,
        halligan_generators::model::icmpv6::Body::NeighborSolicitation,
        halligan_generators::model::icmpv6::Body::Other,
        halligan_generators::model::icmpv6::Body::PacketTooBig,
        halligan_generators::model::icmpv6::Body::ParameterProblem,
        halligan_generators::model::icmpv6::Body::Redirect,
        halligan_generators::model::icmpv6::Body::RouterAdvertisement,
        halligan_generators::model::icmpv6::Body::RouterSolicitation,
        halligan_generators::model::icmpv6::Body::TimeExceeded,
        halligan_generators::model::icmpv6::Listener,
        halligan_generators::model::icmpv6::Message::Rpl,
        halligan_generators::model::icmpv6::Message::Whole,
        halligan_generators::model::icmpv6::ParameterProblem,
        halligan_generators::model::icmpv6::Query,
        halligan_generators::model::icmpv6::Record,
        halligan_generators::model::icmpv6::Report,
        halligan_generators::model::icmpv6::TooBig,
        halligan_generators::model::icmpv6::ndp::Mtu,
        halligan_generators::model::icmpv6::ndp::NdpOption::Full,
        halligan_generators::model::icmpv6::ndp::NeighborAdvertisement,
        halligan_generators::model::icmpv6::ndp::NeighborSolicitation,
        halligan_generators::model::icmpv6::ndp::OptionData::DnsSearchList,
        halligan_generators::model::icmpv6::ndp::OptionData::DnsServers,
        halligan_generators::model::icmpv6::ndp::OptionData::Mtu,
        halligan_generators::model::icmpv6::ndp::OptionData::Nonce,
        halligan_generators::model::icmpv6::ndp::OptionData::Other,
        halligan_generators::model::icmpv6::ndp::OptionData::PrefixInformation,
        halligan_generators::model::icmpv6::ndp::OptionData::RedirectedHeader,
        halligan_generators::model::icmpv6::ndp::OptionData::RouteInformation,
        halligan_generators::model::icmpv6::ndp::OptionData::SourceLinkAddress,
        halligan_generators::model::icmpv6::ndp::OptionData::TargetLinkAddress,
        halligan_generators::model::icmpv6::ndp::PrefixInformation,
        halligan_generators::model::icmpv6::ndp::Redirect,
        halligan_generators::model::icmpv6::ndp::RedirectedHeader,
        halligan_generators::model::icmpv6::ndp::RouteInformation,
        halligan_generators::model::icmpv6::ndp::RouterAdvertisement,
        halligan_generators::model::icmpv6::ndp::Servers,
        halligan_generators::model::icmpv6::ndp::Solicitation,
        halligan_generators::model::icmpv6::rpl::Acknowledgment,
        halligan_generators::model::icmpv6::rpl::Advertisement,
        halligan_generators::model::icmpv6::rpl::Configuration,
        halligan_generators::model::icmpv6::rpl::Information,
        halligan_generators::model::icmpv6::rpl::Object::Acknowledgment,
        halligan_generators::model::icmpv6::rpl::Object::Advertisement,
        halligan_generators::model::icmpv6::rpl::Object::ConsistencyCheck,
        halligan_generators::model::icmpv6::rpl::Object::Information,
        halligan_generators::model::icmpv6::rpl::Object::Other,
        halligan_generators::model::icmpv6::rpl::Object::Solicitation,
        halligan_generators::model::icmpv6::rpl::OptionData::Configuration,
        halligan_generators::model::icmpv6::rpl::OptionData::Metrics,
        halligan_generators::model::icmpv6::rpl::OptionData::PadN,
        halligan_generators::model::icmpv6::rpl::OptionData::PrefixInformation,
        halligan_generators::model::icmpv6::rpl::OptionData::RouteInformation,
        halligan_generators::model::icmpv6::rpl::OptionData::Solicited,
        halligan_generators::model::icmpv6::rpl::OptionData::Target,
        halligan_generators::model::icmpv6::rpl::OptionData::TargetDescriptor,
        halligan_generators::model::icmpv6::rpl::OptionData::Transit,
        halligan_generators::model::icmpv6::rpl::RouteInformation,
        halligan_generators::model::icmpv6::rpl::Solicitation,
        halligan_generators::model::icmpv6::rpl::Solicited,
        halligan_generators::model::icmpv6::rpl::Target,
        halligan_generators::model::icmpv6::rpl::Transit,
        halligan_generators::model::ip::Packet::Raw,
        halligan_generators::model::ip::Packet::V4,
        halligan_generators::model::ip::Packet::V6,
        halligan_generators::model::ip::Payload::Icmp,
        halligan_generators::model::ip::Payload::Icmpv6,
        halligan_generators::model::ip::Payload::Raw,
        halligan_generators::model::ip::Payload::Tcp,
        halligan_generators::model::ip::Payload::Udp,
        halligan_generators::model::ipv4::Header,
        halligan_generators::model::ipv4::OptionData::Route,
        halligan_generators::model::ipv4::OptionData::RouterAlert,
        halligan_generators::model::ipv4::OptionData::StreamId,
        halligan_generators::model::ipv4::OptionData::Timestamp,
        halligan_generators::model::ipv4::Packet::Whole,
        halligan_generators::model::ipv4::RouteKind::Record,
        halligan_generators::model::ipv6::Body::Authentication,
        halligan_generators::model::ipv6::Body::DestinationOptions,
        halligan_generators::model::ipv6::Body::Fragment,
        halligan_generators::model::ipv6::Body::HopByHop,
        halligan_generators::model::ipv6::Body::Other,
        halligan_generators::model::ipv6::Body::Routing,
        halligan_generators::model::ipv6::Extension,
        halligan_generators::model::ipv6::Header,
        halligan_generators::model::ipv6::OptionData::HomeAddress,
        halligan_generators::model::ipv6::OptionData::Jumbo,
        halligan_generators::model::ipv6::OptionData::NewRpl,
        halligan_generators::model::ipv6::OptionData::Other,
        halligan_generators::model::ipv6::OptionData::PadN,
        halligan_generators::model::ipv6::OptionData::RouterAlert,
        halligan_generators::model::ipv6::OptionData::Rpl,
        halligan_generators::model::ipv6::OptionData::TunnelLimit,
        halligan_generators::model::ipv6::Packet::Whole,
        halligan_generators::model::ipv6::Route::Home,
        halligan_generators::model::ipv6::Route::Other,
        halligan_generators::model::ipv6::Route::Source,
        halligan_generators::model::ipv6::Routing,
        halligan_generators::model::ipv6::RplInformation,
        halligan_generators::model::option::HeaderOption::Full,
        halligan_generators::model::option::HeaderOption::NoOperation,
        halligan_generators::model::tcp::Header,
        halligan_generators::model::tcp::OptionData::Authentication,
        halligan_generators::model::tcp::OptionData::FastOpen,
        halligan_generators::model::tcp::OptionData::MaximumSegmentSize,
        halligan_generators::model::tcp::OptionData::Md5Signature,
        halligan_generators::model::tcp::OptionData::Multipath,
        halligan_generators::model::tcp::OptionData::Sack,
        halligan_generators::model::tcp::OptionData::SackPermitted,
        halligan_generators::model::tcp::OptionData::Timestamps,
        halligan_generators::model::tcp::OptionData::UserTimeout,
        halligan_generators::model::tcp::OptionData::WindowScale,
        halligan_generators::model::tcp::SackBlock,
        halligan_generators::model::tcp::Segment::Whole,
        halligan_generators::model::tlv::Tlv::Full,
        halligan_generators::model::tlv::Tlv::Pad1,
        halligan_generators::model::udp::Datagram::Whole,
        halligan_generators::model::udp::Header,
        halligan_generators::model::tcp::Address::V4,
        halligan_generators::model::tcp::Address::V6,
        halligan_generators::model::tcp::CountKind::Count,
        halligan_generators::model::tcp::CountKind::Echo,
        halligan_generators::model::tcp::CountKind::New,
        halligan_generators::model::tcp::Mapping,
        halligan_generators::model::tcp::Multipath::AddAddress,
        halligan_generators::model::tcp::Multipath::Capable,
        halligan_generators::model::tcp::Multipath::DataSequence,
        halligan_generators::model::tcp::Multipath::JoinAck,
        halligan_generators::model::tcp::Multipath::JoinSyn,
        halligan_generators::model::tcp::Multipath::JoinSynAck,
        halligan_generators::model::tcp::Multipath::Other,
        halligan_generators::model::tcp::Multipath::Priority,
        halligan_generators::model::tcp::Multipath::RemoveAddresses,
        halligan_generators::model::tcp::Multipath::Reset,
        halligan_generators::model::tcp::Multipath::Stop,
        halligan_generators::model::tcp::OptionData::AccurateEcn,
        halligan_generators::model::tcp::OptionData::AlternateChecksum,
        halligan_generators::model::tcp::OptionData::AlternateChecksumData,
        halligan_generators::model::tcp::OptionData::ConnectionCount,
        halligan_generators::model::tcp::OptionData::Echo,
        halligan_generators::model::tcp::OptionData::EchoReply,
        halligan_generators::model::tcp::OptionData::EncryptionNegotiation,
        halligan_generators::model::tcp::OptionData::Experiment,
        halligan_generators::model::tcp::OptionData::Other,
        halligan_generators::model::tcp::OptionData::PartialOrderPermitted,
        halligan_generators::model::tcp::OptionData::PartialOrderProfile,
        halligan_generators::model::tcp::OptionData::QuickStart,
        halligan_generators::model::tcp::Sequence::Long,
        halligan_generators::model::tcp::Sequence::Short,
    ];
    let frames = samples::frames().iter().map(code).collect::<String>();
    let text = frames + &samples::ip_packets().iter().map(code).collect::<String>();
    let words = text.split(|byte: char| !byte.is_alphanumeric() && byte != ':' && byte != '_');
    let paths = words.map(|word| word.trim_end_matches(':')).filter(|word| word.contains("::"));
    let unknown: BTreeSet<_> = paths
        .filter(|path| !known.contains(path) && !path.ends_with("Flags::from_bits") && *path != "Box::new")
        .collect();
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
    assert_eq!(dump(&Frame::Whole { header, payload, padding: Derived::Auto, trailer: Derived::Auto }), expected);
}
