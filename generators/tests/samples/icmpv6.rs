//! An ICMPv6 message of every type with every option, with what its name should say.

use halligan_generators::{
    Derived,
    model::{
        icmp::{ExtendedEcho, InterfaceState, Quoted, Unused},
        icmpv6::{
            Body, Listener, Message, ParameterProblem, Query, Record, Report, TooBig,
            ndp::{self, NdpOption},
            rpl::{self, RplOption},
        },
        ipv6,
    },
};

use super::{icmp::echo, ip_packets::host};

const GROUP: [u8; 16] = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x22];

/// The start of a datagram between two hosts.
fn quote() -> Quoted {
    let header = ipv6::Header { hop_limit: 1, source: host(1), destination: host(2), ..ipv6::Header::default() };
    Quoted::Ipv6 { header, next_header: 17, bytes: vec![0xc0, 0, 0, 7, 0, 8, 0, 0] }
}

fn prefix() -> ndp::PrefixInformation {
    ndp::PrefixInformation {
        prefix_length: 64,
        flags: 0xc0,
        valid_lifetime: 86400,
        preferred_lifetime: 14400,
        reserved: 0,
        prefix: host(0),
    }
}

fn ndp_options() -> Vec<NdpOption> {
    use ndp::OptionData::*;
    let servers = ndp::Servers { reserved: 0, lifetime: 600, entries: host(53).to_vec() };
    let domains = ndp::Servers { reserved: 0, lifetime: 600, entries: b"\x04home\x00\x00\x00".to_vec() };
    let route = ndp::RouteInformation { prefix_length: 48, flags: 0x08, lifetime: 600, prefix: host(0)[..8].to_vec() };
    [
        SourceLinkAddress([2, 0, 0, 0, 0, 1]),
        Mtu(ndp::Mtu { reserved: 0, mtu: 1500 }),
        PrefixInformation(prefix()),
        Nonce(vec![1, 2, 3, 4, 5, 6]),
        RouteInformation(route),
        DnsServers(servers),
        DnsSearchList(domains),
        Other { kind: 200, data: vec![9; 14] },
    ]
    .map(NdpOption::from)
    .to_vec()
}

fn neighbour_discovery() -> Vec<(&'static str, u8, Body)> {
    use ndp::OptionData::{RedirectedHeader, SourceLinkAddress, TargetLinkAddress};
    let source = || vec![SourceLinkAddress([2, 0, 0, 0, 0, 2]).into()];
    let target = || vec![TargetLinkAddress([2, 0, 0, 0, 0, 2]).into()];
    let advertisement = ndp::RouterAdvertisement {
        hop_limit: 64,
        flags: 0x48,
        lifetime: 1800,
        reachable_time: 30_000,
        retransmission_timer: 1000,
        options: ndp_options(),
    };
    let solicitation =
        |options| Body::NeighborSolicitation(ndp::NeighborSolicitation { reserved: 0, target: host(1), options });
    let neighbour = ndp::NeighborAdvertisement { flags: 0x6000_0000, target: host(2), options: target() };
    let redirected = ndp::RedirectedHeader { reserved: 0, reserved_too: 0, quoted: quote() };
    let redirect = ndp::Redirect {
        reserved: 0,
        target: host(9),
        destination: host(2),
        options: [target(), vec![RedirectedHeader(redirected).into()]].concat(),
    };
    let plain = |options| ndp::Solicitation { reserved: 0, options };
    vec![
        ("router-solicitation", 0, Body::RouterSolicitation(plain(source()))),
        ("router-advertisement", 0, Body::RouterAdvertisement(advertisement)),
        ("neighbour-solicitation", 0, solicitation(source())),
        ("neighbour-solicitation-bare", 0, solicitation(vec![])),
        ("neighbour-advertisement", 0, Body::NeighborAdvertisement(neighbour)),
        ("redirect", 0, Body::Redirect(redirect)),
        ("inverse-solicitation", 0, Body::InverseSolicitation(plain([source(), target()].concat()))),
        ("inverse-advertisement", 0, Body::InverseAdvertisement(plain([source(), target()].concat()))),
    ]
}

fn listeners() -> Vec<(&'static str, u8, Body)> {
    let listener = || Listener { maximum_response_delay: 0, reserved: 0, group: GROUP };
    let general = Listener { maximum_response_delay: 10_000, reserved: 0, group: [0; 16] };
    let query = |sources| Query {
        maximum_response_code: 0x8abc,
        group: GROUP,
        flags: 0xa,
        interval: 125,
        sources,
        ..Default::default()
    };
    let record = |kind, sources| Record { kind, group: GROUP, sources, ..Record::default() };
    let report = |records| Body::ListenerReportV2(Report { records, ..Report::default() });
    vec![
        ("mld-query", 0, Body::ListenerQuery(general)),
        ("mld-query-group", 0, Body::ListenerQuery(listener())),
        ("mld-query2", 0, Body::ListenerQueryV2(query(vec![]))),
        ("mld-query2-sources", 0, Body::ListenerQueryV2(query(vec![host(1), host(2)]))),
        ("mld-report", 0, Body::ListenerReport(listener())),
        ("mld-done", 0, Body::ListenerDone(listener())),
        ("mld-report2-empty", 0, report(vec![])),
        ("mld-report2-leave", 0, report(vec![record(3, vec![])])),
        ("mld-report2-join", 0, report(vec![record(4, vec![]), record(1, vec![host(1)])])),
        (
            "mld-report2-auxiliary",
            0,
            report(vec![Record { auxiliary: vec![1; 4], ..record(6, vec![host(1), host(2)]) }]),
        ),
    ]
}

fn rpl_options() -> Vec<RplOption> {
    use rpl::OptionData::*;
    let route = rpl::RouteInformation { prefix_length: 64, flags: 0, lifetime: 600, prefix: host(0)[..8].to_vec() };
    let configuration = rpl::Configuration {
        flags: 0,
        interval_doublings: 8,
        interval_minimum: 12,
        redundancy: 10,
        maximum_rank_increase: 0x700,
        minimum_hop_rank_increase: 0x100,
        objective_code_point: 1,
        reserved: 0,
        default_lifetime: 30,
        lifetime_unit: 60,
    };
    [
        PadN(vec![0; 3]),
        Metrics(vec![7, 0, 0, 2, 0, 1]),
        RouteInformation(route),
        Configuration(configuration),
        PrefixInformation(prefix()),
    ]
    .map(RplOption::from)
    .to_vec()
}

fn rpl() -> Vec<(&'static str, rpl::Object)> {
    use rpl::{Object, OptionData::*};
    let solicited = rpl::Solicited { instance: 1, flags: 0xe0, dodag: host(1), version: 1 };
    let target = rpl::Target { flags: 0, prefix_length: 128, prefix: host(3).to_vec() };
    let transit = |parent: &[u8]| rpl::Transit {
        flags: 0,
        path_control: 0,
        path_sequence: 1,
        path_lifetime: 30,
        parent: parent.to_vec(),
    };
    let information = |options| rpl::Information {
        instance: 1,
        version: 240,
        rank: 256,
        mode: 0x88,
        trigger: 240,
        dodag: host(1),
        options,
        ..Default::default()
    };
    let dao = |dodag, options| rpl::Advertisement {
        instance: 1,
        acknowledge: true,
        sequence: 241,
        dodag,
        options,
        ..Default::default()
    };
    let ack = |dodag, status| rpl::Acknowledgment { instance: 1, sequence: 241, status, dodag, ..Default::default() };
    let targets = || vec![Target(target.clone()).into(), TargetDescriptor(7).into(), Transit(transit(&host(1))).into()];
    vec![
        ("dis", Object::Solicitation(rpl::Solicitation::default())),
        (
            "dis-solicited",
            Object::Solicitation(rpl::Solicitation {
                options: vec![RplOption::Pad1, Solicited(solicited).into()],
                ..Default::default()
            }),
        ),
        ("dio", Object::Information(information(vec![]))),
        ("dio-options", Object::Information(information(rpl_options()))),
        ("dao", Object::Advertisement(dao(None, vec![]))),
        ("dao-targets", Object::Advertisement(dao(None, targets()))),
        ("dao-dodag", Object::Advertisement(dao(Some(host(1)), vec![Transit(transit(&[])).into()]))),
        ("dao-ack", Object::Acknowledgment(ack(None, 0))),
        ("dao-ack-dodag", Object::Acknowledgment(ack(Some(host(1)), 128))),
        ("secure-dis", Object::Other { kind: 0x80, data: vec![0; 12] }),
        ("consistency-check", Object::ConsistencyCheck(vec![0; 28])),
    ]
}

/// Messages with what they show.
pub fn messages() -> Vec<(String, Message)> {
    let too_big = TooBig { mtu: 1280, quoted: quote() };
    let unused = || Unused { unused: 0, quoted: quote() };
    let problem = |pointer| Body::ParameterProblem(ParameterProblem { pointer, quoted: quote() });
    let probe = ExtendedEcho { identifier: 1, sequence_number: 2, flags: 1, interface: vec![0x20, 0, 0, 0] };
    let state = InterfaceState { identifier: 1, sequence_number: 2, state: 6 };
    let errors = vec![
        ("echo-request", 0, Body::EchoRequest(echo())),
        ("echo-reply", 0, Body::EchoReply(echo())),
        ("no-route", 0, Body::DestinationUnreachable(unused())),
        ("prohibited", 1, Body::DestinationUnreachable(unused())),
        ("port-unreachable", 4, Body::DestinationUnreachable(unused())),
        ("packet-too-big", 0, Body::PacketTooBig(too_big)),
        ("time-exceeded", 0, Body::TimeExceeded(unused())),
        ("reassembly-time-exceeded", 1, Body::TimeExceeded(unused())),
        ("bad-header", 0, problem(4)),
        ("unknown-next-header", 1, problem(6)),
        ("unknown-option", 2, problem(42)),
        ("extended-echo-request", 0, Body::ExtendedEchoRequest(probe)),
        ("extended-echo-reply", 0, Body::ExtendedEchoReply(state)),
        ("type-200", 0, Body::Other { kind: 200, data: vec![1, 2, 3, 4] }),
    ];
    let bodies = errors.into_iter().chain(neighbour_discovery()).chain(listeners());
    let whole =
        bodies.map(|(name, code, body)| (name.to_owned(), Message::Whole { code, checksum: Derived::Auto, body }));
    let rpl = rpl()
        .into_iter()
        .map(|(name, object)| (format!("rpl-{name}"), Message::Rpl { checksum: Derived::Auto, object }));
    whole.chain(rpl).collect()
}
