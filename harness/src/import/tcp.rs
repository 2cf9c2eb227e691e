//! TCP segments out of packets.

use etherparse::{EtherType, IpNumber, LaxNetSlice, LaxSlicedPacket};
use halligan_generators::model::ip::PseudoHeader;
use halligan_generators::model::tcp::{Flags, Header, OptionData, Segment, TcpOption};
use halligan_generators::{Derived, Model};
use pcap_parser::Linktype;

use super::Seed;
use super::capture::Packet;

/// The TCP segment that `packet` carries, under the pseudo header of segments that stand alone: a checksum that was right
/// is right there too.
///
/// A part of a segment is none: fragments and packets that were captured in part give nothing.
pub fn seed(packet: Packet<'_>) -> Option<Seed> {
    let layers = layers(packet)?;
    let net = layers.net?;
    let payload = net.ip_payload_ref()?;
    if payload.ip_number != IpNumber::TCP || payload.fragmented || payload.incomplete || !packet.is_whole {
        return None;
    }
    let segment = match &net {
        LaxNetSlice::Ipv4(ip) => {
            let (source, destination) = (ip.header().source(), ip.header().destination());
            Segment::dissect_under(&PseudoHeader { source, destination }, payload.payload)
        }
        LaxNetSlice::Ipv6(ip) => {
            let (source, destination) = (ip.header().source(), ip.header().destination());
            Segment::dissect_under(&PseudoHeader { source, destination }, payload.payload)
        }
        LaxNetSlice::Arp(_) => return None,
    };
    let Segment::Whole { header, payload } = &segment else { return None };
    Some(Seed { shape: shape(header, payload.len()), label: label(header, payload.len()), bytes: segment.emit() })
}

/// Walks the layers of a packet, whatever it begins with.
pub fn layers(packet: Packet<'_>) -> Option<LaxSlicedPacket<'_>> {
    let bytes = packet.bytes;
    // Cooked captures give an ether type in place of addresses: LINUX_SLL at 14 of 16 bytes, LINUX_SLL2 at 0 of 20.
    let cooked = |at: usize, size: usize| {
        let ether_type = EtherType(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
        Some(LaxSlicedPacket::from_ether_type(ether_type, bytes.get(size..)?))
    };
    match packet.link {
        Linktype::ETHERNET => LaxSlicedPacket::from_ethernet(bytes).ok(),
        Linktype::LINUX_SLL => cooked(14, 16),
        Linktype::LINUX_SLL2 => cooked(0, 20),
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 => LaxSlicedPacket::from_ip(bytes).ok(),
        // Four bytes of an address family, which the version of IP repeats.
        Linktype::NULL | Linktype::LOOP => LaxSlicedPacket::from_ip(bytes.get(4..)?).ok(),
        _ => None,
    }
}

/// What tells segments apart that a parser treats differently: flags, options with their lengths and order, the magnitude
/// of the payload, a closed window, urgent data, lies.
fn shape(header: &Header, payload: usize) -> String {
    let options: Vec<_> = header.options.iter().map(option).collect();
    let sack_blocks = header.options.iter().map(|option| match option {
        TcpOption::Full { data: OptionData::Sack(blocks), .. } => blocks.len(),
        _ => 0,
    });
    let magnitude = (usize::BITS - payload.leading_zeros()).min(11);
    let lies = [header.data_offset.is_lie(), header.reserved.is_lie(), header.checksum.is_lie()];
    let (closed, urgent) = (header.window == 0, header.urgent_pointer != 0);
    let blocks: usize = sack_blocks.sum();
    format!("{} {options:?} {blocks} {magnitude} {closed} {urgent} {lies:?}", header.flags)
}

/// What the name of the seed says: `syn-mss-sackperm-ts-ws`.
fn label(header: &Header, payload: usize) -> String {
    let flags = if header.flags == Flags::NONE { "noflags".to_owned() } else { header.flags.to_string() };
    let mut words = vec![flags.to_lowercase().replace('+', "-")];
    words.extend(header.options.iter().map(option).filter(|word| word != "nop"));
    if header.window == 0 && !header.flags.contains(Flags::RST) {
        words.push("zerowindow".to_owned());
    }
    if payload > 0 {
        words.push(format!("{payload}b"));
    }
    if header.checksum != Derived::Auto {
        words.push("badsum".to_owned());
    }
    words.join("-")
}

/// A short name for an option.
fn option(option: &TcpOption) -> String {
    let TcpOption::Full { data, .. } = option else {
        return if *option == TcpOption::NoOperation { "nop" } else { "end" }.to_owned();
    };
    let name = match data {
        OptionData::MaximumSegmentSize(_) => "mss",
        OptionData::WindowScale(_) => "ws",
        OptionData::SackPermitted => "sackperm",
        OptionData::Sack(_) => "sack",
        OptionData::Timestamps { .. } => "ts",
        OptionData::Md5Signature(_) => "md5",
        OptionData::UserTimeout { .. } => "uto",
        OptionData::Authentication { .. } => "ao",
        OptionData::Multipath(_) => "mptcp",
        OptionData::FastOpen(_) => "tfo",
        OptionData::AccurateEcn { .. } => "accecn",
        OptionData::Experiment { .. } => "experiment",
        OptionData::Other { kind, .. } => return format!("opt{kind}"),
        _ => "rare",
    };
    name.to_owned()
}
