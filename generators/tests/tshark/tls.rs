//! TLS streams.
//!
//! Of every stream the plain handshake records and alerts that it begins with are compared, up to the first that lies or that
//! tshark takes for encrypted or for no TLS at all: an unknown message, a record of another version than 3.0 to 3.3 or without
//! content. Of the rest tshark sees ciphertext. Not compared are
//! - extensions, where they are also in messages whose form depends on the version (certificates, tickets, requests);
//! - what is in an extension, but for the groups and versions of hellos; and no versions in the form of the other end's hello;
//! - what is drawn at random where tshark reads an encoding of its own, and what is behind that: it gives up on the packet where
//!   DER (certificates, OCSP, names) or QUIC's transport parameters claim more bytes than there are. Seeds have whole ones;
//! - what is behind drawn URLs of certificates (RFC 6066 section 5): tshark 4.0 takes the padding for no part of the list, and so
//!   reads an item more than there is;
//! - what is behind a drawn Finished in a record of version 3.0: tshark reads the 36 bytes of SSL 3.0, whatever its length.

use halligan_generators::{
    Generated, Model, Source,
    model::tls::{
        Stream,
        certificate::Der,
        extension::{Extension, ExtensionData},
        handshake::{Message, MessageData},
        record::{Content, Frame, Protection, Unit},
        wire::Vector,
    },
};

use super::{Case, DRAWN, Expected, compare, corpus};

/// LINKTYPE_IPV4.
const IPV4: u32 = 228;

/// A record's longest plaintext (RFC 8446 section 5.1).
const LONGEST: usize = 1 << 14;

/// Length of a Finished message of SSL 3.0 (RFC 6101 section 5.6.9).
const FINISHED_SSL3: usize = 36;

#[test]
#[ignore = "needs tshark: ci/check-models runs it"]
fn streams() {
    let mut cases: Vec<_> = corpus("tls_parser")
        .into_iter()
        .enumerate()
        .filter_map(|(at, (name, bytes))| case(at, name, &bytes, false))
        .collect();
    assert!(cases.len() > 300, "{} seeds begin with a handshake", cases.len());
    let seeds = cases.len();
    for seed in 0.. {
        let bytes = Stream::draw_from(&mut Source::random(seed, 400)).emit();
        cases.extend(case(cases.len() + 1000, format!("drawn {seed}"), &bytes, true));
        if cases.len() == seeds + DRAWN {
            break;
        }
    }
    compare(IPV4, &["-d", "tcp.port==443,tls"], &cases);
}

/// What a stream begins with, in a segment from a port of its own to port 443.
fn case(number: usize, name: String, bytes: &[u8], is_drawn: bool) -> Option<Case> {
    let mut stream = Stream::dissect(bytes);
    let plain = stream.units.iter().take_while(|unit| is_plain(unit) && !(is_drawn && is_foreign(unit))).count();
    stream.units.truncate(plain);
    stream.rest = Default::default();
    let bytes = stream.emit();
    if bytes.is_empty() || bytes.len() > 60_000 {
        return None;
    }
    let [.., high, low] = (40 + bytes.len()).to_be_bytes();
    // 192.0.2.1 to 192.0.2.2, without checksums.
    let mut packet = vec![0x45, 0, high, low, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2];
    let [.., high, low] = (1024 + number).to_be_bytes();
    // To port 443: sequence and acknowledgment number 1, PSH and ACK.
    packet.extend([high, low, 1, 187, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 255, 255]);
    packet.extend([0; 4]);
    packet.extend_from_slice(&bytes);
    let expected = expected(&stream);
    Some(Case { name, packet, expected })
}

/// Whether tshark reads the unit as the model does.
fn is_plain(unit: &Unit) -> bool {
    let is_known = |frame: &Frame| frame.protection == Protection::None && (0x0300..=0x0303).contains(&frame.version.0);
    match unit {
        Unit::Handshake { frame, messages, cuts, .. } => {
            let records = records(unit);
            is_known(frame)
                && cuts.iter().all(|cut| is_known(&cut.frame))
                && records.iter().all(|(_, _, length)| (1..=LONGEST).contains(length))
                && lies(unit) == 0
                && !messages
                    .iter()
                    .any(|message| matches!(message.data, MessageData::Other { .. } | MessageData::MessageHash(_)))
        }
        Unit::Record { frame, content: Content::Alert { .. } } => is_known(frame) && lies(unit) == 0,
        Unit::Record { .. } => false,
    }
}

/// Whether a unit holds what is not TLS's own encoding, and need not be whole.
fn is_foreign(unit: &Unit) -> bool {
    let Unit::Handshake { frame, messages, .. } = unit else { return false };
    messages.iter().any(|message| match &message.data {
        MessageData::Finished(data) => frame.version.0 == 0x0300 && data.len() < FINISHED_SSL3,
        MessageData::ClientHello(hello) => hello.extensions.iter().any(has_foreign),
        MessageData::ServerHello(hello) => hello.extensions.iter().any(has_foreign),
        MessageData::EncryptedExtensions(extensions) => has_foreign(extensions),
        MessageData::Certificate12(chain) => chain.items.iter().any(|certificate| certificate.der.0 != Der::VALID),
        MessageData::CertificateRequest12(request) => !request.authorities.items.is_empty(),
        MessageData::CertificateUrl12(list) => !list.urls.items.is_empty(),
        MessageData::Certificate(_)
        | MessageData::CertificateRequest(_)
        | MessageData::NewSessionTicket(_)
        | MessageData::CertificateStatus12(_) => true,
        _ => false,
    })
}

/// Whether there are responses, names or object identifiers in DER, or QUIC's transport parameters.
fn has_foreign(extensions: &Vector<2, Extension>) -> bool {
    extensions.items.iter().any(|extension| matches!(extension.data.kind(), 5 | 17 | 47 | 48 | 57))
}

fn lies(unit: &Unit) -> usize {
    Stream { units: vec![unit.clone()], ..Stream::default() }.lies()
}

/// Type, version and length of the records that a unit takes.
fn records(unit: &Unit) -> Vec<(u8, u16, usize)> {
    let wire = Stream { units: vec![unit.clone()], ..Stream::default() }.emit();
    let (mut rest, mut records) = (&wire[..], Vec::new());
    while let [kind, v0, v1, l0, l1, behind @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        records.push((*kind, u16::from_be_bytes([*v0, *v1]), length));
        rest = behind.get(length..).unwrap_or_default();
    }
    records
}

fn hex(value: u16) -> String {
    format!("{value:#06x}")
}

fn expected(stream: &Stream) -> Vec<Expected> {
    let records: Vec<_> = stream.units.iter().flat_map(records).collect();
    let mut all = vec![
        Expected::new("tls.record.content_type", records.iter().map(|(kind, ..)| kind)),
        Expected::new("tls.record.version", records.iter().map(|(_, version, _)| hex(*version))),
        Expected::new("tls.record.length", records.iter().map(|(.., length)| length)),
    ];
    let alerts = || {
        stream.units.iter().filter_map(|unit| match unit {
            Unit::Record { content: Content::Alert { level, description }, .. } => Some((level.0, description.0)),
            _ => None,
        })
    };
    all.push(Expected::new("tls.alert_message.level", alerts().map(|(level, _)| level)));
    all.push(Expected::new("tls.alert_message.desc", alerts().map(|(_, description)| description)));
    let messages: Vec<&Message> = stream
        .units
        .iter()
        .flat_map(|unit| match unit {
            Unit::Handshake { messages, .. } => &messages[..],
            Unit::Record { .. } => &[],
        })
        .collect();
    all.push(Expected::new("tls.handshake.type", messages.iter().map(|message| message.data.kind())));
    let mut hellos = Hellos::default();
    messages.iter().for_each(|message| hellos.message(message));
    hellos.finish(&mut all);
    all
}

/// The fields of hellos, in their order.
#[derive(Default)]
struct Hellos {
    versions: Vec<String>,
    randoms: Vec<String>,
    session_id_lengths: Vec<usize>,
    session_ids: Vec<String>,
    suites: Vec<String>,
    methods: Vec<u8>,
    /// Types and lengths of extensions.
    extensions: Vec<(u16, usize)>,
    groups: Vec<String>,
    versions_supported: Vec<String>,
    /// Whether a client's hello has a server's form of supported versions, or the other way round.
    misplaced: bool,
    /// Whether other messages have extensions, too.
    others: bool,
}

impl Hellos {
    fn message(&mut self, message: &Message) {
        match &message.data {
            MessageData::ClientHello(hello) => {
                self.begin(hello.legacy_version.0, &hello.random.0, &hello.legacy_session_id.bytes);
                self.suites.extend(hello.cipher_suites.items.iter().map(|suite| hex(suite.0)));
                self.methods.extend(&hello.legacy_compression_methods.bytes);
                self.extend(&hello.extensions, true);
            }
            MessageData::ServerHello(hello) => {
                self.begin(hello.legacy_version.0, &hello.random.0, &hello.legacy_session_id_echo.bytes);
                self.suites.push(hex(hello.cipher_suite.0));
                self.methods.push(hello.legacy_compression_method);
                self.extend(&hello.extensions, false);
            }
            MessageData::Finished(_)
            | MessageData::KeyUpdate(_)
            | MessageData::EndOfEarlyData(())
            | MessageData::ServerHelloDone12(())
            | MessageData::HelloRequest12(()) => {}
            _ => self.others = true,
        }
    }

    fn begin(&mut self, version: u16, random: &[u8], session_id: &[u8]) {
        let bytes = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        self.versions.push(hex(version));
        self.randoms.push(bytes(random));
        self.session_id_lengths.push(session_id.len());
        self.session_ids.extend((!session_id.is_empty()).then(|| bytes(session_id)));
    }

    fn extend(&mut self, extensions: &Option<Vector<2, Extension>>, is_client: bool) {
        for extension in extensions.iter().flat_map(|extensions| &extensions.items) {
            let list = Vector::from(vec![extension.clone()]);
            self.extensions.push((extension.data.kind(), length(&list)));
            match &extension.data {
                ExtensionData::SupportedGroups(groups) => {
                    self.groups.extend(groups.items.iter().map(|group| hex(group.0)));
                }
                ExtensionData::SupportedVersions(versions) if is_client => {
                    self.versions_supported.extend(versions.items.iter().map(|version| hex(version.0)));
                }
                ExtensionData::SelectedVersion(version) if !is_client => self.versions_supported.push(hex(version.0)),
                ExtensionData::SupportedVersions(_) | ExtensionData::SelectedVersion(_) => self.misplaced = true,
                _ => {}
            }
        }
    }

    fn finish(self, all: &mut Vec<Expected>) {
        if self.others {
            return;
        }
        all.push(Expected::new("tls.handshake.version", self.versions));
        all.push(Expected::new("tls.handshake.random", self.randoms));
        all.push(Expected::new("tls.handshake.session_id_length", self.session_id_lengths));
        all.push(Expected::new("tls.handshake.session_id", self.session_ids));
        all.push(Expected::new("tls.handshake.ciphersuite", self.suites));
        all.push(Expected::new("tls.handshake.comp_method", self.methods));
        all.push(Expected::new("tls.handshake.extension.type", self.extensions.iter().map(|(kind, _)| kind)));
        all.push(Expected::new("tls.handshake.extension.len", self.extensions.iter().map(|(_, length)| length)));
        all.push(Expected::new("tls.handshake.extensions_supported_group", self.groups));
        if !self.misplaced {
            all.push(Expected::new("tls.handshake.extensions.supported_version", self.versions_supported));
        }
    }
}

/// The length of the one extension of a list.
fn length(list: &Vector<2, Extension>) -> usize {
    let messages = vec![MessageData::EncryptedExtensions(list.clone()).into()];
    let unit = Unit::Handshake { frame: Frame::PLAIN, messages, rest: Default::default(), cuts: Vec::new() };
    // In front are a record's header, a message's, the length of the list, and type and length of the extension.
    Stream { units: vec![unit], ..Stream::default() }.emit().len() - (5 + 4 + 2 + 4)
}
