use alloc::{string::ToString, vec::Vec};

use crate::{
    Code, Derived, Generate, any, bytes, list,
    model::{
        fields::Fields,
        layout::{MAX, Unit, Value, annotate_bits, layout, take},
    },
    octets,
};

layout! {
    /// A message of version 1 (RFC 2710 section 3).
    #[code(path = "halligan_generators::model::icmpv6::Listener")]
    Listener {
        /// How long an answer may take, in milliseconds.
        maximum_response_delay: u16 = "maximum response delay",
        /// Zero.
        reserved: u16 = "reserved",
        /// The group, or zeros for all.
        #[generate(with = octets::<16>())]
        group: [u8; 16] = "multicast address",
    }
}

/// A query of version 2 (RFC 3810 section 5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::icmpv6::Query")]
pub struct Query {
    /// How long an answer may take, a floating-point number of milliseconds above 0x7fff.
    pub maximum_response_code: u16,
    /// Zero.
    pub reserved: u16,
    /// The group, or zeros for all.
    #[generate(with = octets::<16>())]
    pub group: [u8; 16],
    /// Four zeros, whether routers should not listen (S), and the querier's robustness (QRV, 3 bits).
    pub flags: u8,
    /// The querier's interval code.
    pub interval: u8,
    /// How many sources there are. Where there is no room for them, it is a lie and there are as many as fit.
    pub count: Derived<u16>,
    /// The sources.
    #[generate(with = list(octets::<16>()).average(1).max(MAX))]
    pub sources: Vec<[u8; 16]>,
    /// What follows them, to be ignored.
    #[generate(with = bytes(0..=MAX))]
    pub additional: Vec<u8>,
}

/// A report of version 2 (RFC 3810 section 5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::icmpv6::Report")]
pub struct Report {
    /// Zero.
    pub reserved: u16,
    /// How many records there are. Where there is no room for them, it is a lie and there are as many as fit.
    pub count: Derived<u16>,
    /// The records.
    #[generate(with = list(any()).average(2).max(MAX))]
    pub records: Vec<Record>,
    /// What follows them, to be ignored.
    #[generate(with = bytes(0..=MAX))]
    pub additional: Vec<u8>,
}

/// What a listener hears (RFC 3810 section 5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::icmpv6::Record")]
pub struct Record {
    /// 1 and 2 tell the filter, 3 and 4 that it changed, 5 and 6 which sources did.
    pub kind: u8,
    /// Length of the auxiliary data in words. Where it is too long, it is a lie and they are all that is left.
    pub auxiliary_length: Derived<u8>,
    /// How many sources there are. Where there is no room for them, it is a lie and there are as many as fit.
    pub count: Derived<u16>,
    /// The group.
    #[generate(with = octets::<16>())]
    pub group: [u8; 16],
    /// The sources.
    #[generate(with = list(octets::<16>()).average(1).max(MAX))]
    pub sources: Vec<[u8; 16]>,
    /// Auxiliary data, to be ignored.
    #[generate(with = bytes(0..=MAX))]
    pub auxiliary: Vec<u8>,
}

/// Takes `count` addresses off the front of `rest`, or as many as there are.
fn sources(count: u16, rest: &mut &[u8]) -> (Derived<u16>, Vec<[u8; 16]>) {
    let whole = (rest.len() / 16).min(count.into());
    let (sources, behind) = rest.split_at(16 * whole);
    *rest = behind;
    (Derived::seen(count, whole as u16), sources.as_chunks().0.to_vec())
}

fn computed<T>(list: &[T]) -> u16 {
    list.len().min(0xffff) as u16
}

impl Unit for Query {
    const FIXED: Option<usize> = None;

    fn dissect(bytes: &[u8]) -> Option<Self> {
        let rest = &mut { bytes };
        let (maximum_response_code, reserved, group) = (take(rest)?, take(rest)?, take(rest)?);
        let (flags, interval) = (take(rest)?, take(rest)?);
        let (count, sources) = sources(take(rest)?, rest);
        let additional = rest.to_vec();
        Some(Self { maximum_response_code, reserved, group, flags, interval, count, sources, additional })
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        self.maximum_response_code.write(out);
        self.reserved.write(out);
        self.group.write(out);
        out.extend_from_slice(&[self.flags, self.interval]);
        self.count.or(computed(&self.sources)).write(out);
        out.extend_from_slice(self.sources.as_flattened());
        out.extend_from_slice(&self.additional);
    }

    fn annotate(&self, _: &'static str, fields: &mut Fields<'_>) {
        self.maximum_response_code.annotate("maximum response code", fields);
        self.reserved.annotate("reserved", fields);
        self.group.annotate("multicast address", fields);
        let bits = [("reserved", 4), ("suppress", 1), ("robustness", 3)];
        annotate_bits(self.flags.into(), 1, &bits, fields);
        self.interval.annotate("query interval code", fields);
        let count = self.count.or(computed(&self.sources));
        fields.field("number of sources", 2, count.to_string(), self.count.is_lie());
        self.sources.iter().for_each(|source| source.annotate("source", fields));
        fields.string("additional data", &self.additional, false);
    }

    fn lies(&self) -> usize {
        self.count.lies()
    }
}

impl Unit for Report {
    const FIXED: Option<usize> = None;

    fn dissect(bytes: &[u8]) -> Option<Self> {
        let rest = &mut { bytes };
        let (reserved, count): (u16, u16) = (take(rest)?, take(rest)?);
        let mut records = Vec::new();
        while records.len() < count.into()
            && let Some(record) = Record::dissect(rest)
        {
            records.push(record);
        }
        let count = Derived::seen(count, records.len() as u16);
        Some(Self { reserved, count, records, additional: rest.to_vec() })
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        self.reserved.write(out);
        self.count.or(computed(&self.records)).write(out);
        self.records.iter().for_each(|record| record.emit_to(out));
        out.extend_from_slice(&self.additional);
    }

    fn annotate(&self, _: &'static str, fields: &mut Fields<'_>) {
        self.reserved.annotate("reserved", fields);
        let count = self.count.or(computed(&self.records));
        fields.field("number of records", 2, count.to_string(), self.count.is_lie());
        fields.deeper(|fields| self.records.iter().for_each(|record| record.annotate(fields)));
        fields.string("additional data", &self.additional, false);
    }

    fn lies(&self) -> usize {
        self.count.lies() + self.records.iter().map(Record::lies).sum::<usize>()
    }
}

impl Record {
    /// Takes a record off the front of `rest`, which stays as it is where there is none.
    fn dissect(rest: &mut &[u8]) -> Option<Self> {
        let mut behind = *rest;
        let (kind, words): (u8, u8) = (take(&mut behind)?, take(&mut behind)?);
        let (count, group) = (take(&mut behind)?, take(&mut behind)?);
        let (count, sources) = sources(count, &mut behind);
        let claimed = 4 * usize::from(words);
        let (auxiliary, left) = behind.split_at_checked(claimed).unwrap_or((behind, &[]));
        *rest = left;
        let auxiliary = auxiliary.to_vec();
        let auxiliary_length = Derived::seen(words, Self::words(&auxiliary));
        Some(Self { kind, auxiliary_length, count, group, sources, auxiliary })
    }

    fn words(auxiliary: &[u8]) -> u8 {
        auxiliary.len().div_ceil(4).min(0xff) as u8
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.kind, self.auxiliary_length.or(Self::words(&self.auxiliary))]);
        self.count.or(computed(&self.sources)).write(out);
        self.group.write(out);
        out.extend_from_slice(self.sources.as_flattened());
        out.extend_from_slice(&self.auxiliary);
    }

    fn annotate(&self, fields: &mut Fields<'_>) {
        self.kind.annotate("record type", fields);
        let words = self.auxiliary_length.or(Self::words(&self.auxiliary));
        fields.field("auxiliary data length", 1, words.to_string(), self.auxiliary_length.is_lie());
        let count = self.count.or(computed(&self.sources));
        fields.field("number of sources", 2, count.to_string(), self.count.is_lie());
        self.group.annotate("multicast address", fields);
        self.sources.iter().for_each(|source| source.annotate("source", fields));
        fields.string("auxiliary data", &self.auxiliary, false);
    }

    fn lies(&self) -> usize {
        self.auxiliary_length.lies() + self.count.lies()
    }
}
