//! Checks of UDP and ICMP.

use alloc::format;
use alloc::string::String;
use alloc::vec;

use etherparse::checksum::Sum16BitWords;
use etherparse::{Icmpv6Slice, UdpSlice};
use smoltcp::wire::{Icmpv4Packet, Icmpv4Repr, Icmpv6Packet, Icmpv6Repr, IpAddress, IpProtocol, UdpPacket, UdpRepr};

use super::{Parsed, Upper, checksums, faults};
use crate::check::{Checked, ensure, same};
use crate::planted::planted;

/// Allowed difference: a length of zero, which etherparse takes for that of a jumbogram (RFC 2675 section 4).
pub fn udp_acceptance_agrees(parsed: &Parsed<'_>) -> Checked {
    let Some(upper) = parsed.upper(IpProtocol::Udp) else { return Ok(()) };
    if upper.payload.get(4..6) == Some(&[0, 0]) {
        return Ok(());
    }
    let oracle = UdpSlice::from_slice(upper.payload).ok();
    let packet = UdpPacket::new_checked(upper.payload).ok();
    let accepted = packet.is_some() && !planted("ip_parser/udp_acceptance_agrees");
    same("accepted, as by etherparse", oracle.is_some(), accepted)
}

pub fn udp_header_agrees(parsed: &Parsed<'_>) -> Checked {
    let Some(upper) = parsed.upper(IpProtocol::Udp) else { return Ok(()) };
    let (Ok(oracle), Ok(packet)) = (UdpSlice::from_slice(upper.payload), UdpPacket::new_checked(upper.payload)) else {
        return Ok(());
    };
    let port = packet.dst_port() ^ u16::from(planted("ip_parser/udp_header_agrees"));
    same("source port", oracle.source_port(), packet.src_port())?;
    same("destination port", oracle.destination_port(), port)?;
    same("length", oracle.length(), packet.len())?;
    same("checksum", oracle.checksum(), packet.checksum())?;
    ensure(oracle.payload() == packet.payload(), || "payload: smoltcp and etherparse cut elsewhere".into())
}

/// Whether the datagram's checksum is right, as etherparse sums.
fn udp_checksum_is_right(upper: &Upper<'_>, packet: &UdpPacket<&[u8]>) -> bool {
    let (Ok(slice), length) = (UdpSlice::from_slice(upper.payload), packet.len()) else { return false };
    let sum = Sum16BitWords::new().add_slice(slice.slice()).add_2bytes(length.to_be_bytes()).add_2bytes([0, 17]);
    let sum = match (upper.source, upper.destination) {
        (IpAddress::Ipv4(source), IpAddress::Ipv4(destination)) => {
            sum.add_slice(&source.octets()).add_slice(&destination.octets())
        }
        (IpAddress::Ipv6(source), IpAddress::Ipv6(destination)) => {
            sum.add_slice(&source.octets()).add_slice(&destination.octets())
        }
        _ => return false,
    };
    sum.ones_complement() == 0
}

pub fn udp_checksum_exact(parsed: &Parsed<'_>) -> Checked {
    // With this cfg, which cargo-fuzz sets, smoltcp accepts any checksum.
    if cfg!(fuzzing) {
        return Ok(());
    }
    let Some(upper) = parsed.upper(IpProtocol::Udp) else { return Ok(()) };
    let Ok(packet) = UdpPacket::new_checked(upper.payload) else { return Ok(()) };
    if packet.dst_port() == 0 || faults::accepts_no_checksum(&upper, &packet) {
        return Ok(());
    }
    let right = if packet.checksum() == 0 { upper.is_v4() } else { udp_checksum_is_right(&upper, &packet) };
    let repr = UdpRepr::parse(&packet, &upper.source, &upper.destination, &checksums());
    let accepted = repr.is_ok() && !planted("ip_parser/udp_checksum_exact");
    same("accepted", right, accepted)
}

pub fn udp_emit_parse_identity(parsed: &Parsed<'_>) -> Checked {
    let Some(upper) = parsed.upper(IpProtocol::Udp) else { return Ok(()) };
    let Ok(packet) = UdpPacket::new_checked(upper.payload) else { return Ok(()) };
    let (source, destination) = (upper.source, upper.destination);
    let Ok(repr) = UdpRepr::parse(&packet, &source, &destination, &checksums()) else { return Ok(()) };
    let payload = packet.payload();
    let mut buffer = vec![0; repr.header_len() + payload.len()];
    let mut emitted = UdpPacket::new_unchecked(&mut buffer[..]);
    let fill = |room: &mut [u8]| room.copy_from_slice(payload);
    repr.emit(&mut emitted, &source, &destination, payload.len(), fill, &checksums());
    buffer[1] ^= u8::from(planted("ip_parser/udp_emit_parse_identity"));
    let packet = UdpPacket::new_checked(&buffer[..]).map_err(|_| String::from("what was emitted is malformed"))?;
    ensure(packet.checksum() != 0, || "a checksum of zero was emitted".into())?;
    let again = UdpRepr::parse(&packet, &source, &destination, &checksums());
    ensure(again == Ok(repr) && packet.payload() == payload, || format!("emitted {repr:?}, parsed {again:?}"))
}

pub fn icmp_checksum_exact(parsed: &Parsed<'_>) -> Checked {
    if cfg!(fuzzing) {
        return Ok(());
    }
    if let Some(upper) = parsed.upper(IpProtocol::Icmp)
        && let Ok(packet) = Icmpv4Packet::new_checked(upper.payload)
    {
        let right = Sum16BitWords::new().add_slice(upper.payload).ones_complement() == 0;
        let accepted = packet.verify_checksum() && !planted("ip_parser/icmp_checksum_exact");
        same("checksum accepted", right, accepted)?;
    }
    if let Some(upper) = parsed.upper(IpProtocol::Icmpv6)
        && let (IpAddress::Ipv6(source), IpAddress::Ipv6(destination)) = (upper.source, upper.destination)
        && let (Ok(packet), Ok(oracle)) =
            (Icmpv6Packet::new_checked(upper.payload), Icmpv6Slice::from_slice(upper.payload))
    {
        let right = oracle.is_checksum_valid(source.octets(), destination.octets());
        same("checksum accepted", right, packet.verify_checksum(&source, &destination))?;
    }
    Ok(())
}

pub fn icmp4_emit_parse_identity(parsed: &Parsed<'_>) -> Checked {
    let Some(upper) = parsed.upper(IpProtocol::Icmp) else { return Ok(()) };
    let Ok(packet) = Icmpv4Packet::new_checked(upper.payload) else { return Ok(()) };
    let Ok(repr) = Icmpv4Repr::parse(&packet, &checksums()) else { return Ok(()) };
    let mut buffer = vec![0; repr.buffer_len()];
    repr.emit(&mut Icmpv4Packet::new_unchecked(&mut buffer[..]), &checksums());
    buffer[0] ^= u8::from(planted("ip_parser/icmp4_emit_parse_identity"));
    let again = Icmpv4Packet::new_checked(&buffer[..]).and_then(|packet| Icmpv4Repr::parse(&packet, &checksums()));
    ensure(again == Ok(repr), || format!("emitted {repr:?}, parsed {again:?}"))
}

/// Which of the properties of ICMPv6 a representation belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Icmp,
    Ndp,
    Mld,
    Rpl,
}

fn family(repr: &Icmpv6Repr<'_>) -> Family {
    match repr {
        Icmpv6Repr::Ndisc(_) => Family::Ndp,
        Icmpv6Repr::Mld(_) => Family::Mld,
        Icmpv6Repr::Rpl(_) => Family::Rpl,
        _ => Family::Icmp,
    }
}

/// Emits and parses again, where the message is of `wanted`; `fault` is planted into what is emitted.
fn icmp6_identity(parsed: &Parsed<'_>, wanted: Family, fault: bool) -> Checked {
    let (Some(upper), Some(repr)) = (parsed.upper(IpProtocol::Icmpv6), icmp6(parsed)) else { return Ok(()) };
    let (IpAddress::Ipv6(source), IpAddress::Ipv6(destination)) = (upper.source, upper.destination) else {
        return Ok(());
    };
    if family(&repr) != wanted || faults::emits_otherwise(&repr) {
        return Ok(());
    }
    let mut buffer = vec![0; repr.buffer_len()];
    repr.emit(&source, &destination, &mut Icmpv6Packet::new_unchecked(&mut buffer[..]), &checksums());
    buffer[0] ^= u8::from(fault);
    let again = Icmpv6Packet::new_checked(&buffer[..])
        .and_then(|packet| Icmpv6Repr::parse(&source, &destination, &packet, &checksums()));
    ensure(again == Ok(repr), || format!("emitted {repr:?}, parsed {again:?}"))
}

pub fn icmp6_emit_parse_identity(parsed: &Parsed<'_>) -> Checked {
    icmp6_identity(parsed, Family::Icmp, planted("ip_parser/icmp6_emit_parse_identity"))
}

pub fn ndp_emit_parse_identity(parsed: &Parsed<'_>) -> Checked {
    icmp6_identity(parsed, Family::Ndp, planted("ip_parser/ndp_emit_parse_identity"))
}

pub fn mld_emit_parse_identity(parsed: &Parsed<'_>) -> Checked {
    icmp6_identity(parsed, Family::Mld, planted("ip_parser/mld_emit_parse_identity"))
}

pub fn rpl_emit_parse_identity(parsed: &Parsed<'_>) -> Checked {
    icmp6_identity(parsed, Family::Rpl, planted("ip_parser/rpl_emit_parse_identity"))
}

/// The representation of an ICMPv6 message that the stack accepts.
pub fn icmp6<'a>(parsed: &Parsed<'a>) -> Option<Icmpv6Repr<'a>> {
    let upper = parsed.upper(IpProtocol::Icmpv6)?;
    let (IpAddress::Ipv6(source), IpAddress::Ipv6(destination)) = (upper.source, upper.destination) else {
        return None;
    };
    let packet = Icmpv6Packet::new_checked(upper.payload).ok()?;
    Icmpv6Repr::parse(&source, &destination, &packet, &checksums()).ok()
}

pub fn ndp_option_length(parsed: &Parsed<'_>) -> Checked {
    let Some(upper) = parsed.upper(IpProtocol::Icmpv6) else { return Ok(()) };
    let fixed = match upper.payload.first() {
        Some(133) => 8,
        Some(134) => 16,
        Some(135 | 136) => 24,
        Some(137) => 40,
        _ => return Ok(()),
    };
    let Some(mut rest) = upper.payload.get(fixed..) else { return Ok(()) };
    while let [_, length, ..] = rest {
        let behind = rest.get(8 * usize::from(*length)..);
        let (Some(behind), 1..) = (behind, *length) else {
            let accepted = icmp6(parsed).is_some() || planted("ip_parser/ndp_option_length");
            return ensure(!accepted, || format!("an option of {length} units in {} bytes was accepted", rest.len()));
        };
        rest = behind;
    }
    Ok(())
}
