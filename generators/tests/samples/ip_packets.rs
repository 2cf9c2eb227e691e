//! IP packets with every extension header and every message, with names that say what they show.

use halligan_generators::{
    Derived,
    model::{
        icmpv6::{self, Body as Icmpv6},
        ip::{Packet, Payload},
        ipv4,
        ipv6::{self, Body, Extension, OptionData, Route, Routing, RplInformation},
    },
};

use super::{datagram, icmp, icmpv6 as messages, segments};

/// A host of the network 2001:db8::/64.
pub fn host(host: u8) -> [u8; 16] {
    [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host]
}

/// A packet from 192.0.2.1 to 192.0.2.2.
fn v4(header: ipv4::Header, payload: Payload) -> Packet {
    let header = ipv4::Header {
        identification: 0x4242,
        time_to_live: 64,
        source: [192, 0, 2, 1],
        destination: [192, 0, 2, 2],
        ..header
    };
    Packet::V4(ipv4::Packet::Whole { header, payload, trailer: Derived::Auto })
}

/// A packet from 2001:db8::1 to 2001:db8::2.
fn v6(header: ipv6::Header, bodies: Vec<Body>, payload: Payload) -> Packet {
    let header = ipv6::Header { source: host(1), destination: host(2), ..header };
    let extensions = bodies.into_iter().map(Extension::from).collect();
    Packet::V6(ipv6::Packet::Whole { header, extensions, payload, trailer: Derived::Auto })
}

fn udp(payload: &[u8]) -> Payload {
    Payload::Udp { protocol: Derived::Auto, datagram: datagram(payload) }
}

fn raw(protocol: u8, bytes: &[u8]) -> Payload {
    Payload::Raw { protocol, bytes: bytes.to_vec() }
}

fn fragment(offset: u16, more: bool) -> Body {
    Body::Fragment { offset, reserved: 0, more, identification: 7 }
}

/// Options of every type, with a PadN that fills up.
fn options() -> Vec<ipv6::Ipv6Option> {
    let information = RplInformation { flags: 0x80, instance: 1, sender_rank: 256, options: vec![] };
    vec![
        OptionData::RouterAlert(0).into(),
        OptionData::TunnelLimit(4).into(),
        OptionData::PadN(vec![0; 3]).into(),
        OptionData::HomeAddress(host(9)).into(),
        OptionData::Rpl(information.clone()).into(),
        OptionData::NewRpl(information).into(),
        ipv6::Ipv6Option::Pad1,
        OptionData::Other { kind: 0x3e, data: vec![1, 2, 3] }.into(),
    ]
}

fn extensions() -> Vec<(&'static str, Packet)> {
    let source = |shared, addresses: &[u8]| Route::Source {
        shared,
        last_shared: shared,
        padding: Derived::Auto,
        reserved: 0,
        addresses: addresses.to_vec(),
    };
    let routing = |segments_left, route| Body::Routing(Routing { segments_left, route });
    let home = Route::Home { reserved: 0, address: host(9) };
    let authentication =
        Body::Authentication { reserved: 0, security_parameters_index: 0x100, sequence_number: 1, check: vec![7; 12] };
    let option = |kind| vec![Body::HopByHop(vec![OptionData::Other { kind, data: vec![1, 2] }.into()])];
    let packet = |bodies, payload| v6(ipv6::Header { hop_limit: 64, ..Default::default() }, bodies, payload);
    // Alone, for smoltcp reads four options of a header.
    let alone = |option| vec![Body::HopByHop(vec![option])];
    let rpl = OptionData::Rpl(RplInformation { flags: 0x80, instance: 1, sender_rank: 256, options: vec![] });
    let [hop_by_hop, destination] = [Body::HopByHop(options()), Body::DestinationOptions(options())];
    vec![
        ("hop-by-hop-destination-options", packet(vec![hop_by_hop, destination], udp(b"options"))),
        ("hop-by-hop-skip", packet(option(0x3e), udp(b"skip"))),
        ("hop-by-hop-discard", packet(option(0x7e), udp(b"discard"))),
        ("hop-by-hop-discard-tell", packet(option(0xbe), udp(b"tell"))),
        ("hop-by-hop-discard-tell-unicast", packet(option(0xfe), udp(b"tell"))),
        ("hop-by-hop-router-alert", packet(alone(OptionData::RouterAlert(0).into()), udp(b"alert"))),
        ("hop-by-hop-rpl", packet(alone(rpl.into()), udp(b"ranked"))),
        ("hop-by-hop-jumbo", packet(alone(OptionData::Jumbo(0x1_0000).into()), raw(59, b""))),
        ("hop-by-hop-padding", packet(vec![Body::HopByHop(vec![])], raw(59, b""))),
        ("routing-home", packet(vec![routing(1, home)], udp(b"home"))),
        ("routing-rpl", packet(vec![routing(2, source(15, &[3, 4, 5]))], udp(b"route"))),
        ("routing-rpl-whole", packet(vec![routing(1, source(0, &host(9)))], udp(b"route"))),
        ("routing-0", packet(vec![routing(1, Route::Other { kind: 0, data: vec![0; 20] })], raw(59, b""))),
        ("routing-segments", packet(vec![routing(0, Route::Other { kind: 4, data: vec![0; 20] })], udp(b"segments"))),
        ("fragment-first", packet(vec![fragment(0, true)], raw(89, &[1; 16]))),
        ("fragment-last", packet(vec![fragment(185, false)], raw(17, &[1; 10]))),
        ("fragment-atomic", packet(vec![fragment(0, false)], udp(b"atomic"))),
        ("authentication", packet(vec![authentication], udp(b"signed"))),
        ("esp", packet(vec![], raw(50, &[9; 24]))),
        ("mobility", packet(vec![Body::Other { number: 135, data: vec![0, 0, 0, 0, 1, 2] }], raw(59, b""))),
        ("host-identity", packet(vec![Body::Other { number: 139, data: vec![1; 38] }], raw(59, b""))),
        ("shim6", packet(vec![Body::Other { number: 140, data: vec![0x80; 6] }], udp(b"shim"))),
        ("no-next-header", packet(vec![], raw(59, b""))),
        ("udp", packet(vec![], udp(b"echo"))),
        ("udp-empty", packet(vec![], udp(b""))),
        ("ospf", packet(vec![], raw(89, &[2; 12]))),
    ]
}

fn v4_packets() -> Vec<(&'static str, Packet)> {
    let plain = ipv4::Header::default;
    let options = vec![
        ipv4::OptionData::RouterAlert(0).into(),
        ipv4::OptionData::Route { kind: ipv4::RouteKind::Record, pointer: 4, route: vec![0; 8] }.into(),
        ipv4::OptionData::Timestamp { pointer: 5, overflow: 0, flag: 0, data: vec![0; 4] }.into(),
    ];
    let fragment = |fragment_offset, more_fragments| ipv4::Header { fragment_offset, more_fragments, ..plain() };
    vec![
        ("udp", v4(plain(), udp(b"echo"))),
        ("udp-empty", v4(plain(), udp(b""))),
        ("udp-ecn", v4(ipv4::Header { dscp: 46, ecn: 1, dont_fragment: true, ..plain() }, udp(b"marked"))),
        ("options", v4(ipv4::Header { options, ..plain() }, udp(b"options"))),
        ("fragment-first", v4(fragment(0, true), raw(89, &[1; 16]))),
        ("fragment-last", v4(fragment(185, false), raw(17, &[1; 10]))),
        ("ospf", v4(plain(), raw(89, &[2; 12]))),
        ("esp", v4(plain(), raw(50, &[9; 24]))),
        ("ipv6-in-ipv4", v4(plain(), raw(41, &[0x60; 40]))),
        (
            "authentication",
            v4(plain(), raw(51, &[17, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7])),
        ),
    ]
}

/// Where a message goes: what concerns the link goes to its multicast addresses, as far as hops tell it apart.
fn header_of(message: &icmpv6::Message) -> ipv6::Header {
    let link = match message {
        icmpv6::Message::Whole { body, .. } => !matches!(body, Icmpv6::EchoRequest(_) | Icmpv6::EchoReply(_)),
        _ => true,
    };
    ipv6::Header { hop_limit: if link { 255 } else { 64 }, ..Default::default() }
}

/// The packets.
pub fn named() -> Vec<(String, Packet)> {
    let tcp = |segment| Payload::Tcp { protocol: Derived::Auto, segment };
    let syn = || tcp(segments().remove(0));
    let hops = ipv6::Header { hop_limit: 64, ..Default::default() };
    let mut named = vec![
        ("4-tcp-syn".to_owned(), v4(ipv4::Header::default(), syn())),
        ("6-tcp-syn".to_owned(), v6(hops, vec![], syn())),
        ("raw".to_owned(), Packet::Raw(vec![0x50; 20])),
        ("empty".to_owned(), Packet::Raw(vec![])),
    ];
    named.extend(v4_packets().into_iter().map(|(name, packet)| (format!("4-{name}"), packet)));
    named.extend(icmp::messages().into_iter().map(|(name, message)| {
        let payload = Payload::Icmp { protocol: Derived::Auto, message };
        (format!("4-icmp-{name}"), v4(ipv4::Header::default(), payload))
    }));
    named.extend(extensions().into_iter().map(|(name, packet)| (format!("6-{name}"), packet)));
    named.extend(messages::messages().into_iter().map(|(name, message)| {
        let header = header_of(&message);
        (format!("6-icmp-{name}"), v6(header, vec![], Payload::Icmpv6 { protocol: Derived::Auto, message }))
    }));
    named
}
