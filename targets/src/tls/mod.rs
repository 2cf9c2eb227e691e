//! `tls_parser`: what the unikernel makes of what a TLS peer sends, rustls as a client and as a server, with the model and, where
//! there is std, tls-parser as oracles.

mod faults;
mod grammar;
mod oracle;
mod play;
mod properties;
mod provider;
mod reading;
#[cfg(test)]
mod seeds;
mod setup;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use halligan_generators::Model;
use halligan_generators::model::tls::Stream;
use halligan_generators::model::tls::handshake::MessageData;
use rustls::{CipherSuite, HandshakeKind, ProtocolVersion};

use crate::check::{check, properties};
use crate::{Observation, Property, Target, Violation};
use play::{Player, Role, Seen};
use provider::Suites;
use setup::Setup;

/// What a TLS peer sends through rustls. A stream that begins with a server's hello is a server's, any other a client's. The
/// second byte of the hello's random number says how the other end is set up.
pub struct TlsParser;

static PROPERTIES: [Property; properties::TABLE.len()] = properties(&properties::TABLE);

impl Target for TlsParser {
    type Input = Stream;

    const NAME: &'static str = "tls_parser";

    const ABOUT: &'static str =
        "TLS streams (RFC 8446, RFC 5246) through rustls as server and client, compared with the model and tls-parser";

    fn properties(&self) -> &'static [Property] {
        &PROPERTIES
    }

    fn run(&self, input: &[u8], observation: &mut Observation<'_>) -> Result<(), Violation> {
        let parsed = Parsed::new(input);
        parsed.observe(observation);
        check(&properties::TABLE, |holds| holds(&parsed))
    }
}

/// What rustls made of a stream.
struct Parsed<'a> {
    bytes: &'a [u8],
    /// The stream, as the model reads it.
    stream: Stream,
    role: Role,
    setup: Setup,
    /// After all of the stream.
    seen: Seen,
    /// What it wrote when it was then asked to write and to close.
    farewell: Vec<u8>,
    version: Option<ProtocolVersion>,
    suite: Option<CipherSuite>,
    kind: Option<HandshakeKind>,
    protocol: Option<Vec<u8>>,
}

impl<'a> Parsed<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let stream = Stream::dissect(bytes);
        let (role, setup) = ends(&stream);
        let mut player = player(role, setup);
        player.feed(bytes);
        let seen = player.seen.clone();
        player.say_farewell();
        player.close();
        let farewell = player.seen.sent.split_off(seen.sent.len());
        let state = player.state();
        let suite = state.negotiated_cipher_suite().map(|suite| suite.suite());
        let (version, kind) = (state.protocol_version(), state.handshake_kind());
        let protocol = state.alpn_protocol().map(<[u8]>::to_vec);
        Self { bytes, stream, role, setup, seen, farewell, version, suite, kind, protocol }
    }

    /// The same end after these pieces of a stream.
    fn replay<'p>(&self, pieces: impl IntoIterator<Item = &'p [u8]>) -> Seen {
        let mut player = player(self.role, self.setup);
        pieces.into_iter().for_each(|piece| player.feed(piece));
        player.seen
    }

    /// Whether what is behind encryption can be read.
    fn is_open(&self) -> bool {
        self.suite.is_none_or(provider::is_open)
    }

    fn is_tls13(&self) -> bool {
        self.version == Some(ProtocolVersion::TLSv1_3)
    }

    fn observe(&self, observation: &mut Observation<'_>) {
        observation.number("is_server", self.role == Role::Server);
        observation.number("setup", self.setup.bits());
        if let Some(version) = self.version {
            observation.number("version", u16::from(version));
        }
        if let Some(suite) = self.suite {
            observation.number("cipher_suite", u16::from(suite));
        }
        if let Some(kind) = self.kind {
            observation.bytes("kind", format!("{kind:?}").as_bytes());
        }
        if let Some(protocol) = &self.protocol {
            observation.bytes("protocol", protocol);
        }
        observation.number("completed", self.seen.completed);
        observation.number("closed", self.seen.closed);
        observation.number("consumed", self.seen.consumed as u64);
        observation.bytes("early_data", &self.seen.early);
        observation.bytes("data", &self.seen.received);
        if let Some(error) = &self.seen.error {
            observation.bytes("error", error.to_string().as_bytes());
        }
        observation.bytes("sent", &self.seen.sent);
        observation.bytes("farewell", &self.farewell);
    }
}

/// Which end a stream is for, and its setup.
fn ends(stream: &Stream) -> (Role, Setup) {
    let first = reading::messages(stream).next().map(|(_, message)| &message.data);
    match first {
        Some(MessageData::ServerHello(hello)) => (Role::Client, Setup::of(hello.random.0[1])),
        Some(MessageData::ClientHello(hello)) => (Role::Server, Setup::of(hello.random.0[1])),
        Some(MessageData::Other { kind: 2, .. }) => (Role::Client, Setup::of(0)),
        _ => (Role::Server, Setup::of(0)),
    }
}

/// An end. The setups are constant, so it can always be made.
fn player(role: Role, setup: Setup) -> Player {
    Player::new(role, setup, Suites::Any).expect("rustls accepts every setup")
}

/// The first difference between two outcomes, but for the work that they took.
fn difference(expected: &Seen, seen: &Seen) -> Option<String> {
    let what = |seen: &Seen| {
        let error = seen.error.as_ref().map(ToString::to_string);
        (seen.completed, seen.closed, error, seen.early.clone(), seen.received.clone(), seen.sent.clone())
    };
    let (left, right) = (what(expected), what(seen));
    (left != right).then(|| format!("expected {:.600}, saw {:.600}", format!("{left:?}"), format!("{right:?}")))
}

/// A number that depends on all of the stream.
fn digest(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix);
    (hash ^ hash >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8
}
