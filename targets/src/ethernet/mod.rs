//! `ethernet_parser`: smoltcp's parsers of frames and of what it handles right above them (ARP, IGMP, DHCP), with
//! etherparse and the model as oracles; and a node of smoltcp's to which the frame is given.

mod behaviour;
mod dhcp;
mod faults;
mod igmp;
mod link;
mod node;
mod observe;
mod properties;
mod views;

use alloc::vec::Vec;

use etherparse::LaxSlicedPacket;
use halligan_generators::Model;
use halligan_generators::model::ethernet::Frame;
use halligan_generators::model::{arp, dhcp as dhcp_model, igmp as igmp_model, ip, ipv4, udp};
use smoltcp::wire::{EthernetFrame, IpProtocol, Ipv4Packet, UdpPacket};

use crate::planted::planted;
use crate::{Observation, Property, Target, Violation, check};

static PROPERTIES: [Property; properties::TABLE.len()] = check::properties(&properties::TABLE);

/// Ethernet frames through smoltcp's parsers and through a node of smoltcp's.
pub struct EthernetParser;

impl Target for EthernetParser {
    type Input = Frame;

    const NAME: &'static str = "ethernet_parser";

    const ABOUT: &'static str =
        "Ethernet frames with ARP, IGMP and DHCP through smoltcp's parsers and interface, compared with etherparse";

    fn properties(&self) -> &'static [Property] {
        &PROPERTIES
    }

    fn run(&self, input: &[u8], observation: &mut Observation<'_>) -> Result<(), Violation> {
        let parsed = Parsed::new(input);
        observe::observe(&parsed, observation);
        check::check(&properties::TABLE, |holds| holds(&parsed))
    }
}

/// What the stack and the oracles made of a frame.
struct Parsed<'a> {
    bytes: &'a [u8],
    /// smoltcp's view, where its length check passes.
    frame: Option<EthernetFrame<&'a [u8]>>,
    /// etherparse's view, where it accepts the frame.
    oracle: Option<LaxSlicedPacket<'a>>,
    /// The model's reading.
    model: Frame,
    /// What follows the tags, in bytes from the start of the frame, and its type.
    inside: Option<(usize, u16)>,
    /// The IGMP message of a packet that is no fragment, as smoltcp finds it.
    igmp: Option<&'a [u8]>,
    /// The DHCP message of a packet that is no fragment, as smoltcp finds it.
    dhcp: Option<&'a [u8]>,
    /// The frames that a node of smoltcp's answered.
    answers: Vec<Vec<u8>>,
}

impl<'a> Parsed<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let refused = planted("ethernet_parser/acceptance_agrees") && bytes.first() == Some(&0xff);
        let frame = EthernetFrame::new_checked(bytes).ok().filter(|_| !refused);
        let model = Frame::dissect(bytes);
        let inside = match &model {
            Frame::Whole { header, .. } => {
                let at = 12 + 4 * header.tags.len();
                Some((at + 2, u16::from_be_bytes([bytes[at], bytes[at + 1]])))
            }
            Frame::Raw(_) => None,
        };
        let packet = inside.filter(|(_, kind)| *kind == 0x0800).and_then(|(at, _)| ipv4(&bytes[at..]));
        let (mut igmp, mut dhcp) = (None, None);
        match packet {
            Some((IpProtocol::Igmp, payload)) => igmp = Some(payload),
            Some((IpProtocol::Udp, payload)) => dhcp = dhcp_payload(payload),
            _ => {}
        }
        let oracle = LaxSlicedPacket::from_ethernet(bytes).ok();
        let answers = node::Node::with_neighbour().receive(bytes);
        Self { bytes, frame, oracle, model, inside, igmp, dhcp, answers }
    }

    /// What an ARP frame holds behind its tags.
    fn arp(&self) -> Option<&'a [u8]> {
        self.inside.filter(|(_, kind)| *kind == 0x0806).map(|(at, _)| &self.bytes[at..])
    }

    /// The model's ARP packet of a frame without tags.
    fn arp_model(&self) -> Option<Arp> {
        use halligan_generators::Derived::Auto;
        use halligan_generators::model::ethernet::Payload;
        let Frame::Whole { header, payload: Payload::Arp { packet, .. }, .. } = &self.model else { return None };
        let arp::Packet::Whole {
            hardware: 1,
            protocol: 0x0800,
            hardware_length: Auto,
            protocol_length: Auto,
            operation,
            addresses:
                arp::Addresses::EthernetIpv4 { sender_hardware, sender_protocol, target_hardware: _, target_protocol },
            ..
        } = packet
        else {
            return None;
        };
        header.tags.is_empty().then_some(Arp {
            operation: *operation,
            sender_hardware: *sender_hardware,
            sender_protocol: *sender_protocol,
            target_protocol: *target_protocol,
        })
    }

    /// The model's IPv4 packet.
    fn ipv4_model(&self) -> Option<(&ipv4::Header, &ip::Payload)> {
        use halligan_generators::model::ethernet::Payload;
        let Frame::Whole { payload: Payload::Ipv4 { packet: ipv4::Packet::Whole { header, payload, .. }, .. }, .. } =
            &self.model
        else {
            return None;
        };
        Some((header, payload))
    }

    /// The model's IGMP message, where smoltcp finds one.
    fn igmp_model(&self) -> Option<&igmp_model::Message> {
        let (_, ip::Payload::Igmp { message, .. }) = self.ipv4_model()? else { return None };
        self.igmp.map(|_| message)
    }

    /// The model's DHCP message, where smoltcp finds one.
    fn dhcp_model(&self) -> Option<&dhcp_model::Message> {
        let (_, ip::Payload::Udp { datagram, .. }) = self.ipv4_model()? else { return None };
        let udp::Datagram::Whole { payload: udp::Payload::Dhcp(message), .. } = datagram else { return None };
        self.dhcp.map(|_| &**message)
    }

    /// Whether the node's hardware takes the frame.
    fn is_for_node(&self) -> bool {
        let destination = self.bytes.first_chunk::<6>();
        destination.is_some_and(|address| *address == node::MAC || address[0] & 1 == 1)
    }
}

/// What counts of an ARP packet.
struct Arp {
    operation: u16,
    sender_hardware: [u8; 6],
    sender_protocol: [u8; 4],
    target_protocol: [u8; 4],
}

/// Protocol and payload of an IPv4 packet that is no fragment.
fn ipv4(bytes: &[u8]) -> Option<(IpProtocol, &[u8])> {
    let packet = Ipv4Packet::new_checked(bytes).ok()?;
    (packet.frag_offset() == 0 && !packet.more_frags()).then(|| (packet.next_header(), packet.payload()))
}

/// The payload of a datagram from or to a port of DHCP.
fn dhcp_payload(datagram: &[u8]) -> Option<&[u8]> {
    let datagram = UdpPacket::new_checked(datagram).ok()?;
    let is_dhcp = [datagram.src_port(), datagram.dst_port()].iter().any(|port| [67, 68].contains(port));
    is_dhcp.then(|| datagram.payload())
}
