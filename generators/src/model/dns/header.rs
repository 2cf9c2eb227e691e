use alloc::{format, string::ToString, vec::Vec};

use crate::{
    Code, Derived, Generate,
    model::fields::{Fields, hex, word},
    range,
};

/// Length of a header in bytes.
pub(super) const LEN: usize = 12;

/// The header of a message (RFC 1035 section 4.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::dns::Header")]
pub struct Header {
    /// Matches a response to its query.
    pub id: u16,
    /// QR: a response, not a query.
    pub response: bool,
    /// The kind of query, 4 bits: 0 a standard query, 4 notify (RFC 1996), 5 update (RFC 2136).
    #[generate(with = range(0u8..=15).often(3, &[0]))]
    pub opcode: u8,
    /// AA: the responding server is an authority for the name.
    pub authoritative: bool,
    /// TC: the message was cut.
    pub truncated: bool,
    /// RD: the server shall recurse.
    pub recursion_desired: bool,
    /// RA: the server can recurse.
    pub recursion_available: bool,
    /// Z, which is zero.
    pub reserved: Derived<bool>,
    /// AD: the server has verified all data (RFC 4035 section 3.2.3).
    pub authentic_data: bool,
    /// CD: the server shall not verify data (RFC 4035 section 3.2.2).
    pub checking_disabled: bool,
    /// The low 4 bits of the response code; [`Record::Opt`](super::Record::Opt) has those above.
    #[generate(with = range(0u8..=15).often(1, &[0]))]
    pub rcode: u8,
    /// QDCOUNT: number of questions.
    pub question_count: Derived<u16>,
    /// ANCOUNT: number of answers.
    pub answer_count: Derived<u16>,
    /// NSCOUNT: number of authority records.
    pub authority_count: Derived<u16>,
    /// ARCOUNT: number of additional records.
    pub additional_count: Derived<u16>,
}

/// How many entries each section has: questions, answers, authority records, additional records.
pub(super) type Counts = [u16; 4];

impl Header {
    /// Takes a header apart; the counts are left for [`counted`](Self::counted).
    pub(super) fn dissect(wire: &[u8; LEN]) -> (Self, Counts) {
        let [_, _, high, low, ..] = *wire;
        let flag = |byte: u8, bit: u8| byte >> bit & 1 == 1;
        let header = Self {
            id: word(wire, 0),
            response: flag(high, 7),
            opcode: high >> 3 & 0xf,
            authoritative: flag(high, 2),
            truncated: flag(high, 1),
            recursion_desired: flag(high, 0),
            recursion_available: flag(low, 7),
            reserved: Derived::seen(flag(low, 6), false),
            authentic_data: flag(low, 5),
            checking_disabled: flag(low, 4),
            rcode: low & 0xf,
            ..Self::default()
        };
        (header, [word(wire, 4), word(wire, 6), word(wire, 8), word(wire, 10)])
    }

    /// The header with the counts that the wire has, where those are right that the sections have.
    pub(super) fn counted(self, wire: Counts, computed: [usize; 4]) -> Self {
        let seen = |index: usize| {
            let honest = usize::from(wire[index]) == computed[index];
            if honest { Derived::Auto } else { Derived::Lie(wire[index]) }
        };
        Self {
            question_count: seen(0),
            answer_count: seen(1),
            authority_count: seen(2),
            additional_count: seen(3),
            ..self
        }
    }

    fn counts(&self) -> [Derived<u16>; 4] {
        [self.question_count, self.answer_count, self.authority_count, self.additional_count]
    }

    /// Appends the header of a message with sections of these lengths.
    pub(super) fn emit_to(&self, sections: [usize; 4], out: &mut Vec<u8>) {
        let bits = |flags: &[bool]| flags.iter().fold(0, |bits, flag| bits << 1 | u8::from(*flag));
        out.extend_from_slice(&self.id.to_be_bytes());
        let high = bits(&[self.authoritative, self.truncated, self.recursion_desired]);
        out.push(u8::from(self.response) << 7 | (self.opcode & 0xf) << 3 | high);
        let reserved = self.reserved.or(false);
        let low = bits(&[self.recursion_available, reserved, self.authentic_data, self.checking_disabled]);
        out.push(low << 4 | self.rcode & 0xf);
        for (count, computed) in self.counts().iter().zip(sections) {
            out.extend_from_slice(&count.or(computed.min(0xffff) as u16).to_be_bytes());
        }
    }

    /// How many derived fields are given rather than computed.
    #[must_use]
    pub fn lies(&self) -> usize {
        self.reserved.lies() + self.counts().iter().map(Derived::lies).sum::<usize>()
    }

    /// Visits the fields; `wire` is the emitted message.
    pub(super) fn annotate(&self, wire: &[u8], fields: &mut Fields<'_>) {
        fields.field("ID", 2, hex(word(wire, 0)), false);
        let bit = |bit: u16| (word(wire, 2) >> (15 - bit) & 1).to_string();
        fields.bits("QR (response)", 2, 0..1, bit(0), false);
        fields.bits("opcode", 2, 1..5, format!("{}", self.opcode & 0xf), false);
        fields.bits("AA (authoritative)", 2, 5..6, bit(5), false);
        fields.bits("TC (truncated)", 2, 6..7, bit(6), false);
        fields.bits("RD (recursion desired)", 2, 7..8, bit(7), false);
        fields.bits("RA (recursion available)", 2, 8..9, bit(8), false);
        fields.bits("Z (reserved)", 2, 9..10, bit(9), self.reserved.is_lie());
        fields.bits("AD (authentic data)", 2, 10..11, bit(10), false);
        fields.bits("CD (checking disabled)", 2, 11..12, bit(11), false);
        fields.bits("response code", 2, 12..16, format!("{}", self.rcode & 0xf), false);
        let names = ["question count", "answer count", "authority count", "additional count"];
        for (index, (name, count)) in names.into_iter().zip(self.counts()).enumerate() {
            fields.field(name, 2, word(wire, 4 + 2 * index).to_string(), count.is_lie());
        }
    }
}
