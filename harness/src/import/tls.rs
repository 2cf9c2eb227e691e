//! TLS streams out of connections.

use halligan_generators::Model;
use halligan_generators::model::tls;
use halligan_generators::model::tls::handshake::MessageData;
use halligan_generators::model::tls::record::{Content, Protection, Unit};

use super::Seed;
use super::streams::Stream;

/// Longest seed in bytes: what is behind the handshake is ciphertext, and tells a parser no more.
const LIMIT: usize = 4096;

/// What one end sent, and the same up to its first application data.
pub fn seeds(stream: &Stream) -> Vec<Seed> {
    // A TLS connection begins with a handshake record of version 3.x (RFC 8446 section 5.1).
    if !matches!(stream.bytes[..], [22, 3, 0..=4, ..]) {
        return Vec::new();
    }
    let units = tls::Stream::dissect(&stream.bytes).units;
    let mut whole = Vec::new();
    for unit in units {
        let before = whole.len();
        tls::Stream { units: vec![unit.clone()], ..tls::Stream::default() }.emit_to(&mut whole);
        if whole.len() > LIMIT {
            whole.truncate(before);
            break;
        }
    }
    let value = tls::Stream::dissect(&whole);
    if value.units.is_empty() {
        return Vec::new();
    }
    let words: Vec<_> = value.units.iter().flat_map(words).collect();
    // Versions and suites make a difference to a parser; so does the number of records, but not much.
    let mut label = words.clone();
    label.dedup();
    label.truncate(6);
    vec![Seed { shape: words.join(" "), label: label.join("-"), bytes: whole }]
}

/// What a unit is, in short words.
fn words(unit: &Unit) -> Vec<String> {
    match unit {
        Unit::Handshake { messages, .. } => messages.iter().map(|message| word(&message.data)).collect(),
        Unit::Record { frame, content } => {
            let sealed = if frame.protection == Protection::None { "" } else { "sealed" };
            let name = match content {
                Content::ChangeCipherSpec(_) => "ccs".to_owned(),
                Content::Alert { description, .. } => format!("alert{}", description.0),
                Content::ApplicationData(_) => "data".to_owned(),
                Content::Opaque { content_type, .. } => format!("type{content_type}"),
            };
            vec![format!("{sealed}{name}")]
        }
    }
}

/// A short name for a message; hellos are told apart by the extensions that they have.
fn word(data: &MessageData) -> String {
    let extensions = match data {
        MessageData::ClientHello(hello) => hello.extensions.as_ref(),
        MessageData::ServerHello(hello) => hello.extensions.as_ref(),
        MessageData::Other { kind, .. } => return format!("encrypted{}", u8::from(*kind > 25)),
        _ => None,
    };
    let name: String = data.name().split(' ').map(|word| &word[..1]).collect();
    extensions.map_or(name.clone(), |extensions| format!("{name}{}", extensions.items.len()))
}
