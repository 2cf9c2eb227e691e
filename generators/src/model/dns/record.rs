use alloc::{format, string::ToString, vec::Vec};

use super::{
    data::{Data, type_name},
    name::Name,
    part::{Part, Reader, Shown, Writer, annotate_length, read_length, some, write_measured},
    tagged::EdnsOption,
};
use crate::{Code, Derived, Generate, range};

/// The type of the OPT pseudo-record.
const OPT: u16 = 41;

/// A question (RFC 1035 section 4.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Question")]
pub struct Question {
    /// The name.
    pub name: Name,
    /// The type that is asked for; 255 asks for all.
    #[generate(with = range(0u16..=0xffff).often(7, &[1, 28, 2, 5, 6, 12, 15, 16, 33, 65, 255]))]
    pub kind: u16,
    /// QU: a unicast response is wanted (RFC 6762 section 5.4), the high bit of the class.
    #[generate(with = seldom())]
    pub unicast_response: bool,
    /// The class, 15 bits: 1 the Internet, 255 any.
    #[generate(with = class())]
    pub class: u16,
}

/// A resource record (RFC 1035 section 4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Record")]
pub enum Record {
    /// A record with data.
    #[generate(weight = 7)]
    Data {
        /// The name that the record belongs to.
        name: Name,
        /// Other records of this name and type are out of date (RFC 6762 section 10.2), the high bit of the class.
        #[generate(with = seldom())]
        cache_flush: bool,
        /// The class, 15 bits: 1 the Internet.
        #[generate(with = class())]
        class: u16,
        /// Seconds for which the record may be kept.
        ttl: u32,
        /// RDLENGTH, length of the data in bytes. Where it is beyond the message, it is a lie and the rest is the data.
        length: Derived<u16>,
        /// The data, with the type.
        data: Data,
    },
    /// Type 41, of which class and time to live have another meaning (RFC 6891 section 6.1). Options that are not whole
    /// make it a record with data.
    Opt {
        /// The root.
        name: Name,
        /// The greatest UDP payload in bytes that the sender takes.
        payload_size: u16,
        /// The high 8 of 12 bits of the response code.
        extended_rcode: u8,
        /// 0.
        version: u8,
        /// DO: the sender takes DNSSEC records.
        dnssec_ok: bool,
        /// The other flags, 15 bits, which are zero.
        #[generate(with = range(0u16..=0x7fff).often(7, &[0]))]
        flags: u16,
        /// RDLENGTH, length of the options in bytes.
        length: Derived<u16>,
        /// The options.
        #[generate(with = some())]
        options: Vec<EdnsOption>,
    },
}

fn class() -> impl Generate<Value = u16> {
    range(0u16..=0x7fff).often(15, &[1])
}

/// True once in sixteen draws.
fn seldom() -> impl Generate<Value = bool> {
    range(0u8..=1).often(7, &[0]).iso(|bit| bit == 1, |bit| Some((*bit).into()))
}

impl Question {
    /// A question for a type of class IN.
    #[must_use]
    pub fn new(name: Name, kind: u16) -> Self {
        Self { name, kind, unicast_response: false, class: 1 }
    }
}

impl Record {
    /// A record of class IN that may be kept for an hour.
    #[must_use]
    pub fn new(name: Name, data: Data) -> Self {
        Self::Data { name, cache_flush: false, class: 1, ttl: 3600, length: Derived::Auto, data }
    }

    /// An OPT record with these options, which takes 1232 bytes.
    #[must_use]
    pub fn opt(options: Vec<EdnsOption>) -> Self {
        Self::Opt {
            name: Name::default(),
            payload_size: 1232,
            extended_rcode: 0,
            version: 0,
            dnssec_ok: false,
            flags: 0,
            length: Derived::Auto,
            options,
        }
    }

    /// The type.
    #[must_use]
    pub fn kind(&self) -> u16 {
        match self {
            Self::Data { data, .. } => data.kind(),
            Self::Opt { .. } => OPT,
        }
    }

    /// What class and time to live are on the wire.
    fn class_and_ttl(&self) -> (u16, u32) {
        match self {
            Self::Data { cache_flush, class, ttl, .. } => (u16::from(*cache_flush) << 15 | class & 0x7fff, *ttl),
            Self::Opt { payload_size, extended_rcode, version, dnssec_ok, flags, .. } => {
                let flags = u16::from(*dnssec_ok) << 15 | flags & 0x7fff;
                let [high, low] = flags.to_be_bytes();
                (*payload_size, u32::from_be_bytes([*extended_rcode, *version, high, low]))
            }
        }
    }

    fn name(&self) -> &Name {
        let (Self::Data { name, .. } | Self::Opt { name, .. }) = self;
        name
    }

    fn length(&self) -> Derived<u16> {
        let (Self::Data { length, .. } | Self::Opt { length, .. }) = self;
        *length
    }
}

impl Part for Question {
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let (name, kind, class) = (Part::read(input)?, Part::read(input)?, u16::read(input)?);
        Some(Self { name, kind, unicast_response: class >> 15 == 1, class: class & 0x7fff })
    }

    fn write(&self, out: &mut Writer<'_>) {
        self.name.write(out);
        self.kind.write(out);
        (u16::from(self.unicast_response) << 15 | self.class & 0x7fff).write(out);
    }

    fn annotate(&self, _: &'static str, shown: &mut Shown<'_, '_>) {
        self.name.annotate("name", shown);
        shown.fields.field("type", 2, format!("{} ({})", self.kind, type_name(self.kind)), false);
        shown.fields.bits("QU (unicast response)", 2, 0..1, u8::from(self.unicast_response).to_string(), false);
        shown.fields.bits("class", 2, 1..16, format!("{}", self.class & 0x7fff), false);
    }

    fn lies(&self) -> usize {
        self.name.lies()
    }
}

impl Part for Record {
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let (name, kind, class) = (Part::read(input)?, u16::read(input)?, u16::read(input)?);
        let ttl = input.octets::<4>()?;
        let (length, len) = read_length(input)?;
        if kind == OPT
            && let Some(options) = input.within(len, Part::read)
        {
            let [extended_rcode, version, high, low] = ttl;
            let flags = u16::from_be_bytes([high & 0x7f, low]);
            let dnssec_ok = high >> 7 == 1;
            return Some(Self::Opt {
                name,
                payload_size: class,
                extended_rcode,
                version,
                dnssec_ok,
                flags,
                length,
                options,
            });
        }
        input.compressor.hole = input.at - 2..input.at;
        let data = Data::read(kind, len, input);
        input.compressor.hole = 0..0;
        let (cache_flush, class, ttl) = (class >> 15 == 1, class & 0x7fff, u32::from_be_bytes(ttl));
        Some(Self::Data { name, cache_flush, class, ttl, length, data: data? })
    }

    fn write(&self, out: &mut Writer<'_>) {
        self.name().write(out);
        self.kind().write(out);
        let (class, ttl) = self.class_and_ttl();
        class.write(out);
        ttl.write(out);
        let at = out.out.len() - out.start;
        write_measured(self.length(), out, |out| match self {
            Self::Data { data, .. } => {
                out.compressor.hole = at..at + 2;
                data.write(out);
                out.compressor.hole = 0..0;
            }
            Self::Opt { options, .. } => options.write(out),
        });
    }

    fn annotate(&self, _: &'static str, shown: &mut Shown<'_, '_>) {
        self.name().annotate("name", shown);
        let (kind, (class, ttl)) = (self.kind(), self.class_and_ttl());
        shown.fields.field("type", 2, format!("{kind} ({})", type_name(kind)), false);
        match self {
            Self::Data { .. } => {
                shown.fields.bits("cache flush", 2, 0..1, (class >> 15).to_string(), false);
                shown.fields.bits("class", 2, 1..16, format!("{}", class & 0x7fff), false);
                ttl.annotate("TTL", shown);
            }
            Self::Opt { extended_rcode, version, dnssec_ok, .. } => {
                class.annotate("payload size", shown);
                extended_rcode.annotate("extended response code", shown);
                version.annotate("version", shown);
                shown.fields.bits("DO (DNSSEC)", 2, 0..1, u8::from(*dnssec_ok).to_string(), false);
                shown.fields.bits("flags", 2, 1..16, format!("{:#06x}", ttl & 0x7fff), false);
            }
        }
        annotate_length("data length", self.length(), shown);
        match self {
            Self::Data { data, .. } => data.annotate(shown),
            Self::Opt { options, .. } => options.annotate("options", shown),
        }
    }

    fn lies(&self) -> usize {
        let inside = match self {
            Self::Data { data, .. } => data.lies(),
            Self::Opt { options, .. } => options.lies(),
        };
        self.name().lies() + self.length().lies() + inside
    }
}

impl Record {
    /// Visits the names of the record and its data.
    pub(super) fn names(&mut self, visit: &mut dyn FnMut(&mut Name)) {
        let data = match self {
            Self::Data { name, data, .. } => {
                visit(name);
                data
            }
            Self::Opt { name, .. } => return visit(name),
        };
        match data {
            Data::Ns(name) | Data::Cname(name) | Data::Ptr(name) | Data::Dname(name) => visit(name),
            Data::Soa(soa) => {
                visit(&mut soa.primary);
                visit(&mut soa.mailbox);
            }
            Data::Mx(mx) => visit(&mut mx.exchange),
            Data::Srv(srv) => visit(&mut srv.target),
            Data::Naptr(naptr) => visit(&mut naptr.replacement),
            Data::Rrsig(rrsig) => visit(&mut rrsig.signer),
            Data::Nsec(nsec) => visit(&mut nsec.next),
            Data::Svcb(service) | Data::Https(service) => visit(&mut service.target),
            Data::Tsig(tsig) => visit(&mut tsig.algorithm),
            _ => {}
        }
    }
}
