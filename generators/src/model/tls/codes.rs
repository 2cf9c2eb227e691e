//! The numbers that IANA's registry of TLS parameters names.

use super::{
    macros::codes,
    wire::{Name, Part},
};
use crate::{Code, Generate, favour, model::fields::Fields, octets};

codes! {
    /// A protocol version (RFC 8446 section 4.1.2).
    Version: u16 = [0x0303, 0x0301, 0x0304, 0x0302, 0x0300, 0x0305, 0xfefd, 0x7f1c];
    /// A cipher suite (RFC 8446 section B.4, RFC 8422 section 6).
    CipherSuite: u16 = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x1304, 0x1305, 0x00ff,
        0x5600, 0x009c, 0x0a0a];
    /// A named group (RFC 8446 section 4.2.7).
    Group: u16 = [0x001d, 0x0017, 0x0018, 0x001e, 0x0100, 0x11ec, 0x0a0a];
    /// A signature scheme (RFC 8446 section 4.2.3).
    SignatureScheme: u16 = [0x0807, 0x0403, 0x0503, 0x0804, 0x0805, 0x0401, 0x0501, 0x0203, 0x0201, 0x0a0a];
    /// The certificate compression algorithm (RFC 8879 section 7.3).
    Compression: u16 = [2, 1, 3];
    /// What a server name names (RFC 6066 section 3): 0, a host.
    NameType: u8 = [0];
    /// The form of an elliptic curve (RFC 8422 section 5.4): 3, a named one.
    CurveType: u8 = [3, 1, 2];
    /// The kind of a certificate's status (RFC 6066 section 8): 1, OCSP.
    StatusType: u8 = [1, 2];
    /// Whether the peer is asked to update its keys, too (RFC 8446 section 4.6.3).
    KeyUpdateRequest: u8 = [0, 1];
    /// The level of an alert (RFC 8446 section 6).
    AlertLevel: u8 = [2, 1];
    /// What an alert says (RFC 8446 section 6).
    AlertDescription: u8 = [0, 10, 20, 21, 22, 30, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 60, 70, 71, 80, 86, 90,
        100, 109, 110, 111, 112, 113, 114, 115, 116, 120, 121];
    /// What a change of the cipher spec says (RFC 5246 section 7.1): 1.
    ChangeCipherSpec: u8 = [1];
}

/// The random number of a hello (RFC 8446 section 4.1.2, 4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Generate, Code)]
pub struct Random(
    /// The bytes.
    #[generate(with = favour(&[[0; 32], Random::HELLO_RETRY_REQUEST.0, Random::DOWNGRADE_TLS12.0, Random::DOWNGRADE_TLS11.0],
        octets::<32>()))]
    pub [u8; 32],
);

impl Random {
    /// The one by which a server hello says that it is a hello retry request: the SHA-256 of that name.
    pub const HELLO_RETRY_REQUEST: Self = Self([
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2,
        0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    ]);

    /// One by which a server that knows TLS 1.3 says that it negotiates TLS 1.2.
    pub const DOWNGRADE_TLS12: Self = Self::downgrade(1);

    /// One by which a server that knows TLS 1.2 says that it negotiates an older version.
    pub const DOWNGRADE_TLS11: Self = Self::downgrade(0);

    const fn downgrade(last: u8) -> Self {
        let mut random = [0; 32];
        let (_, sentinel) = random.split_at_mut(24);
        sentinel.copy_from_slice(&[b'D', b'O', b'W', b'N', b'G', b'R', b'D', last]);
        Self(random)
    }
}

impl Part for Random {
    #[inline]
    fn emit(&self, out: &mut alloc::vec::Vec<u8>) {
        self.0.emit(out);
    }

    #[inline]
    fn take(input: &mut &[u8]) -> Option<Self> {
        Part::take(input).map(Self)
    }

    fn annotate(&self, name: Name, fields: &mut Fields<'_>) {
        self.0.annotate(name, fields);
    }

    fn lies(&self) -> usize {
        0
    }
}
