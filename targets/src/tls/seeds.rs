//! The hand-made seeds: sessions between rustls and itself, and variations of them by the model. The test below keeps
//! `corpora/tls_parser/seeds` equal to them; with `HALLIGAN_WRITE_SEEDS` set it writes them there.

use std::collections::BTreeMap;
use std::format;
use std::path::Path;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use halligan_generators::model::tls::codes::*;
use halligan_generators::model::tls::extension::{Extension, ExtensionData, KeyShare};
use halligan_generators::model::tls::handshake::{Message, MessageData};
use halligan_generators::model::tls::record::{Content, Cut, Frame, Protection, Unit};
use halligan_generators::model::tls::wire::Vector;
use halligan_generators::{Derived, Model};

use super::play::{ends, meet};
use super::provider::Suites;
use super::setup::Setup;
use super::{Parsed, Stream};

#[path = "../../../generators/tests/samples/tls.rs"]
mod samples;

/// Setups, by name.
const SETUPS: [(&str, u8); 11] = [
    ("tls13", 0),
    ("tls13-client-auth", Setup::CLIENT_AUTH),
    ("tls13-client-auth-required", Setup::CLIENT_AUTH | Setup::STRICT),
    ("tls13-resumed", Setup::RESUME),
    ("tls13-resumed-stored", Setup::RESUME | Setup::STORE),
    ("tls13-early-data", Setup::RESUME | Setup::STORE | Setup::EARLY_DATA),
    ("tls12", Setup::TLS12),
    ("tls12-client-auth", Setup::TLS12 | Setup::CLIENT_AUTH),
    ("tls12-stored", Setup::TLS12 | Setup::STORE),
    ("tls12-resumed", Setup::TLS12 | Setup::RESUME),
    ("tls12-resumed-stored", Setup::TLS12 | Setup::RESUME | Setup::STORE),
];

/// What client and server of a setup say to each other, their random numbers telling the setup.
fn session(bits: u8) -> (Stream, Stream) {
    let (client, server) = ends(Setup::of(bits), Suites::Any).unwrap();
    let (client, server) = meet(client, server);
    assert_eq!((&client.seen.error, &server.seen.error), (&None, &None), "setup {bits:#x}");
    let told = |bytes: &[u8]| {
        let mut stream = Stream::dissect(bytes);
        match first(&mut stream) {
            MessageData::ClientHello(hello) => hello.random.0[1] |= bits,
            MessageData::ServerHello(hello) => hello.random.0[1] |= bits,
            other => panic!("begins with {other:?}"),
        }
        stream
    };
    (told(&client.seen.sent), told(&server.seen.sent))
}

fn first(stream: &mut Stream) -> &mut MessageData {
    all(stream).next().unwrap()
}

fn all(stream: &mut Stream) -> impl Iterator<Item = &mut MessageData> {
    stream.units.iter_mut().flat_map(|unit| match unit {
        Unit::Handshake { messages, .. } => messages.iter_mut().map(|message| &mut message.data).collect(),
        Unit::Record { .. } => Vec::new(),
    })
}

/// The extensions of a message that has some.
fn extensions(data: &mut MessageData) -> Option<&mut Vec<Extension>> {
    let list: &mut Vector<2, Extension> = match data {
        MessageData::ClientHello(hello) => hello.extensions.as_mut()?,
        MessageData::ServerHello(hello) => hello.extensions.as_mut()?,
        MessageData::EncryptedExtensions(list) => list,
        _ => return None,
    };
    Some(&mut list.items)
}

fn edited(stream: &Stream, edit: impl FnOnce(&mut Stream)) -> Stream {
    let mut stream = stream.clone();
    edit(&mut stream);
    stream
}

/// Has every message share one record with those beside it.
fn uncut(stream: &mut Stream) {
    for unit in &mut stream.units {
        if let Unit::Handshake { cuts, .. } = unit {
            cuts.clear();
        }
    }
}

/// The stream with these units in front of its unit `at`; from the end if negative.
fn with(stream: &Stream, at: isize, units: &[Unit]) -> Stream {
    edited(stream, |stream| {
        let at = if at < 0 { stream.units.len().saturating_add_signed(at + 1) } else { at as usize };
        stream.units.splice(at..at, units.iter().cloned());
    })
}

fn word(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn handshake(frame: Frame, data: MessageData) -> Unit {
    samples::handshake(frame, vec![Message::from(data)], &[])
}

/// All of them, by name.
fn seeds() -> BTreeMap<String, Stream> {
    let mut seeds = BTreeMap::new();
    for (name, bits) in SETUPS {
        let (client, server) = session(bits);
        seeds.insert(format!("client-{name}"), client);
        seeds.insert(format!("server-{name}"), server);
    }
    for side in ["client", "server"] {
        let (tls13, tls12) = (seeds[&format!("{side}-tls13")].clone(), seeds[&format!("{side}-tls12")].clone());
        let mut add = |name: &str, stream: Stream| drop(seeds.insert(format!("{side}-{name}"), stream));
        for extension in samples::extensions() {
            let name = word(extension.data.name());
            let here = |at: usize| {
                edited(&tls13, |stream| {
                    let list = all(stream).filter_map(extensions).nth(at).unwrap();
                    list.retain(|known| known.data.kind() != extension.data.kind());
                    // A key share or a pre-shared key comes last.
                    list.push(extension.clone());
                    uncut(stream);
                })
            };
            add(&format!("hello-{name}-{}", extension.data.kind()), here(0));
            if side == "server" {
                add(&format!("encrypted-{name}-{}", extension.data.kind()), here(1));
            }
        }
        for message in samples::messages().into_iter().chain(samples::messages12()) {
            let name = word(message.data.name());
            let unit = samples::handshake(Frame::PLAIN, vec![message], &[]);
            add(&format!("tls12-then-{name}"), with(&tls12, 1, &[unit]));
        }
        for message in samples::messages().into_iter().chain(samples::messages13()) {
            let name = word(message.data.name());
            let unit = samples::handshake(Frame::PROTECTED, vec![message], &[]);
            add(&format!("tls13-then-{name}"), with(&tls13, -2, &[unit]));
        }
        let update = |request| handshake(Frame::PROTECTED, MessageData::KeyUpdate(KeyUpdateRequest(request)));
        let data = |frame| Unit::Record { frame, content: Content::ApplicationData(b"data".to_vec()) };
        let padded = Frame { protection: Protection::Protected { padding: 100 }, ..Frame::PROTECTED };
        add("key-update", with(&tls13, -2, &[update(0)]));
        add("key-update-requested", with(&tls13, -2, &[update(1)]));
        add("key-update-requested-twice", with(&tls13, -2, &[update(1), data(padded), update(1)]));
        add("key-update-unknown", with(&tls13, -2, &[update(2)]));
        let not_last = samples::handshake(
            Frame::PROTECTED,
            vec![
                MessageData::KeyUpdate(KeyUpdateRequest(1)).into(),
                MessageData::KeyUpdate(KeyUpdateRequest(0)).into(),
            ],
            &[],
        );
        add("key-update-not-last", with(&tls13, -2, &[not_last]));
        add("data-behind-close", with(&tls13, -1, &[data(Frame::PROTECTED)]));
        add("tls12-data-behind-close", with(&tls12, -1, &[data(Frame::PLAIN)]));
        for (place, at) in [("first", 0), ("second", 1), ("last", -2)] {
            let opaque = |content_type, bytes: &[u8]| Unit::Record {
                frame: Frame::PLAIN,
                content: Content::Opaque { content_type, bytes: bytes.to_vec() },
            };
            let change = |value| Unit::Record {
                frame: Frame::PLAIN,
                content: Content::ChangeCipherSpec(ChangeCipherSpec(value)),
            };
            let protected = |content| Unit::Record { frame: Frame::PROTECTED, content };
            let alert = |level, description| Content::Alert {
                level: AlertLevel(level),
                description: AlertDescription(description),
            };
            let plain = |content| Unit::Record { frame: Frame::PLAIN, content };
            let odd = [
                ("change", change(1)),
                ("change-of-2", change(2)),
                ("change-of-two-bytes", opaque(20, &[1, 1])),
                ("change-of-nothing", opaque(20, &[])),
                ("protected-change", protected(Content::ChangeCipherSpec(ChangeCipherSpec(1)))),
                ("heartbeat", opaque(24, &[1, 0, 1, 0])),
                ("type-26", opaque(26, b"what")),
                ("empty-handshake", opaque(22, &[])),
                ("empty-alert", opaque(21, &[])),
                ("fatal-alert", plain(alert(2, 40))),
                ("warning", plain(alert(1, 112))),
                ("user-canceled", plain(alert(1, 90))),
                ("alert-of-level-7", plain(alert(7, 40))),
                ("protected-fatal-alert", protected(alert(2, 40))),
                ("protected-warning", protected(alert(1, 112))),
                ("protected-user-canceled", protected(alert(1, 90))),
                ("empty-data", protected(Content::ApplicationData(vec![]))),
                ("plain-data", plain(Content::ApplicationData(b"data".to_vec()))),
            ];
            for (name, unit) in odd {
                let base = if name.contains("protected") || place != "last" { &tls13 } else { &tls12 };
                add(&format!("{place}-{name}"), with(base, at, &[unit]));
            }
        }
        for length in [0x4001, 0x4101, 0x4801] {
            let frame = Frame { length: Derived::Lie(length), ..Frame::PROTECTED };
            add(&format!("record-of-{length}"), with(&tls13, -2, &[data(frame)]));
            add(
                &format!("plain-record-of-{length}"),
                with(&tls12, 1, &[data(Frame { length: Derived::Lie(length), ..Frame::PLAIN })]),
            );
        }
        add("partial", edited(&tls13, |stream| stream.rest = Derived::Lie(vec![23, 3, 3, 0])));
        for (name, base) in [("tls13", &tls13), ("tls12", &tls12)] {
            let cut = edited(base, |stream| {
                for unit in &mut stream.units {
                    if let Unit::Handshake { frame, cuts, .. } = unit {
                        *cuts = [1, 4, 30].map(|after| Cut { after, frame: *frame }).to_vec();
                    }
                }
            });
            add(&format!("{name}-cut"), cut);
            add(&format!("{name}-joined"), edited(base, uncut));
            let count = base.units.len();
            for left_out in 1..count {
                add(&format!("{name}-without-{left_out}"), edited(base, |stream| drop(stream.units.remove(left_out))));
            }
            for swapped in 2..count {
                let swap = edited(base, |stream| stream.units.swap(swapped - 1, swapped));
                add(&format!("{name}-swapped-{swapped}"), swap);
            }
        }
    }
    retries(&mut seeds);
    for (index, stream) in samples::streams().into_iter().enumerate() {
        seeds.insert(format!("alone-{index}"), stream);
    }
    seeds
}

/// Hello retry requests, which rustls and itself have no need of.
fn retries(seeds: &mut BTreeMap<String, Stream>) {
    let client = seeds["client-tls13"].clone();
    let shares = |data: &mut MessageData, data_of: ExtensionData| {
        let list = extensions(data).unwrap();
        let kind = data_of.kind();
        list.iter_mut().filter(|known| known.data.kind() == kind).for_each(|known| *known = data_of.clone().into());
    };
    let retried = edited(&client, |stream| {
        let mut hello = client.units[0].clone();
        if let Unit::Handshake { messages, .. } = &mut hello {
            shares(&mut messages[0].data, ExtensionData::KeyShares(vec![].into()));
        }
        stream.units.insert(0, hello);
    });
    seeds.insert("client-retry".into(), retried);
    let server = seeds["server-tls13"].clone();
    let retried = edited(&server, |stream| {
        let mut retry = server.units[0].clone();
        if let Unit::Handshake { messages, .. } = &mut retry {
            if let MessageData::ServerHello(hello) = &mut messages[0].data {
                hello.random = Random::HELLO_RETRY_REQUEST;
            }
            shares(&mut messages[0].data, ExtensionData::KeyShareGroup(Group(0x17)));
        }
        let share = KeyShare { group: Group(0x17), key: vec![4; 65].into() };
        shares(first(stream), ExtensionData::KeyShareServer(share));
        stream.units.insert(0, retry);
    });
    seeds.insert("server-retry".into(), retried);
}

#[test]
fn seeds_are_those_of_the_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/tls_parser/seeds");
    let write = std::env::var_os("HALLIGAN_WRITE_SEEDS").is_some();
    for (name, stream) in seeds() {
        let (path, bytes) = (folder.join(&name), stream.emit());
        if write {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(std::fs::read(&path).is_ok_and(|known| known == bytes), "{name} is another: write the seeds anew");
    }
}

/// What each side of each session sent, with the session's name.
fn sides() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    SETUPS.into_iter().flat_map(|(name, bits)| {
        let (client, server) = session(bits);
        [client, server].map(|stream| (name, stream.emit()))
    })
}

#[test]
fn sessions_complete() {
    for (name, bytes) in sides() {
        let parsed = Parsed::new(&bytes);
        assert_eq!(parsed.seen.error, None, "{name} {:?}", parsed.role);
        assert!(parsed.seen.completed && parsed.seen.closed, "{name} {:?}", parsed.role);
        assert_eq!(parsed.seen.received, b"farewell", "{name} {:?}", parsed.role);
    }
}

#[test]
fn sessions_survive_every_cut() {
    for (name, bytes) in sides() {
        let parsed = Parsed::new(&bytes);
        for at in 1..bytes.len() {
            let seen = parsed.replay([&bytes[..at], &bytes[at..]]);
            assert_eq!(super::difference(&parsed.seen, &seen), None, "{name} {:?} cut at {at}", parsed.role);
        }
        let seen = parsed.replay(bytes.chunks(1));
        assert_eq!(super::difference(&parsed.seen, &seen), None, "{name} {:?} byte by byte", parsed.role);
    }
}

#[test]
fn retries_complete() {
    let mut all = BTreeMap::new();
    let (client, server) = session(0);
    all.insert("client-tls13".to_string(), client);
    all.insert("server-tls13".to_string(), server);
    retries(&mut all);
    for name in ["client-retry", "server-retry"] {
        let bytes = all[name].emit();
        let parsed = Parsed::new(&bytes);
        assert_eq!((&parsed.seen.error, parsed.seen.completed), (&None, true), "{name}");
        assert_eq!(parsed.kind, Some(rustls::HandshakeKind::FullWithHelloRetryRequest), "{name}");
    }
}

#[test]
fn properties_hold_for_seeds() {
    let mut failed = Vec::new();
    for (name, stream) in seeds() {
        let bytes = stream.emit();
        let parsed = Parsed::new(&bytes);
        for (property, holds) in &super::properties::TABLE {
            if let Err(detail) = holds(&parsed) {
                failed.push(format!("{name}: {}: {detail:.500}", property.name));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
