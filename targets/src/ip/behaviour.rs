//! Checks of what the node does with a packet, which Halligan's model reads for them.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;

use etherparse::checksum::Sum16BitWords;
use halligan_generators::model::ip::{Packet, Payload};
use halligan_generators::model::{icmp, icmpv6, ipv4, ipv6, udp};
use halligan_generators::{Derived, Model};

use super::node::{self, CAPACITY, PORT};
use super::{Parsed, faults};
use crate::check::{Checked, ensure, same};
use crate::planted::planted;

/// What was sent, after a planted fault.
fn sent<'p>(parsed: &'p Parsed<'_>, fault: bool, spoil: impl FnOnce(&mut Vec<Vec<u8>>)) -> Cow<'p, [Vec<u8>]> {
    let mut sent = Cow::Borrowed(&parsed.outcome.sent[..]);
    if fault {
        spoil(sent.to_mut());
    }
    sent
}

/// A packet's addresses, if it is whole.
pub enum Addresses {
    V4([u8; 4], [u8; 4]),
    V6([u8; 16], [u8; 16]),
}

pub fn addresses(packet: &Packet) -> Option<Addresses> {
    match packet {
        Packet::V4(ipv4::Packet::Whole { header, .. }) => Some(Addresses::V4(header.source, header.destination)),
        Packet::V6(ipv6::Packet::Whole { header, .. }) => Some(Addresses::V6(header.source, header.destination)),
        _ => None,
    }
}

/// Whether another host may have sent from here (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5).
fn is_host_v4(address: [u8; 4]) -> bool {
    !matches!(address, [0 | 127 | 224..=255, ..] | [192, 0, 2, 255]) && address != node::V4.octets()
}

fn is_host_v6(address: [u8; 16]) -> bool {
    address[0] != 0xff
        && address[..15] != [0; 15]
        && address != node::V6.octets()
        && address != node::LINK_LOCAL.octets()
}

fn is_own_v6(address: [u8; 16]) -> bool {
    address == node::V6.octets() || address == node::LINK_LOCAL.octets()
}

/// Whether a packet comes from another host and is for the node alone.
fn is_for_the_node(packet: &Packet) -> bool {
    match addresses(packet) {
        Some(Addresses::V4(source, destination)) => is_host_v4(source) && destination == node::V4.octets(),
        Some(Addresses::V6(source, destination)) => is_host_v6(source) && is_own_v6(destination),
        None => false,
    }
}

/// What a packet carries, where no fragment and no extension header comes before it.
fn payload(packet: &Packet) -> Option<&Payload> {
    match packet {
        Packet::V4(ipv4::Packet::Whole { header, payload, .. }) => {
            (!header.more_fragments && header.fragment_offset == 0).then_some(payload)
        }
        Packet::V6(ipv6::Packet::Whole { extensions, payload, .. }) => extensions.is_empty().then_some(payload),
        _ => None,
    }
}

pub fn echo_mirrored(parsed: &Parsed<'_>) -> Checked {
    if parsed.model.lies() > 0 || !is_for_the_node(&parsed.model) {
        return Ok(());
    }
    let request = match payload(&parsed.model) {
        Some(Payload::Icmp {
            message: icmp::Message::Whole { code: 0, body: icmp::Body::EchoRequest(echo), .. },
            ..
        }) if matches!(parsed.model, Packet::V4(_)) => echo,
        Some(Payload::Icmpv6 {
            message: icmpv6::Message::Whole { code: 0, body: icmpv6::Body::EchoRequest(echo), .. },
            ..
        }) if matches!(parsed.model, Packet::V6(_)) => echo,
        _ => return Ok(()),
    };
    let sent = sent(parsed, planted("ip_parser/echo_mirrored"), Vec::clear);
    let [reply] = &sent[..] else { return Err(format!("one reply, saw {}", sent.len())) };
    let reply = Packet::dissect(reply);
    let swapped = match (addresses(&parsed.model), addresses(&reply)) {
        (Some(Addresses::V4(source, destination)), Some(Addresses::V4(from, to))) => {
            (source, destination) == (to, from)
        }
        (Some(Addresses::V6(source, destination)), Some(Addresses::V6(from, to))) => {
            (source, destination) == (to, from)
        }
        _ => false,
    };
    ensure(swapped, || "the reply has other addresses".into())?;
    let echo = match payload(&reply) {
        Some(Payload::Icmp {
            message: icmp::Message::Whole { code: 0, body: icmp::Body::EchoReply(echo), .. },
            ..
        }) => echo,
        Some(Payload::Icmpv6 {
            message: icmpv6::Message::Whole { code: 0, body: icmpv6::Body::EchoReply(echo), .. },
            ..
        }) => echo,
        _ => return Err("an echo reply, saw another packet".into()),
    };
    ensure(request == echo, || format!("identifier, sequence number and data: expected {request:?}, saw {echo:?}"))
}

pub fn replies_valid(parsed: &Parsed<'_>) -> Checked {
    let spoil = |sent: &mut Vec<Vec<u8>>| sent.iter_mut().for_each(|packet| *packet.last_mut().unwrap_or(&mut 0) ^= 1);
    for packet in sent(parsed, planted("ip_parser/replies_valid"), spoil).iter() {
        let reply = Packet::dissect(packet);
        // A quote that was cut lies of its length.
        let quotes = error(&reply).is_some();
        ensure(reply.lies() == 0 || quotes, || format!("{} wrong derived fields in what was sent", reply.lies()))?;
        let (own, checksum) = match (&reply, addresses(&reply)) {
            (Packet::V4(_), Some(Addresses::V4(source, _))) => {
                let sum = Sum16BitWords::new().add_slice(&packet[..20]).ones_complement();
                (source == node::V4.octets(), sum == 0)
            }
            (Packet::V6(_), Some(Addresses::V6(source, _))) => (is_own_v6(source), true),
            _ => return Err("what was sent is no packet".into()),
        };
        let excepted = [faults::answers_for_others, faults::answers_loopback, faults::resets_for_many];
        ensure(own || excepted.iter().any(|fault| fault(parsed)), || {
            "what was sent comes from no address of the node".into()
        })?;
        ensure(checksum && has_right_checksum(&reply), || "what was sent has a wrong checksum".into())?;
    }
    Ok(())
}

fn has_right_checksum(packet: &Packet) -> bool {
    match payload(packet) {
        Some(Payload::Icmp { message: icmp::Message::Whole { checksum, .. }, .. }) => !checksum.is_lie(),
        Some(Payload::Icmpv6 { message: icmpv6::Message::Whole { checksum, .. }, .. }) => !checksum.is_lie(),
        Some(payload) => !matches!(payload, Payload::Raw { .. }),
        None => false,
    }
}

/// An ICMP error.
pub struct Failure {
    /// Whether it is one of IPv4.
    pub v4: bool,
    /// Its type.
    pub kind: u8,
    /// Its code.
    pub code: u8,
}

/// The ICMP error that a packet is, in the version of its own.
pub fn error(packet: &Packet) -> Option<Failure> {
    match (packet, payload(packet)?) {
        (Packet::V4(_), Payload::Icmp { message: icmp::Message::Whole { code, body, .. }, .. }) => {
            let kind = body.kind();
            matches!(kind, 3 | 4 | 5 | 11 | 12).then_some(Failure { v4: true, kind, code: *code })
        }
        (Packet::V6(_), Payload::Icmpv6 { message: icmpv6::Message::Whole { code, body, .. }, .. }) => {
            (body.kind() < 128).then_some(Failure { v4: false, kind: body.kind(), code: *code })
        }
        _ => None,
    }
}

pub fn errors_withheld(parsed: &Parsed<'_>) -> Checked {
    let (Some(addresses), false) = (addresses(&parsed.model), faults::answers_multicast(parsed)) else { return Ok(()) };
    let errors = parsed.outcome.sent.iter().filter_map(|packet| error(&Packet::dissect(packet)));
    let mut kinds: Vec<_> = errors.map(|error| (error.v4, error.kind, error.code)).collect();
    if planted("ip_parser/errors_withheld") && error(&parsed.model).is_some() {
        kinds.push((false, 1, 4));
    }
    let Some(kind) = kinds.first() else { return Ok(()) };
    let unanswerable = match (&parsed.model, addresses) {
        _ if error(&parsed.model).is_some() => "an error",
        (_, Addresses::V4(source, _)) if !is_unicast_v4(source) => "a source that is no host",
        (_, Addresses::V4(_, destination)) if !is_unicast_v4(destination) => "a packet for many",
        (_, Addresses::V6(source, _)) if source[0] == 0xff || source == [0; 16] => "a source that is no host",
        // Except unknown options that ask for it.
        (_, Addresses::V6(_, destination)) if destination[0] == 0xff && *kind != (false, 4, 2) => "a packet for many",
        (Packet::V4(ipv4::Packet::Whole { header, .. }), _) if header.fragment_offset > 0 => "a later fragment",
        _ => return Ok(()),
    };
    Err(format!("an error (version 4, type, code: {kind:?}) was sent about {unanswerable}"))
}

pub fn is_unicast_v4(address: [u8; 4]) -> bool {
    !matches!(address, [0, 0, 0, 0] | [224..=239, ..] | [255, 255, 255, 255] | [192, 0, 2, 255])
}

pub fn errors_bounded(parsed: &Parsed<'_>) -> Checked {
    let spoil = |sent: &mut Vec<Vec<u8>>| sent.iter_mut().for_each(|packet| packet.resize(1300, 0));
    for packet in sent(parsed, planted("ip_parser/errors_bounded"), spoil).iter() {
        let Some(error) = error(&Packet::dissect(packet)) else { continue };
        let bound = if error.v4 { 576 } else { 1280 };
        ensure(packet.len() <= bound, || format!("an error of {} bytes, more than {bound}", packet.len()))?;
    }
    Ok(())
}

pub fn errors_quote(parsed: &Parsed<'_>) -> Checked {
    let spoil = |sent: &mut Vec<Vec<u8>>| sent.iter_mut().for_each(|packet| *packet.last_mut().unwrap_or(&mut 0) ^= 1);
    for packet in sent(parsed, planted("ip_parser/errors_quote"), spoil).iter() {
        let Some(error) = error(&Packet::dissect(packet)) else { continue };
        let quote = packet.get(if error.v4 { 28 } else { 48 }..).unwrap_or_default();
        let total = parsed.v4.as_ref().map(|packet| packet.total_len().into());
        let total = total.or(parsed.v6.as_ref().map(|packet| packet.total_len())).unwrap_or_default();
        let original = &parsed.bytes[..total];
        let (quoted, whole) = if error.v4 {
            let header = usize::from(original[0] & 0xf) * 4;
            // smoltcp writes the header anew: see `faults`.
            same("quoted protocol", original[9], quote[9])?;
            same("quoted addresses", &original[12..20], &quote[12..20])?;
            (&quote[20..], &original[header..])
        } else if faults::loses_hop_by_hop(parsed) {
            continue;
        } else {
            same("quoted next header", original[6], quote[6])?;
            same("quoted hop limit", original[7], quote[7])?;
            same("quoted addresses", &original[8..40], &quote[8..40])?;
            (&quote[40..], &original[40..])
        };
        ensure(whole.starts_with(quoted), || "the quote is no part of the packet".into())?;
        ensure(quoted.len() >= whole.len().min(8), || format!("{} bytes behind the quoted header", quoted.len()))?;
    }
    Ok(())
}

pub fn bad_packets_ignored(parsed: &Parsed<'_>) -> Checked {
    let bad = match addresses(&parsed.model) {
        None => true,
        Some(Addresses::V4(source, destination)) => {
            let Packet::V4(ipv4::Packet::Whole { header, .. }) = &parsed.model else { return Ok(()) };
            let lengths = header.header_length.is_lie() || header.total_length.is_lie();
            let checksum = header.checksum.is_lie() && !cfg!(fuzzing) && header.checksum != Derived::Lie(0xffff);
            let stranger = destination != node::V4.octets() && is_unicast_v4(destination);
            // A source of 127.0.0.0/8: see `faults`.
            lengths || checksum || !is_unicast_v4(source) && source != [0; 4] || stranger
        }
        Some(Addresses::V6(source, destination)) => {
            let Packet::V6(ipv6::Packet::Whole { header, .. }) = &parsed.model else { return Ok(()) };
            let stranger = !is_own_v6(destination) && destination[0] != 0xff;
            let excepted = faults::takes_for_its_own(destination) || faults::answers_for_others(parsed);
            header.payload_length.is_lie() || source[0] == 0xff || source == [0; 16] || stranger && !excepted
        }
    };
    let outcome = &parsed.outcome;
    let quiet = outcome.sent.is_empty() && outcome.delivered.is_empty() && !planted("ip_parser/bad_packets_ignored");
    ensure(!bad || quiet, || {
        format!("nothing, saw {} packets sent and {} delivered", outcome.sent.len(), outcome.delivered.len())
    })
}

/// What to do about an option that is not known, by the two bits of its type (RFC 8200 section 4.2).
pub fn unknown_options_act(parsed: &Parsed<'_>) -> Checked {
    let Packet::V6(ipv6::Packet::Whole { header, extensions, .. }) = &parsed.model else { return Ok(()) };
    let multicast = header.destination[0] == 0xff;
    let all_nodes = multicast && header.destination[1..] == [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let heard = is_own_v6(header.destination) || all_nodes;
    let Some(ipv6::Extension { body: ipv6::Body::HopByHop(options), .. }) = extensions.first() else { return Ok(()) };
    let excepted = faults::overlooks_options(options) || faults::panics_at_query(&parsed.model);
    if parsed.model.lies() > 0 || !heard || !is_host_v6(header.source) || excepted {
        return Ok(());
    }
    let mut unknown = None;
    for option in options {
        let data = match option {
            ipv6::Ipv6Option::Full { data, .. } => data,
            ipv6::Ipv6Option::Pad1 => continue,
            // Malformed.
            ipv6::Ipv6Option::Bare(_) => return Ok(()),
        };
        match data.kind() {
            // smoltcp finds these malformed where their length is another.
            5 | 0x63 if matches!(data, ipv6::OptionData::Other { .. }) || faults::refuses_rpl_option(data) => {
                return Ok(());
            }
            1 | 5 | 0x63 => {}
            kind if kind >> 6 > 0 => {
                unknown = unknown.or(Some(kind));
            }
            _ => {}
        }
    }
    let Some(kind) = unknown else { return Ok(()) };
    let errors: Vec<_> = parsed.outcome.sent.iter().map(|packet| error(&Packet::dissect(packet))).collect();
    let told = matches!(&errors[..], [Some(Failure { v4: false, kind: 4, code: 2 })]);
    let told = told ^ planted("ip_parser/unknown_options_act");
    let expected = kind >> 6 == 2 || kind >> 6 == 3 && !multicast;
    same("parameter problem sent", expected, told)?;
    same("discarded, but for that", true, parsed.outcome.delivered.is_empty() && errors.len() == usize::from(expected))
}

pub fn udp_delivered_exactly(parsed: &Parsed<'_>) -> Checked {
    let Some(Payload::Udp { datagram: udp::Datagram::Whole { header, payload, surplus }, .. }) = payload(&parsed.model)
    else {
        return Ok(());
    };
    let udp::Payload::Raw(payload) = payload else { return Ok(()) };
    if !is_for_the_node(&parsed.model) || header.destination_port != PORT || payload.len() > CAPACITY {
        return Ok(());
    }
    let v4 = matches!(parsed.model, Packet::V4(_));
    let others = parsed.model.lies() - header.checksum.lies() - surplus.lies();
    let omitted = header.checksum == Derived::Lie(0);
    // 0 and 0xffff are one number, but 0 says that there is no checksum.
    if others > 0 || header.checksum.is_lie() && cfg!(fuzzing) || omitted && !v4 && faults::NO_CHECKSUM {
        return Ok(());
    }
    let right = !header.checksum.is_lie() || omitted && v4;
    let expected = right.then(|| (header.source_port, payload.clone()));
    let mut delivered = parsed.outcome.delivered.clone();
    if planted("ip_parser/udp_delivered_exactly") {
        delivered.iter_mut().for_each(|(port, _)| *port ^= 1);
    }
    same("delivered", expected.as_slice(), &delivered[..])
}
