//! What hickory-proto makes of a message, in bytes that can be compared.

use alloc::vec::Vec;

use hickory_proto::op::Message;
use hickory_proto::rr::Name;
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder, BinEncodable, BinEncoder, NameEncoding};

use super::reference;
use crate::planted::planted;

/// The name at `at`, uncompressed, with length octets and root.
pub fn name(message: &[u8], at: usize) -> Option<Vec<u8>> {
    let name = Name::read(&mut BinDecoder::new(message).clone(at as u16)).ok()?;
    let wire = wire(&name);
    let refused = planted("dns_parser/name_limits") && wire.len() == reference::MAX_NAME;
    (!refused).then_some(wire)
}

/// A name, uncompressed, with length octets and root.
pub fn wire(name: &Name) -> Vec<u8> {
    let mut wire = Vec::with_capacity(name.len() + 2);
    for label in name {
        wire.push(label.len() as u8);
        wire.extend_from_slice(label);
    }
    wire.push(0);
    if planted("dns_parser/case_kept") {
        wire.make_ascii_lowercase();
    }
    if planted("dns_parser/names_agree") && wire.len() == 5 {
        wire[1] ^= 1;
    }
    wire
}

/// A message that was encoded.
pub struct Encoded {
    pub bytes: Vec<u8>,
    /// Whether all of it fit.
    pub whole: bool,
}

/// Encodes a message into at most `max` bytes; nothing where hickory fails.
pub fn encode(message: &Message, encoding: NameEncoding, max: u16) -> Option<Encoded> {
    let mut bytes = Vec::new();
    let mut encoder = BinEncoder::new(&mut bytes);
    encoder.set_name_encoding(encoding);
    encoder.set_max_size(max);
    message.emit(&mut encoder).ok()?;
    let counts = bytes.get(6..reference::HEADER)?.as_chunks::<2>().0;
    let counted: usize = counts.iter().map(|count| usize::from(u16::from_be_bytes(*count))).sum();
    Some(Encoded { whole: counted == records(message), bytes })
}

/// How many records a message has.
pub fn records(message: &Message) -> usize {
    message.all_sections().count() + usize::from(message.edns.is_some()) + usize::from(message.signature.is_some())
}

/// A message without compression: equal messages, in the same case, give equal bytes. Nothing where that is too long.
pub fn plain(message: &Message) -> Option<Vec<u8>> {
    let encoded = encode(message, NameEncoding::Uncompressed, u16::MAX)?;
    encoded.whole.then_some(encoded.bytes)
}

/// A message as it is sent. Nothing where that is too long.
pub fn sent(message: &Message) -> Option<Vec<u8>> {
    let encoded = encode(message, NameEncoding::Compressed, u16::MAX)?;
    encoded.whole.then_some(encoded.bytes)
}
