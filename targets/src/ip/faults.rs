//! Known faults of the releases under test. Each is left out of its property as narrowly as can be, and
//! `tests/known_faults.rs` notices when a release mends it; `corpora/ip_parser/regressions` explains each.
//!
//! Not compared at all, for smoltcp 0.14 never does it right: the pointer of a parameter problem (RFC 8200 sections 4 and
//! 4.2), what of a quoted header smoltcp writes anew (RFC 1122 section 3.2.2), whether packets from 127.0.0.0/8 (RFC 1122
//! section 3.2.1.3) and without a next header (RFC 8200 section 4.7) are left unanswered, and whether an ICMP error with a
//! cut quote is read (RFC 792). It has no reassembly over IPv6.

use halligan_generators::model::icmpv6::{Body, Message};
use halligan_generators::model::ip::{Packet, Payload};
use halligan_generators::model::ipv6::{self, Ipv6Option, OptionData};
use smoltcp::wire::{Icmpv6Repr, IpProtocol, UdpPacket};

use super::behaviour::{self, Addresses};
use super::node;
use super::{Parsed, Upper};

/// smoltcp 0.14: `UdpPacket::verify_checksum` takes a checksum of zero for none over IPv6 too, where it has to be
/// discarded (RFC 8200 section 8.1).
pub fn accepts_no_checksum(upper: &Upper<'_>, packet: &UdpPacket<&[u8]>) -> bool {
    !upper.is_v4() && packet.checksum() == 0
}

/// The same, as the node shows it.
pub const NO_CHECKSUM: bool = true;

/// An error of more than 1240 bytes is cut as it is emitted (RFC 4443 section 2.4c): no fault.
pub fn emits_otherwise(repr: &Icmpv6Repr<'_>) -> bool {
    match repr {
        Icmpv6Repr::DstUnreachable { data, .. }
        | Icmpv6Repr::PktTooBig { data, .. }
        | Icmpv6Repr::TimeExceeded { data, .. }
        | Icmpv6Repr::ParamProblem { data, .. } => data.len() > 1280 - 40 - 8 - 40,
        _ => false,
    }
}

/// smoltcp 0.14: errors are sent about packets to multicast addresses of IPv6 (RFC 4443 section 2.4e.3).
pub fn answers_multicast(parsed: &Parsed<'_>) -> bool {
    matches!(behaviour::addresses(&parsed.model), Some(Addresses::V6(_, [0xff, ..])))
}

/// smoltcp 0.14: an error about what follows a hop-by-hop header quotes the packet without that header (RFC 4443 section
/// 2.4c).
pub fn loses_hop_by_hop(parsed: &Parsed<'_>) -> bool {
    parsed.extensions.first().is_some_and(|extension| extension.kind == IpProtocol::HopByHop)
}

/// smoltcp 0.14: any address whose last two bytes are those of an own one is taken for its solicited-node address (RFC 4291
/// section 2.7.1), unicast ones too; and packets to the loopback address come in from outside (RFC 4291 section 2.5.3).
pub fn takes_for_its_own(destination: [u8; 16]) -> bool {
    destination[14..] == node::V6.octets()[14..] || destination == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
}

/// smoltcp 0.14: hop-by-hop options are acted upon before the destination is looked at, so that errors are sent about packets
/// for others (RFC 1122 section 3.2.1.3), from their destination (RFC 4443 section 2.2); and what is taken for an own address
/// answers as that.
pub fn answers_for_others(parsed: &Parsed<'_>) -> bool {
    let Some(Addresses::V6(_, destination)) = behaviour::addresses(&parsed.model) else { return false };
    loses_hop_by_hop(parsed) || takes_for_its_own(destination)
}

/// smoltcp 0.14: packets from the loopback address come in from outside, and are answered as that (RFC 4291 section 2.5.3).
pub fn answers_loopback(parsed: &Parsed<'_>) -> bool {
    let loopback = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    matches!(behaviour::addresses(&parsed.model), Some(Addresses::V6(source, _)) if source == loopback)
}

/// smoltcp 0.14: TCP segments to a broadcast or multicast address are answered by a reset that comes from it (RFC 9293 section
/// 3.9.2.3).
pub fn resets_for_many(parsed: &Parsed<'_>) -> bool {
    let many = match behaviour::addresses(&parsed.model) {
        Some(Addresses::V4(_, destination)) => !behaviour::is_unicast_v4(destination),
        Some(Addresses::V6(_, destination)) => destination[0] == 0xff,
        None => false,
    };
    many && parsed.upper(IpProtocol::Tcp).is_some()
}

/// smoltcp 0.14: an RPL option with options of its own is malformed to it; they should be skipped (RFC 6553 section 3).
pub fn refuses_rpl_option(data: &OptionData) -> bool {
    matches!(data, OptionData::Rpl(information) if !information.options.is_empty())
}

/// smoltcp 0.14: options behind the fourth are not looked at (RFC 8200 section 4.2).
pub fn overlooks_options(options: &[Ipv6Option]) -> bool {
    // Padding that is added counts too.
    options.len() > 3
}

/// smoltcp 0.14: the node panics as it answers a multicast listener query about one of its unicast addresses (RFC 3810
/// section 6.2). It is not given such a packet.
pub fn panics_at_query(packet: &Packet) -> bool {
    let Packet::V6(ipv6::Packet::Whole { header, payload: Payload::Icmpv6 { message, .. }, .. }) = packet else {
        return false;
    };
    matches!(message, Message::Whole { body: Body::ListenerQueryV2(query), .. }
        if query.group == header.destination && query.group[0] != 0xff)
}

/// How many separate parts of a datagram smoltcp keeps, as it is built here.
pub const HOLES: usize = 4;
