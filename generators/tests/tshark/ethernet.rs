//! Ethernet frames: tags, LLC and SNAP, ARP, and DHCP inside.
//!
//! Of each of the first three a thousand frames are drawn. Not compared are
//! - tags of 802.1ad (0x88a8) behind another, for tshark prints the fields of one and of two by other names;
//! - frames with a length that goes beyond them, of which tshark makes a type;
//! - what LLC carries: its protocols are many, and few have a model here;
//! - ARP for other hardware than Ethernet or other protocols than IPv4, whose fields have other names.

use std::net::Ipv4Addr;

use halligan_generators::{
    Derived, Generated, Model, Source,
    model::{
        arp::{self, Addresses},
        ethernet::{Frame, Header, Llc, Payload, TagKind},
    },
};

use super::{Case, DRAWN, Expected, compare, corpus};

/// LINKTYPE_ETHERNET.
const ETHERNET: u32 = 1;

#[test]
#[ignore = "needs tshark: ci/check-models runs it"]
fn frames() {
    let mut cases: Vec<_> =
        corpus("ethernet_parser").into_iter().filter_map(|(name, bytes)| case(name, bytes)).collect();
    let kinds: [fn(&Frame) -> bool; 3] = [
        |frame| matches!(frame, Frame::Whole { header, .. } if !header.tags.is_empty()),
        |frame| matches!(frame, Frame::Whole { payload: Payload::Length { .. }, .. }),
        |frame| matches!(frame, Frame::Whole { payload: Payload::Arp { .. }, .. }),
    ];
    for kind in kinds {
        let drawn = (0..).filter_map(|seed| {
            let bytes = Frame::draw_from(&mut Source::random(seed, 120)).emit();
            kind(&Frame::dissect(&bytes)).then(|| case(format!("drawn {seed}"), bytes))?
        });
        cases.extend(drawn.take(DRAWN));
    }
    compare(ETHERNET, &[], &cases);
}

fn case(name: String, packet: Vec<u8>) -> Option<Case> {
    let frame = Frame::dissect(&packet);
    let Frame::Whole { header, payload, .. } = &frame else { return None };
    // Another dissector would print the addresses, tags or packets of what is inside again.
    let expected = if packet.len() <= 1514 { expected(header, payload, &packet) } else { None }?;
    Some(Case { name, packet, expected })
}

fn expected(header: &Header, payload: &Payload, wire: &[u8]) -> Option<Vec<Expected>> {
    let mac = |address: [u8; 6]| address.map(|byte| format!("{byte:02x}")).join(":");
    let hex = |value: u16| format!("{value:#06x}");
    let word = |at: usize| u16::from_be_bytes([wire[at], wire[at + 1]]);
    let mut all = vec![
        Expected::new("eth.dst", [mac(header.destination)]),
        Expected::new("eth.src", [mac(header.source)]),
        Expected::new("eth.type", Some(word(12)).filter(|kind| *kind >= 0x600).map(hex)),
    ];
    let service = usize::from(header.tags.first().is_some_and(|tag| tag.kind == TagKind::Service));
    let (outer, inner) = header.tags.split_at(service);
    if inner.iter().any(|tag| tag.kind == TagKind::Service) {
        return None;
    }
    for (tags, priority, eligible, vlan) in [
        (outer, "ieee8021ad.priority", "ieee8021ad.dei", "ieee8021ad.id"),
        (inner, "vlan.priority", "vlan.dei", "vlan.id"),
    ] {
        all.push(Expected::new(priority, tags.iter().map(|tag| tag.priority)));
        all.push(Expected::new(eligible, tags.iter().map(|tag| u8::from(tag.drop_eligible))));
        all.push(Expected::new(vlan, tags.iter().map(|tag| tag.vlan)));
    }
    let types = (0..inner.len()).map(|at| word(16 + 4 * (service + at)));
    all.push(Expected::new("vlan.etype", types.filter(|kind| *kind >= 0x600).map(hex)));
    let mut one = |field, value: String| all.push(Expected::new(field, [value]));
    match payload {
        Payload::Length { length: Derived::Auto, llc } => {
            if header.tags.is_empty() {
                one("eth.len", word(12).to_string());
            } else if service == 0 {
                one("vlan.len", word(12 + 4 * header.tags.len()).to_string());
            } else {
                return None;
            }
            let [destination, source] = match llc {
                Llc::Plain { destination, source, control, information } => {
                    // Frames with numbers have a control field of two bytes (IEEE 802.2 section 5.4).
                    let control = match (control & 3, information.first()) {
                        (3, _) => u16::from(*control),
                        (_, Some(second)) => u16::from_le_bytes([*control, *second]),
                        _ => return None,
                    };
                    one("llc.control", hex(control));
                    [*destination, *source]
                }
                Llc::Snap { organisation: [a, b, c], protocol, .. } => {
                    one("llc.control", hex(3));
                    one("llc.oui", u32::from_be_bytes([0, *a, *b, *c]).to_string());
                    if matches!([a, b, c], [0, 0, 0 | 0xf8]) {
                        one("llc.type", hex(*protocol));
                    }
                    [0xaa; 2]
                }
                Llc::Short(_) => return None,
            };
            if [destination, source] == [0xff; 2] {
                return None;
            }
            one("llc.dsap", format!("{destination:#04x}"));
            one("llc.ssap", format!("{source:#04x}"));
        }
        Payload::Length { .. } => return None,
        Payload::Arp { packet, .. } => {
            let arp::Packet::Whole { hardware, protocol, operation, addresses, .. } = packet else { return None };
            let at = 14 + 4 * header.tags.len();
            one("arp.hw.type", hardware.to_string());
            one("arp.proto.type", hex(*protocol));
            one("arp.hw.size", wire[at + 4].to_string());
            one("arp.proto.size", wire[at + 5].to_string());
            one("arp.opcode", operation.to_string());
            if let Addresses::EthernetIpv4 { sender_hardware, sender_protocol, target_hardware, target_protocol } =
                addresses
                && [*hardware, *protocol] == [1, 0x0800]
                && packet.lies() == 0
            {
                one("arp.src.hw_mac", mac(*sender_hardware));
                one("arp.src.proto_ipv4", Ipv4Addr::from(*sender_protocol).to_string());
                one("arp.dst.hw_mac", mac(*target_hardware));
                one("arp.dst.proto_ipv4", Ipv4Addr::from(*target_protocol).to_string());
            }
        }
        _ => {}
    }
    Some(all)
}
