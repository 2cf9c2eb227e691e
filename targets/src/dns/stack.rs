//! smoltcp's reading of a message: its parsers one after another, as its socket calls them.

use alloc::vec::Vec;

use smoltcp::wire::{DnsPacket, DnsQuestion, DnsRecord};

use super::reference::HEADER;
use crate::planted::planted;

/// What smoltcp's parsers gave, up to the first that failed.
#[derive(Debug, Default)]
pub struct Walk<'a> {
    pub questions: Vec<DnsQuestion<'a>>,
    /// Answers, authority, additional records.
    pub records: [Vec<DnsRecord<'a>>; 3],
    /// Whether none failed.
    pub whole: bool,
}

impl<'a> Walk<'a> {
    pub fn new(message: &'a [u8], packet: &DnsPacket<&[u8]>) -> Self {
        let mut walk = Self::default();
        walk.whole = walk.read(&message[HEADER..], packet).is_ok();
        walk
    }

    fn read(&mut self, mut rest: &'a [u8], packet: &DnsPacket<&[u8]>) -> smoltcp::wire::Result<()> {
        for _ in 0..packet.question_count() {
            let (behind, mut question) = DnsQuestion::parse(rest)?;
            if planted("dns_parser/questions_agree") && u16::from(question.type_) == 15 {
                question.type_ = smoltcp::wire::DnsQueryType::A;
            }
            self.questions.push(question);
            rest = behind;
        }
        let counts = [packet.answer_record_count(), packet.authority_record_count(), packet.additional_record_count()];
        for (records, count) in self.records.iter_mut().zip(counts) {
            for _ in 0..count {
                let (behind, mut record) = DnsRecord::parse(rest)?;
                if planted("dns_parser/records_agree") && record.ttl > 0x7fff_ffff {
                    record.ttl = 0;
                }
                records.push(record);
                rest = behind;
            }
        }
        Ok(())
    }
}

/// More labels than any message has names with.
const MAX_LABELS: usize = 1 << 16;

/// The name that starts with `part`, uncompressed, with length octets and root; nothing where smoltcp finds it malformed.
pub fn name(packet: &DnsPacket<&[u8]>, part: &[u8]) -> Option<Vec<u8>> {
    let mut wire = Vec::new();
    for label in packet.parse_name(part).take(MAX_LABELS) {
        let label = label.ok()?;
        wire.push(label.len() as u8);
        wire.extend_from_slice(label);
    }
    wire.push(0);
    if planted("dns_parser/stack_names_agree") && wire.len() > 40 {
        wire.truncate(40);
    }
    Some(wire)
}
