//! Known faults of the releases under test. Each is left out of its property as narrowly as can be, and
//! `tests/known_faults.rs` notices when a release mends it.

use halligan_generators::Model;
use halligan_generators::model::tls::handshake::ServerHello;
use rustls::{Error, InvalidMessage, PeerMisbehaved as Peer, ProtocolVersion};

use super::play::{Role, Seen};
use super::reading::{alerts, is_retry, messages};
use super::{Parsed, Stream};

const DECODE_ERROR: u8 = 50;

/// The number of the message (RFC 5246 section 7.4).
const CLIENT_KEY_EXCHANGE: u8 = 16;

/// rustls 0.23: a record that is too long or of an unknown type, and a change_cipher_spec of another value before TLS 1.3 is
/// negotiated or when the handshake is complete, end the connection with a decode_error alert. RFC 8446 sections 5 and 5.1
/// demand record_overflow and unexpected_message. Within a handshake message they do so without an alert: [`is_silent`].
pub fn tells_otherwise(parsed: &Parsed<'_>, seen: &Seen) -> bool {
    let Some(error) = &seen.error else { return false };
    is_silent(parsed, error) || alerts(&Stream::dissect(&seen.sent)).last() == Some(&(2, DECODE_ERROR))
}

/// rustls 0.23: reads a handshake message in a plain record whose version is 3.4 as one of TLS 1.3, whatever version was
/// negotiated. RFC 8446 section 5.1 has receivers ignore it.
pub const HEEDED_MINOR_VERSION: u8 = 4;

/// rustls 0.23: a client overlooks these extensions, supported_groups, signature_algorithms and psk_key_exchange_modes, in a
/// server's hello of TLS 1.3. RFC 8446 section 4.2 has it abort with illegal_parameter.
pub fn overlooks_in_server_hello(kind: u16) -> bool {
    matches!(kind, 10 | 13 | 45)
}

/// rustls 0.23: in supported_versions, psk_key_exchange_modes, ec_point_formats, server_name and others it drops what it does not
/// know. What it writes of a list of nothing else is an empty list, which RFC 8446 section 4.2.9, RFC 8422 section 5.1.2 and RFC 6066 section 3 forbid and which it refuses to read.
pub fn writes_empty_list(hello: &[u8]) -> bool {
    let is_empty = |bytes: &[u8]| matches!(bytes, [0, _, 0, 1, 0, ..] | [0, _, 0, 2, 0, 0]);
    hello.windows(6).any(is_empty) || hello.ends_with(&[0, 1, 0])
}

/// rustls 0.23: these errors end a connection without an alert. RFC 8446 section 6.2 has one sent.
pub fn is_silent(parsed: &Parsed<'_>, error: &Error) -> bool {
    matches!(
        error,
        Error::NoCertificatesPresented
            | Error::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge)
            | Error::PeerMisbehaved(
                Peer::EarlyDataExtensionWithoutResumption
                    | Peer::IllegalMiddleboxChangeCipherSpec
                    | Peer::IllegalTlsInnerPlaintext
                    | Peer::InvalidMaxEarlyDataSize
                    | Peer::MessageInterleavedWithHandshakeMessage
                    | Peer::OfferedEarlyDataWithOldProtocolVersion
                    | Peer::RejectedEarlyDataInterleavedWithHandshakeMessage
                    | Peer::ResumptionOfferedWithVariedCipherSuite
                    | Peer::ResumptionOfferedWithVariedEms
                    | Peer::ServerNameDifferedOnRetry
                    | Peer::TooManyEmptyFragments
                    | Peer::TooManyKeyUpdateRequests
                    | Peer::TooManyRenegotiationRequests
                    | Peer::TooManyWarningAlertsReceived
                    | Peer::UnsolicitedCertExtension
            )
    ) || is_bad_key(parsed, error)
}

/// rustls 0.23: reads the key in a client key exchange of TLS 1.2 (RFC 5246 section 7.4.7) apart from its message, and tells
/// nobody where it is cut or empty. In all other messages these two errors are told of.
fn is_bad_key(parsed: &Parsed<'_>, error: &Error) -> bool {
    let exchanges = || messages(&parsed.stream).any(|(_, message)| message.data.kind() == CLIENT_KEY_EXCHANGE);
    let is_bad =
        matches!(error, Error::InvalidMessage(InvalidMessage::MessageTooShort | InvalidMessage::IllegalEmptyValue));
    is_bad && parsed.role == Role::Server && parsed.version == Some(ProtocolVersion::TLSv1_2) && exchanges()
}

/// rustls 0.23: a client compares the echo of its session ID in hello retry requests alone, not in server's hellos of TLS 1.3.
/// RFC 8446 section 4.1.3 has it abort with illegal_parameter.
pub fn overlooks_echo(hello: &ServerHello) -> bool {
    !is_retry(hello)
}
