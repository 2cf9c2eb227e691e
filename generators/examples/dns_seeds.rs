//! Writes the hand-made seeds of `dns_parser` to a folder: `cargo run --example dns_seeds -- FOLDER`.

#[path = "../tests/samples/mod.rs"]
mod samples;

use std::path::Path;
use std::{env, fs};

use halligan_generators::{
    Derived, Model,
    model::dns::{Data, End, Header, Message, Name, OptionValue, Question, Record, Text, type_name},
};

fn main() -> std::io::Result<()> {
    let Some(folder) = env::args().nth(1) else {
        eprintln!("usage: dns_seeds FOLDER");
        std::process::exit(2)
    };
    fs::create_dir_all(&folder)?;
    let seeds = seeds();
    for (name, message) in &seeds {
        fs::write(Path::new(&folder).join(format!("made-{name}")), message.emit())?;
    }
    println!("{} seeds written to {folder}", seeds.len());
    Ok(())
}

fn seeds() -> Vec<(String, Message)> {
    let mut seeds = Vec::new();
    for message in samples::messages() {
        let Message::Whole { answers, .. } = &message else { continue };
        let name = match &answers[..] {
            [record] => format!("response-{}", type_name(record.kind()).to_lowercase()),
            _ => "response-all-types-and-options".to_owned(),
        };
        seeds.push((name, message));
    }
    seeds.extend(names().into_iter().map(|(name, message)| (name.to_owned(), message)));
    seeds.extend(messages().into_iter().map(|(name, message)| (name.to_owned(), message)));
    seeds
}

/// A message of these sections.
fn message(header: Header, questions: Vec<Question>, answers: Vec<Record>, additionals: Vec<Record>) -> Message {
    Message::Whole { header, questions, answers, authorities: vec![], additionals, trailer: Derived::Auto }
}

fn query(header: Header, name: Name, kind: u16) -> Message {
    message(header, vec![Question::new(name, kind)], vec![], vec![])
}

fn response() -> Header {
    Header { id: 7, response: true, recursion_desired: true, recursion_available: true, ..Header::default() }
}

/// A name of these labels, each so many `a`s.
fn long(lengths: &[usize]) -> Name {
    Name { labels: lengths.iter().map(|len| vec![b'a'; *len]).collect(), end: Derived::Auto }
}

fn ending(labels: &str, end: End) -> Name {
    Name { end: Derived::Lie(end), ..Name::of(labels) }
}

/// Names at their limits, compressed in odd ways, and pointers that lead nowhere.
fn names() -> Vec<(&'static str, Message)> {
    let of = |name: Name| query(Header::default(), name, 1);
    let two = |second: Name| {
        let questions = vec![Question::new(Name::of("www.example.com"), 1), Question::new(second, 28)];
        message(Header::default(), questions, vec![], vec![])
    };
    vec![
        ("query-root", of(Name::default())),
        ("name-255-octets", of(long(&[63, 63, 63, 61]))),
        ("name-256-octets", of(long(&[63, 63, 63, 62]))),
        ("name-127-labels", of(long(&[1; 127]))),
        ("name-128-labels", of(long(&[1; 128]))),
        ("name-not-ascii", of(Name { labels: vec![b"\x00\xff.\\".to_vec()], end: Derived::Auto })),
        ("name-mixed-case", two(Name::of("WWW.Example.COM"))),
        ("name-not-compressed", two(ending("www.example.com", End::Root))),
        ("pointer-to-name", two(Name::of("www.example.com"))),
        ("pointer-into-name", two(Name::of("mail.example.com"))),
        ("pointer-to-itself", of(ending("", End::Pointer(12)))),
        ("pointer-loop", two(ending("a", End::Pointer(33)))),
        ("pointer-forward", of(ending("a", End::Pointer(20)))),
        ("pointer-beyond-message", of(ending("a", End::Pointer(0x3fff)))),
        ("pointer-into-header", of(ending("a", End::Pointer(4)))),
        ("pointer-chain", chain()),
        ("label-type-01", of(ending("a", End::Reserved(0x41)))),
        ("label-type-10", of(ending("a", End::Reserved(0x80)))),
    ]
}

/// Names each of which points to the one before.
fn chain() -> Message {
    let labels = ["e", "d.e", "c.d.e", "b.c.d.e", "a.b.c.d.e"];
    message(Header::default(), labels.map(|name| Question::new(Name::of(name), 1)).to_vec(), vec![], vec![])
}

fn messages() -> Vec<(&'static str, Message)> {
    let name = || Name::of("www.example.com");
    let a = || Record::new(name(), Data::A([192, 0, 2, 1]));
    let other = |kind, data: &[u8]| Record::new(name(), Data::Other { kind, data: data.to_vec() });
    let cookie = || OptionValue::Other { code: 10, value: b"12345678".to_vec() }.into();
    let question = || vec![Question::new(name(), 1)];
    let answer = |record| message(response(), question(), vec![record], vec![]);
    let mut local = Question::new(Name::of("_http._tcp.local"), 12);
    local.unicast_response = true;
    let Record::Data { data, length, ttl, .. } = Record::new(Name::of("host.local"), Data::A([192, 0, 2, 7])) else {
        unreachable!("it is a record with data")
    };
    let flush = Record::Data { name: Name::of("host.local"), cache_flush: true, class: 1, ttl, length, data };
    let update = Header { opcode: 5, ..Header::default() };
    let alias = vec![Record::new(name(), Data::Cname(Name::of("web.example.com"))), {
        Record::new(Name::of("web.example.com"), Data::A([192, 0, 2, 2]))
    }];
    vec![
        ("header-alone", message(Header::default(), vec![], vec![], vec![])),
        ("query-a", query(Header { id: 1, recursion_desired: true, ..Header::default() }, name(), 1)),
        ("query-status", query(Header { opcode: 2, ..Header::default() }, name(), 1)),
        ("query-notify", query(Header { opcode: 4, authoritative: true, ..Header::default() }, name(), 6)),
        ("query-opcode-15", query(Header { opcode: 15, ..Header::default() }, name(), 1)),
        ("query-edns", message(Header::default(), question(), vec![], vec![Record::opt(vec![cookie()])])),
        (
            "query-two-opt",
            message(Header::default(), question(), vec![], vec![Record::opt(vec![]), Record::opt(vec![])]),
        ),
        ("query-opt-in-answers", message(Header::default(), question(), vec![Record::opt(vec![])], vec![])),
        ("query-multicast-qu", message(Header::default(), vec![local], vec![], vec![])),
        ("response-multicast-flush", message(response(), vec![], vec![flush], vec![])),
        ("response-alias", message(response(), question(), alias, vec![])),
        ("response-truncated", message(Header { truncated: true, ..response() }, question(), vec![], vec![])),
        ("response-nxdomain", message(Header { rcode: 3, ..response() }, question(), vec![], vec![])),
        ("response-all-flags", {
            let header = Header {
                authoritative: true,
                reserved: Derived::Lie(true),
                authentic_data: true,
                checking_disabled: true,
                rcode: 15,
                ..response()
            };
            message(header, question(), vec![a()], vec![])
        }),
        ("response-bad-version", {
            let mut opt = Record::opt(vec![]);
            if let Record::Opt { extended_rcode, version, dnssec_ok, flags, payload_size, .. } = &mut opt {
                (*extended_rcode, *version, *dnssec_ok, *flags, *payload_size) = (1, 1, true, 3, 100);
            }
            message(response(), question(), vec![], vec![opt])
        }),
        ("response-signed", {
            let signature = samples::messages().into_iter().find_map(|message| match message {
                Message::Whole { answers, .. } => answers.into_iter().find(|record| record.kind() == 250),
                Message::Raw(_) => None,
            });
            let Some(Record::Data { data: Data::Tsig(mut tsig), .. }) = signature else {
                unreachable!("there is a sample of every type")
            };
            // No MAC, original ID 7, no error, no other data.
            tsig.rest = vec![0, 0, 0, 7, 0, 0, 0, 0];
            message(response(), question(), vec![a()], vec![Record::new(Name::of("key"), Data::Tsig(tsig))])
        }),
        ("response-class-chaos", {
            let data = Data::Txt(vec![Text::from(b"9.18")]);
            let name = Name::of("version.bind");
            let (length, cache_flush) = (Derived::Auto, false);
            answer(Record::Data { name, cache_flush, class: 3, ttl: 0, length, data })
        }),
        ("response-null", answer(other(10, b"anything"))),
        // PKIX, key tag 1, RSASHA256; Ed25519 by SHA-256.
        ("response-cert", answer(other(37, b"\0\x01\0\x01\x08certificate"))),
        ("response-sshfp", answer(other(44, b"\x04\x02fingerprint"))),
        ("response-smimea", answer(other(53, b"\x03\0\0certificate"))),
        ("response-openpgpkey", answer(other(61, b"key"))),
        // Serial 66, immediate and soaminimum; A, NS, AAAA, and CAA in the window behind.
        ("response-csync", answer(other(62, b"\0\0\0\x42\0\x03\0\x04\x60\0\0\x08\x01\x01\x40"))),
        ("response-csync-undefined-flag", answer(other(62, b"\0\0\0\x42\x01\0\0\x01\x60"))),
        ("response-caa-iodef", answer(other(257, b"\x80\x05iodefmailto:security@example.com"))),
        ("response-type-zero", answer(other(0, b""))),
        ("response-any-as-record", answer(other(255, b"data"))),
        ("response-private-type", answer(other(65305, b"\x03com\x00"))),
        ("response-short-address", answer(other(1, &[192, 0, 2]))),
        ("response-length-beyond", {
            let (data, length) = (Data::A([192, 0, 2, 1]), Derived::Lie(200));
            answer(Record::Data { name: name(), cache_flush: false, class: 1, ttl: 60, length, data })
        }),
        ("response-text-length-beyond", {
            answer(Record::new(name(), Data::Txt(vec![Text { length: Derived::Lie(200), bytes: b"abc".to_vec() }])))
        }),
        ("response-count-beyond", {
            message(Header { answer_count: Derived::Lie(9), ..response() }, question(), vec![a()], vec![])
        }),
        ("response-trailer", {
            let mut message = answer(a());
            if let Message::Whole { trailer, .. } = &mut message {
                *trailer = Derived::Lie(b"trailer".to_vec());
            }
            message
        }),
        ("update-delete", {
            let data = Data::Other { kind: 1, data: vec![] };
            let (length, cache_flush) = (Derived::Auto, false);
            let record = Record::Data { name: name(), cache_flush, class: 255, ttl: 0, length, data };
            message(update, vec![Question::new(Name::of("example.com"), 6)], vec![record], vec![])
        }),
    ]
}
