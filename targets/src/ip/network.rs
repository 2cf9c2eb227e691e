//! Checks of headers and extension headers.

use alloc::format;
use alloc::vec;

use etherparse::{IpNumber, Ipv4HeaderSlice, Ipv6ExtensionSlice, Ipv6ExtensionsSlice, Ipv6HeaderSlice};
use smoltcp::wire::{
    IpProtocol, Ipv4Packet, Ipv4Repr, Ipv6HopByHopHeader, Ipv6HopByHopRepr, Ipv6OptionsIterator, Ipv6Packet, Ipv6Repr,
    Ipv6RoutingHeader, Ipv6RoutingRepr,
};

use super::extension::Extension;
use super::{Parsed, checksums};
use crate::check::{Checked, ensure, same};
use crate::planted::planted;

/// etherparse's header, where header and total length are possible (RFC 791 section 3.1).
fn v4_oracle<'a>(parsed: &Parsed<'a>) -> Option<Ipv4HeaderSlice<'a>> {
    let header = Ipv4HeaderSlice::from_slice(parsed.bytes).ok()?;
    let possible = header.slice().len()..=parsed.bytes.len();
    possible.contains(&header.total_len().into()).then_some(header)
}

pub fn v4_acceptance_agrees(parsed: &Parsed<'_>) -> Checked {
    let accepted = parsed.v4.is_some() && !planted("ip_parser/v4_acceptance_agrees");
    same("accepted, as by etherparse", v4_oracle(parsed).is_some(), accepted)
}

pub fn v4_header_agrees(parsed: &Parsed<'_>) -> Checked {
    let (Some(packet), Some(oracle)) = (&parsed.v4, v4_oracle(parsed)) else { return Ok(()) };
    let identification = packet.ident() ^ u16::from(planted("ip_parser/v4_header_agrees"));
    same("version", oracle.version(), packet.version())?;
    same("header length", oracle.ihl() * 4, packet.header_len())?;
    same("DSCP", oracle.dcp().value(), packet.dscp())?;
    same("ECN", oracle.ecn().value(), packet.ecn())?;
    same("total length", oracle.total_len(), packet.total_len())?;
    same("identification", oracle.identification(), identification)?;
    same("don't fragment", oracle.dont_fragment(), packet.dont_frag())?;
    same("more fragments", oracle.more_fragments(), packet.more_frags())?;
    same("fragment offset", oracle.fragments_offset().byte_offset(), packet.frag_offset())?;
    same("time to live", oracle.ttl(), packet.hop_limit())?;
    same("protocol", oracle.protocol().0, packet.next_header().into())?;
    same("checksum", oracle.header_checksum(), packet.checksum())?;
    same("source", oracle.source(), packet.src_addr().octets())?;
    same("destination", oracle.destination(), packet.dst_addr().octets())
}

pub fn v4_payload_exact(parsed: &Parsed<'_>) -> Checked {
    let (Some(packet), Some(oracle)) = (&parsed.v4, v4_oracle(parsed)) else { return Ok(()) };
    let expected = &parsed.bytes[oracle.slice().len()..oracle.total_len().into()];
    let cut = usize::from(planted("ip_parser/v4_payload_exact"));
    let seen = &packet.payload()[..packet.payload().len().saturating_sub(cut)];
    ensure(expected == seen, || format!("payload: expected {} bytes, saw {}", expected.len(), seen.len()))
}

pub fn v4_checksum_exact(parsed: &Parsed<'_>) -> Checked {
    // With this cfg, which cargo-fuzz sets, smoltcp accepts any checksum.
    if cfg!(fuzzing) {
        return Ok(());
    }
    let (Some(packet), Some(oracle)) = (&parsed.v4, v4_oracle(parsed)) else { return Ok(()) };
    let sum = etherparse::checksum::Sum16BitWords::new().add_slice(oracle.slice());
    let accepted = packet.verify_checksum() && !planted("ip_parser/v4_checksum_exact");
    same("checksum accepted", sum.ones_complement() == 0, accepted)
}

pub fn v4_emit_parse_identity(parsed: &Parsed<'_>) -> Checked {
    let Some(Ok(repr)) = parsed.v4.as_ref().map(|packet| Ipv4Repr::parse(packet, &checksums())) else { return Ok(()) };
    let mut buffer = vec![0; repr.buffer_len() + repr.payload_len];
    repr.emit(&mut Ipv4Packet::new_unchecked(&mut buffer[..]), &checksums());
    buffer[8] ^= u8::from(planted("ip_parser/v4_emit_parse_identity"));
    let again = Ipv4Packet::new_checked(&buffer[..]).and_then(|packet| Ipv4Repr::parse(&packet, &checksums()));
    ensure(again == Ok(repr), || format!("emitted {repr:?}, parsed {again:?}"))
}

/// etherparse's header, where the payload length is possible (RFC 8200 section 3).
fn v6_oracle<'a>(parsed: &Parsed<'a>) -> Option<Ipv6HeaderSlice<'a>> {
    let header = Ipv6HeaderSlice::from_slice(parsed.bytes).ok()?;
    (usize::from(header.payload_length()) <= parsed.bytes.len() - header.slice().len()).then_some(header)
}

pub fn v6_acceptance_agrees(parsed: &Parsed<'_>) -> Checked {
    let accepted = parsed.v6.is_some() && !planted("ip_parser/v6_acceptance_agrees");
    same("accepted, as by etherparse", v6_oracle(parsed).is_some(), accepted)
}

pub fn v6_header_agrees(parsed: &Parsed<'_>) -> Checked {
    let (Some(packet), Some(oracle)) = (&parsed.v6, v6_oracle(parsed)) else { return Ok(()) };
    let flow = packet.flow_label() ^ u32::from(planted("ip_parser/v6_header_agrees"));
    same("version", oracle.version(), packet.version())?;
    same("traffic class", oracle.traffic_class(), packet.traffic_class())?;
    same("flow label", oracle.flow_label().value(), flow)?;
    same("payload length", oracle.payload_length(), packet.payload_len())?;
    same("next header", oracle.next_header().0, packet.next_header().into())?;
    same("hop limit", oracle.hop_limit(), packet.hop_limit())?;
    same("source", oracle.source(), packet.src_addr().octets())?;
    same("destination", oracle.destination(), packet.dst_addr().octets())?;
    let end = 40 + usize::from(oracle.payload_length());
    ensure(parsed.bytes[40..end] == *packet.payload(), || "payload: smoltcp and etherparse cut elsewhere".into())
}

pub fn v6_emit_parse_identity(parsed: &Parsed<'_>) -> Checked {
    let Some(Ok(repr)) = parsed.v6.as_ref().map(Ipv6Repr::parse) else { return Ok(()) };
    let mut buffer = vec![0; repr.buffer_len() + repr.payload_len];
    repr.emit(&mut Ipv6Packet::new_unchecked(&mut buffer[..]));
    buffer[7] ^= u8::from(planted("ip_parser/v6_emit_parse_identity"));
    let again = Ipv6Packet::new_checked(&buffer[..]).and_then(|packet| Ipv6Repr::parse(&packet));
    ensure(again == Ok(repr), || format!("emitted {repr:?}, parsed {again:?}"))
}

/// Allowed differences, where nothing is compared:
/// - etherparse refuses a hop-by-hop header that is not the first (RFC 8200 section 4.1); smoltcp's types read a header at a
///   time and do not know;
/// - etherparse takes a fragment for the end of nothing and reads on behind it; what follows a later fragment is no header
///   (RFC 8200 section 4.5).
pub fn extensions_agree(parsed: &Parsed<'_>) -> Checked {
    let Some(packet) = &parsed.v6 else { return Ok(()) };
    let late = parsed.extensions.iter().skip(1).any(|extension| extension.kind == IpProtocol::HopByHop);
    let next = parsed.extensions.last().map_or(packet.next_header().into(), |extension| extension.bytes[0]);
    let hop_by_hop_next = next == u8::from(IpProtocol::HopByHop) && !parsed.extensions.is_empty();
    let fragment = |extension: &Extension<'_>| extension.fragment().is_some_and(|header| header.frag_offset() > 0);
    if late || hop_by_hop_next || parsed.extensions.iter().any(fragment) {
        return Ok(());
    }
    let first = IpNumber(packet.next_header().into());
    let oracle = Ipv6ExtensionsSlice::from_slice(first, packet.payload()).ok();
    same("well-formed, as to etherparse", oracle.is_some(), !parsed.malformed)?;
    let Some((headers, last, rest)) = oracle else { return Ok(()) };
    let length = parsed.extensions.iter().map(|extension| extension.bytes.len()).sum::<usize>();
    let length = length + usize::from(planted("ip_parser/extensions_agree"));
    same("length of all extension headers", headers.slice().len(), length)?;
    same("number behind them", last.0, next)?;
    same("bytes behind them", rest.len(), packet.payload().len() - length)?;
    same("number of extension headers", headers.into_iter().count(), parsed.extensions.len())
}

pub fn fragment_header_agrees(parsed: &Parsed<'_>) -> Checked {
    let Some(packet) = &parsed.v6 else { return Ok(()) };
    let first = IpNumber(packet.next_header().into());
    let Ok((headers, ..)) = Ipv6ExtensionsSlice::from_slice(first, packet.payload()) else { return Ok(()) };
    for (extension, oracle) in parsed.extensions.iter().zip(headers) {
        let (Some(header), Ipv6ExtensionSlice::Fragment(oracle)) = (extension.fragment(), oracle) else { continue };
        let more = header.more_frags() ^ planted("ip_parser/fragment_header_agrees");
        same("fragment offset", oracle.fragment_offset().value(), header.frag_offset())?;
        same("more fragments", oracle.more_fragments(), more)?;
        same("identification", oracle.identification(), header.ident())?;
    }
    Ok(())
}

pub fn options_bounded(parsed: &Parsed<'_>) -> Checked {
    for extension in &parsed.extensions {
        let (IpProtocol::HopByHop | IpProtocol::Ipv6Opts) = extension.kind else { continue };
        let mut rest = extension.body();
        let mut options = Ipv6OptionsIterator::new(rest);
        loop {
            let seen = options.next().filter(|_| !planted("ip_parser/options_bounded"));
            let (whole, next) = match rest {
                [] => return same("options behind the last", true, seen.is_none()),
                [0, next @ ..] => (true, next),
                [_, length, next @ ..] => match next.get(usize::from(*length)..) {
                    Some(next) => (true, next),
                    None => (false, next),
                },
                [_] => (false, &[][..]),
            };
            ensure(seen.is_some(), || format!("an option at {} from the end, saw none", rest.len()))?;
            if !whole {
                return ensure(matches!(seen, Some(Err(_))), || format!("an option beyond its header, saw {seen:?}"));
            }
            // An option of a known type with a bad length ends the iteration.
            if let Some(Err(_)) = seen {
                break;
            }
            rest = next;
        }
    }
    Ok(())
}

pub fn hop_by_hop_emit_identity(parsed: &Parsed<'_>) -> Checked {
    for extension in parsed.extensions.iter().filter(|extension| extension.kind == IpProtocol::HopByHop) {
        let Ok(header) = Ipv6HopByHopHeader::new_checked(extension.body()) else { continue };
        let Ok(repr) = Ipv6HopByHopRepr::parse(&header) else { continue };
        let mut buffer = vec![0; repr.buffer_len()];
        repr.emit(&mut Ipv6HopByHopHeader::new_unchecked(&mut buffer[..]));
        if planted("ip_parser/hop_by_hop_emit_identity") && buffer.len() > 1 {
            buffer.truncate(1);
        }
        let again = Ipv6HopByHopHeader::new_unchecked(&buffer[..]);
        let again = Ipv6HopByHopRepr::parse(&again);
        ensure(again.as_ref() == Ok(&repr), || format!("emitted {repr:?}, parsed {again:?}"))?;
    }
    Ok(())
}

pub fn routing_emit_identity(parsed: &Parsed<'_>) -> Checked {
    for extension in parsed.extensions.iter().filter(|extension| extension.kind == IpProtocol::Ipv6Route) {
        let Ok(header) = Ipv6RoutingHeader::new_checked(extension.body()) else { continue };
        let Ok(repr) = Ipv6RoutingRepr::parse(&header) else { continue };
        let mut buffer = vec![0; repr.buffer_len()];
        repr.emit(&mut Ipv6RoutingHeader::new_unchecked(&mut buffer[..]));
        buffer[1] ^= u8::from(planted("ip_parser/routing_emit_identity"));
        let again = Ipv6RoutingHeader::new_unchecked(&buffer[..]);
        let again = Ipv6RoutingRepr::parse(&again);
        ensure(again.as_ref() == Ok(&repr), || format!("emitted {repr:?}, parsed {again:?}"))?;
    }
    Ok(())
}
