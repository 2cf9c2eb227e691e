//! Values behind a 16-bit code and a 16-bit length: EDNS options (RFC 6891 section 6.1.2) and parameters of service
//! bindings (RFC 9460 section 2.2), which share one layout.

use alloc::{format, vec::Vec};

use super::{
    part::{Part, Reader, Shown, Writer, annotate_length, parts, read_length, some, write_measured},
    text::Text,
};
use crate::{Code, Derived, Generate, bytes, octets, range};

/// A value behind its code and its length.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Tagged")]
pub struct Tagged<V> {
    /// Length of the value in bytes. Where it is beyond the data of the record, it is a lie and the rest is the value.
    pub length: Derived<u16>,
    /// The code, and the value.
    pub value: V,
}

impl<V> From<V> for Tagged<V> {
    fn from(value: V) -> Self {
        Self { length: Derived::Auto, value }
    }
}

/// What stands behind a code.
trait Value: Sized {
    fn code(&self) -> u16;
    fn name(&self) -> &'static str;
    /// Reads the value up to the end, or nothing where the code has no such one.
    fn read(code: u16, input: &mut Reader<'_>) -> Option<Self>;
    fn other(code: u16, value: Vec<u8>) -> Self;
    fn write(&self, out: &mut Writer<'_>);
    fn annotate(&self, shown: &mut Shown<'_, '_>);
    fn lies(&self) -> usize;
}

impl<V: Value> Part for Tagged<V> {
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let code = u16::read(input)?;
        let (length, len) = read_length(input)?;
        let value = match input.within(len, |input| V::read(code, input)) {
            Some(value) => value,
            None => V::other(code, input.take(len)?.to_vec()),
        };
        Some(Self { length, value })
    }

    fn write(&self, out: &mut Writer<'_>) {
        self.value.code().write(out);
        write_measured(self.length, out, |out| self.value.write(out));
    }

    fn annotate(&self, _: &'static str, shown: &mut Shown<'_, '_>) {
        shown.fields.field("code", 2, format!("{} ({})", self.value.code(), self.value.name()), false);
        annotate_length("length", self.length, shown);
        self.value.annotate(shown);
    }

    fn lies(&self) -> usize {
        self.length.lies() + self.value.lies()
    }
}

/// Implements [`Value`]: the code of each variant, its name, and the variant, which holds one part; the last holds any.
macro_rules! values {
    ($type:ident: $($code:literal $name:literal $variant:ident),+) => {
        impl Value for $type {
            fn code(&self) -> u16 {
                match self {
                    $(Self::$variant(_) => $code,)+
                    Self::Other { code, .. } => *code,
                }
            }

            fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)+
                    Self::Other { .. } => "other",
                }
            }

            fn read(code: u16, input: &mut Reader<'_>) -> Option<Self> {
                match code {
                    $($code => Part::read(input).map(Self::$variant),)+
                    _ => None,
                }
            }

            fn other(code: u16, value: Vec<u8>) -> Self {
                Self::Other { code, value }
            }

            fn write(&self, out: &mut Writer<'_>) {
                match self {
                    $(Self::$variant(value) => value.write(out),)+
                    Self::Other { value, .. } => value.write(out),
                }
            }

            fn annotate(&self, shown: &mut Shown<'_, '_>) {
                match self {
                    $(Self::$variant(value) => value.annotate($name, shown),)+
                    Self::Other { value, .. } => value.annotate("value", shown),
                }
            }

            fn lies(&self) -> usize {
                match self {
                    $(Self::$variant(value) => value.lies(),)+
                    Self::Other { .. } => 0,
                }
            }
        }
    };
}

/// An EDNS option.
pub type EdnsOption = Tagged<OptionValue>;

/// What an EDNS option holds.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::OptionValue")]
pub enum OptionValue {
    /// 3: an identifier of the name server (RFC 5001 section 2.3).
    NameServerId(#[generate(with = bytes(0..=0xffff))] Vec<u8>),
    /// 8: the network of the client (RFC 7871 section 6).
    ClientSubnet(ClientSubnet),
    /// 9: how long a zone has until it expires, in seconds; empty in a query (RFC 7314 section 3.1).
    Expire(#[generate(with = some())] Vec<u32>),
    /// 10: a cookie of the client, and one of the server behind it (RFC 7873 section 4).
    Cookie(Cookie),
    /// 11: an idle timeout in units of 100 milliseconds; empty in a query (RFC 7828 section 3.1).
    TcpKeepalive(#[generate(with = some())] Vec<u16>),
    /// 12: padding (RFC 7830 section 3).
    Padding(#[generate(with = bytes(0..=0xffff))] Vec<u8>),
    /// 15: why the answer is what it is (RFC 8914 section 2).
    ExtendedError(ExtendedError),
    /// Another code, or a value that its code does not have.
    Other {
        /// The code.
        code: u16,
        /// The value.
        #[generate(with = bytes(0..=0xffff))]
        value: Vec<u8>,
    },
}

values!(OptionValue: 3 "NSID" NameServerId, 8 "client subnet" ClientSubnet, 9 "expire" Expire, 10 "cookie" Cookie,
    11 "TCP keepalive" TcpKeepalive, 12 "padding" Padding, 15 "extended error" ExtendedError);

/// The network of a client (RFC 7871 section 6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::ClientSubnet")]
pub struct ClientSubnet {
    /// 1 for IPv4, 2 for IPv6.
    #[generate(with = range(0..=0xffff).often(7, &[1, 2]))]
    pub family: u16,
    /// How many bits of the address count in the query.
    #[generate(with = range(0u8..=255).often(3, &[24, 32, 56, 0, 128]))]
    pub source_prefix: u8,
    /// How many bits the answer is for.
    pub scope_prefix: u8,
    /// The address, cut to the bits that count.
    #[generate(with = bytes(0..=0xffff))]
    pub address: Vec<u8>,
}

/// A cookie (RFC 7873 section 4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Cookie")]
pub struct Cookie {
    /// The client's.
    #[generate(with = octets::<8>())]
    pub client: [u8; 8],
    /// The server's, 8 to 32 bytes; none in a first query.
    #[generate(with = bytes(0..=0xffff))]
    pub server: Vec<u8>,
}

/// An extended error (RFC 8914 section 2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::ExtendedError")]
pub struct ExtendedError {
    /// The code.
    pub code: u16,
    /// Text for people, in UTF-8.
    #[generate(with = bytes(0..=0xffff))]
    pub text: Vec<u8>,
}

/// A parameter of a service binding.
pub type Parameter = Tagged<ParameterValue>;

/// What a parameter of a service binding holds (RFC 9460 sections 7 and 8).
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::ParameterValue")]
pub enum ParameterValue {
    /// 0: the keys that a client has to know.
    Mandatory(#[generate(with = some())] Vec<u16>),
    /// 1: the protocols that the service speaks.
    Alpn(#[generate(with = some())] Vec<Text>),
    /// 2: it speaks none but those; the value is empty.
    NoDefaultAlpn(#[generate(with = bytes(0..=0xffff))] Vec<u8>),
    /// 3: the port.
    Port(u16),
    /// 4: IPv4 addresses to try.
    Ipv4Hint(#[generate(with = some())] Vec<[u8; 4]>),
    /// 5: encrypted client hello (RFC 9848 section 3).
    Ech(#[generate(with = bytes(0..=0xffff))] Vec<u8>),
    /// 6: IPv6 addresses to try.
    Ipv6Hint(#[generate(with = some())] Vec<[u8; 16]>),
    /// Another key, or a value that its key does not have.
    Other {
        /// The key.
        code: u16,
        /// The value.
        #[generate(with = bytes(0..=0xffff))]
        value: Vec<u8>,
    },
}

values!(ParameterValue: 0 "mandatory" Mandatory, 1 "alpn" Alpn, 2 "no-default-alpn" NoDefaultAlpn, 3 "port" Port,
    4 "ipv4hint" Ipv4Hint, 5 "ech" Ech, 6 "ipv6hint" Ipv6Hint);

parts! {
    ClientSubnet {
        family: "family",
        source_prefix: "source prefix length",
        scope_prefix: "scope prefix length",
        address: "address",
    }
    Cookie { client: "client cookie", server: "server cookie" }
    ExtendedError { code: "info code", text: "extra text" }
}
