//! Frames by name: one for each kind of message of the link layer, and what a node answers.

use halligan_generators::{
    Derived,
    model::{
        arp, dhcp,
        ethernet::{Frame, Header, Llc, Payload, Tag, TagKind},
        igmp, ip, ipv4, udp,
    },
};

/// The station that sends, and the node that the frames are for.
const NEAR: [u8; 6] = [2, 0, 0, 0, 0, 2];
const NODE: [u8; 6] = [2, 0, 0, 0, 0, 1];
const NEAR_ADDRESS: [u8; 4] = [192, 0, 2, 2];
const NODE_ADDRESS: [u8; 4] = [192, 0, 2, 1];
const BROADCAST: [u8; 6] = [0xff; 6];
const GROUP: [u8; 4] = [239, 1, 2, 3];
const ALL_SYSTEMS: [u8; 4] = [224, 0, 0, 1];

fn frame(destination: [u8; 6], tags: Vec<Tag>, payload: Payload) -> Frame {
    let header = Header { destination, source: NEAR, tags };
    Frame::Whole { header, payload, padding: Derived::Auto, trailer: Derived::Auto }
}

fn arp(destination: [u8; 6], packet: arp::Packet) -> Frame {
    frame(destination, vec![], Payload::Arp { ethertype: Derived::Auto, packet })
}

fn tag(kind: TagKind, vlan: u16) -> Tag {
    Tag { kind, priority: 3, drop_eligible: false, vlan }
}

/// A packet from near to `destination`, in a frame to its group's address or to the node.
fn ipv4(destination: [u8; 4], options: Vec<ipv4::Ipv4Option>, payload: ip::Payload) -> Frame {
    let header =
        ipv4::Header { time_to_live: 1, source: NEAR_ADDRESS, destination, options, ..ipv4::Header::default() };
    let [first, b, c, d] = destination;
    let hardware = match first {
        224..=239 => [1, 0, 0x5e, b & 0x7f, c, d],
        255 => BROADCAST,
        _ => NODE,
    };
    let packet = ipv4::Packet::Whole { header, payload, trailer: Derived::Auto };
    frame(hardware, vec![], Payload::Ipv4 { ethertype: Derived::Auto, packet })
}

fn igmp(destination: [u8; 4], body: igmp::Body) -> Frame {
    let message = igmp::Message::Whole { checksum: Derived::Auto, body, additional: Derived::Auto };
    let alert = vec![ipv4::OptionData::RouterAlert(0).into()];
    ipv4(destination, alert, ip::Payload::Igmp { protocol: Derived::Auto, message })
}

fn group(kind: u8, max_response: u8, group: [u8; 4]) -> igmp::Body {
    igmp::Body::Group { kind, max_response, group }
}

fn dhcp(message: dhcp::Message) -> Frame {
    let datagram = super::dhcp_datagram(message);
    ipv4([255; 4], vec![], ip::Payload::Udp { protocol: Derived::Auto, datagram })
}

fn arps() -> Vec<(&'static str, Frame)> {
    let request = |sender, address, target| arp::Packet::ethernet(1, sender, address, [0; 6], target);
    let reply = |sender| arp::Packet::ethernet(2, sender, NEAR_ADDRESS, NODE, NODE_ADDRESS);
    let [_, _, other]: [_; 3] = super::arps().try_into().expect("there are three");
    let mut short = request(NEAR, NEAR_ADDRESS, NODE_ADDRESS);
    if let arp::Packet::Whole { hardware_length, .. } = &mut short {
        *hardware_length = Derived::Lie(200);
    }
    vec![
        ("arp-request", arp(BROADCAST, request(NEAR, NEAR_ADDRESS, NODE_ADDRESS))),
        ("arp-request-unicast", arp(NODE, request(NEAR, NEAR_ADDRESS, NODE_ADDRESS))),
        ("arp-request-for-another", arp(BROADCAST, request(NEAR, NEAR_ADDRESS, [192, 0, 2, 9]))),
        ("arp-request-to-another", arp([2, 0, 0, 0, 0, 9], request(NEAR, NEAR_ADDRESS, NODE_ADDRESS))),
        ("arp-request-of-group", arp(BROADCAST, request([1, 0, 0x5e, 0, 0, 1], NEAR_ADDRESS, NODE_ADDRESS))),
        ("arp-request-far", arp(BROADCAST, request(NEAR, [198, 51, 100, 2], NODE_ADDRESS))),
        ("arp-probe", arp(BROADCAST, request(NEAR, [0; 4], NODE_ADDRESS))),
        ("arp-announcement", arp(BROADCAST, request(NEAR, NEAR_ADDRESS, NEAR_ADDRESS))),
        ("arp-reply", arp(NODE, reply(NEAR))),
        ("arp-reply-of-group", arp(NODE, reply([3, 0, 0, 0, 0, 2]))),
        ("arp-other-lengths", arp(NODE, other)),
        ("arp-length-beyond", arp(NODE, short)),
    ]
}

fn tags() -> Vec<(&'static str, Frame)> {
    let tagged = |tags| {
        let packet = arp::Packet::ethernet(1, NEAR, NEAR_ADDRESS, [0; 6], NODE_ADDRESS);
        frame(BROADCAST, tags, Payload::Arp { ethertype: Derived::Auto, packet })
    };
    let (service, customer) = (tag(TagKind::Service, 100), tag(TagKind::Customer, 7));
    let llc = |llc| frame([1, 0x80, 0xc2, 0, 0, 0], vec![], Payload::Length { length: Derived::Auto, llc });
    let mut trailed = tagged(vec![]);
    if let Frame::Whole { trailer, .. } = &mut trailed {
        *trailer = Derived::Lie(vec![0xde, 0xad, 0xbe, 0xef]);
    }
    vec![
        ("tag-customer", tagged(vec![customer])),
        ("tag-service-customer", tagged(vec![service, customer])),
        ("tag-legacy", tagged(vec![tag(TagKind::Legacy, 5)])),
        ("tag-four", tagged(vec![service, customer, customer, customer])),
        (
            "llc-spanning-tree",
            llc(Llc::Plain { destination: 0x42, source: 0x42, control: 3, information: vec![0; 35] }),
        ),
        ("llc-snap", llc(Llc::Snap { organisation: [0, 0, 0x0c], protocol: 0x2000, information: vec![2, 180] })),
        ("llc-short", llc(Llc::Short(vec![0x42]))),
        ("trailer", trailed),
        ("type-lldp", frame([1, 0x80, 0xc2, 0, 0, 14], vec![], Payload::Raw { ethertype: 0x88cc, bytes: vec![2, 0] })),
    ]
}

fn igmps() -> Vec<(&'static str, Frame)> {
    let mut bad = igmp(GROUP, group(0x11, 100, GROUP));
    if let Frame::Whole { payload: Payload::Ipv4 { packet: ipv4::Packet::Whole { payload, .. }, .. }, .. } = &mut bad
        && let ip::Payload::Igmp { message: igmp::Message::Whole { checksum, .. }, .. } = payload
    {
        *checksum = Derived::Lie(0);
    }
    let [.., query, report]: [_; 6] = super::igmps().try_into().expect("there are six");
    let version_3 = |destination, message: igmp::Message| {
        let igmp::Message::Whole { body, .. } = message else { unreachable!("samples are whole") };
        igmp(destination, body)
    };
    vec![
        ("igmp-query-1", igmp(ALL_SYSTEMS, group(0x11, 0, [0; 4]))),
        ("igmp-query-2", igmp(ALL_SYSTEMS, group(0x11, 100, [0; 4]))),
        ("igmp-query-2-group", igmp(GROUP, group(0x11, 10, GROUP))),
        ("igmp-query-2-other-group", igmp([239, 9, 9, 9], group(0x11, 10, [239, 9, 9, 9]))),
        ("igmp-query-3", version_3(GROUP, query)),
        ("igmp-query-badsum", bad),
        ("igmp-report-1", igmp(GROUP, group(0x12, 0, GROUP))),
        ("igmp-report-2", igmp(GROUP, group(0x16, 0, GROUP))),
        ("igmp-report-3", version_3([224, 0, 0, 22], report)),
        ("igmp-leave", igmp([224, 0, 0, 2], group(0x17, 0, GROUP))),
        ("igmp-unknown", igmp(GROUP, group(0x13, 0, GROUP))),
    ]
}

fn dhcps() -> Vec<(String, Frame)> {
    const NAMES: [&str; 11] =
        ["discover", "offer", "request", "decline", "ack", "nak", "release", "inform", "split", "names", "overload"];
    let messages = super::dhcps();
    let mut named: Vec<_> =
        NAMES.iter().zip(&messages).map(|(name, message)| (format!("dhcp-{name}"), dhcp(message.clone()))).collect();
    // The others have one option each, behind the message's type: ten together make a seed.
    let options: Vec<_> = messages[NAMES.len()..]
        .iter()
        .filter_map(|message| match message {
            dhcp::Message::Whole { options, .. } => options.list.last().cloned(),
            dhcp::Message::Raw(_) => None,
        })
        .collect();
    for options in options.chunks(10) {
        let header = dhcp::Header { operation: 1, hardware_type: 1, hardware_length: 6, ..dhcp::Header::default() };
        let kind = [dhcp::OptionData::MessageType(8).into()];
        let message = dhcp::Message::new(header, kind.into_iter().chain(options.iter().cloned()).collect());
        let (first, last) = (code_of(&options[0]), code_of(&options[options.len() - 1]));
        named.push((format!("dhcp-options-{first}-{last}"), dhcp(message)));
    }
    named
}

fn code_of(option: &dhcp::DhcpOption) -> u8 {
    if let dhcp::DhcpOption::Full { data, .. } = option { data.kind() } else { 0 }
}

/// Packets that the node answers.
fn answered() -> Vec<(&'static str, Frame)> {
    let echo = vec![8, 0, 0xf7, 0xff, 0, 0, 0, 0];
    let header = udp::Header { source_port: 49152, destination_port: 7, ..udp::Header::default() };
    let datagram = udp::Datagram::Whole { header, payload: b"x".to_vec().into(), surplus: Derived::Auto };
    let echo = ip::Payload::Raw { protocol: 1, bytes: echo };
    vec![
        ("icmp-echo", ipv4(NODE_ADDRESS, vec![], echo)),
        ("udp-closed-port", ipv4(NODE_ADDRESS, vec![], ip::Payload::Udp { protocol: Derived::Auto, datagram })),
    ]
}

/// All of them.
pub fn named() -> Vec<(String, Frame)> {
    let plain = [arps(), tags(), igmps(), answered()].concat();
    plain.into_iter().map(|(name, frame)| (name.to_owned(), frame)).chain(dhcps()).collect()
}

/// Frames that show what is wrong with releases of the stack.
pub fn faults() -> Vec<(&'static str, Frame)> {
    use dhcp::{ClientIdentifier, Field, Header as Fixed, Message, OptionData, Options};
    let probe = arp::Packet::ethernet(1, NEAR, [0; 4], [0; 6], NODE_ADDRESS);
    let fixed = |operation| Fixed { operation, hardware_type: 1, hardware_length: 6, ..Fixed::default() };
    let message = |operation, options: &[OptionData]| {
        dhcp(Message::new(fixed(operation), options.iter().cloned().map(Into::into).collect()))
    };
    let offer = |options: &[OptionData]| message(2, &[&[OptionData::MessageType(2)], options].concat());
    let list = |options: &[OptionData]| Options {
        list: options.iter().cloned().map(Into::into).collect(),
        ..Options::default()
    };
    let named = |server_name, options: &[OptionData]| {
        dhcp(Message::Whole {
            header: fixed(2),
            server_name,
            file: Field::Text(vec![]),
            magic: Derived::Auto,
            options: list(options),
        })
    };
    let uuid = ClientIdentifier { kind: 0, identifier: b"client".to_vec() };
    let mut bad = igmp(GROUP, group(0x11, 0, GROUP));
    if let Frame::Whole { payload: Payload::Ipv4 { packet: ipv4::Packet::Whole { payload, .. }, .. }, .. } = &mut bad
        && let ip::Payload::Igmp { message: igmp::Message::Whole { checksum, .. }, .. } = payload
    {
        *checksum = Derived::Lie(0);
    }
    vec![
        ("smoltcp-arp-probe-ignored", arp(BROADCAST, probe)),
        ("smoltcp-igmp-time-as-float", igmp(GROUP, group(0x11, 200, GROUP))),
        ("smoltcp-igmp-reports-all-systems", igmp(ALL_SYSTEMS, group(0x11, 0, ALL_SYSTEMS))),
        ("smoltcp-igmp-wrong-checksum", bad),
        ("smoltcp-igmp-no-router-alert", igmp(GROUP, group(0x11, 0, GROUP))),
        (
            "smoltcp-dhcp-client-identifier",
            message(1, &[OptionData::MessageType(1), OptionData::ClientIdentifier(uuid)]),
        ),
        ("smoltcp-dhcp-operation-zero", message(0, &[OptionData::MessageType(99)])),
        ("smoltcp-dhcp-two-routers", offer(&[OptionData::Routers(vec![NODE_ADDRESS, NEAR_ADDRESS])])),
        ("smoltcp-dhcp-times-dropped", offer(&[OptionData::RenewalTime(1800), OptionData::RebindingTime(3150)])),
        (
            "smoltcp-dhcp-option-in-parts",
            offer(&[OptionData::ParameterRequests(vec![1, 3]), OptionData::ParameterRequests(vec![6])]),
        ),
        (
            "smoltcp-dhcp-overload",
            named(
                Field::Options(list(&[OptionData::Routers(vec![NODE_ADDRESS])])),
                &[OptionData::MessageType(2), OptionData::Overload(2)],
            ),
        ),
        ("smoltcp-dhcp-server-name", named(Field::Text(b"boot.example".to_vec()), &[OptionData::MessageType(2)])),
    ]
}
