//! What must hold for every stream.

mod handshake;
mod records;
mod sessions;

use alloc::string::String;

use super::Parsed;
use crate::Property;
use crate::check::row;

type Check = fn(&Parsed<'_>) -> Result<(), String>;

/// The properties and their checks, in one order.
pub static TABLE: [(Property, Check); 24] = [
    row(
        "lengths_bounded",
        "RFC 8446 section 5.1",
        "rustls is never done with more bytes than it was given",
        None,
        records::lengths_bounded,
    ),
    row(
        "work_bounded",
        "RFC 8446 section 5.1",
        "calls and bytes written are bounded by the bytes read",
        None,
        records::work_bounded,
    ),
    row(
        "records_agree",
        "RFC 8446 section 5.1",
        "the decoders read the same records",
        Some("the model; where there is std, tls-parser"),
        records::records_agree,
    ),
    row(
        "handshakes_agree",
        "RFC 8446 section 4",
        "an oracle reads a hello and what rustls writes of it alike",
        Some("the model; where there is std, tls-parser"),
        handshake::handshakes_agree,
    ),
    row(
        "parse_emit_stable",
        "RFC 8446 section 4",
        "a handshake message that is parsed and written parses and is written the same",
        None,
        handshake::parse_emit_stable,
    ),
    row(
        "segmentation_invariant",
        "RFC 8446 section 5.1",
        "the outcome is the same however the stream is cut into reads",
        None,
        records::segmentation_invariant,
    ),
    row(
        "record_split_invariant",
        "RFC 8446 section 5.1",
        "the outcome is the same where a handshake message is cut into more records",
        None,
        records::record_split_invariant,
    ),
    row(
        "record_version_ignored",
        "RFC 8446 section 5.1",
        "the outcome is the same whatever the versions of records from 3.0 to 3.3",
        None,
        records::record_version_ignored,
    ),
    row(
        "partial_record_ignored",
        "RFC 8446 section 5.1",
        "a last record that is not whole makes no difference, but that its header may be refused",
        None,
        records::partial_record_ignored,
    ),
    row(
        "oversized_record_ends",
        "RFC 8446 section 5.1",
        "a record longer than any may be ends the connection with a record_overflow alert",
        None,
        records::oversized_record_ends,
    ),
    row(
        "unknown_type_ends",
        "RFC 8446 section 5",
        "a record of an unknown type ends the connection with an unexpected_message alert",
        None,
        records::unknown_type_ends,
    ),
    row(
        "change_cipher_spec_checked",
        "RFC 8446 section 5",
        "a change_cipher_spec of another value than 1 ends the connection with an unexpected_message alert",
        None,
        records::change_cipher_spec_checked,
    ),
    row(
        "handshake_in_order",
        "RFC 8446 appendix A, RFC 5246 section 7.3",
        "a handshake completes only if its messages are those that it needs, in their order",
        Some("the order in the RFCs"),
        handshake::handshake_in_order,
    ),
    row(
        "key_change_aligned",
        "RFC 8446 section 5.1",
        "a handshake message in front of a key change ends with its record, or the connection ends",
        Some("the model"),
        handshake::key_change_aligned,
    ),
    row(
        "server_hello_checked",
        "RFC 8446 section 4.1.3",
        "a client completes only if version, suite, session ID and group are what it offered",
        Some("the model"),
        handshake::server_hello_checked,
    ),
    row(
        "unsolicited_extension_aborts",
        "RFC 8446 section 4.2",
        "a client completes only if the server sent no extension that it did not offer or that is misplaced",
        Some("the model"),
        handshake::unsolicited_extension_aborts,
    ),
    row(
        "client_hello_answered",
        "RFC 8446 section 4.1.3",
        "a server's hello has what the client offered: version, suite, session ID, group, extensions",
        Some("the model"),
        handshake::client_hello_answered,
    ),
    row(
        "emitted_well_formed",
        "RFC 8446 section 5",
        "all that is written is whole records of known types and messages, with right lengths",
        Some("the model"),
        sessions::emitted_well_formed,
    ),
    row(
        "error_told_once",
        "RFC 8446 section 6.2",
        "an error is told by one alert, after which nothing is written",
        Some("the model"),
        sessions::error_told_once,
    ),
    row(
        "data_after_finished",
        "RFC 8446 section 2",
        "no data are read before the handshake is complete, and early data only if they were asked for",
        None,
        sessions::data_after_finished,
    ),
    row(
        "key_update_answered",
        "RFC 8446 section 4.6.3",
        "an update of keys that is requested is answered by one before the next data",
        Some("the model"),
        sessions::key_update_answered,
    ),
    row(
        "close_notify_final",
        "RFC 8446 section 6.1",
        "what is behind a close_notify makes no difference",
        None,
        sessions::close_notify_final,
    ),
    row(
        "injection_refused",
        "RFC 8446 section 5.2",
        "a stream that is injected into a sealed connection gives no data and does not close it",
        None,
        sessions::injection_refused,
    ),
    row(
        "peers_agree",
        "RFC 8446 appendix E.1",
        "whatever byte of a sealed connection is changed, ends that complete agree, and read what was written",
        None,
        sessions::peers_agree,
    ),
];
