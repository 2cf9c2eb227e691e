use alloc::{format, string::ToString, vec::Vec};

use super::{computed, group};
use crate::{
    Code, Derived, Generate, bytes, derived, list,
    model::fields::{Fields, ipv4_address, word},
    octets, range,
};

/// Length of a record without sources and auxiliary data, in bytes.
const FIXED: usize = 8;

/// A group record of a report (RFC 3376 section 4.2.4).
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::igmp::GroupRecord")]
pub struct GroupRecord {
    /// The type: 1 and 2 the mode, 3 and 4 a change of it, 5 and 6 sources allowed and blocked.
    #[generate(with = range(0u8..).often(31, &[1, 2, 3, 4, 5, 6]))]
    pub kind: u8,
    /// Length of the auxiliary data in words of 32 bits. More than there is is a lie, and the data are all that there is.
    pub auxiliary_length: Derived<u8>,
    /// Number of sources. More than there is room for is a lie, and the sources are all that there are.
    pub count: Derived<u16>,
    /// The group.
    #[generate(with = group())]
    pub group: [u8; 4],
    /// The sources.
    #[generate(with = list(octets::<4>()).average(2).max(usize::MAX))]
    pub sources: Vec<[u8; 4]>,
    /// Auxiliary data: nothing, or a lie, for version 3 defines none.
    #[generate(with = derived(bytes(1..=u32::MAX as usize)))]
    pub auxiliary: Derived<Vec<u8>>,
}

impl GroupRecord {
    /// A record that says `kind` of `group`, with these sources.
    #[must_use]
    pub fn new(kind: u8, group: [u8; 4], sources: Vec<[u8; 4]>) -> Self {
        Self { kind, auxiliary_length: Derived::Auto, count: Derived::Auto, group, sources, auxiliary: Derived::Auto }
    }

    /// Takes up to `count` records apart, as many as there are; gives them and what is left over.
    #[inline]
    pub(super) fn dissect_list(count: u16, mut rest: &[u8]) -> (Vec<Self>, &[u8]) {
        let mut records = Vec::new();
        while records.len() < count.into()
            && let Some((fixed, behind)) = rest.split_first_chunk::<FIXED>()
        {
            let (record, behind) = Self::dissect(fixed, behind);
            records.push(record);
            rest = behind;
        }
        (records, rest)
    }

    fn dissect<'a>(fixed: &[u8; FIXED], behind: &'a [u8]) -> (Self, &'a [u8]) {
        let [kind, words, _, _, group @ ..] = *fixed;
        let count = word(fixed, 2);
        let all = behind.as_chunks::<4>().0;
        let sources = &all[..all.len().min(count.into())];
        let behind = &behind[4 * sources.len()..];
        let (auxiliary, rest) = behind.split_at_checked(4 * usize::from(words)).unwrap_or((behind, &[]));
        let record = Self {
            kind,
            auxiliary_length: Derived::seen(words, (auxiliary.len() / 4) as u8),
            count: Derived::seen(count, sources.len() as u16),
            group,
            sources: sources.to_vec(),
            auxiliary: if auxiliary.is_empty() { Derived::Auto } else { Derived::Lie(auxiliary.to_vec()) },
        };
        (record, rest)
    }

    fn auxiliary(&self) -> &[u8] {
        if let Derived::Lie(auxiliary) = &self.auxiliary { auxiliary } else { &[] }
    }

    fn words(&self) -> u8 {
        self.auxiliary_length.or((self.auxiliary().len() / 4).min(0xff) as u8)
    }

    #[inline]
    pub(super) fn emit_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.kind, self.words()]);
        out.extend_from_slice(&self.count.or(computed(self.sources.len())).to_be_bytes());
        out.extend_from_slice(&self.group);
        out.extend_from_slice(self.sources.as_flattened());
        out.extend_from_slice(self.auxiliary());
    }

    pub(super) fn lies(&self) -> usize {
        self.auxiliary_length.lies() + self.count.lies() + self.auxiliary.lies()
    }

    pub(super) fn fields(&self, fields: &mut Fields<'_>) {
        let name = match self.kind {
            1 => " (mode is include)",
            2 => " (mode is exclude)",
            3 => " (change to include mode)",
            4 => " (change to exclude mode)",
            5 => " (allow new sources)",
            6 => " (block old sources)",
            _ => "",
        };
        fields.field("record type", 1, format!("{}{name}", self.kind), false);
        fields.field("auxiliary data length", 1, self.words().to_string(), self.auxiliary_length.is_lie());
        let count = self.count.or(computed(self.sources.len()));
        fields.field("number of sources", 2, count.to_string(), self.count.is_lie());
        fields.field("multicast address", 4, ipv4_address(self.group), false);
        self.sources.iter().for_each(|source| fields.field("source address", 4, ipv4_address(*source), false));
        fields.string("auxiliary data", self.auxiliary(), true);
    }
}
