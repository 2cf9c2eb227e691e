//! Packets that show the known faults of smoltcp 0.14, each named by its fault.

use halligan_generators::{
    Derived,
    model::{
        icmp::{Body as Icmp, Echo, Message as IcmpMessage, Quoted, Unreachable},
        icmpv6::{self, rpl::Object},
        ip::{Packet, Payload},
        ipv4,
        ipv6::{self, Body, Extension, OptionData, RplInformation},
        tcp::Flags,
        udp,
    },
};

use super::{icmp::quote, ip_packets::host, segment};

const LOOPBACK: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const ALL_NODES: [u8; 16] = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const SOLICITED: [u8; 16] = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0x77, 0, 2];
const OTHER_NETWORK: [u8; 16] = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2];

fn udp(port: u16, checksum: Derived<u16>) -> Payload {
    let header = udp::Header { source_port: 49152, destination_port: port, checksum, ..udp::Header::default() };
    let payload = udp::Payload::Raw(b"fault".to_vec());
    Payload::Udp { protocol: Derived::Auto, datagram: udp::Datagram::Whole { header, payload, surplus: Derived::Auto } }
}

fn v6(source: [u8; 16], destination: [u8; 16], bodies: Vec<Body>, payload: Payload) -> Packet {
    let header = ipv6::Header { hop_limit: 64, source, destination, ..ipv6::Header::default() };
    let extensions = bodies.into_iter().map(Extension::from).collect();
    Packet::V6(ipv6::Packet::Whole { header, extensions, payload, trailer: Derived::Auto })
}

fn v4(source: [u8; 4], destination: [u8; 4], payload: Payload) -> Packet {
    let header =
        ipv4::Header { identification: 0x4242, dscp: 46, time_to_live: 64, source, destination, ..Default::default() };
    Packet::V4(ipv4::Packet::Whole { header, payload, trailer: Derived::Auto })
}

fn echo() -> Echo {
    Echo { identifier: 1, sequence_number: 1, data: vec![] }
}

/// The packets.
pub fn named() -> Vec<(&'static str, Packet)> {
    let [one, two] = [[192, 0, 2, 1], [192, 0, 2, 2]];
    let auto = || Derived::Auto;
    let listening = || udp(7, auto());
    let closed = || udp(9, auto());
    let to_node = |bodies, payload| v6(host(1), host(2), bodies, payload);
    let unknown = || OptionData::Other { kind: 0x80, data: vec![1, 2, 3, 4] }.into();
    let information = RplInformation { flags: 0, instance: 1, sender_rank: 256, options: vec![1, 0] };
    let icmp = |body| Payload::Icmp {
        protocol: Derived::Auto,
        message: IcmpMessage::Whole { code: 0, checksum: auto(), body },
    };
    let icmp6 = |message| Payload::Icmpv6 { protocol: Derived::Auto, message };
    let echo6 = icmpv6::Message::Whole { code: 0, checksum: auto(), body: icmpv6::Body::EchoRequest(echo()) };
    let dao_ack = Object::Other { kind: 3, data: vec![0, 0x80, 0, 0, 1, 2, 3, 4] };
    let Quoted::Ipv4 { header, protocol, bytes } = quote() else { unreachable!("it is one") };
    let header = ipv4::Header { total_length: Derived::Lie(100), ..header };
    let cut = Unreachable { quoted: Quoted::Ipv4 { header, protocol, bytes }, ..Unreachable::default() };
    let syn = Payload::Tcp { protocol: Derived::Auto, segment: segment(Flags::SYN, vec![], b"") };
    let options = |options| vec![Body::HopByHop(options)];
    let mut five: Vec<_> = (0..4).map(|_| OptionData::PadN(vec![]).into()).collect();
    five.push(unknown());
    vec![
        ("dao-ack-short", to_node(vec![], icmp6(icmpv6::Message::Rpl { checksum: auto(), object: dao_ack }))),
        ("udp6-no-checksum", to_node(vec![], udp(7, Derived::Lie(0)))),
        ("error-about-multicast", v6(host(1), ALL_NODES, vec![], closed())),
        ("quote-without-hop-by-hop", to_node(options(vec![]), closed())),
        ("quote-rewritten", v4(one, two, closed())),
        ("solicited-node-unicast", v6(host(1), OTHER_NETWORK, vec![], listening())),
        ("solicited-node-16-bits", v6(host(1), SOLICITED, vec![], listening())),
        ("loopback-destination", v6(host(1), LOOPBACK, vec![], listening())),
        ("loopback-source", v6(LOOPBACK, host(2), vec![], icmp6(echo6))),
        ("loopback-source-v4", v4([127, 0, 0, 1], two, icmp(Icmp::EchoRequest(echo())))),
        ("hop-by-hop-for-others", v6(host(1), host(99), options(vec![unknown()]), listening())),
        ("rpl-option-sub-options", to_node(options(vec![OptionData::Rpl(information).into()]), listening())),
        ("fifth-option", to_node(options(five), listening())),
        ("pointer-of-option", to_node(options(vec![unknown()]), listening())),
        ("pointer-of-next-header", to_node(vec![], Payload::Raw { protocol: 200, bytes: vec![0; 8] })),
        ("no-next-header", to_node(vec![], Payload::Raw { protocol: 59, bytes: vec![] })),
        ("reset-for-broadcast", v4(one, [192, 0, 2, 255], syn)),
        ("icmp-quote-cut", v4(one, two, icmp(Icmp::DestinationUnreachable(cut)))),
    ]
}
