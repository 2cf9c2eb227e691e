//! What rustls does with the streams of `corpora/tls_parser/regressions`, as the target notes it.

use std::fs;
use std::path::Path;

use halligan_generators::Model;
use halligan_generators::model::tls::Stream;
use halligan_generators::model::tls::codes::Version;
use halligan_generators::model::tls::extension::ExtensionData;
use halligan_generators::model::tls::handshake::MessageData;
use halligan_generators::model::tls::record::{Content, Unit};
use halligan_targets::observation::{Value, read};
use halligan_targets::{Observation, Target, TlsParser};
use rustls::internal::msgs::base::Payload;
use rustls::internal::msgs::message::{Message, MessagePayload, PlainMessage};
use rustls::{ContentType, ProtocolVersion};

fn input(fault: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/tls_parser/regressions");
    fs::read(folder.join(fault)).unwrap()
}

/// What came of a connection.
struct Outcome {
    completed: bool,
    error: String,
    sent: Stream,
}

fn outcome(input: &[u8]) -> Outcome {
    let mut buffer = vec![0; 1 << 16];
    let mut observation = Observation::new(&mut buffer);
    // No property is violated: the fault is left out.
    assert_eq!(TlsParser.run(input, &mut observation), Ok(()));
    let length = observation.finish();
    let mut outcome = Outcome { completed: false, error: String::new(), sent: Stream::default() };
    for (name, value) in read(&buffer[..length]) {
        match (name, value) {
            ("completed", Value::Number(completed)) => outcome.completed = completed != 0,
            ("error", Value::Bytes(error)) => outcome.error = String::from_utf8(error.to_vec()).unwrap(),
            ("sent", Value::Bytes(sent)) => outcome.sent = Stream::dissect(sent),
            _ => {}
        }
    }
    outcome
}

/// The alerts of a stream.
fn alerts(stream: &Stream) -> Vec<(u8, u8)> {
    let alert = |unit: &Unit| match unit {
        Unit::Record { content: Content::Alert { level, description }, .. } => Some((level.0, description.0)),
        _ => None,
    };
    stream.units.iter().filter_map(alert).collect()
}

/// The first message of a stream.
fn first(stream: &Stream) -> &MessageData {
    match &stream.units[0] {
        Unit::Handshake { messages, .. } => &messages[0].data,
        Unit::Record { .. } => panic!("it begins with a message"),
    }
}

#[test]
fn rustls_tells_of_an_unknown_type_as_a_decode_error() {
    let outcome = outcome(&input("record-of-unknown-type"));
    assert_eq!(alerts(&outcome.sent), [(2, 50)], "{}", outcome.error);
}

#[test]
fn rustls_heeds_the_version_of_a_record() {
    let with_3_4 = input("record-version-3-4-of-tls12-certificate");
    let (mut with_3_3, mut at, mut changed) = (with_3_4.clone(), 0, 0);
    while at < with_3_3.len() {
        if with_3_3[at + 2] == 4 {
            with_3_3[at + 2] = 3;
            changed += 1;
        }
        at += 5 + usize::from(u16::from_be_bytes([with_3_3[at + 3], with_3_3[at + 4]]));
    }
    assert_eq!(changed, 1, "a record of version 3.4");
    assert_ne!(outcome(&with_3_4).error, outcome(&with_3_3).error);
}

#[test]
fn rustls_takes_any_session_id_in_a_servers_hello() {
    let input = input("server-hello-echoes-another-session-id");
    let outcome = outcome(&input);
    let MessageData::ClientHello(offer) = first(&outcome.sent) else { panic!("it sends a client's hello") };
    let received = Stream::dissect(&input);
    let MessageData::ServerHello(answer) = first(&received) else { panic!("it is a server's hello") };
    assert_ne!(offer.legacy_session_id, answer.legacy_session_id_echo);
    assert!(outcome.completed, "{}", outcome.error);
}

#[test]
fn rustls_overlooks_misplaced_extensions() {
    let input = input("server-hello-with-supported-groups");
    let received = Stream::dissect(&input);
    let MessageData::ServerHello(hello) = first(&received) else { panic!("it is a server's hello") };
    assert!(hello.extensions.as_ref().unwrap().items.iter().any(|extension| extension.data.kind() == 10));
    let outcome = outcome(&input);
    assert!(outcome.completed, "{}", outcome.error);
}

#[test]
fn rustls_overlooks_misplaced_encrypted_extensions() {
    let input = input("encrypted-extensions-with-psk-modes");
    let received = Stream::dissect(&input);
    let Unit::Handshake { messages, .. } = &received.units[1] else { panic!("they are in a message") };
    let MessageData::EncryptedExtensions(extensions) = &messages[0].data else { panic!("they are its first") };
    assert_eq!(extensions.items[0].data.kind(), 45);
    let outcome = outcome(&input);
    assert!(outcome.completed, "{}", outcome.error);
}

#[test]
fn rustls_heeds_the_legacy_version() {
    let input = input("server-hello-of-legacy-version-3-4");
    let received = Stream::dissect(&input);
    let MessageData::ServerHello(hello) = first(&received) else { panic!("it is a server's hello") };
    let selected = ExtensionData::SelectedVersion(Version(0x0303));
    assert!(hello.extensions.as_ref().unwrap().items.iter().any(|extension| extension.data == selected));
    assert_eq!(hello.legacy_version, Version(0x0304));
    let outcome = outcome(&input);
    assert!(outcome.completed, "{}", outcome.error);
}

#[test]
fn rustls_decrypts_a_change_within_a_message() {
    let outcome = outcome(&input("change-cipher-spec-within-message"));
    assert_eq!(alerts(&outcome.sent), [(2, 20)], "{}", outcome.error);
}

#[test]
fn rustls_ends_connections_without_an_alert() {
    let outcome = outcome(&input("message-too-long-without-alert"));
    assert!(!outcome.error.is_empty());
    assert_eq!(alerts(&outcome.sent), [], "{}", outcome.error);
}

#[test]
fn rustls_is_silent_about_a_bad_key() {
    let mut stream = input("client-key-exchange-cut");
    let cut = outcome(&stream);
    assert!(cut.error.contains("MessageTooShort"), "{}", cut.error);
    assert_eq!(alerts(&cut.sent), []);
    // The last byte is the key's length.
    *stream.last_mut().unwrap() = 0;
    let empty = outcome(&stream);
    assert!(empty.error.contains("IllegalEmptyValue"), "{}", empty.error);
    assert_eq!(alerts(&empty.sent), []);
    let missing = outcome(&input("client-key-exchange-missing"));
    assert!(missing.error.contains("MissingData"), "{}", missing.error);
    assert_eq!(alerts(&missing.sent), []);
}

#[test]
fn rustls_tells_of_a_short_message() {
    // A client's hello that ends behind the length of its cipher suites.
    let body = [&[3, 3][..], &[0; 32], &[0, 0xff, 0xff]].concat();
    let message = [&[1, 0, 0, body.len() as u8][..], &body].concat();
    let outcome = outcome(&[&[22, 3, 1, 0, message.len() as u8][..], &message].concat());
    assert!(outcome.error.contains("MessageTooShort"), "{}", outcome.error);
    assert_eq!(alerts(&outcome.sent), [(2, 50)]);
}

#[test]
fn rustls_tells_of_a_key_that_was_not_offered() {
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/tls_parser/seeds/server-tls13");
    let mut stream = Stream::dissect(&fs::read(seed).unwrap());
    let Unit::Handshake { messages, .. } = &mut stream.units[0] else { panic!("it begins with a message") };
    let MessageData::ServerHello(hello) = &mut messages[0].data else { panic!("it is a server's hello") };
    hello.extensions.as_mut().unwrap().items.push(ExtensionData::PreSharedKeySelected(0).into());
    let outcome = outcome(&stream.emit());
    assert_eq!(alerts(&outcome.sent), [(2, 110)], "{}", outcome.error);
}

#[test]
fn rustls_writes_lists_that_it_refuses_to_read() {
    let rewritten = |message: &[u8]| {
        let (typ, version) = (ContentType::Handshake, ProtocolVersion::TLSv1_2);
        let plain = PlainMessage { typ, version, payload: Payload::new(message) };
        let MessagePayload::Handshake { parsed, .. } = Message::try_from(plain).ok()?.payload else { return None };
        let mut out = Vec::new();
        MessagePayload::handshake(parsed).encode(&mut out);
        Some(out)
    };
    // Behind the header of the record that it is alone in.
    let hello = input("hello-with-unknown-key-exchange-modes");
    let once = rewritten(&hello[5..]).expect("rustls reads it");
    assert!(once.windows(5).any(|window| window == [0, 45, 0, 1, 0]), "an empty list of modes");
    assert_eq!(rewritten(&once), None);
}
