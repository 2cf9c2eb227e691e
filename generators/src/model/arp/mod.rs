//! ARP packets (RFC 826).

mod addresses;

use alloc::{format, string::ToString, vec::Vec};

pub use self::addresses::Addresses;
use super::{
    Annotation, Model,
    fields::{Fields, hex},
};
use crate::{Code, Derived, Generate, bytes, derived, range};

/// Length of what stands before the addresses, in bytes.
const FIXED: usize = 8;

/// An ARP packet, and what follows it in its frame.
///
/// ```
/// use halligan_generators::{Model, model::arp::{Addresses, Packet}};
///
/// let request = Packet::ethernet(1, [2, 0, 0, 0, 0, 2], [192, 0, 2, 2], [0; 6], [192, 0, 2, 1]);
/// assert_eq!(request.emit()[..8], [0, 1, 8, 0, 6, 4, 0, 1]);
/// assert_eq!(Packet::dissect(&request.emit()), request);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Packet {
    /// Types, lengths, operation and addresses.
    #[generate(weight = 31)]
    Whole {
        /// The kind of hardware (ar$hrd): 1 is Ethernet.
        #[generate(with = range(0u16..).often(31, &[1]))]
        hardware: u16,
        /// The protocol (ar$pro), as an ether type: 0x0800 is IPv4.
        #[generate(with = range(0u16..).often(31, &[0x0800]))]
        protocol: u16,
        /// Length of a hardware address in bytes (ar$hln). A receiver finds the addresses by both lengths; where they
        /// need more than there is, they are lies and the addresses those of Ethernet and IPv4.
        hardware_length: Derived<u8>,
        /// Length of a protocol address in bytes (ar$pln).
        protocol_length: Derived<u8>,
        /// The operation (ar$op): 1 a request, 2 a reply.
        #[generate(with = range(0u16..).often(15, &[1, 2]))]
        operation: u16,
        /// The four addresses.
        addresses: Addresses,
        /// What lies behind the addresses: nothing, or a lie. In a frame it is padding.
        #[generate(with = derived(bytes(1..=u32::MAX as usize)))]
        trailer: Derived<Vec<u8>>,
    },
    /// Too few bytes.
    Raw(#[generate(with = bytes(0..=FIXED - 1))] Vec<u8>),
}

impl Packet {
    /// A packet for IPv4 over Ethernet.
    #[must_use]
    pub fn ethernet(
        operation: u16,
        sender_hardware: [u8; 6],
        sender_protocol: [u8; 4],
        target_hardware: [u8; 6],
        target_protocol: [u8; 4],
    ) -> Self {
        Self::Whole {
            hardware: 1,
            protocol: 0x0800,
            hardware_length: Derived::Auto,
            protocol_length: Derived::Auto,
            operation,
            addresses: Addresses::EthernetIpv4 { sender_hardware, sender_protocol, target_hardware, target_protocol },
            trailer: Derived::Auto,
        }
    }

    /// Takes the packet out of its trailer: [`Model::dissect`], but the trailer is given apart.
    #[inline]
    pub(super) fn dissect_prefix(bytes: &[u8]) -> (Self, &[u8]) {
        let Some((&[h0, h1, p0, p1, hardware_length, protocol_length, o0, o1], rest)) = bytes.split_first_chunk()
        else {
            return (Self::Raw(bytes.to_vec()), &[]);
        };
        let (addresses, rest) = Addresses::dissect(hardware_length.into(), protocol_length.into(), rest);
        let computed = addresses.lengths();
        let packet = Self::Whole {
            hardware: u16::from_be_bytes([h0, h1]),
            protocol: u16::from_be_bytes([p0, p1]),
            hardware_length: Derived::seen(hardware_length, computed.0),
            protocol_length: Derived::seen(protocol_length, computed.1),
            operation: u16::from_be_bytes([o0, o1]),
            addresses,
            trailer: Derived::Auto,
        };
        (packet, rest)
    }

    /// Visits the fields.
    pub(super) fn fields(&self, fields: &mut Fields<'_>) {
        let Self::Whole { hardware, protocol, hardware_length, protocol_length, operation, addresses, trailer } = self
        else {
            let Self::Raw(bytes) = self else { return };
            return fields.string("raw", bytes, false);
        };
        let computed = addresses.lengths();
        fields.field("hardware type", 2, hardware.to_string(), false);
        fields.field("protocol type", 2, hex(*protocol), false);
        fields.field("hardware length", 1, hardware_length.or(computed.0).to_string(), hardware_length.is_lie());
        fields.field("protocol length", 1, protocol_length.or(computed.1).to_string(), protocol_length.is_lie());
        let name = match operation {
            1 => " (request)",
            2 => " (reply)",
            _ => "",
        };
        fields.field("operation", 2, format!("{operation}{name}"), false);
        addresses.fields(fields);
        if let Derived::Lie(trailer) = trailer {
            fields.string("trailer", trailer, true);
        }
    }
}

impl Model for Packet {
    fn dissect(bytes: &[u8]) -> Self {
        let (mut packet, rest) = Self::dissect_prefix(bytes);
        if let Self::Whole { trailer, .. } = &mut packet
            && !rest.is_empty()
        {
            *trailer = Derived::Lie(rest.to_vec());
        }
        packet
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        let Self::Whole { hardware, protocol, hardware_length, protocol_length, operation, addresses, trailer } = self
        else {
            let Self::Raw(bytes) = self else { return };
            return out.extend_from_slice(bytes);
        };
        let computed = addresses.lengths();
        out.extend_from_slice(&hardware.to_be_bytes());
        out.extend_from_slice(&protocol.to_be_bytes());
        out.extend_from_slice(&[hardware_length.or(computed.0), protocol_length.or(computed.1)]);
        out.extend_from_slice(&operation.to_be_bytes());
        addresses.emit_to(out);
        if let Derived::Lie(trailer) = trailer {
            out.extend_from_slice(trailer);
        }
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        self.fields(&mut Fields::new(visit));
    }

    fn lies(&self) -> usize {
        let Self::Whole { hardware_length, protocol_length, trailer, .. } = self else { return 0 };
        hardware_length.lies() + protocol_length.lies() + trailer.lies()
    }
}
