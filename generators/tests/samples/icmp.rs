//! An ICMP message of every type, with what its name should say.

use halligan_generators::{
    Derived,
    model::{
        icmp::{
            AddressMask, Body, DomainNames, Echo, ExtendedEcho, InterfaceState, Message, ParameterProblem, Photuris,
            Query, Quoted, Redirect, Reserved, Router, RouterAdvertisement, TimeExceeded, Timestamp, Traceroute,
            Unreachable, Unused,
        },
        ipv4,
    },
};

/// An echo's body.
pub fn echo() -> Echo {
    Echo { identifier: 0x1234, sequence_number: 1, data: b"abcdefgh".to_vec() }
}

/// The start of a datagram from 192.0.2.1 to 192.0.2.2.
pub fn quote() -> Quoted {
    let header = ipv4::Header {
        time_to_live: 1,
        source: [192, 0, 2, 1],
        destination: [192, 0, 2, 2],
        ..ipv4::Header::default()
    };
    Quoted::Ipv4 { header, protocol: 17, bytes: vec![0xc0, 0, 0, 7, 0, 8, 0, 0] }
}

/// Messages with type, code and name.
pub fn messages() -> Vec<(&'static str, Message)> {
    let unreachable = |next_hop_mtu| {
        Body::DestinationUnreachable(Unreachable { unused: 0, length: 0, next_hop_mtu, quoted: quote() })
    };
    let exceeded = || Body::TimeExceeded(TimeExceeded { quoted: quote(), ..TimeExceeded::default() });
    let problem = ParameterProblem { pointer: 20, length: 0, unused: 0, quoted: quote() };
    let times = Timestamp { identifier: 1, sequence_number: 2, originate: 1000, receive: 2000, transmit: 2001 };
    let query = || Query { identifier: 1, sequence_number: 2 };
    let mask = || AddressMask { identifier: 1, sequence_number: 2, mask: [255, 255, 255, 0] };
    let router = |host| Router { address: [192, 0, 2, host], preference: 0 };
    let routers = RouterAdvertisement { lifetime: 1800, routers: vec![router(1), router(2)], ..Default::default() };
    let trace = Traceroute { identifier: 7, outbound_hops: 3, return_hops: 0xffff, mtu: 1500, ..Default::default() };
    let names = DomainNames { identifier: 1, sequence_number: 2, time_to_live: 60, names: b"\x04host\x00".to_vec() };
    let probe = ExtendedEcho { identifier: 1, sequence_number: 2, flags: 1, interface: vec![0x20, 0, 0, 0] };
    let state = InterfaceState { identifier: 1, sequence_number: 2, state: 6 };
    [
        ("echo-request", 0, Body::EchoRequest(echo())),
        ("echo-reply", 0, Body::EchoReply(echo())),
        ("echo-request-empty", 0, Body::EchoRequest(Echo { data: vec![], ..echo() })),
        ("echo-request-odd", 0, Body::EchoRequest(Echo { data: vec![7; 3], ..echo() })),
        ("net-unreachable", 0, unreachable(0)),
        ("host-unreachable", 1, unreachable(0)),
        ("protocol-unreachable", 2, unreachable(0)),
        ("port-unreachable", 3, unreachable(0)),
        ("fragmentation-needed", 4, unreachable(1280)),
        ("prohibited", 13, unreachable(0)),
        ("source-quench", 0, Body::SourceQuench(Unused { unused: 0, quoted: quote() })),
        ("redirect", 1, Body::Redirect(Redirect { gateway: [192, 0, 2, 9], quoted: quote() })),
        ("router-advertisement", 0, Body::RouterAdvertisement(routers)),
        ("router-solicitation", 0, Body::RouterSolicitation(Reserved { reserved: 0 })),
        ("time-exceeded", 0, exceeded()),
        ("reassembly-time-exceeded", 1, exceeded()),
        ("parameter-problem", 0, Body::ParameterProblem(problem)),
        ("timestamp-request", 0, Body::TimestampRequest(times.clone())),
        ("timestamp-reply", 0, Body::TimestampReply(times)),
        ("information-request", 0, Body::InformationRequest(query())),
        ("information-reply", 0, Body::InformationReply(query())),
        ("address-mask-request", 0, Body::AddressMaskRequest(mask())),
        ("address-mask-reply", 0, Body::AddressMaskReply(mask())),
        ("traceroute", 0, Body::Traceroute(trace)),
        ("domain-name-request", 0, Body::DomainNameRequest(query())),
        ("domain-name-reply", 0, Body::DomainNameReply(names)),
        ("photuris", 2, Body::Photuris(Photuris { reserved: 0, pointer: 0, quoted: quote() })),
        ("extended-echo-request", 0, Body::ExtendedEchoRequest(probe)),
        ("extended-echo-reply", 0, Body::ExtendedEchoReply(state)),
        ("type-254", 0, Body::Other { kind: 254, data: vec![1, 2, 3, 4] }),
    ]
    .map(|(name, code, body)| (name, Message::Whole { code, checksum: Derived::Auto, body }))
    .to_vec()
}
