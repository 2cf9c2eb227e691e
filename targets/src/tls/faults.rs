//! Known faults of the releases under test. Each is left out of its property as narrowly as can be, and
//! `tests/known_faults.rs` notices when a release mends it.

use halligan_generators::Model;
use halligan_generators::model::tls::handshake::ServerHello;
use rustls::{Error, InvalidMessage, PeerMisbehaved as Peer, ProtocolVersion};

use super::play::{Role, Seen};
use super::reading::{alerts, client_hello, extensions, is_retry, kinds, messages};
use super::{Parsed, Stream};

const BAD_RECORD_MAC: u8 = 20;
const DECODE_ERROR: u8 = 50;

/// The number of the extension (RFC 8446 section 4.2.10).
const EARLY_DATA: u16 = 42;

/// The number of the message (RFC 5246 section 7.4).
const CLIENT_KEY_EXCHANGE: u8 = 16;

/// rustls 0.23: a record that is too long or of an unknown type, and a change_cipher_spec of another value before TLS 1.3 is
/// negotiated or when the handshake is complete, end the connection with a decode_error alert. RFC 8446 sections 5 and 5.1
/// demand record_overflow and unexpected_message. Within a handshake message they do so without an alert: [`is_silent`].
pub fn tells_otherwise(parsed: &Parsed<'_>, seen: &Seen) -> bool {
    let Some(error) = &seen.error else { return false };
    is_silent(parsed, error) || alerts(&Stream::dissect(&seen.sent)).last() == Some(&(2, DECODE_ERROR))
}

/// rustls 0.23: takes a plain change_cipher_spec in the midst of a handshake message for a protected record, and ends the connection
/// with a bad_record_mac alert. RFC 8446 section 5 has unexpected_message for one of another value than 1.
pub fn decrypts_change(seen: &Seen) -> bool {
    seen.error == Some(Error::DecryptError) && alerts(&Stream::dissect(&seen.sent)).last() == Some(&(2, BAD_RECORD_MAC))
}

/// rustls 0.23: a server that rejects early data counts each record that it skips anew with every read, until one follows that it
/// can decrypt. So it ends connections whose early data come in many pieces, though they are within the limit that RFC 8446
/// section 4.2.10 has it skip.
pub fn counts_skipped_data_again(parsed: &Parsed<'_>, in_pieces: &Seen) -> bool {
    let has_early_data =
        || client_hello(&parsed.stream).is_some_and(|hello| kinds(extensions(&hello.extensions)).contains(&EARLY_DATA));
    parsed.role == Role::Server && in_pieces.error == Some(Error::DecryptError) && has_early_data()
}

/// rustls 0.23: reads a handshake message in a plain record whose version is 3.4 as one of TLS 1.3, whatever version was
/// negotiated. RFC 8446 section 5.1 has receivers ignore it.
pub const HEEDED_MINOR_VERSION: u8 = 4;

/// rustls 0.23: a client overlooks these extensions, supported_groups, signature_algorithms and psk_key_exchange_modes, in a
/// server's hello of TLS 1.3. RFC 8446 section 4.2 has it abort with illegal_parameter.
pub fn overlooks_in_server_hello(kind: u16) -> bool {
    matches!(kind, 10 | 13 | 45)
}

/// rustls 0.23: a client overlooks these extensions, signature_algorithms and psk_key_exchange_modes, in encrypted extensions. RFC
/// 8446 section 4.2 has it abort with illegal_parameter.
pub fn overlooks_in_encrypted_extensions(kind: u16) -> bool {
    matches!(kind, 13 | 45)
}

/// rustls 0.23: a client takes the legacy version of a server's hello for the negotiated one where it is not 3.3. RFC 8446 section
/// 4.2.1 has it ignore that field where there is supported_versions.
pub fn heeds_legacy_version(hello: &ServerHello) -> bool {
    hello.legacy_version.0 != 0x0303
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
/// nobody where it is cut, empty or missing. In all other messages these errors are told of.
fn is_bad_key(parsed: &Parsed<'_>, error: &Error) -> bool {
    let exchanges = || messages(&parsed.stream).any(|(_, message)| message.data.kind() == CLIENT_KEY_EXCHANGE);
    let is_bad = matches!(
        error,
        Error::InvalidMessage(
            InvalidMessage::MessageTooShort | InvalidMessage::MissingData(_) | InvalidMessage::IllegalEmptyValue
        )
    );
    is_bad && parsed.role == Role::Server && parsed.version == Some(ProtocolVersion::TLSv1_2) && exchanges()
}

/// rustls 0.23: a client compares the echo of its session ID in hello retry requests alone, not in server's hellos of TLS 1.3.
/// RFC 8446 section 4.1.3 has it abort with illegal_parameter.
pub fn overlooks_echo(hello: &ServerHello) -> bool {
    !is_retry(hello)
}

#[test]
fn rustls_counts_skipped_data_again() {
    let input = include_bytes!("../../../corpora/tls_parser/regressions/early-data-counted-with-each-read");
    let parsed = Parsed::new(input);
    assert_eq!(parsed.seen.error, None);
    assert_eq!(parsed.replay(input.chunks(8)).error, Some(Error::DecryptError));
}
