//! `dns_parser`: DNS messages through smoltcp's parsers and hickory-proto's, side by side, with a plain reading of RFC 1035 as
//! the referee.

mod faults;
mod form;
mod framing;
mod hickory;
mod properties;
mod reference;
mod resolver;
mod stack;

use alloc::vec::Vec;

use halligan_generators::Model;
use halligan_generators::model::dns;
use hickory_proto::op::{Header, Message};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};
use smoltcp::wire::{DnsPacket, DnsRecordData};

use self::reference::Outline;
use self::stack::Walk;
use crate::planted::planted;
use crate::{Observation, Property, Target, Violation, check};

static PROPERTIES: [Property; properties::TABLE.len()] = check::properties(&properties::TABLE);

/// DNS messages through smoltcp's parsers and hickory-proto.
pub struct DnsParser;

impl Target for DnsParser {
    type Input = dns::Message;

    const NAME: &'static str = "dns_parser";

    const ABOUT: &'static str = "DNS messages (RFC 1035) through smoltcp's and hickory's decoders, which are compared";

    fn properties(&self) -> &'static [Property] {
        &PROPERTIES
    }

    fn run(&self, input: &[u8], observation: &mut Observation<'_>) -> Result<(), Violation> {
        let parsed = Parsed::new(input);
        parsed.observe(observation);
        check::check(&properties::TABLE, |holds| holds(&parsed))
    }
}

/// What each decoder made of a message.
struct Parsed<'a> {
    bytes: &'a [u8],
    /// smoltcp's view, where its length check passes, and what its parsers gave.
    packet: Option<DnsPacket<&'a [u8]>>,
    walk: Walk<'a>,
    /// hickory's.
    header: Option<Header>,
    message: Option<Message>,
    /// The message again, as hickory sends it and without compression.
    sent: Option<Vec<u8>>,
    plain: Option<Vec<u8>>,
    /// The referee's.
    outline: Outline,
    /// The model's.
    model: dns::Message,
}

impl<'a> Parsed<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let packet = DnsPacket::new_checked(bytes).ok();
        let packet = packet.filter(|_| !planted("dns_parser/header_length") || bytes.len() > 12);
        let walk = packet.as_ref().map(|packet| Walk::new(bytes, packet)).unwrap_or_default();
        let header = Header::read(&mut BinDecoder::new(bytes)).ok();
        let message = Message::from_vec(bytes).ok();
        let (sent, plain) =
            message.as_ref().map_or((None, None), |message| (hickory::sent(message), hickory::plain(message)));
        let outline = reference::outline(bytes).unwrap_or_default();
        Self { bytes, packet, walk, header, message, sent, plain, outline, model: dns::Message::dissect(bytes) }
    }

    fn observe(&self, observation: &mut Observation<'_>) {
        let Some(packet) = &self.packet else {
            observation.number("malformed", 1u8);
            return;
        };
        observation.number("id", packet.transaction_id());
        observation.number("flags", packet.flags().bits());
        observation.number("opcode", u8::from(packet.opcode()));
        observation.number("rcode", u8::from(packet.rcode()));
        for question in &self.walk.questions {
            self.observe_name("question", question.name, observation);
            observation.number("type", u16::from(question.type_));
        }
        for (records, name) in self.walk.records.iter().zip(["answer", "authority", "additional"]) {
            for record in records {
                self.observe_name(name, record.name, observation);
                observation.number("ttl", record.ttl);
                match &record.data {
                    DnsRecordData::A(address) => observation.bytes("a", &address.octets()),
                    DnsRecordData::Aaaa(address) => observation.bytes("aaaa", &address.octets()),
                    DnsRecordData::Cname(name) => self.observe_name("cname", name, observation),
                    DnsRecordData::Other(kind, data) => {
                        observation.number("type", u16::from(*kind));
                        observation.bytes("data", data);
                    }
                }
            }
        }
        observation.number("smoltcp_accepts", self.walk.whole);
        match (&self.message, &self.plain) {
            (None, _) => observation.number("hickory_rejects", 1u8),
            (Some(_), Some(plain)) => observation.bytes("hickory", plain),
            (Some(_), None) => observation.number("hickory_cannot_encode", 1u8),
        }
    }

    fn observe_name(&self, what: &str, part: &[u8], observation: &mut Observation<'_>) {
        let name = self.packet.as_ref().and_then(|packet| stack::name(packet, part));
        match name {
            Some(name) => observation.bytes(what, &name),
            None => observation.number("malformed_name", 1u8),
        }
    }

    /// The opcode is UPDATE (RFC 2136).
    fn is_update(&self) -> bool {
        self.bytes.get(2).is_some_and(|byte| byte >> 3 & 0xf == 5)
    }
}
