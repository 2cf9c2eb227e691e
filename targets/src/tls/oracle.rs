//! Independent readings of records and hellos, in the terms in which they can be compared, and rustls's.

use alloc::vec::Vec;

use halligan_generators::Model;
use halligan_generators::model::tls::Stream;
use halligan_generators::model::tls::handshake::MessageData;
use rustls::internal::msgs::codec::Reader;
use rustls::internal::msgs::message::{Message, MessagePayload, OutboundOpaqueMessage, PlainMessage};
use rustls::{ContentType, ProtocolVersion};

use super::reading;

/// A record's type, version and payload.
pub type Record<'a> = (u8, u16, &'a [u8]);

/// The fields of a hello that all oracles read.
#[derive(Debug, PartialEq)]
pub struct Hello {
    version: u16,
    random: Vec<u8>,
    session_id: Vec<u8>,
    cipher_suites: Vec<u16>,
    compression_methods: Vec<u8>,
}

/// An independent implementation.
pub struct Oracle {
    /// Its name.
    pub name: &'static str,
    /// What it makes of the first record of a stream.
    pub record: fn(&[u8]) -> Option<Record<'_>>,
    /// What it makes of a hello.
    pub hello: fn(&[u8]) -> Option<Hello>,
}

/// All that there are.
pub static ORACLES: &[Oracle] = &[
    Oracle { name: "the model", record: reading::record, hello },
    #[cfg(feature = "std-oracles")]
    Oracle { name: "tls-parser", record: with_std::record, hello: with_std::hello },
];

/// The longest message that goes into one record (RFC 8446 section 5.1).
pub const LONGEST_WHOLE: usize = 1 << 14;

/// What rustls makes of the first record.
pub fn rustls_record(bytes: &[u8]) -> Option<(u8, u16, Vec<u8>)> {
    let record = OutboundOpaqueMessage::read(&mut Reader::init(bytes)).ok()?.into_plain_message();
    Some((record.typ.into(), record.version.into(), record.payload.bytes().to_vec()))
}

/// What rustls makes of a handshake message, written again.
pub fn rewritten(message: &[u8], version: ProtocolVersion) -> Option<Vec<u8>> {
    let plain = PlainMessage {
        typ: ContentType::Handshake,
        version,
        payload: rustls::internal::msgs::base::Payload::new(message),
    };
    let MessagePayload::Handshake { parsed, .. } = Message::try_from(plain).ok()?.payload else { return None };
    let mut out = Vec::new();
    MessagePayload::handshake(parsed).encode(&mut out);
    Some(out)
}

/// The model's reading of a hello of at most [`LONGEST_WHOLE`] bytes.
fn hello(message: &[u8]) -> Option<Hello> {
    let [.., high, low] = message.len().to_be_bytes();
    let stream = Stream::dissect(&[&[22, 3, 3, high, low], message].concat());
    let (_, message) = reading::messages(&stream).next()?;
    match &message.data {
        MessageData::ClientHello(hello) => Some(Hello {
            version: hello.legacy_version.0,
            random: hello.random.0.to_vec(),
            session_id: hello.legacy_session_id.bytes.clone(),
            cipher_suites: hello.cipher_suites.items.iter().map(|suite| suite.0).collect(),
            compression_methods: hello.legacy_compression_methods.bytes.clone(),
        }),
        MessageData::ServerHello(hello) => Some(Hello {
            version: hello.legacy_version.0,
            random: hello.random.0.to_vec(),
            session_id: hello.legacy_session_id_echo.bytes.clone(),
            cipher_suites: [hello.cipher_suite.0].into(),
            compression_methods: [hello.legacy_compression_method].into(),
        }),
        _ => None,
    }
}

/// tls-parser: its dependencies take std along, which the guest does not have.
#[cfg(feature = "std-oracles")]
mod with_std {
    use tls_parser::{TlsMessage, TlsMessageHandshake, parse_tls_message_handshake, parse_tls_raw_record};

    use super::{Hello, Record};

    pub fn record(bytes: &[u8]) -> Option<Record<'_>> {
        let (_, record) = parse_tls_raw_record(bytes).ok()?;
        Some((record.hdr.record_type.0, record.hdr.version.0, record.data))
    }

    pub fn hello(message: &[u8]) -> Option<Hello> {
        let (_, TlsMessage::Handshake(message)) = parse_tls_message_handshake(message).ok()? else { return None };
        match message {
            TlsMessageHandshake::ClientHello(hello) => Some(Hello {
                version: hello.version.0,
                random: hello.random.to_vec(),
                session_id: hello.session_id.unwrap_or_default().to_vec(),
                cipher_suites: hello.ciphers.iter().map(|suite| suite.0).collect(),
                compression_methods: hello.comp.iter().map(|method| method.0).collect(),
            }),
            TlsMessageHandshake::ServerHello(hello) => Some(Hello {
                version: hello.version.0,
                random: hello.random.to_vec(),
                session_id: hello.session_id.unwrap_or_default().to_vec(),
                cipher_suites: [hello.cipher.0].into(),
                compression_methods: [hello.compression.0].into(),
            }),
            _ => None,
        }
    }
}
