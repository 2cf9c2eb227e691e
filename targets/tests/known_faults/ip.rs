//! What smoltcp's node does with the packets of `corpora/ip_parser/regressions`, as the target notes it.

use std::fs;
use std::path::Path;

use halligan_generators::Model;
use halligan_generators::model::icmpv6::{Body, Message};
use halligan_generators::model::ip::{Packet, Payload};
use halligan_generators::model::{icmp, ipv4, ipv6};
use halligan_targets::observation::{Value, read};
use halligan_targets::{IpParser, Observation, Target};
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, Icmpv4Packet, Icmpv4Repr, Icmpv6Packet, IpAddress, IpCidr};

fn input(fault: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/ip_parser/regressions");
    fs::read(folder.join(format!("smoltcp-{fault}"))).unwrap()
}

/// What the node sent, and how many datagrams it delivered.
fn outcome(fault: &str) -> (Vec<Packet>, usize) {
    let mut buffer = vec![0; 1 << 16];
    let mut observation = Observation::new(&mut buffer);
    // No property is violated: the fault is left out.
    assert_eq!(IpParser.run(&input(fault), &mut observation), Ok(()), "{fault}");
    let length = observation.finish();
    let (mut sent, mut delivered) = (Vec::new(), 0);
    for (name, value) in read(&buffer[..length]) {
        match (name, value) {
            ("sent", Value::Bytes(packet)) => sent.push(Packet::dissect(packet)),
            ("delivered", _) => delivered += 1,
            _ => {}
        }
    }
    (sent, delivered)
}

/// The only packet that the node sent, as ICMPv6: its source, its code and its body.
fn answer(fault: &str) -> ([u8; 16], u8, Body) {
    match &outcome(fault).0[..] {
        [
            Packet::V6(ipv6::Packet::Whole {
                header,
                payload: Payload::Icmpv6 { message: Message::Whole { code, body, .. }, .. },
                ..
            }),
        ] => (header.source, *code, body.clone()),
        sent => panic!("{fault}: {sent:?}"),
    }
}

#[test]
fn smoltcp_panics_in_an_accessor_of_a_checked_packet() {
    let packet = input("dao-ack-short");
    // It promises that no accessor panics.
    let packet = Icmpv6Packet::new_checked(&packet[40..]).unwrap();
    assert!(std::panic::catch_unwind(|| packet.dao_ack_dodag_id()).is_err());
}

/// A link with one packet that waits; what is sent is thrown away.
struct Link(Option<Vec<u8>>);

struct Received(Vec<u8>);

struct Sent;

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, take: F) -> R {
        take(&self.0)
    }
}

impl TxToken for Sent {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, fill: F) -> R {
        fill(&mut vec![0; len])
    }
}

impl Device for Link {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sent;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sent)> {
        self.0.take().map(|packet| (Received(packet), Sent))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sent> {
        Some(Sent)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        (capabilities.medium, capabilities.max_transmission_unit) = (Medium::Ip, 1500);
        capabilities
    }
}

#[test]
fn smoltcp_panics_at_a_query_about_a_unicast_address() {
    let mut link = Link(Some(input("query-for-unicast")));
    let now = Instant::from_secs(1);
    let mut interface = Interface::new(Config::new(HardwareAddress::Ip), &mut link, now);
    let own = IpAddress::v6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
    interface.update_ip_addrs(|addresses| addresses.push(IpCidr::new(own, 64)).unwrap());
    let polled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        interface.poll(now, &mut link, &mut SocketSet::new(vec![]));
    }));
    assert!(polled.is_err());
}

#[test]
fn smoltcp_delivers_what_it_should_drop() {
    let faults = [
        "udp6-no-checksum",
        "solicited-node-unicast",
        "solicited-node-16-bits",
        "loopback-destination",
        "fifth-option",
    ];
    for fault in faults {
        assert_eq!(outcome(fault), (vec![], 1), "{fault}");
    }
}

#[test]
fn smoltcp_drops_what_it_should_deliver() {
    assert_eq!(outcome("rpl-option-sub-options"), (vec![], 0));
}

#[test]
fn smoltcp_sends_where_it_should_not() {
    let faults =
        ["error-about-multicast", "loopback-source", "loopback-source-v4", "no-next-header", "reset-for-broadcast"];
    for fault in faults {
        let (sent, delivered) = outcome(fault);
        assert_eq!((sent.len(), delivered), (1, 0), "{fault}");
    }
}

#[test]
fn smoltcp_answers_for_others() {
    let other = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99];
    assert_eq!(answer("hop-by-hop-for-others").0, other);
}

#[test]
fn smoltcp_resets_from_the_broadcast_address() {
    let (sent, _) = outcome("reset-for-broadcast");
    let Packet::V4(ipv4::Packet::Whole { header, .. }) = &sent[0] else { panic!("{sent:?}") };
    assert_eq!(header.source, [192, 0, 2, 255]);
}

#[test]
fn smoltcp_points_elsewhere() {
    for (fault, code) in [("pointer-of-option", 2), ("pointer-of-next-header", 1)] {
        let (_, seen, body) = answer(fault);
        let Body::ParameterProblem(problem) = body else { panic!("{fault}: {body:?}") };
        assert_eq!((seen, problem.pointer), (code, 40), "{fault}");
    }
}

#[test]
fn smoltcp_quotes_otherwise() {
    let (_, _, body) = answer("quote-without-hop-by-hop");
    let Body::DestinationUnreachable(unreachable) = body else { panic!("{body:?}") };
    let icmp::Quoted::Ipv6 { next_header: 0, bytes, .. } = unreachable.quoted else { panic!("{unreachable:?}") };
    assert_eq!(bytes[..], input("quote-without-hop-by-hop")[48..]);

    let (sent, _) = outcome("quote-rewritten");
    let Packet::V4(ipv4::Packet::Whole { payload: Payload::Icmp { message, .. }, .. }) = &sent[0] else {
        panic!("{sent:?}")
    };
    let icmp::Message::Whole { body: icmp::Body::DestinationUnreachable(unreachable), .. } = message else {
        panic!("{message:?}")
    };
    let icmp::Quoted::Ipv4 { header, .. } = &unreachable.quoted else { panic!("{unreachable:?}") };
    assert_eq!((header.identification, header.dscp, header.dont_fragment), (0, 0, true));
}

#[test]
fn smoltcp_refuses_a_quote_that_is_cut() {
    let packet = input("icmp-quote-cut");
    let packet = Icmpv4Packet::new_checked(&packet[20..]).unwrap();
    assert!(packet.verify_checksum());
    assert!(Icmpv4Repr::parse(&packet, &ChecksumCapabilities::default()).is_err());
}
