use alloc::vec::Vec;

use super::PseudoHeader;
use crate::{
    Code, Derived, Generate, Model, bytes,
    model::{fields::Fields, icmp, icmpv6, igmp, tcp, udp},
};

/// What an IP packet carries, with the number by which the header before it announces it.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ip::Payload")]
pub enum Payload {
    /// A TCP segment, or the first fragment of one, under a pseudo header with the packet's addresses.
    #[generate(weight = 4)]
    Tcp {
        /// 6. A receiver takes a segment under another number for something else.
        protocol: Derived<u8>,
        /// The segment.
        segment: tcp::Segment,
    },
    /// A UDP datagram, or the first fragment of one, under a pseudo header with the packet's addresses.
    #[generate(weight = 4)]
    Udp {
        /// 17.
        protocol: Derived<u8>,
        /// The datagram.
        datagram: udp::Datagram,
    },
    /// An ICMP message, or the first fragment of one.
    #[generate(weight = 3)]
    Icmp {
        /// 1.
        protocol: Derived<u8>,
        /// The message.
        message: icmp::Message,
    },
    /// An ICMPv6 message, or the first fragment of one, under a pseudo header with the packet's addresses.
    #[generate(weight = 4)]
    Icmpv6 {
        /// 58.
        protocol: Derived<u8>,
        /// The message.
        message: icmpv6::Message,
    },
    /// An IGMP message, or the first fragment of one; in IPv4 alone.
    Igmp {
        /// 2.
        protocol: Derived<u8>,
        /// The message.
        message: igmp::Message,
    },
    /// Another protocol, or a later fragment.
    Raw {
        /// The protocol's number.
        protocol: u8,
        /// The bytes.
        #[generate(with = bytes(0..=u32::MAX as usize))]
        bytes: Vec<u8>,
    },
}

impl Payload {
    /// Takes `bytes` apart, which are announced as `protocol`; `later` tells that they are no start of a unit but a later
    /// fragment.
    #[inline]
    pub(in crate::model) fn dissect<const N: usize>(
        pseudo: &PseudoHeader<N>,
        protocol: u8,
        later: bool,
        bytes: &[u8],
    ) -> Self {
        let auto = Derived::Auto;
        match protocol {
            _ if later => Self::Raw { protocol, bytes: bytes.to_vec() },
            tcp::PROTOCOL => Self::Tcp { protocol: auto, segment: tcp::Segment::dissect_under(pseudo, bytes) },
            udp::PROTOCOL => Self::Udp { protocol: auto, datagram: udp::Datagram::dissect_under(pseudo, bytes) },
            icmp::PROTOCOL => Self::Icmp { protocol: auto, message: icmp::Message::dissect(bytes) },
            icmpv6::PROTOCOL => Self::Icmpv6 { protocol: auto, message: icmpv6::Message::dissect_under(pseudo, bytes) },
            igmp::PROTOCOL if N == 4 => Self::Igmp { protocol: auto, message: igmp::Message::dissect(bytes) },
            _ => Self::Raw { protocol, bytes: bytes.to_vec() },
        }
    }

    #[inline]
    pub(in crate::model) fn emit_under<const N: usize>(&self, pseudo: &PseudoHeader<N>, out: &mut Vec<u8>) {
        match self {
            Self::Tcp { segment, .. } => segment.emit_under(pseudo, out),
            Self::Udp { datagram, .. } => datagram.emit_under(pseudo, out),
            Self::Icmp { message, .. } => message.emit_to(out),
            Self::Icmpv6 { message, .. } => message.emit_under(pseudo, out),
            Self::Igmp { message, .. } => message.emit_to(out),
            Self::Raw { bytes, .. } => out.extend_from_slice(bytes),
        }
    }

    /// The number that announces the payload, and whether it lies.
    #[inline]
    pub(in crate::model) fn protocol(&self) -> (u8, bool) {
        let (given, computed) = match self {
            Self::Tcp { protocol, .. } => (*protocol, tcp::PROTOCOL),
            Self::Udp { protocol, .. } => (*protocol, udp::PROTOCOL),
            Self::Icmp { protocol, .. } => (*protocol, icmp::PROTOCOL),
            Self::Icmpv6 { protocol, .. } => (*protocol, icmpv6::PROTOCOL),
            Self::Igmp { protocol, .. } => (*protocol, igmp::PROTOCOL),
            Self::Raw { protocol, .. } => (Derived::Auto, *protocol),
        };
        (given.or(computed), given.is_lie())
    }

    /// Visits the fields; `wire` is the emitted payload.
    pub(in crate::model) fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        match self {
            Self::Tcp { segment, .. } => fields.deeper(|fields| segment.fields(wire, fields)),
            Self::Udp { datagram, .. } => fields.deeper(|fields| datagram.fields(wire, fields)),
            Self::Icmp { message, .. } => fields.deeper(|fields| message.fields(wire, fields)),
            Self::Icmpv6 { message, .. } => fields.deeper(|fields| message.fields(wire, fields)),
            Self::Igmp { message, .. } => fields.deeper(|fields| message.fields(wire, fields)),
            Self::Raw { bytes, .. } => fields.string("payload", bytes, false),
        }
    }

    pub(in crate::model) fn lies(&self) -> usize {
        let inside = match self {
            Self::Tcp { segment, .. } => segment.lies(),
            Self::Udp { datagram, .. } => datagram.lies(),
            Self::Icmp { message, .. } => message.lies(),
            Self::Icmpv6 { message, .. } => message.lies(),
            Self::Igmp { message, .. } => message.lies(),
            Self::Raw { .. } => 0,
        };
        inside + usize::from(self.protocol().1)
    }
}
