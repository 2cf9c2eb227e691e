//! Streams of TLS: every extension, every handshake message and every type of record.

#![allow(dead_code, reason = "each test takes what it needs")]

// The targets, which have no std of their own, make seeds of these.
use std::{vec, vec::Vec};

use halligan_generators::{
    Derived,
    model::tls::{
        Stream,
        certificate::{CertificateData, CertificateEntry, Der},
        codes::*,
        extension::{ExtensionData as X, *},
        handshake::{MessageData as M, *},
        record::{Content, Cut, Frame, Protection, Unit},
    },
};

/// Every form of every extension.
pub fn extensions() -> Vec<Extension> {
    let x25519 = || KeyShare { group: Group(0x1d), key: vec![9; 32].into() };
    let psk = OfferedPsks {
        identities: vec![PskIdentity { identity: b"ticket".into(), obfuscated_ticket_age: 1000 }].into(),
        binders: vec![vec![0; 32].into()].into(),
    };
    let request = StatusRequest { kind: StatusType(1), responders: vec![].into(), extensions: b"".into() };
    let name = ServerName { kind: NameType(0), name: b"halligan.example".into() };
    let schemes = || vec![SignatureScheme(0x0807), SignatureScheme(0x0403)].into();
    let data = vec![
        X::ServerName(vec![name].into()),
        X::ServerNameAcknowledged(()),
        X::MaxFragmentLength(1),
        X::StatusRequest(request),
        X::StatusRequestAcknowledged(()),
        X::CertificateStatus(CertificateStatus { kind: StatusType(1), response: vec![0x30; 9].into() }),
        X::SupportedGroups(vec![Group(0x1d), Group(0x17)].into()),
        X::EcPointFormats(vec![0].into()),
        X::SignatureAlgorithms(schemes()),
        X::UseSrtp(UseSrtp { profiles: vec![1, 2].into(), master_key_identifier: b"".into() }),
        X::Heartbeat(1),
        X::ApplicationProtocols(vec![b"h2".into(), b"http/1.1".into()].into()),
        X::StatusRequestV2(vec![StatusRequestItem { kind: StatusType(2), request: vec![0; 4].into() }].into()),
        X::CertificateTimestampsRequest(()),
        X::CertificateTimestamps(vec![vec![7; 20].into()].into()),
        X::ClientCertificateTypes(vec![0, 2].into()),
        X::ClientCertificateType(2),
        X::ServerCertificateTypes(vec![2].into()),
        X::ServerCertificateType(2),
        X::Padding(vec![0; 5]),
        X::EncryptThenMac(()),
        X::ExtendedMasterSecret(()),
        X::CompressCertificate(vec![Compression(2), Compression(1)].into()),
        X::RecordSizeLimit(0x4001),
        X::DelegatedCredential(schemes()),
        X::SessionTicket(b"ticket".into()),
        X::PreSharedKeySelected(0),
        X::EarlyData(()),
        X::EarlyDataLimit(1024),
        X::SupportedVersions(vec![Version(0x0304), Version(0x0303)].into()),
        X::SelectedVersion(Version(0x0304)),
        X::Cookie(vec![5; 8].into()),
        X::PskKeyExchangeModes(vec![1].into()),
        X::CertificateAuthorities(vec![vec![0x30, 0].into()].into()),
        X::OidFilters(vec![OidFilter { oid: vec![6, 1, 42].into(), values: b"".into() }].into()),
        X::PostHandshakeAuth(()),
        X::SignatureAlgorithmsCert(schemes()),
        X::KeyShares(vec![x25519()].into()),
        X::KeyShareServer(x25519()),
        X::KeyShareGroup(Group(0x17)),
        X::QuicTransportParameters(vec![1, 2, 0x40, 0x64]),
        X::NextProtocol(vec![]),
        X::EncryptedClientHello(vec![1]),
        X::RenegotiationInfo(vec![0].into()),
        X::Other { kind: 0x0a0a, bytes: vec![0] },
        X::PreSharedKeys(psk),
    ];
    data.into_iter().map(Extension::from).collect()
}

/// A client's hello with these extensions.
pub fn client_hello(extensions: Vec<Extension>) -> ClientHello {
    ClientHello {
        legacy_version: Version(0x0303),
        random: Random([1; 32]),
        legacy_session_id: vec![2; 32].into(),
        cipher_suites: vec![CipherSuite(0x1301), CipherSuite(0xc02b)].into(),
        legacy_compression_methods: vec![0].into(),
        extensions: Some(extensions.into()),
    }
}

/// A server's hello with these extensions.
pub fn server_hello(random: Random, extensions: Vec<Extension>) -> ServerHello {
    ServerHello {
        legacy_version: Version(0x0303),
        random,
        legacy_session_id_echo: vec![2; 32].into(),
        cipher_suite: CipherSuite(0x1301),
        legacy_compression_method: 0,
        extensions: Some(extensions.into()),
    }
}

fn signed() -> Signed {
    Signed { scheme: SignatureScheme(0x0807), signature: vec![3; 64].into() }
}

/// What both versions write alike.
pub fn messages() -> Vec<Message> {
    let selected = || vec![X::SelectedVersion(Version(0x0304)).into(), X::KeyShareGroup(Group(0x17)).into()];
    let old = ServerHello { extensions: None, ..server_hello(Random::DOWNGRADE_TLS12, vec![]) };
    let data = vec![
        M::ClientHello(client_hello(extensions())),
        M::ClientHello(ClientHello { extensions: None, ..client_hello(vec![]) }),
        M::ServerHello(server_hello(Random([4; 32]), selected())),
        M::ServerHello(server_hello(Random::HELLO_RETRY_REQUEST, selected())),
        M::ServerHello(old),
        M::EncryptedExtensions(vec![X::EarlyData(()).into()].into()),
        M::CertificateVerify(signed()),
        M::Finished(vec![0; 32]),
        M::KeyUpdate(KeyUpdateRequest(1)),
        M::EndOfEarlyData(()),
        M::HelloRequest12(()),
        M::MessageHash(vec![6; 32]),
        M::Other { kind: 67, bytes: vec![1, 2] },
    ];
    data.into_iter().map(Message::from).collect()
}

/// What TLS 1.3 writes in protected records.
pub fn messages13() -> Vec<Message> {
    let entry = CertificateEntry { data: CertificateData::default(), extensions: vec![].into() };
    let compressed =
        CompressedCertificate { algorithm: Compression(1), uncompressed_length: [0, 1, 0], message: vec![7; 9].into() };
    let ticket = NewSessionTicket {
        lifetime: 86400,
        age_add: 7,
        nonce: vec![0].into(),
        ticket: b"ticket".into(),
        extensions: vec![X::EarlyDataLimit(1024).into()].into(),
    };
    let schemes = X::SignatureAlgorithms(vec![SignatureScheme(0x0807)].into());
    let data = vec![
        M::Certificate(Certificate { request_context: b"".into(), entries: vec![entry].into() }),
        M::CertificateRequest(CertificateRequest { context: b"".into(), extensions: vec![schemes.into()].into() }),
        M::CompressedCertificate(compressed),
        M::NewSessionTicket(ticket),
    ];
    data.into_iter().map(Message::from).collect()
}

/// What TLS 1.2 writes.
pub fn messages12() -> Vec<Message> {
    let other = CertificateData { length: Derived::Auto, der: Der(vec![0x30, 0]) };
    let request = CertificateRequest12 {
        certificate_types: vec![64].into(),
        schemes: vec![SignatureScheme(0x0807)].into(),
        authorities: vec![vec![0x30, 0].into()].into(),
    };
    let ecdhe =
        EcdheParameters { curve_type: CurveType(3), group: Group(0x1d), public: vec![9; 32].into(), signed: signed() };
    let dhe = DheParameters {
        prime: vec![0xff; 32].into(),
        generator: vec![2].into(),
        public: vec![9; 32].into(),
        signed: signed(),
    };
    let url = UrlAndHash { url: b"http://halligan.example/".into(), padding: 1, hash: [8; 20] };
    let data = vec![
        M::Certificate12(vec![CertificateData::default(), other].into()),
        M::CertificateStatus12(CertificateStatus { kind: StatusType(1), response: vec![0x30; 9].into() }),
        M::ServerKeyExchange12(ecdhe),
        M::ServerKeyExchangeDhe12(dhe),
        M::CertificateRequest12(request),
        M::ServerHelloDone12(()),
        M::ClientKeyExchange12(vec![9; 32].into()),
        M::ClientKeyExchangeRsa12(vec![9; 48].into()),
        M::NewSessionTicket12(NewSessionTicket12 { lifetime_hint: 0, ticket: b"ticket".into() }),
        M::CertificateUrl12(CertificateUrl { kind: 0, urls: vec![url].into() }),
        M::SupplementalData12(vec![SupplementalData { kind: 1, data: b"x".into() }].into()),
    ];
    data.into_iter().map(Message::from).collect()
}

/// Records of these messages; further ones begin behind so many bytes of each.
pub fn handshake(frame: Frame, messages: Vec<Message>, cuts: &[u16]) -> Unit {
    let cuts = cuts.iter().map(|after| Cut { after: *after, frame }).collect();
    Unit::Handshake { frame, messages, rest: Derived::Auto, cuts }
}

/// Records that are no handshake messages, in this frame.
pub fn records(frame: Frame) -> Vec<Unit> {
    let contents = vec![
        Content::ChangeCipherSpec(ChangeCipherSpec(1)),
        Content::Alert { level: AlertLevel(2), description: AlertDescription(40) },
        Content::ApplicationData(b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        Content::Alert { level: AlertLevel(1), description: AlertDescription(0) },
    ];
    contents.into_iter().map(|content| Unit::Record { frame, content }).collect()
}

/// A stream of these units.
pub fn stream(units: Vec<Unit>) -> Stream {
    Stream { units, rest: Derived::Auto }
}

/// Streams with all of this.
pub fn streams() -> Vec<Stream> {
    let padded = Frame { protection: Protection::Protected { padding: 3 }, ..Frame::PROTECTED };
    let heartbeat =
        Unit::Record { frame: Frame::PLAIN, content: Content::Opaque { content_type: 24, bytes: vec![1; 5] } };
    let mut streams = Vec::new();
    for message in messages().into_iter().chain(messages12()) {
        streams.push(stream(vec![handshake(Frame::PLAIN, vec![message], &[])]));
    }
    for message in messages().into_iter().chain(messages13()) {
        streams.push(stream(vec![handshake(padded, vec![message], &[])]));
    }
    streams.push(stream(vec![
        handshake(Frame::PLAIN, messages12(), &[1, 0, 300]),
        heartbeat,
        handshake(Frame::PROTECTED, messages13(), &[3, 100]),
    ]));
    streams.push(stream([records(Frame::PLAIN), records(padded)].concat()));
    streams
}
