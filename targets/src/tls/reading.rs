//! What a stream says, by the model. Under an open cipher suite that is what rustls reads, too.

use alloc::vec::Vec;

use halligan_generators::Model;
use halligan_generators::model::tls::codes::Random;
use halligan_generators::model::tls::extension::{Extension, ExtensionData};
use halligan_generators::model::tls::handshake::{ClientHello, Message, MessageData, ServerHello};
use halligan_generators::model::tls::record::{Content, Frame, Protection, Unit};
use halligan_generators::model::tls::{Stream, wire::Vector};

/// The messages of a stream, and whether each is in protected records.
pub fn messages(stream: &Stream) -> impl Iterator<Item = (bool, &Message)> {
    stream.units.iter().flat_map(|unit| match unit {
        Unit::Handshake { frame, messages, .. } => {
            let protected = frame.protection != Protection::None;
            messages.iter().map(|message| (protected, message)).collect()
        }
        Unit::Record { .. } => Vec::new(),
    })
}

/// The first client's hello.
pub fn client_hello(stream: &Stream) -> Option<&ClientHello> {
    messages(stream).find_map(|(_, message)| match &message.data {
        MessageData::ClientHello(hello) => Some(hello),
        _ => None,
    })
}

/// The server's hellos, hello retry requests among them.
pub fn server_hellos(stream: &Stream) -> impl Iterator<Item = &ServerHello> {
    messages(stream).filter_map(|(_, message)| match &message.data {
        MessageData::ServerHello(hello) => Some(hello),
        _ => None,
    })
}

/// Whether a server's hello is a hello retry request (RFC 8446 section 4.1.4).
pub fn is_retry(hello: &ServerHello) -> bool {
    hello.random == Random::HELLO_RETRY_REQUEST
}

/// The extensions of a hello.
pub fn extensions(hello: &Option<Vector<2, Extension>>) -> &[Extension] {
    hello.as_ref().map_or(&[], |extensions| &extensions.items)
}

/// The types of these extensions.
pub fn kinds(extensions: &[Extension]) -> Vec<u16> {
    extensions.iter().map(|extension| extension.data.kind()).collect()
}

/// The version that a server's hello selects (RFC 8446 section 4.2.1).
pub fn selected_version(hello: &ServerHello) -> u16 {
    let selected = extensions(&hello.extensions).iter().find_map(|extension| match extension.data {
        ExtensionData::SelectedVersion(version) => Some(version.0),
        _ => None,
    });
    selected.unwrap_or(hello.legacy_version.0)
}

/// The alerts of a stream.
pub fn alerts(stream: &Stream) -> Vec<(u8, u8)> {
    let alert = |unit: &Unit| match unit {
        Unit::Record { content: Content::Alert { level, description }, .. } => Some((level.0, description.0)),
        _ => None,
    };
    stream.units.iter().filter_map(alert).collect()
}

/// Where each unit of a stream ends, in bytes.
pub fn ends(stream: &Stream) -> Vec<usize> {
    let mut bytes = Vec::new();
    let end = |unit: &Unit| {
        Stream { units: [unit.clone()].into(), ..Stream::default() }.emit_to(&mut bytes);
        bytes.len()
    };
    stream.units.iter().map(end).collect()
}

/// Whether the stream ends within a record.
pub fn is_cut(stream: &Stream) -> bool {
    let lies = |frame: &Frame| frame.length.is_lie();
    let cut = match stream.units.last() {
        Some(Unit::Handshake { frame, cuts, .. }) => lies(cuts.last().map_or(frame, |cut| &cut.frame)),
        Some(Unit::Record { frame, .. }) => lies(frame),
        None => false,
    };
    cut || stream.rest.is_lie()
}

/// The first record as it is on the wire: type, version and payload, if it is whole.
pub fn record(bytes: &[u8]) -> Option<(u8, u16, &[u8])> {
    let [kind, v0, v1, l0, l1, rest @ ..] = bytes else { return None };
    let payload = rest.get(..u16::from_be_bytes([*l0, *l1]).into())?;
    Some((*kind, u16::from_be_bytes([*v0, *v1]), payload))
}

/// The whole records of a stream.
pub fn records(mut bytes: &[u8]) -> impl Iterator<Item = (u8, u16, &[u8])> {
    core::iter::from_fn(move || {
        let found = record(bytes)?;
        bytes = &bytes[5 + found.2.len()..];
        Some(found)
    })
}

/// What begins at the end of the last whole record.
pub fn left_over(bytes: &[u8]) -> &[u8] {
    let whole: usize = records(bytes).map(|(_, _, payload)| 5 + payload.len()).sum();
    &bytes[whole..]
}

/// Whether every message that changes keys (RFC 8446 section 5.1) ends with its record. The numbers are those of messages.
pub fn is_aligned(unit: &Unit, changing: &[u8]) -> bool {
    let Unit::Handshake { messages, cuts, rest, .. } = unit else { return true };
    let (mut boundaries, mut at) = (Vec::new(), 0);
    for cut in cuts {
        at += usize::from(cut.after);
        boundaries.push(at);
    }
    let (mut end, mut wire) = (0, Vec::new());
    for (index, message) in messages.iter().enumerate() {
        wire.clear();
        emit(message, &mut wire);
        end += wire.len();
        let last = index + 1 == messages.len() && !rest.is_lie();
        let aligned = last || boundaries.contains(&end);
        if changing.contains(&message.data.kind()) && !aligned && !message.length.is_lie() {
            return false;
        }
    }
    true
}

/// Appends a message as it is on the wire.
pub fn emit(message: &Message, out: &mut Vec<u8>) {
    let messages = [message.clone()].into();
    let unit = Unit::Handshake { frame: Frame::PLAIN, messages, rest: Default::default(), cuts: Vec::new() };
    let bytes = Stream { units: [unit].into(), ..Stream::default() }.emit();
    out.extend_from_slice(&bytes[5..]);
}
