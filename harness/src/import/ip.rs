//! IP packets out of frames.

use halligan_generators::Model;
use halligan_generators::model::icmpv6;
use halligan_generators::model::ip::{Packet, Payload};
use halligan_generators::model::ipv4;
use halligan_generators::model::ipv6::{self, Body};
use pcap_parser::Linktype;

use super::{Seed, capture};

/// The hosts of `ip_parser`: what went between two hosts goes between these.
const V4: [[u8; 4]; 2] = [[192, 0, 2, 1], [192, 0, 2, 2]];
const V6: [[u8; 16]; 2] = [
    [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
];

/// The longest packet that becomes a seed, in bytes.
const MAX_LEN: usize = 1500;

/// The IP packet that `packet` carries, without what follows it in its frame, between the hosts of `ip_parser`. Multicast,
/// link-local and unspecified addresses stay; checksums that were right stay right.
pub fn seed(packet: capture::Packet<'_>) -> Option<Seed> {
    let bytes = ip(packet).filter(|_| packet.is_whole)?;
    let mut model = Packet::dissect(bytes);
    match &mut model {
        Packet::V4(ipv4::Packet::Whole { header, trailer, .. }) => {
            *trailer = Default::default();
            for (address, host) in [&mut header.source, &mut header.destination].into_iter().zip(V4) {
                if matches!(address, [1..=126 | 128..=223, _, _, 0..=254]) {
                    *address = host;
                }
            }
        }
        Packet::V6(ipv6::Packet::Whole { header, trailer, .. }) => {
            *trailer = Default::default();
            for (address, host) in [&mut header.source, &mut header.destination].into_iter().zip(V6) {
                if matches!(address, [0x20..=0x3f | 0xfc | 0xfd, ..]) {
                    *address = host;
                }
            }
        }
        _ => return None,
    }
    let label = label(&model);
    let bytes = model.emit();
    let magnitude = (usize::BITS - bytes.len().leading_zeros()).max(6);
    (bytes.len() <= MAX_LEN).then(|| Seed { shape: format!("{label} {magnitude}"), label, bytes })
}

/// The bytes behind the link layer, whatever it is.
fn ip(packet: capture::Packet<'_>) -> Option<&[u8]> {
    let bytes = packet.bytes;
    let ethertype = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    match packet.link {
        Linktype::ETHERNET => {
            let mut at = 12;
            while let Some(0x8100 | 0x88a8) = ethertype(at) {
                at += 4;
            }
            matches!(ethertype(at), Some(0x0800 | 0x86dd)).then(|| &bytes[at + 2..])
        }
        Linktype::LINUX_SLL => bytes.get(16..),
        Linktype::LINUX_SLL2 => bytes.get(20..),
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 => Some(bytes),
        // Four bytes of an address family, which the version of IP repeats.
        Linktype::NULL | Linktype::LOOP => bytes.get(4..),
        _ => None,
    }
}

/// What the packet is, layer by layer: `6-hop-by-hop-icmp-neighbour-solicitation`.
fn label(model: &Packet) -> String {
    let mut words = Vec::new();
    let payload = match model {
        Packet::V4(ipv4::Packet::Whole { header, payload, .. }) => {
            words.push("4".to_owned());
            let options = if header.options.is_empty() { None } else { Some("options") };
            let fragment = fragment(header.fragment_offset, header.more_fragments);
            words.extend([options, fragment].into_iter().flatten().map(str::to_owned));
            payload
        }
        Packet::V6(ipv6::Packet::Whole { extensions, payload, .. }) => {
            words.push("6".to_owned());
            words.extend(extensions.iter().filter_map(|extension| extension_word(&extension.body)).map(str::to_owned));
            payload
        }
        _ => return "raw".to_owned(),
    };
    match payload {
        Payload::Tcp { .. } => words.push("tcp".to_owned()),
        Payload::Udp { .. } => words.push("udp".to_owned()),
        Payload::Icmp { message: halligan_generators::model::icmp::Message::Whole { code, body, .. }, .. } => {
            words.push(format!("icmp-{}-{code}", body.name()));
        }
        Payload::Icmpv6 { message: icmpv6::Message::Whole { code, body, .. }, .. } => {
            words.push(format!("icmp-{}-{code}", body.name()));
        }
        Payload::Icmpv6 { message: icmpv6::Message::Rpl { object, .. }, .. } => {
            words.push(format!("rpl-{}", object.name()))
        }
        Payload::Raw { protocol, .. } => words.push(format!("protocol-{protocol}")),
        _ => words.push("short".to_owned()),
    }
    if model.lies() > 0 {
        words.push("lies".to_owned());
    }
    words.join("-").replace(", ", "-").replace(' ', "-")
}

fn fragment(offset: u16, more: bool) -> Option<&'static str> {
    match (offset, more) {
        (0, false) => None,
        (0, true) => Some("first-fragment"),
        (_, true) => Some("fragment"),
        (_, false) => Some("last-fragment"),
    }
}

fn extension_word(body: &Body) -> Option<&'static str> {
    Some(match body {
        Body::HopByHop(_) => "hop-by-hop",
        Body::DestinationOptions(_) => "destination-options",
        Body::Routing(_) => "routing",
        Body::Fragment { offset, more, .. } => fragment(*offset, *more).unwrap_or("atomic-fragment"),
        Body::Authentication { .. } => "authentication",
        Body::Other { .. } => "other-extension",
    })
}
