use alloc::vec::Vec;

use super::{
    name::Name,
    part::{Part, Reader, Shown, Writer, parts, some},
    tagged::Parameter,
    text::Text,
};
use crate::{Code, Generate, bytes, octets, range};

/// What a record holds, with its type. Data that a type does not have are [`Other`](Data::Other).
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Data")]
pub enum Data {
    /// 1: an IPv4 address (RFC 1035 section 3.4.1).
    #[generate(weight = 4)]
    A(#[generate(with = octets::<4>())] [u8; 4]),
    /// 2: a name server (RFC 1035 section 3.3.11).
    Ns(Name),
    /// 5: the name that this one is an alias of (RFC 1035 section 3.3.1).
    #[generate(weight = 3)]
    Cname(Name),
    /// 6: the start of a zone.
    Soa(Soa),
    /// 12: a name (RFC 1035 section 3.3.12).
    Ptr(Name),
    /// 13: a host's processor and system.
    Hinfo(Hinfo),
    /// 15: a mail exchange.
    Mx(Mx),
    /// 16: strings, at least one (RFC 1035 section 3.3.14).
    #[generate(weight = 2)]
    Txt(#[generate(with = some())] Vec<Text>),
    /// 28: an IPv6 address (RFC 3596 section 2.2).
    #[generate(weight = 2)]
    Aaaa(#[generate(with = octets::<16>())] [u8; 16]),
    /// 33: a service.
    Srv(Srv),
    /// 35: a rule to make a name or an address of a string.
    Naptr(Naptr),
    /// 39: the name that all below this one are aliases of (RFC 6672 section 2.1).
    Dname(Name),
    /// 43: the digest of a key of a delegated zone.
    Ds(Ds),
    /// 46: a signature.
    Rrsig(Rrsig),
    /// 47: the next name of the zone, and the types that this one has.
    Nsec(Nsec),
    /// 48: a key.
    Dnskey(Dnskey),
    /// 52: a certificate to be expected.
    Tlsa(Tlsa),
    /// 64: a service binding.
    Svcb(Service),
    /// 65: a service binding for HTTP (RFC 9460 section 9).
    Https(Service),
    /// 250: the signature of a transaction.
    Tsig(Tsig),
    /// 257: who may issue certificates.
    Caa(Caa),
    /// Another type, or data that are none of their type.
    #[generate(weight = 2)]
    Other {
        /// The type.
        #[generate(with = range(0u16..=0xffff).often(7, &OTHERS))]
        kind: u16,
        /// The data (RFC 3597 section 3).
        #[generate(with = bytes(0..=0xffff))]
        data: Vec<u8>,
    },
}

/// Types that decoders know and that have no variant of their own: NULL, SIG, KEY, CERT, SSHFP, NSEC3, NSEC3PARAM, SMIMEA, CDS,
/// CDNSKEY, OPENPGPKEY, CSYNC, and those of questions alone, IXFR, AXFR and ANY.
const OTHERS: [u16; 15] = [10, 24, 25, 37, 44, 50, 51, 53, 59, 60, 61, 62, 251, 252, 255];

/// The type, the name and the variant of each type, all of which hold one part.
macro_rules! types {
    ($($kind:literal $name:literal $variant:ident),+) => {
        impl Data {
            /// The type's number.
            #[must_use]
            pub fn kind(&self) -> u16 {
                match self {
                    $(Self::$variant(_) => $kind,)+
                    Self::Other { kind, .. } => *kind,
                }
            }

            fn read_known(kind: u16, input: &mut Reader<'_>) -> Option<Self> {
                match kind {
                    $($kind => Part::read(input).map(Self::$variant),)+
                    _ => None,
                }
            }

            fn write_known(&self, out: &mut Writer<'_>) {
                match self {
                    $(Self::$variant(data) => data.write(out),)+
                    Self::Other { data, .. } => data.write(out),
                }
            }

            /// Visits the fields.
            pub(super) fn annotate(&self, shown: &mut Shown<'_, '_>) {
                match self {
                    $(Self::$variant(data) => data.annotate($name, shown),)+
                    Self::Other { data, .. } => data.annotate("data", shown),
                }
            }

            pub(super) fn lies(&self) -> usize {
                match self {
                    $(Self::$variant(data) => data.lies(),)+
                    Self::Other { .. } => 0,
                }
            }
        }

        /// The name of a type, as master files have it.
        #[must_use]
        pub fn type_name(kind: u16) -> &'static str {
            match kind {
                $($kind => $name,)+
                41 => "OPT",
                251 => "IXFR",
                252 => "AXFR",
                255 => "ANY",
                _ => "other",
            }
        }
    };
}

types!(1 "A" A, 2 "NS" Ns, 5 "CNAME" Cname, 6 "SOA" Soa, 12 "PTR" Ptr, 13 "HINFO" Hinfo, 15 "MX" Mx, 16 "TXT" Txt,
    28 "AAAA" Aaaa, 33 "SRV" Srv, 35 "NAPTR" Naptr, 39 "DNAME" Dname, 43 "DS" Ds, 46 "RRSIG" Rrsig, 47 "NSEC" Nsec,
    48 "DNSKEY" Dnskey, 52 "TLSA" Tlsa, 64 "SVCB" Svcb, 65 "HTTPS" Https, 250 "TSIG" Tsig, 257 "CAA" Caa);

/// Whether names in the data of a type are compressed: only those of RFC 1035 are (RFC 3597 section 4).
fn compresses(kind: u16) -> bool {
    matches!(kind, 2 | 5 | 6 | 12 | 15)
}

impl Data {
    /// Reads data of a type up to the end.
    pub(super) fn read(kind: u16, len: usize, input: &mut Reader<'_>) -> Option<Self> {
        input.compressor.on = compresses(kind);
        let known = input.within(len, |input| Self::read_known(kind, input));
        input.compressor.on = true;
        match known {
            Some(known) => Some(known),
            None => Some(Self::Other { kind, data: input.take(len)?.to_vec() }),
        }
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.compressor.on = compresses(self.kind());
        self.write_known(out);
        out.compressor.on = true;
    }
}

/// The start of a zone (RFC 1035 section 3.3.13).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Soa")]
pub struct Soa {
    /// The first name server.
    pub primary: Name,
    /// The mailbox of who is responsible.
    pub mailbox: Name,
    /// The version of the zone.
    pub serial: u32,
    /// Seconds until it is fetched again.
    pub refresh: u32,
    /// Seconds until a fetch that failed is tried again.
    pub retry: u32,
    /// Seconds until it is no longer authoritative.
    pub expire: u32,
    /// Seconds for which a negative answer holds (RFC 2308 section 4).
    pub minimum: u32,
}

/// A host's processor and system (RFC 1035 section 3.3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Hinfo")]
pub struct Hinfo {
    /// The processor.
    pub cpu: Text,
    /// The operating system.
    pub os: Text,
}

/// A mail exchange (RFC 1035 section 3.3.9).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Mx")]
pub struct Mx {
    /// The lower, the better.
    pub preference: u16,
    /// The host.
    pub exchange: Name,
}

/// A service (RFC 2782).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Srv")]
pub struct Srv {
    /// The lower, the better.
    pub priority: u16,
    /// Share among those of one priority.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host, not compressed.
    pub target: Name,
}

/// A rule (RFC 3403 section 4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Naptr")]
pub struct Naptr {
    /// In which order rules are looked at.
    pub order: u16,
    /// Among those of one order, the lower, the better.
    pub preference: u16,
    /// How the result is to be taken.
    pub flags: Text,
    /// The services.
    pub services: Text,
    /// A substitution.
    pub regexp: Text,
    /// The next name, not compressed.
    pub replacement: Name,
}

/// The digest of a key (RFC 4034 section 5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Ds")]
pub struct Ds {
    /// The tag of the key.
    pub key_tag: u16,
    /// Its algorithm.
    pub algorithm: u8,
    /// The algorithm of the digest.
    pub digest_type: u8,
    /// The digest.
    #[generate(with = bytes(0..=0xffff))]
    pub digest: Vec<u8>,
}

/// A signature (RFC 4034 section 3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Rrsig")]
pub struct Rrsig {
    /// The type that is signed.
    pub type_covered: u16,
    /// The algorithm.
    pub algorithm: u8,
    /// Number of labels of the owner, wildcards left out.
    pub labels: u8,
    /// The time to live as signed, in seconds.
    pub original_ttl: u32,
    /// Until when it holds, in seconds since 1970.
    pub expiration: u32,
    /// Since when it holds.
    pub inception: u32,
    /// The tag of the key.
    pub key_tag: u16,
    /// The zone, not compressed.
    pub signer: Name,
    /// The signature.
    #[generate(with = bytes(0..=0xffff))]
    pub signature: Vec<u8>,
}

/// The next name and the types of this one (RFC 4034 section 4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Nsec")]
pub struct Nsec {
    /// The next name, not compressed.
    pub next: Name,
    /// The types, by their high byte.
    #[generate(with = some())]
    pub windows: Vec<Window>,
}

/// The types with one high byte (RFC 4034 section 4.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Window")]
pub struct Window {
    /// The high byte.
    pub block: u8,
    /// A bit for each low byte, 1 to 32 bytes.
    pub bitmap: Text,
}

/// A key (RFC 4034 section 2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Dnskey")]
pub struct Dnskey {
    /// Zone key, secure entry point.
    pub flags: u16,
    /// 3.
    pub protocol: u8,
    /// The algorithm.
    pub algorithm: u8,
    /// The key.
    #[generate(with = bytes(0..=0xffff))]
    pub key: Vec<u8>,
}

/// A certificate to be expected (RFC 6698 section 2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Tlsa")]
pub struct Tlsa {
    /// What the certificate is to the chain.
    pub usage: u8,
    /// Which part of it counts.
    pub selector: u8,
    /// How it is compared.
    pub matching_type: u8,
    /// The certificate, or a digest.
    #[generate(with = bytes(0..=0xffff))]
    pub association: Vec<u8>,
}

/// A service binding (RFC 9460 section 2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Service")]
pub struct Service {
    /// 0 for an alias, else the lower, the better.
    pub priority: u16,
    /// The host, not compressed.
    pub target: Name,
    /// The parameters, in the order of their keys.
    #[generate(with = some())]
    pub parameters: Vec<Parameter>,
}

/// The signature of a transaction (RFC 8945 section 4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Tsig")]
pub struct Tsig {
    /// The algorithm, not compressed.
    pub algorithm: Name,
    /// When it was signed, the high 16 of 48 bits, in seconds since 1970.
    pub time_high: u16,
    /// The low 32 bits.
    pub time_low: u32,
    /// By how many seconds clocks may differ.
    pub fudge: u16,
    /// What the signature is, behind its length.
    #[generate(with = bytes(0..=0xffff))]
    pub rest: Vec<u8>,
}

/// Who may issue certificates (RFC 8659 section 4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Caa")]
pub struct Caa {
    /// Bit 7: an issuer that does not know the tag must not issue.
    pub flags: u8,
    /// The tag.
    pub tag: Text,
    /// The value.
    #[generate(with = bytes(0..=0xffff))]
    pub value: Vec<u8>,
}

parts! {
    Soa {
        primary: "primary server",
        mailbox: "mailbox",
        serial: "serial",
        refresh: "refresh",
        retry: "retry",
        expire: "expire",
        minimum: "minimum",
    }
    Hinfo { cpu: "CPU", os: "OS" }
    Mx { preference: "preference", exchange: "exchange" }
    Srv { priority: "priority", weight: "weight", port: "port", target: "target" }
    Naptr {
        order: "order",
        preference: "preference",
        flags: "flags",
        services: "services",
        regexp: "regexp",
        replacement: "replacement",
    }
    Ds { key_tag: "key tag", algorithm: "algorithm", digest_type: "digest type", digest: "digest" }
    Rrsig {
        type_covered: "type covered",
        algorithm: "algorithm",
        labels: "labels",
        original_ttl: "original TTL",
        expiration: "expiration",
        inception: "inception",
        key_tag: "key tag",
        signer: "signer",
        signature: "signature",
    }
    Nsec { next: "next name", windows: "types" }
    Window { block: "window", bitmap: "bitmap" }
    Dnskey { flags: "flags", protocol: "protocol", algorithm: "algorithm", key: "public key" }
    Tlsa { usage: "usage", selector: "selector", matching_type: "matching type", association: "association data" }
    Service { priority: "priority", target: "target", parameters: "parameters" }
    Tsig {
        algorithm: "algorithm",
        time_high: "time signed, high",
        time_low: "time signed, low",
        fudge: "fudge",
        rest: "MAC size, MAC, original ID, error, other data",
    }
    Caa { flags: "flags", tag: "tag", value: "value" }
}
