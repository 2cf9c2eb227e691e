use alloc::vec::Vec;

use crate::{
    bytes,
    model::{
        layout::{MAX, family, layout},
        tlv::Tlv,
    },
    octets,
};

/// An option of a hop-by-hop or destination options header (RFC 8200 section 4.2).
pub type Ipv6Option = Tlv<OptionData>;

family! {
    /// What an option of an extension header holds behind kind and length.
    #[code(path = "halligan_generators::model::ipv6::OptionData")]
    OptionData {
        /// Fills up (RFC 8200 section 4.2).
        1 "PadN" PadN(#[generate(with = bytes(0..=MAX))] Vec<u8>),
        /// Routers should look at the packet: 0 for MLD (RFC 2711 section 2.1).
        5 "router alert" RouterAlert(u16),
        /// How many tunnels may still be entered (RFC 2473 section 4.1.1).
        4 "tunnel encapsulation limit" TunnelLimit(u8),
        /// Length of a jumbo payload in bytes (RFC 2675 section 2).
        0xc2 "jumbo payload" Jumbo(u32),
        /// The address of a mobile node at home (RFC 6275 section 6.3).
        0xc9 "home address" HomeAddress(#[generate(with = octets::<16>())] [u8; 16]),
        /// RPL information (RFC 6553 section 3).
        0x63 "RPL" Rpl(RplInformation),
        /// RPL information under its newer number, which nodes without RPL skip (RFC 9008 section 3).
        0x23 "RPL, new" NewRpl(RplInformation),
    }
}

layout! {
    /// What RPL tells of a packet on its way (RFC 6553 section 3).
    #[code(path = "halligan_generators::model::ipv6::RplInformation")]
    RplInformation {
        /// Down, rank error, forwarding error.
        flags: u8 = "flags" ["down": 1, "rank error": 1, "forwarding error": 1, "reserved": 5],
        /// The instance.
        instance: u8 = "instance",
        /// The sender's rank.
        sender_rank: u16 = "sender rank",
        ;
        /// Options of the option.
        #[generate(with = bytes(0..=MAX))]
        options: Vec<u8> = "sub-options"
    }
}
