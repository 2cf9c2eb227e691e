//! DNS messages out of packets and connections.

use etherparse::LaxSlicedPacket;
use etherparse::TransportSlice::Udp;
use halligan_generators::Model;
use halligan_generators::model::dns::{self, Message, Name, Record, type_name};

use super::Seed;
use super::capture::Packet;
use super::streams::Stream;
use super::tcp::layers;

/// Ports of DNS, multicast DNS and link-local multicast name resolution.
const PORTS: [u16; 3] = [53, 5353, 5355];

/// The message that `packet` carries as a datagram. Fragments and packets that were captured in part give nothing.
pub fn datagram(packet: Packet<'_>) -> Option<Seed> {
    let LaxSlicedPacket { net, transport, .. } = layers(packet)?;
    let payload = net.as_ref()?.ip_payload_ref()?;
    let Udp(udp) = transport? else { return None };
    let is_dns = [udp.source_port(), udp.destination_port()].iter().any(|port| PORTS.contains(port));
    if !is_dns || payload.fragmented || payload.incomplete || !packet.is_whole {
        return None;
    }
    seed(udp.payload())
}

/// The messages of a stream.
pub fn messages(stream: &Stream) -> Vec<Seed> {
    if ![stream.source.port(), stream.destination.port()].contains(&PORTS[0]) {
        return Vec::new();
    }
    let framed = dns::Stream::dissect(&stream.bytes).messages;
    framed.iter().filter(|framed| !framed.length.is_lie()).filter_map(|framed| seed(&framed.message.emit())).collect()
}

/// A message as a seed; nothing where it has no header.
fn seed(bytes: &[u8]) -> Option<Seed> {
    let mut message = Message::dissect(bytes);
    let ends = ends(&mut message);
    let Message::Whole { header, questions, answers, authorities, additionals, .. } = &message else { return None };

    let mut words = vec![if header.response { "response" } else { "query" }.to_owned()];
    match header.opcode {
        0 => {}
        4 => words.push("notify".to_owned()),
        5 => words.push("update".to_owned()),
        other => words.push(format!("opcode{other}")),
    }
    if header.truncated {
        words.push("truncated".to_owned());
    }
    if header.rcode > 0 {
        words.push(format!("rcode{}", header.rcode));
    }
    words.extend(questions.iter().map(|question| kind(question.kind)));
    let sections = [answers, authorities, additionals].map(|records| kinds(records));
    for (kinds, section) in sections.iter().zip(["an", "ns", "ar"]).filter(|(kinds, _)| !kinds.is_empty()) {
        words.push(section.to_owned());
        words.extend(kinds.iter().cloned());
    }
    words.dedup();
    words.truncate(12);
    let label = words.join("-");
    let magnitude = (usize::BITS - bytes.len().leading_zeros()).max(6);
    let shape = format!("{label} {sections:?} {magnitude} {ends:?} {}", message.lies() > 0);
    Some(Seed { shape, label, bytes: bytes.to_vec() })
}

/// A short name of a type.
fn kind(kind: u16) -> String {
    match type_name(kind) {
        "other" => format!("type{kind}"),
        name => name.to_lowercase(),
    }
}

/// The types of a section, those that follow each other once.
fn kinds(records: &[Record]) -> Vec<String> {
    let mut kinds: Vec<_> = records.iter().map(|record| kind(record.kind())).collect();
    kinds.dedup();
    kinds
}

/// Whether there are names that are compressed in another way than the model would.
fn ends(message: &mut Message) -> bool {
    let mut given = false;
    message.names(&mut |name: &mut Name| given |= name.end.is_lie());
    given
}
