//! What a node of smoltcp's does on receipt of a frame.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use etherparse::{LaxSlicedPacket, TransportSlice};
use halligan_generators::model::ethernet::{Frame, Payload};
use halligan_generators::model::igmp::{Body, Message};
use halligan_generators::{Derived, Model};
use smoltcp::time::Duration;

use super::node::{ADDRESS, GROUP, MAC, MAX_FRAME, Node, is_neighbour};
use super::{Parsed, faults};
use crate::check::{ensure, same};
use crate::planted::planted;

/// The least length of a frame on the wire, in bytes (IEEE 802.3 section 3.2.8).
const MIN_FRAME: usize = 60;

pub fn frames_for_others_ignored(parsed: &Parsed<'_>) -> Result<(), String> {
    if parsed.is_for_node() {
        return Ok(());
    }
    let answered = planted("ethernet_parser/frames_for_others_ignored") && parsed.bytes.len() > MIN_FRAME;
    same("answers", 0, parsed.answers.len() + usize::from(answered))
}

/// Allowed differences: smoltcp does not answer a sender that cannot be its neighbour, by an address of another network
/// (RFC 826 knows no networks) or by a hardware address of a group (RFC 1812 section 3.3.2).
pub fn arp_reply_exact(parsed: &Parsed<'_>) -> Result<(), String> {
    let arp = parsed.arp_model().filter(|_| parsed.is_for_node());
    let Some(arp) = arp.filter(|arp| arp.operation == 1 && arp.target_protocol == ADDRESS) else {
        let is_arp = |frame: &&Vec<u8>| frame.get(12..14) == Some(&[8, 6]) && frame.get(20..22) == Some(&[0, 2]);
        let replies = parsed.answers.iter().filter(is_arp).count();
        let more =
            planted("ethernet_parser/arp_reply_exact") && parsed.arp_model().is_some_and(|arp| arp.operation == 2);
        return same("replies", 0, replies + usize::from(more));
    };
    if faults::ignores_probe(&arp) || !is_neighbour(arp.sender_protocol) || arp.sender_hardware[0] & 1 == 1 {
        return Ok(());
    }
    let header = [&arp.sender_hardware[..], &MAC, &[8, 6, 0, 1, 8, 0, 6, 4, 0, 2]].concat();
    let addresses = [&MAC[..], &ADDRESS, &arp.sender_hardware, &arp.sender_protocol].concat();
    let expected = [header, addresses].concat();
    ensure(parsed.answers == [&expected[..]], || format!("expected {expected:02x?}, saw {:02x?}", parsed.answers))
}

/// What the node knows of the sender of an ARP packet, having seen the frame.
fn neighbour(parsed: &Parsed<'_>) -> Option<([u8; 6], Option<[u8; 6]>)> {
    let arp = parsed.arp_model()?;
    if !is_neighbour(arp.sender_protocol) || arp.sender_protocol == ADDRESS {
        return None;
    }
    let mut node = Node::new();
    node.receive(parsed.bytes);
    Some((arp.sender_hardware, node.neighbour(arp.sender_protocol)))
}

pub fn neighbour_is_unicast(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some((sender, learned)) = neighbour(parsed) else { return Ok(()) };
    let believed = planted("ethernet_parser/neighbour_is_unicast") && sender[0] & 1 == 1;
    let learned = if believed { Some(sender) } else { learned };
    ensure(learned.is_none_or(|address| address[0] & 1 == 0), || format!("the node sends to {learned:02x?}"))
}

/// Allowed difference: a sender with the hardware address of a group is not believed (RFC 1812 section 3.3.2).
pub fn neighbour_learned(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(arp), Some((sender, learned))) = (parsed.arp_model(), neighbour(parsed)) else { return Ok(()) };
    let is_for_node = parsed.is_for_node() && arp.target_protocol == ADDRESS;
    let expected = (is_for_node && matches!(arp.operation, 1 | 2) && sender[0] & 1 == 0).then_some(sender);
    let forgotten = planted("ethernet_parser/neighbour_learned") && arp.operation == 2;
    same("neighbour", expected, learned.filter(|_| !forgotten))
}

pub fn padding_never_answered(parsed: &Parsed<'_>) -> Result<(), String> {
    let Frame::Whole { header, payload, padding, trailer } = &parsed.model else { return Ok(()) };
    if matches!(payload, Payload::Raw { .. } | Payload::Length { .. }) || parsed.answers.is_empty() {
        return Ok(());
    }
    let bare = Frame::Whole {
        header: header.clone(),
        payload: payload.clone(),
        padding: Derived::Lie(Vec::new()),
        trailer: Derived::Auto,
    };
    let answers = Node::with_neighbour().receive(&bare.emit());
    let longer = planted("ethernet_parser/padding_never_answered") && (padding.is_lie() || trailer.is_lie());
    ensure(answers == parsed.answers && !longer, || {
        format!("without padding {answers:02x?}, with it {:02x?}", parsed.answers)
    })
}

pub fn answers_well_formed(parsed: &Parsed<'_>) -> Result<(), String> {
    for answer in &parsed.answers {
        let mut answer = answer.clone();
        if planted("ethernet_parser/answers_well_formed") && answer.get(12..14) == Some(&[8, 0]) {
            answer[24] ^= 1;
        }
        same("source", &MAC[..], answer.get(6..12).unwrap_or(&[]))?;
        ensure(answer.len() <= MAX_FRAME, || format!("{} bytes", answer.len()))?;
        // The device pads.
        answer.resize(answer.len().max(MIN_FRAME), 0);
        let mut lie = None;
        Frame::dissect(&answer).annotate(&mut |field| {
            // An ICMP error quotes the frame, three levels deep.
            if field.lie && field.depth < 3 {
                lie.get_or_insert((field.name, field.value));
            }
        });
        same("a field that does not have its computed value", None, lie)?;
    }
    Ok(())
}

/// Allowed difference: smoltcp takes queries of version 3 for those of version 2; what it reports to them is not checked.
pub fn reports_exact(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(Message::Whole { checksum, body, .. }) = parsed.igmp_model() else { return Ok(()) };
    let (Body::Group { kind, max_response: response, group }, Some((header, _))) = (body, parsed.ipv4_model()) else {
        return Ok(());
    };
    if faults::reports_all_systems(*group) || faults::reads_floating_point_time(*response) || checksum.is_lie() {
        return Ok(());
    }
    let (general, specific) = (([224, 0, 0, 1], [0; 4]), (GROUP, GROUP));
    let asked = *kind == 0x11 && [general, specific].contains(&(header.destination, *group));
    // A packet that is not quite right may be dropped, which other properties check.
    let is_plain = parsed.model.lies() == 0 && parsed.is_for_node() && is_neighbour(header.source);
    let tagged = matches!(&parsed.model, Frame::Whole { header, .. } if !header.tags.is_empty());
    let milliseconds = if *response == 0 { 10_000 } else { 100 * u64::from(*response) };
    let mut node = Node::new();
    let mut sent = node.receive(parsed.bytes);
    sent.extend(node.wait(Duration::from_millis(milliseconds)));
    if planted("ethernet_parser/reports_exact") && *response > 0 {
        sent.clear();
    }
    sent.retain(|frame| frame.get(14 + 9) == Some(&2));
    if asked && is_plain && !tagged {
        same("reports in time", 1, sent.len())?;
    } else if !asked || tagged {
        same("reports", 0, sent.len())?;
    }
    sent.iter().try_for_each(|frame| {
        let version = if *response == 0 { 0x12 } else { 0x16 };
        let Ok(packet) = LaxSlicedPacket::from_ethernet(frame) else { return Err("no frame".into()) };
        let Some(TransportSlice::Igmp(report)) = &packet.transport else { return Err("no IGMP".into()) };
        same("type", version, report.type_u8())?;
        same("group", GROUP, report.bytes4to7())?;
        same("destination", &GROUP[..], frame.get(30..34).unwrap_or(&[]))?;
        same("time to live", Some(&1), frame.get(22))
    })
}
