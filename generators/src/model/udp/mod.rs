//! UDP datagrams (RFC 768).

use alloc::{boxed::Box, string::ToString, vec::Vec};

use super::{
    Annotation, Model, dhcp,
    fields::{Fields, hex, word},
    ip::PseudoHeader,
    tcp::PSEUDO_HEADER,
};
use crate::{Code, Derived, Generate, bytes, derived, range};

/// The protocol number of UDP.
pub(super) const PROTOCOL: u8 = 17;

/// Length of a header in bytes.
const FIXED: usize = 8;

/// Ports that something is known to listen at: echo, discard, DNS, DHCP, NTP, multicast DNS.
const PORTS: [u16; 7] = [7, 9, 53, 67, 68, 123, 5353];

/// A UDP datagram.
///
/// ```
/// use halligan_generators::{Derived, Model, model::udp::{Datagram, Header}};
///
/// let header = Header { source_port: 49152, destination_port: 7, ..Header::default() };
/// let datagram = Datagram::Whole { header, payload: b"echo".to_vec().into(), surplus: Derived::Auto };
/// assert_eq!(datagram.emit()[4..6], [0, 12]);
/// assert_eq!(Datagram::dissect(&datagram.emit()), datagram);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Datagram {
    /// A header, the data, and what lies behind them in the packet.
    #[generate(weight = 31)]
    Whole {
        /// The header.
        header: Header,
        /// The data, as long as the header says.
        payload: Payload,
        /// What the packet holds behind the datagram's length: nothing, or a lie. UDP options stand there (RFC 9868
        /// section 5).
        #[generate(with = derived(bytes(1..=u32::MAX as usize)))]
        surplus: Derived<Vec<u8>>,
    },
    /// Fewer bytes than a header has.
    Raw(#[generate(with = bytes(0..=FIXED - 1))] Vec<u8>),
}

/// What a datagram carries.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Payload {
    /// Any data.
    #[generate(weight = 7)]
    Raw(#[generate(with = bytes(0..=u32::MAX as usize))] Vec<u8>),
    /// A DHCP message, where a port is 67 or 68. Between other ports a receiver takes it for [`Raw`](Payload::Raw).
    Dhcp(Box<dhcp::Message>),
}

impl Payload {
    fn dissect(ports: [u16; 2], bytes: &[u8]) -> Self {
        if ports.iter().any(|port| dhcp::PORTS.contains(port)) {
            Self::Dhcp(Box::new(dhcp::Message::dissect(bytes)))
        } else {
            Self::Raw(bytes.to_vec())
        }
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Raw(bytes) => out.extend_from_slice(bytes),
            Self::Dhcp(message) => message.emit_to(out),
        }
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Raw(bytes)
    }
}

/// A UDP header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
pub struct Header {
    /// The sender's port, or zero.
    #[generate(with = range(0u16..).often(1, &PORTS))]
    pub source_port: u16,
    /// The receiver's port.
    #[generate(with = range(0u16..).often(1, &PORTS))]
    pub destination_port: u16,
    /// Length of header and data in bytes. Where it is below 8 or beyond the packet, it is a lie and all that follows the
    /// header is data.
    pub length: Derived<u16>,
    /// The checksum over pseudo header, header and data; 0xffff stands for a sum of zero. `Lie(0)` is a datagram without
    /// checksum, which IPv4 allows.
    pub checksum: Derived<u16>,
}

impl Datagram {
    /// [`Model::dissect`] of a datagram between these addresses.
    #[must_use]
    #[inline]
    pub fn dissect_under<const N: usize>(pseudo: &PseudoHeader<N>, bytes: &[u8]) -> Self {
        let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED>() else { return Self::Raw(bytes.to_vec()) };
        let [s0, s1, d0, d1, l0, l1, c0, c1] = *fixed;
        let wire = u16::from_be_bytes([l0, l1]);
        let inside = usize::from(wire).checked_sub(FIXED).and_then(|len| rest.split_at_checked(len));
        let length = if inside.is_some() { Derived::Auto } else { Derived::Lie(wire) };
        let (payload, surplus) = inside.unwrap_or((rest, &[]));
        let checksum = checksum(pseudo, &fixed[..6], payload);
        let (source_port, destination_port) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
        let header = Header {
            source_port,
            destination_port,
            length,
            checksum: Derived::seen(u16::from_be_bytes([c0, c1]), checksum),
        };
        let surplus = if surplus.is_empty() { Derived::Auto } else { Derived::Lie(surplus.to_vec()) };
        Self::Whole { header, payload: Payload::dissect([source_port, destination_port], payload), surplus }
    }

    /// [`Model::emit_to`] of a datagram between these addresses.
    #[inline]
    pub fn emit_under<const N: usize>(&self, pseudo: &PseudoHeader<N>, out: &mut Vec<u8>) {
        let (header, payload, surplus) = match self {
            Self::Whole { header, payload, surplus } => (header, payload, surplus),
            Self::Raw(bytes) => return out.extend_from_slice(bytes),
        };
        let start = out.len();
        out.extend_from_slice(&[0; FIXED]);
        payload.emit_to(out);
        let (fixed, payload) = out[start..].split_at_mut(FIXED);
        let length = header.length.or((FIXED + payload.len()).min(0xffff) as u16);
        fixed[..2].copy_from_slice(&header.source_port.to_be_bytes());
        fixed[2..4].copy_from_slice(&header.destination_port.to_be_bytes());
        fixed[4..6].copy_from_slice(&length.to_be_bytes());
        let checksum = header.checksum.or_else(|| checksum(pseudo, &fixed[..6], payload));
        fixed[6..].copy_from_slice(&checksum.to_be_bytes());
        if let Derived::Lie(surplus) = surplus {
            out.extend_from_slice(surplus);
        }
    }

    /// Visits the fields; `wire` is the emitted datagram.
    pub(super) fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        let (header, payload, surplus) = match self {
            Self::Whole { header, payload, surplus } => (header, payload, surplus),
            Self::Raw(bytes) => return fields.string("raw", bytes, false),
        };
        fields.field("source port", 2, header.source_port.to_string(), false);
        fields.field("destination port", 2, header.destination_port.to_string(), false);
        fields.field("length", 2, word(wire, 4).to_string(), header.length.is_lie());
        fields.field("checksum", 2, hex(word(wire, 6)), header.checksum.is_lie());
        match payload {
            Payload::Raw(bytes) => fields.string("payload", bytes, false),
            Payload::Dhcp(message) => fields.deeper(|fields| message.fields(&wire[FIXED..], fields)),
        }
        if let Derived::Lie(surplus) = surplus {
            fields.string("surplus", surplus, true);
        }
    }
}

/// The checksum of a datagram of these first six bytes and this payload; zero is sent as 0xffff (RFC 768).
#[inline]
fn checksum<const N: usize>(pseudo: &PseudoHeader<N>, head: &[u8], payload: &[u8]) -> u16 {
    match pseudo.checksum(PROTOCOL, head, payload, FIXED + payload.len()) {
        0 => 0xffff,
        checksum => checksum,
    }
}

impl Model for Datagram {
    /// Under the pseudo header of segments that stand alone, [`PSEUDO_HEADER`].
    fn dissect(bytes: &[u8]) -> Self {
        Self::dissect_under(&PSEUDO_HEADER, bytes)
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        self.emit_under(&PSEUDO_HEADER, out);
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        self.fields(&self.emit(), &mut Fields::new(visit));
    }

    fn lies(&self) -> usize {
        let Self::Whole { header, payload, surplus } = self else { return 0 };
        let inside = if let Payload::Dhcp(message) = payload { message.lies() } else { 0 };
        header.length.lies() + header.checksum.lies() + inside + surplus.lies()
    }
}
