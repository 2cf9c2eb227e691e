//! IP packets of either version, and what both carry.

mod payload;
mod pseudo;

use alloc::vec::Vec;

pub use self::{payload::Payload, pseudo::PseudoHeader};
use super::{Annotation, Model, fields::Fields, ipv4, ipv6};
use crate::{Code, Generate, bytes};

/// A packet as a link without a type of its own hands it over: its first four bits tell the version.
///
/// ```
/// use halligan_generators::{Model, model::{ip::Packet, ipv6}};
///
/// let Packet::V6(ipv6::Packet::Whole { header, .. }) = Packet::dissect(&[0x60; 48]) else { panic!() };
/// assert_eq!(header.hop_limit, 0x60);
/// assert_eq!(Packet::dissect(&[0x50; 48]), Packet::Raw(vec![0x50; 48]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Packet {
    /// Version 4. A receiver takes a packet whose header lies about it for another variant.
    #[generate(weight = 15)]
    V4(ipv4::Packet),
    /// Version 6; the same is so of it.
    #[generate(weight = 16)]
    V6(ipv6::Packet),
    /// Neither, or nothing at all.
    Raw(#[generate(with = bytes(0..=u32::MAX as usize))] Vec<u8>),
}

impl Packet {
    fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        match self {
            Self::V4(packet) => packet.fields(wire, fields),
            Self::V6(packet) => packet.fields(wire, fields),
            Self::Raw(bytes) => fields.string("raw", bytes, false),
        }
    }
}

impl Model for Packet {
    #[inline]
    fn dissect(bytes: &[u8]) -> Self {
        match bytes.first().map(|first| first >> 4) {
            Some(4) => Self::V4(ipv4::Packet::dissect(bytes)),
            Some(6) => Self::V6(ipv6::Packet::dissect(bytes)),
            _ => Self::Raw(bytes.to_vec()),
        }
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::V4(packet) => packet.emit_to(out),
            Self::V6(packet) => packet.emit_to(out),
            Self::Raw(bytes) => out.extend_from_slice(bytes),
        }
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        self.fields(&self.emit(), &mut Fields::new(visit));
    }

    fn lies(&self) -> usize {
        match self {
            Self::V4(packet) => packet.lies(),
            Self::V6(packet) => packet.lies(),
            Self::Raw(_) => 0,
        }
    }
}
