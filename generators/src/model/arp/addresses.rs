use alloc::vec::Vec;

use crate::{
    Code, Generate, bytes,
    model::fields::{Fields, ipv4_address, mac_address},
    octets,
};

/// Length of the addresses of Ethernet and IPv4, in bytes.
const ETHERNET_IPV4: usize = 20;

/// The addresses of an ARP packet: hardware and protocol address of sender and target (ar$sha, ar$spa, ar$tha, ar$tpa).
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::arp::Addresses")]
pub enum Addresses {
    /// Hardware addresses of six bytes, protocol addresses of four.
    #[generate(weight = 14)]
    EthernetIpv4 {
        /// The sender's hardware address.
        #[generate(with = octets::<6>())]
        sender_hardware: [u8; 6],
        /// The sender's protocol address.
        #[generate(with = octets::<4>())]
        sender_protocol: [u8; 4],
        /// The target's hardware address.
        #[generate(with = octets::<6>())]
        target_hardware: [u8; 6],
        /// The target's protocol address.
        #[generate(with = octets::<4>())]
        target_protocol: [u8; 4],
    },
    /// Addresses of other lengths: those of the sender give the lengths.
    Other {
        /// The sender's hardware address.
        #[generate(with = bytes(0..=255))]
        sender_hardware: Vec<u8>,
        /// The sender's protocol address.
        #[generate(with = bytes(0..=255))]
        sender_protocol: Vec<u8>,
        /// The target's hardware address.
        #[generate(with = bytes(0..=255))]
        target_hardware: Vec<u8>,
        /// The target's protocol address.
        #[generate(with = bytes(0..=255))]
        target_protocol: Vec<u8>,
    },
    /// Fewer bytes than the addresses of Ethernet and IPv4 take.
    Short(#[generate(with = bytes(0..=ETHERNET_IPV4 - 1))] Vec<u8>),
}

impl Addresses {
    /// Takes addresses of these lengths apart; gives them and what is left over.
    #[inline]
    pub(super) fn dissect(hardware: usize, protocol: usize, bytes: &[u8]) -> (Self, &[u8]) {
        let fit = bytes.split_at_checked(2 * (hardware + protocol));
        if let Some((all, rest)) = fit.filter(|_| (hardware, protocol) != (6, 4)) {
            let (sender, target) = all.split_at(hardware + protocol);
            let addresses = Self::Other {
                sender_hardware: sender[..hardware].to_vec(),
                sender_protocol: sender[hardware..].to_vec(),
                target_hardware: target[..hardware].to_vec(),
                target_protocol: target[hardware..].to_vec(),
            };
            return (addresses, rest);
        }
        let Some((all, rest)) = bytes.split_first_chunk::<ETHERNET_IPV4>() else {
            return (Self::Short(bytes.to_vec()), &[]);
        };
        let [a, b, c, d, e, f, w, x, y, z, a2, b2, c2, d2, e2, f2, w2, x2, y2, z2] = *all;
        let addresses = Self::EthernetIpv4 {
            sender_hardware: [a, b, c, d, e, f],
            sender_protocol: [w, x, y, z],
            target_hardware: [a2, b2, c2, d2, e2, f2],
            target_protocol: [w2, x2, y2, z2],
        };
        (addresses, rest)
    }

    /// Length of a hardware and of a protocol address.
    pub(super) fn lengths(&self) -> (u8, u8) {
        match self {
            Self::Other { sender_hardware, sender_protocol, .. } => {
                (sender_hardware.len().min(255) as u8, sender_protocol.len().min(255) as u8)
            }
            Self::EthernetIpv4 { .. } | Self::Short(_) => (6, 4),
        }
    }

    #[inline]
    pub(super) fn emit_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::EthernetIpv4 { sender_hardware, sender_protocol, target_hardware, target_protocol } => {
                out.extend_from_slice(sender_hardware);
                out.extend_from_slice(sender_protocol);
                out.extend_from_slice(target_hardware);
                out.extend_from_slice(target_protocol);
            }
            Self::Other { sender_hardware, sender_protocol, target_hardware, target_protocol } => {
                for address in [sender_hardware, sender_protocol, target_hardware, target_protocol] {
                    out.extend_from_slice(address);
                }
            }
            Self::Short(bytes) => out.extend_from_slice(bytes),
        }
    }

    pub(super) fn fields(&self, fields: &mut Fields<'_>) {
        const NAMES: [&str; 4] = [
            "sender hardware address",
            "sender protocol address",
            "target hardware address",
            "target protocol address",
        ];
        match self {
            Self::EthernetIpv4 { sender_hardware, sender_protocol, target_hardware, target_protocol } => {
                fields.field(NAMES[0], 6, mac_address(*sender_hardware), false);
                fields.field(NAMES[1], 4, ipv4_address(*sender_protocol), false);
                fields.field(NAMES[2], 6, mac_address(*target_hardware), false);
                fields.field(NAMES[3], 4, ipv4_address(*target_protocol), false);
            }
            Self::Other { sender_hardware, sender_protocol, target_hardware, target_protocol } => {
                let addresses = [sender_hardware, sender_protocol, target_hardware, target_protocol];
                for (name, address) in NAMES.into_iter().zip(addresses) {
                    fields.string(name, address, false);
                }
            }
            Self::Short(bytes) => fields.string("addresses", bytes, false),
        }
    }
}
