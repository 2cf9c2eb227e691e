//! In which order a peer may send handshake messages (RFC 8446 appendix A, RFC 5246 section 7.3).

use alloc::vec::Vec;

use halligan_generators::model::tls::Stream;
use halligan_generators::model::tls::handshake::MessageData;
use halligan_generators::model::tls::record::{Content, Unit};
use rustls::{HandshakeKind, ProtocolVersion};

use super::play::Role;
use super::reading::{client_hello, extensions, kinds, messages};
use super::setup::Setup;

/// The type of the extension (RFC 8446 section 4.2).
const EARLY_DATA: u16 = 42;

/// A handshake that an end takes for complete.
pub struct Handshake {
    /// Which end it is.
    pub role: Role,
    /// How it is set up.
    pub setup: Setup,
    /// The version.
    pub version: ProtocolVersion,
    /// Whether it resumed a session.
    pub kind: HandshakeKind,
    /// Whether the server asked the client to retry.
    pub retried: bool,
}

impl Handshake {
    /// Whether what the peer sent, up to its first finished message, is such a handshake.
    pub fn admits(&self, stream: &Stream) -> bool {
        let mut all: Vec<(bool, u8)> =
            messages(stream).map(|(sealed, message)| (sealed, message.data.kind())).collect();
        self.skip_early_data(stream, &mut all);
        let Some(end) = all.iter().position(|(_, kind)| *kind == 20) else { return false };
        let kinds: Vec<u8> = all[..=end].iter().map(|(_, kind)| *kind).collect();
        let tls13 = self.version == ProtocolVersion::TLSv1_3;
        // All but hellos is protected in TLS 1.3, and in no other version as the model understands it.
        let sealed = all[..=end].iter().all(|(sealed, kind)| *sealed == (tls13 && !matches!(kind, 1 | 2)));
        sealed
            && match (self.role, tls13) {
                (Role::Server, true) => self.client13(stream, &kinds),
                (Role::Server, false) => self.client12(&kinds) && changes_cipher_once(stream),
                (Role::Client, true) => self.server13(&kinds),
                (Role::Client, false) => self.server12(&kinds) && changes_cipher_once(stream),
            }
    }

    /// Leaves out what a server that rejects early data discards: all that is protected in front of another hello that it asked
    /// for, else all that is not protected behind the first (RFC 8446 section 4.2.10).
    fn skip_early_data(&self, stream: &Stream, all: &mut Vec<(bool, u8)>) {
        let heeds = self.role == Role::Server && self.version == ProtocolVersion::TLSv1_3;
        let offer = client_hello(stream).filter(|_| heeds);
        if !offer.is_some_and(|offer| kinds(extensions(&offer.extensions)).contains(&EARLY_DATA)) {
            return;
        }
        let second = all.iter().skip(1).position(|message| *message == (false, 1)).map_or(0, |at| at + 1);
        let mut at = 0;
        all.retain(|(sealed, _)| {
            at += 1;
            if self.retried { at > second || !sealed } else { at == 1 || *sealed }
        });
    }

    fn client13(&self, stream: &Stream, kinds: &[u8]) -> bool {
        let Some(mut rest) = self.hellos(kinds, 1) else { return false };
        let resumed = self.kind == HandshakeKind::Resumed;
        if let ([5, behind @ ..], true) = (rest, resumed) {
            rest = behind;
        }
        let asked = self.setup.has(Setup::CLIENT_AUTH) && !resumed;
        match rest {
            [20] => !asked,
            [11, 20] => asked && !self.setup.has(Setup::STRICT) && certificates(stream) == 0,
            [11, 15, 20] => asked && certificates(stream) > 0,
            _ => false,
        }
    }

    fn server13(&self, kinds: &[u8]) -> bool {
        let Some(rest) = self.hellos(kinds, 2) else { return false };
        match rest {
            [8, 20] => self.kind == HandshakeKind::Resumed,
            [8, 11, 15, 20] | [8, 13, 11, 15, 20] => self.kind != HandshakeKind::Resumed,
            _ => false,
        }
    }

    /// What is behind one hello, or two where there was a retry.
    fn hellos<'a>(&self, kinds: &'a [u8], hello: u8) -> Option<&'a [u8]> {
        match kinds {
            [first, second, rest @ ..] if *first == hello && *second == hello => self.retried.then_some(rest),
            [first, rest @ ..] if *first == hello => (!self.retried).then_some(rest),
            _ => None,
        }
    }

    fn client12(&self, kinds: &[u8]) -> bool {
        let asked = self.setup.has(Setup::CLIENT_AUTH);
        match (kinds, self.kind == HandshakeKind::Resumed) {
            ([1, 20], resumed) => resumed,
            ([1, 16, 20], resumed) => !resumed && !asked,
            ([1, 11, 16, 20], resumed) => !resumed && asked && !self.setup.has(Setup::STRICT),
            ([1, 11, 16, 15, 20], resumed) => !resumed && asked,
            _ => false,
        }
    }

    fn server12(&self, kinds: &[u8]) -> bool {
        let ([2, rest @ .., 20], resumed) = (kinds, self.kind == HandshakeKind::Resumed) else { return false };
        // A ticket may come last.
        let rest = rest.strip_suffix(&[4]).unwrap_or(rest);
        if resumed {
            return rest.is_empty();
        }
        let Some(rest) = rest.strip_prefix(&[11]) else { return false };
        let rest = rest.strip_prefix(&[22]).unwrap_or(rest);
        rest == [12, 14] || rest == [12, 13, 14]
    }
}

/// How many certificates the client's chain has.
fn certificates(stream: &Stream) -> usize {
    let count = |data: &MessageData| match data {
        MessageData::Certificate(certificate) => Some(certificate.entries.items.len()),
        _ => None,
    };
    messages(stream).find_map(|(_, message)| count(&message.data)).unwrap_or(0)
}

/// Whether there is one change of the cipher spec in front of the finished message (RFC 5246 section 7.1).
fn changes_cipher_once(stream: &Stream) -> bool {
    let is_finished = |unit: &&Unit| matches!(unit, Unit::Handshake { messages, .. } if messages.iter().any(|message| message.data.kind() == 20));
    let before = stream.units.iter().take_while(|unit| !is_finished(unit));
    before.filter(|unit| matches!(unit, Unit::Record { content: Content::ChangeCipherSpec(_), .. })).count() == 1
}
