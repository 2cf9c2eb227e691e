//! Ethernet frames out of captures.

use halligan_generators::Model;
use halligan_generators::model::dhcp::{DhcpOption, Message, OptionData};
use halligan_generators::model::ethernet::{Frame, Llc, Payload};
use halligan_generators::model::{arp, igmp, ip, ipv4, ipv6, udp};
use pcap_parser::Linktype;

use super::Seed;
use super::capture::Packet;

/// The frame that `packet` is. What the link layer does not tell apart is one shape: of IP, a frame a protocol.
pub fn seed(packet: Packet<'_>) -> Option<Seed> {
    if packet.link != Linktype::ETHERNET || !packet.is_whole {
        return None;
    }
    let frame = Frame::dissect(packet.bytes);
    let Frame::Whole { header, payload, padding, trailer } = &frame else { return None };
    let mut words = vec![match header.destination {
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] => "broadcast",
        [first, ..] if first & 1 == 1 => "multicast",
        _ => "unicast",
    }];
    words.extend(header.tags.iter().map(|_| "tag"));
    if trailer.is_lie() {
        words.push("trailer");
    } else if padding.is_lie() {
        words.push("unpadded");
    }
    let label = format!("{}-{}", kind(payload), words.join("-"));
    Some(Seed { shape: label.clone(), label, bytes: packet.bytes.to_vec() })
}

/// What the frame carries, in a few words.
fn kind(payload: &Payload) -> String {
    match payload {
        Payload::Arp { packet: arp::Packet::Whole { operation, .. }, .. } => format!("arp{operation}"),
        Payload::Arp { .. } => "arp-short".to_owned(),
        Payload::Ipv4 { packet: ipv4::Packet::Whole { header, payload, .. }, .. } => {
            let fragment = if header.fragment_offset > 0 || header.more_fragments { "-fragment" } else { "" };
            format!("ipv4-{}{fragment}", upper(payload))
        }
        Payload::Ipv6 { packet: ipv6::Packet::Whole { payload, .. }, .. } => format!("ipv6-{}", upper(payload)),
        Payload::Ipv4 { .. } | Payload::Ipv6 { .. } => "ip-short".to_owned(),
        Payload::Raw { ethertype, .. } => format!("type{ethertype:04x}"),
        Payload::Length { llc: Llc::Snap { .. }, .. } => "llc-snap".to_owned(),
        Payload::Length { llc: Llc::Plain { destination, .. }, .. } => format!("llc{destination:02x}"),
        Payload::Length { llc: Llc::Short(_), .. } => "llc-short".to_owned(),
    }
}

/// What the packet carries.
fn upper(payload: &ip::Payload) -> String {
    match payload {
        ip::Payload::Tcp { .. } => "tcp".to_owned(),
        ip::Payload::Udp { datagram: udp::Datagram::Whole { payload: udp::Payload::Dhcp(message), .. }, .. } => {
            dhcp(message)
        }
        ip::Payload::Udp { .. } => "udp".to_owned(),
        ip::Payload::Igmp { message: igmp::Message::Whole { body, .. }, .. } => match body {
            igmp::Body::Group { kind, .. } => format!("igmp{kind:02x}"),
            igmp::Body::QueryV3 { sources, .. } => format!("igmp3-query-{}", sources.len()),
            igmp::Body::ReportV3 { records, .. } => {
                let kinds: Vec<_> = records.iter().map(|record| record.kind.to_string()).collect();
                format!("igmp3-report-{}", kinds.join("-"))
            }
        },
        ip::Payload::Igmp { .. } => "igmp-short".to_owned(),
        ip::Payload::Icmp { .. } => "icmp".to_owned(),
        ip::Payload::Icmpv6 { .. } => "icmp6".to_owned(),
        ip::Payload::Raw { protocol, .. } => format!("protocol{protocol}"),
    }
}

/// A DHCP message by its type and its number of options.
fn dhcp(message: &Message) -> String {
    let Message::Whole { options, .. } = message else { return "dhcp-short".to_owned() };
    let kind = options.list.iter().find_map(|option| match option {
        DhcpOption::Full { data: OptionData::MessageType(kind), .. } => Some(*kind),
        _ => None,
    });
    kind.map_or_else(|| "bootp".to_owned(), |kind| format!("dhcp{kind}-{}-options", options.list.len()))
}
