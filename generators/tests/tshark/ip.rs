//! IP packets of either version, with UDP, ICMP and ICMPv6.
//!
//! Of packets without a lie are compared the headers, extension headers and messages. Not compared are
//! - packets that quote another, for tshark prints the fields of both;
//! - what is neither UDP nor ICMP in its own version, for tshark knows many protocols of which there is no model here;
//! - ICMP messages of less than eight bytes, and packets with a jumbo payload option beside a payload length, which tshark
//!   gives up on;
//! - what follows a fragment header: tshark takes no fragment apart.

use std::net::{Ipv4Addr, Ipv6Addr};

use halligan_generators::{
    Generated, Model, Source,
    model::{
        icmp,
        icmpv6::{
            self, Body,
            ndp::{NdpOption, OptionData},
        },
        ip::{Packet, Payload},
        ipv4,
        ipv6::{self, Route},
        udp,
    },
};

use super::{Case, DRAWN, Expected, compare, corpus};

/// LINKTYPE_RAW.
const RAW: u32 = 101;

#[test]
#[ignore = "needs tshark: ci/check-models runs it"]
fn packets() {
    let mut cases: Vec<_> = corpus("ip_parser").into_iter().filter_map(|(name, bytes)| case(name, bytes)).collect();
    for protocol in ["udp.length", "icmp.type", "icmpv6.type"] {
        let drawn = (0..).filter_map(|seed| {
            let bytes = Packet::draw_from(&mut Source::random(seed, 120)).emit();
            let case = case(format!("drawn {seed}"), bytes)?;
            case.expected.iter().any(|expected| expected.field == protocol).then_some(case)
        });
        cases.extend(drawn.take(DRAWN));
    }
    compare(RAW, &["-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"], &cases);
}

fn case(name: String, packet: Vec<u8>) -> Option<Case> {
    let model = Packet::dissect(&packet);
    // tshark finds no packet in one that says it is empty.
    let expected = if model.lies() == 0 && packet.len() <= 1500 { expected(&model, &packet) } else { None }?;
    Some(Case { name, packet, expected })
}

fn expected(packet: &Packet, wire: &[u8]) -> Option<Vec<Expected>> {
    let word = |at: usize| u16::from_be_bytes([wire[at], wire[at + 1]]);
    let hex = |value: u16| format!("{value:#06x}");
    let mut all = Vec::new();
    let mut one = |field, value: String| all.push(Expected::new(field, [value]));
    let payload = match packet {
        Packet::V4(ipv4::Packet::Whole { header, payload, .. }) => {
            one("ip.hdr_len", (4 * (wire[0] & 0xf)).to_string());
            one("ip.dsfield.dscp", header.dscp.to_string());
            one("ip.dsfield.ecn", header.ecn.to_string());
            one("ip.len", word(2).to_string());
            one("ip.id", hex(header.identification));
            one("ip.flags.df", u8::from(header.dont_fragment).to_string());
            one("ip.flags.mf", u8::from(header.more_fragments).to_string());
            one("ip.frag_offset", (8 * u32::from(header.fragment_offset)).to_string());
            one("ip.ttl", header.time_to_live.to_string());
            one("ip.proto", wire[9].to_string());
            one("ip.checksum", hex(word(10)));
            one("ip.src", Ipv4Addr::from(header.source).to_string());
            one("ip.dst", Ipv4Addr::from(header.destination).to_string());
            if header.more_fragments || header.fragment_offset > 0 || !header.options.is_empty() {
                return None;
            }
            payload
        }
        Packet::V6(ipv6::Packet::Whole { header, extensions, payload, .. }) => {
            one("ipv6.tclass.dscp", header.dscp.to_string());
            one("ipv6.tclass.ecn", header.ecn.to_string());
            one("ipv6.flow", format!("{:#08x}", header.flow_label));
            one("ipv6.plen", word(4).to_string());
            one("ipv6.nxt", wire[6].to_string());
            one("ipv6.hlim", header.hop_limit.to_string());
            one("ipv6.src", Ipv6Addr::from(header.source).to_string());
            one("ipv6.dst", Ipv6Addr::from(header.destination).to_string());
            for extension in extensions {
                match &extension.body {
                    ipv6::Body::Routing(ipv6::Routing { segments_left, route: Route::Home { .. } })
                        if extensions.len() == 1 =>
                    {
                        one("ipv6.routing.type", "2".to_owned());
                        one("ipv6.routing.segleft", segments_left.to_string());
                    }
                    ipv6::Body::HopByHop(options) if extensions.len() == 1 && !options.iter().any(is_jumbo) => {
                        one("ipv6.hopopts.nxt", wire[40].to_string());
                        one("ipv6.hopopts.len", wire[41].to_string());
                    }
                    _ => return None,
                }
            }
            payload
        }
        _ => return None,
    };
    let start = wire.len() - payload_len(payload, packet)?;
    let word = |at: usize| word(start + at);
    let v4 = matches!(packet, Packet::V4(_));
    match payload {
        Payload::Udp { datagram: udp::Datagram::Whole { header, .. }, .. } => {
            one("udp.srcport", header.source_port.to_string());
            one("udp.dstport", header.destination_port.to_string());
            one("udp.length", word(4).to_string());
            one("udp.checksum", hex(word(6)));
        }
        Payload::Icmp { message: icmp::Message::Whole { code, body, .. }, .. } if v4 => {
            if wire.len() < start + 8 || matches!(body.kind(), 3 | 4 | 5 | 11 | 12 | 40) {
                return None;
            }
            one("icmp.type", body.kind().to_string());
            one("icmp.code", code.to_string());
            one("icmp.checksum", hex(word(2)));
            match body {
                icmp::Body::EchoRequest(echo) | icmp::Body::EchoReply(echo) => {
                    one("icmp.ident", echo.identifier.to_string());
                    one("icmp.seq", echo.sequence_number.to_string());
                }
                icmp::Body::TimestampRequest(message) | icmp::Body::TimestampReply(message) => {
                    one("icmp.originate_timestamp", message.originate.to_string());
                    one("icmp.receive_timestamp", message.receive.to_string());
                    one("icmp.transmit_timestamp", message.transmit.to_string());
                }
                icmp::Body::AddressMaskRequest(message) | icmp::Body::AddressMaskReply(message) => {
                    one("icmp.address_mask", Ipv4Addr::from(message.mask).to_string());
                }
                icmp::Body::RouterAdvertisement(message) => {
                    one("icmp.num_addrs", message.routers.len().to_string());
                    one("icmp.lifetime", message.lifetime.to_string());
                    let addresses = message.routers.iter().map(|router| Ipv4Addr::from(router.address));
                    all.push(Expected::new("icmp.router_address", addresses));
                    let preferences = message.routers.iter().map(|router| router.preference as i32);
                    all.push(Expected::new("icmp.pref_level", preferences));
                }
                _ => {}
            }
        }
        Payload::Icmpv6 { message: icmpv6::Message::Whole { code, body, .. }, .. } if !v4 => {
            if body.kind() < 128 || quotes(body) {
                return None;
            }
            one("icmpv6.type", body.kind().to_string());
            one("icmpv6.code", code.to_string());
            one("icmpv6.checksum", hex(word(2)));
            match body {
                Body::EchoRequest(echo) | Body::EchoReply(echo) => {
                    one("icmpv6.echo.identifier", hex(echo.identifier));
                    one("icmpv6.echo.sequence_number", echo.sequence_number.to_string());
                }
                Body::NeighborSolicitation(message) => {
                    one("icmpv6.nd.ns.target_address", Ipv6Addr::from(message.target).to_string());
                }
                Body::NeighborAdvertisement(message) => {
                    one("icmpv6.nd.na.target_address", Ipv6Addr::from(message.target).to_string());
                    one("icmpv6.nd.na.flag.r", (message.flags >> 31).to_string());
                    one("icmpv6.nd.na.flag.o", (message.flags >> 29 & 1).to_string());
                }
                Body::RouterAdvertisement(message) => {
                    one("icmpv6.nd.ra.cur_hop_limit", message.hop_limit.to_string());
                    one("icmpv6.nd.ra.router_lifetime", message.lifetime.to_string());
                    one("icmpv6.nd.ra.reachable_time", message.reachable_time.to_string());
                    one("icmpv6.nd.ra.retrans_timer", message.retransmission_timer.to_string());
                }
                _ => {}
            }
        }
        Payload::Icmpv6 { message: icmpv6::Message::Rpl { object, .. }, .. } if !v4 => {
            one("icmpv6.type", "155".to_owned());
            one("icmpv6.code", object.kind().to_string());
            one("icmpv6.checksum", hex(word(2)));
        }
        _ => return None,
    }
    Some(all)
}

fn is_jumbo(option: &ipv6::Ipv6Option) -> bool {
    matches!(option, ipv6::Ipv6Option::Full { data: ipv6::OptionData::Jumbo(_), .. })
}

/// Whether an option of the message quotes a packet.
fn quotes(body: &Body) -> bool {
    let options = match body {
        Body::RouterSolicitation(message)
        | Body::InverseSolicitation(message)
        | Body::InverseAdvertisement(message) => &message.options,
        Body::RouterAdvertisement(message) => &message.options,
        Body::NeighborSolicitation(message) => &message.options,
        Body::NeighborAdvertisement(message) => &message.options,
        Body::Redirect(message) => &message.options,
        _ => return false,
    };
    let quotes = |option: &NdpOption| matches!(option, NdpOption::Full { data: OptionData::RedirectedHeader(_), .. });
    options.iter().any(quotes)
}

/// Length of what the packet carries behind its headers, in bytes; nothing for what is not compared.
fn payload_len(payload: &Payload, packet: &Packet) -> Option<usize> {
    let headers = match packet {
        Packet::V4(ipv4::Packet::Whole { .. }) => 20,
        Packet::V6(ipv6::Packet::Whole { extensions, .. }) => {
            let packet = packet.emit();
            40 + extensions.iter().map(|_| 8 * (usize::from(packet[41]) + 1)).sum::<usize>()
        }
        _ => return None,
    };
    (!matches!(payload, Payload::Raw { .. })).then(|| packet.emit().len() - headers)
}
