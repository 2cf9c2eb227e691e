use alloc::{format, string::ToString, vec::Vec};

use crate::{
    Code, Generate, bytes, favour,
    model::fields::{Fields, hex, word},
    octets, range,
};

/// What a frame with a length holds: a header of IEEE 802.2 and information.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::ethernet::Llc")]
pub enum Llc {
    /// Service access points and a control field (IEEE 802.2 section 3.2). The second byte of a longer control field
    /// counts as information.
    Plain {
        /// The destination's service access point.
        destination: u8,
        /// The source's service access point.
        source: u8,
        /// The control field, or the first byte of it.
        control: u8,
        /// What follows.
        #[generate(with = bytes(0..=u32::MAX as usize))]
        information: Vec<u8>,
    },
    /// The header of SNAP: service access points 0xaa and control 3, then an organisation and its protocol (RFC 1042).
    Snap {
        /// The organisation; with zeros the protocol is an ether type.
        #[generate(with = favour(&[[0; 3], [0, 0, 0x0c], [0, 0, 0xf8]], octets::<3>()))]
        organisation: [u8; 3],
        /// The protocol.
        #[generate(with = range(0u16..).often(7, &[0x0800, 0x0806, 0x86dd, 0x2000]))]
        protocol: u16,
        /// What follows.
        #[generate(with = bytes(0..=u32::MAX as usize))]
        information: Vec<u8>,
    },
    /// Fewer bytes than service access points and control field take.
    Short(#[generate(with = bytes(0..=2))] Vec<u8>),
}

/// What SNAP begins with.
const SNAP: [u8; 3] = [0xaa, 0xaa, 3];

impl Llc {
    #[inline]
    pub(super) fn dissect(bytes: &[u8]) -> Self {
        let Some((&[destination, source, control], rest)) = bytes.split_first_chunk() else {
            return Self::Short(bytes.to_vec());
        };
        match rest.split_first_chunk::<5>() {
            Some((&[o0, o1, o2, p0, p1], information)) if [destination, source, control] == SNAP => Self::Snap {
                organisation: [o0, o1, o2],
                protocol: word(&[p0, p1], 0),
                information: information.to_vec(),
            },
            _ => Self::Plain { destination, source, control, information: rest.to_vec() },
        }
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Plain { information, .. } => 3 + information.len(),
            Self::Snap { information, .. } => 8 + information.len(),
            Self::Short(bytes) => bytes.len(),
        }
    }

    #[inline]
    pub(super) fn emit_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Plain { destination, source, control, information } => {
                out.extend_from_slice(&[*destination, *source, *control]);
                out.extend_from_slice(information);
            }
            Self::Snap { organisation, protocol, information } => {
                out.extend_from_slice(&SNAP);
                out.extend_from_slice(organisation);
                out.extend_from_slice(&protocol.to_be_bytes());
                out.extend_from_slice(information);
            }
            Self::Short(bytes) => out.extend_from_slice(bytes),
        }
    }

    pub(super) fn fields(&self, fields: &mut Fields<'_>) {
        let [destination, source, control] = match self {
            Self::Plain { destination, source, control, .. } => [*destination, *source, *control],
            Self::Snap { .. } => SNAP,
            Self::Short(bytes) => return fields.string("information", bytes, false),
        };
        fields.field("destination service access point", 1, format!("{destination:#04x}"), false);
        fields.field("source service access point", 1, format!("{source:#04x}"), false);
        fields.field("control", 1, control.to_string(), false);
        match self {
            Self::Snap { organisation: [a, b, c], protocol, information } => {
                fields.field("organisation code", 3, format!("{a:02x}:{b:02x}:{c:02x}"), false);
                fields.field("protocol ID", 2, hex(*protocol), false);
                fields.string("information", information, false);
            }
            Self::Plain { information, .. } | Self::Short(information) => {
                fields.string("information", information, false);
            }
        }
    }
}
