use alloc::vec::Vec;

use super::Multipath;
use crate::{
    Code, Generate, any, bytes, list,
    model::option::{HeaderOption, MAX_LEN},
    octets, range,
};

/// An option of a TCP header (RFC 9293 section 3.1).
pub type TcpOption = HeaderOption<OptionData>;

/// The most bytes that the data of an option take.
pub(super) const MAX_DATA: usize = MAX_LEN - 2;

/// What a TCP option holds behind kind and length. An option of a known kind whose length is not one that the kind has
/// is an [`Other`](OptionData::Other).
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::tcp::OptionData")]
pub enum OptionData {
    /// Kind 2: the largest segment that the sender can receive, in bytes (RFC 9293 section 3.7.1).
    MaximumSegmentSize(u16),
    /// Kind 3: the shift of the window (RFC 7323 section 2.2), 14 at most.
    WindowScale(#[generate(with = range(0u8..).often(1, &[0, 1, 2, 3, 6, 7, 8, 10, 13, 14, 15]))] u8),
    /// Kind 4 (RFC 2018 section 2).
    SackPermitted,
    /// Kind 5: what was received beyond the acknowledgment number (RFC 2018 section 3).
    Sack(#[generate(with = list(any::<SackBlock>()).max(MAX_DATA / 8))] Vec<SackBlock>),
    /// Kind 6: data to echo (RFC 1072 section 4.1), obsolete (RFC 6247).
    Echo(u32),
    /// Kind 7: echoed data (RFC 1072 section 4.2), obsolete (RFC 6247).
    EchoReply(u32),
    /// Kind 8 (RFC 7323 section 3.2).
    #[generate(weight = 3)]
    Timestamps {
        /// TSval: the sender's clock.
        value: u32,
        /// TSecr: the clock that is echoed.
        echo: u32,
    },
    /// Kind 9 (RFC 1693 section 3.1), obsolete (RFC 6247).
    PartialOrderPermitted,
    /// Kind 10: a partial order service profile (RFC 1693 section 3.1), obsolete (RFC 6247).
    PartialOrderProfile {
        /// Whether a profile starts here.
        start: bool,
        /// Whether a profile ends here.
        end: bool,
        /// Six bits that fill up.
        #[generate(range = 0..=0x3f)]
        filler: u8,
    },
    /// Kinds 11 to 13: a connection count of T/TCP (RFC 1644 section 2.2), obsolete (RFC 6247).
    ConnectionCount {
        /// Which of the three it is.
        kind: CountKind,
        /// The count.
        count: u32,
    },
    /// Kind 14: asks for another checksum (RFC 1146 section 2), obsolete (RFC 6247).
    AlternateChecksum(u8),
    /// Kind 15: another checksum that does not fit into the header (RFC 1146 section 3), obsolete (RFC 6247).
    AlternateChecksumData(#[generate(with = bytes(0..=MAX_DATA))] Vec<u8>),
    /// Kind 19: a TCP MD5 signature (RFC 2385 section 3.0).
    Md5Signature(#[generate(with = octets::<16>())] [u8; 16]),
    /// Kind 27: the answer to a Quick-Start request (RFC 4782 section 3.2).
    QuickStart {
        /// The first four bits, which are reserved.
        #[generate(range = 0..=15)]
        reserved: u8,
        /// The rate, 4 bits.
        #[generate(range = 0..=15)]
        rate: u8,
        /// What the time to live lost on the way.
        ttl_difference: u8,
        /// The nonce, 30 bits, and two reserved ones below.
        nonce: u32,
    },
    /// Kind 28 (RFC 5482 section 3).
    UserTimeout {
        /// Whether the timeout is in minutes, not seconds.
        minutes: bool,
        /// The timeout, 15 bits.
        #[generate(range = 0..=0x7fff)]
        timeout: u16,
    },
    /// Kind 29: TCP-AO (RFC 5925 section 2.2).
    Authentication {
        /// The key that made this code.
        key_id: u8,
        /// The key that the sender would like to receive.
        receive_next_key_id: u8,
        /// The message authentication code.
        #[generate(with = bytes(0..=MAX_DATA - 2))]
        mac: Vec<u8>,
    },
    /// Kind 30: Multipath TCP (RFC 8684 section 3).
    #[generate(weight = 3)]
    Multipath(Multipath),
    /// Kind 34: a Fast Open cookie, or an empty one as a request for it (RFC 7413 section 2).
    FastOpen(#[generate(with = bytes(0..=MAX_DATA))] Vec<u8>),
    /// Kind 69: encryption negotiation, a list of suboptions (RFC 8547 section 4.1).
    EncryptionNegotiation(#[generate(with = bytes(0..=MAX_DATA))] Vec<u8>),
    /// Kinds 172 and 174: counters of accurate ECN of 24 bits each, up to three (RFC 9768 section 3.2.3).
    AccurateEcn {
        /// Whether the counters are in the second order: kind 174.
        reversed: bool,
        /// The counters.
        #[generate(with = list(octets::<3>()).average(2).max(MAX_DATA / 3))]
        counters: Vec<[u8; 3]>,
    },
    /// Kinds 253 and 254: an experiment (RFC 6994 section 3).
    Experiment {
        /// Whether the kind is 254.
        second: bool,
        /// The experiment's identifier.
        #[generate(with = range(0u16..).often(1, &[0xf989, 0x0ab0, 0xc0de]))]
        id: u16,
        /// What follows.
        #[generate(with = bytes(0..=MAX_DATA - 2))]
        data: Vec<u8>,
    },
    /// Any other kind, or a known kind of an unknown length.
    Other {
        /// The kind; 0 and 1 have no length and read as options of their own.
        kind: u8,
        /// What is behind the length.
        #[generate(with = bytes(0..=MAX_DATA))]
        data: Vec<u8>,
    },
}

/// The kinds of options that hold a connection count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::tcp::CountKind")]
pub enum CountKind {
    /// Kind 11, CC.
    Count,
    /// Kind 12, CC.NEW.
    New,
    /// Kind 13, CC.ECHO.
    Echo,
}

impl CountKind {
    pub(super) const ALL: [Self; 3] = [Self::Count, Self::New, Self::Echo];
}

/// A block of sequence numbers that were received (RFC 2018 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::tcp::SackBlock")]
pub struct SackBlock {
    /// The first sequence number.
    pub left: u32,
    /// The sequence number behind the last.
    pub right: u32,
}

impl SackBlock {
    pub(super) fn from_wire([a, b, c, d, e, f, g, h]: [u8; 8]) -> Self {
        Self { left: u32::from_be_bytes([a, b, c, d]), right: u32::from_be_bytes([e, f, g, h]) }
    }
}
