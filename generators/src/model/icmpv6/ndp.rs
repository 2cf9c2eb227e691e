//! Neighbour discovery (RFC 4861).

use alloc::{format, string::ToString, vec::Vec};

use crate::{
    Code, Derived, Generate, any, bytes, list,
    model::{
        fields::Fields,
        icmp::Quoted,
        layout::{Family, MAX, Unit, family, layout},
    },
    octets,
};

layout! {
    /// A router solicitation (RFC 4861 section 4.1).
    #[code(path = "halligan_generators::model::icmpv6::ndp::Solicitation")]
    Solicitation {
        /// Zero.
        reserved: u32 = "reserved",
        ;
        /// Options.
        #[generate(with = options())]
        options: Vec<NdpOption> = "options"
    }
}

layout! {
    /// A router advertisement (RFC 4861 section 4.2).
    #[code(path = "halligan_generators::model::icmpv6::ndp::RouterAdvertisement")]
    RouterAdvertisement {
        /// The hop limit that hosts should use.
        hop_limit: u8 = "current hop limit",
        /// Whether DHCPv6 gives addresses and other things; whether this is a home agent (RFC 6275 section 7.1); the router's
        /// preference (RFC 4191 section 2.2); whether it is a proxy (RFC 4389).
        flags: u8 = "flags" ["managed": 1, "other": 1, "home agent": 1, "preference": 2, "proxy": 1, "reserved": 2],
        /// How long this is a default router, in seconds.
        lifetime: u16 = "router lifetime",
        /// How long a neighbour counts as reachable, in milliseconds.
        reachable_time: u32 = "reachable time",
        /// How long to wait between solicitations, in milliseconds.
        retransmission_timer: u32 = "retransmission timer",
        ;
        /// Options.
        #[generate(with = options())]
        options: Vec<NdpOption> = "options"
    }
}

layout! {
    /// A neighbour solicitation (RFC 4861 section 4.3).
    #[code(path = "halligan_generators::model::icmpv6::ndp::NeighborSolicitation")]
    NeighborSolicitation {
        /// Zero.
        reserved: u32 = "reserved",
        /// Whom it is about.
        #[generate(with = octets::<16>())]
        target: [u8; 16] = "target address",
        ;
        /// Options.
        #[generate(with = options())]
        options: Vec<NdpOption> = "options"
    }
}

layout! {
    /// A neighbour advertisement (RFC 4861 section 4.4).
    #[code(path = "halligan_generators::model::icmpv6::ndp::NeighborAdvertisement")]
    NeighborAdvertisement {
        /// Whether the sender is a router, was asked, and knows better than the cache.
        flags: u32 = "flags" ["router": 1, "solicited": 1, "override": 1, "reserved": 29],
        /// Whom it is about.
        #[generate(with = octets::<16>())]
        target: [u8; 16] = "target address",
        ;
        /// Options.
        #[generate(with = options())]
        options: Vec<NdpOption> = "options"
    }
}

layout! {
    /// A redirect (RFC 4861 section 4.5).
    #[code(path = "halligan_generators::model::icmpv6::ndp::Redirect")]
    Redirect {
        /// Zero.
        reserved: u32 = "reserved",
        /// The better first hop.
        #[generate(with = octets::<16>())]
        target: [u8; 16] = "target address",
        /// Where the packets go.
        #[generate(with = octets::<16>())]
        destination: [u8; 16] = "destination address",
        ;
        /// Options.
        #[generate(with = options())]
        options: Vec<NdpOption> = "options"
    }
}

/// An option of neighbour discovery (RFC 4861 section 4.6).
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::icmpv6::ndp::NdpOption")]
pub enum NdpOption {
    /// A type, a length and data. Zeros up to a unit of 8 bytes are added.
    #[generate(weight = 15)]
    Full {
        /// Length in units of 8 bytes, with type and length themselves. Where it is zero or beyond the message, it is a lie:
        /// the option then takes what its type needs, or all whole units that are left.
        length: Derived<u8>,
        /// The type, and what the option holds.
        data: OptionData,
    },
    /// Fewer than 8 bytes: the list ends.
    Rest(#[generate(with = bytes(1..=7))] Vec<u8>),
}

impl From<OptionData> for NdpOption {
    fn from(data: OptionData) -> Self {
        Self::Full { length: Derived::Auto, data }
    }
}

family! {
    /// What an option of neighbour discovery holds behind type and length.
    #[code(path = "halligan_generators::model::icmpv6::ndp::OptionData")]
    OptionData {
        /// The sender's link address (RFC 4861 section 4.6.1).
        1 "source link-layer address" SourceLinkAddress(#[generate(with = octets::<6>())] [u8; 6]),
        /// The target's link address (RFC 4861 section 4.6.1).
        2 "target link-layer address" TargetLinkAddress(#[generate(with = octets::<6>())] [u8; 6]),
        /// A prefix (RFC 4861 section 4.6.2).
        3 "prefix information" PrefixInformation(PrefixInformation),
        /// The start of the packet that is redirected (RFC 4861 section 4.6.3).
        4 "redirected header" RedirectedHeader(RedirectedHeader),
        /// What the link takes (RFC 4861 section 4.6.4).
        5 "MTU" Mtu(Mtu),
        /// Ties an answer to its question (RFC 3971 section 5.3.2).
        14 "nonce" Nonce(#[generate(with = bytes(0..=MAX))] Vec<u8>),
        /// A route (RFC 4191 section 2.3).
        24 "route information" RouteInformation(RouteInformation),
        /// Name servers (RFC 8106 section 5.1).
        25 "recursive DNS servers" DnsServers(Servers),
        /// Domains to search (RFC 8106 section 5.2).
        31 "DNS search list" DnsSearchList(Servers),
    }
}

layout! {
    /// A prefix (RFC 4861 section 4.6.2).
    #[code(path = "halligan_generators::model::icmpv6::ndp::PrefixInformation")]
    PrefixInformation {
        /// Its length in bits.
        prefix_length: u8 = "prefix length",
        /// Whether it is on the link, makes addresses, and is a router's address (RFC 6275 section 7.2).
        flags: u8 = "flags" ["on link": 1, "autonomous": 1, "router address": 1, "reserved": 5],
        /// How long it is valid, in seconds.
        valid_lifetime: u32 = "valid lifetime",
        /// How long it is preferred, in seconds.
        preferred_lifetime: u32 = "preferred lifetime",
        /// Zero.
        reserved: u32 = "reserved",
        /// The prefix.
        #[generate(with = octets::<16>())]
        prefix: [u8; 16] = "prefix",
    }
}

layout! {
    /// The start of the packet that is redirected (RFC 4861 section 4.6.3).
    #[code(path = "halligan_generators::model::icmpv6::ndp::RedirectedHeader")]
    RedirectedHeader {
        /// Zero.
        reserved: u16 = "reserved",
        /// Zero.
        reserved_too: u32 = "reserved",
        ;
        /// The start of the packet.
        quoted: Quoted = "quote"
    }
}

layout! {
    /// What the link takes (RFC 4861 section 4.6.4).
    #[code(path = "halligan_generators::model::icmpv6::ndp::Mtu")]
    Mtu {
        /// Zero.
        reserved: u16 = "reserved",
        /// The length of the largest packet in bytes.
        mtu: u32 = "MTU",
    }
}

layout! {
    /// A route (RFC 4191 section 2.3).
    #[code(path = "halligan_generators::model::icmpv6::ndp::RouteInformation")]
    RouteInformation {
        /// Length of the prefix in bits.
        prefix_length: u8 = "prefix length",
        /// The router's preference for it.
        flags: u8 = "flags" ["reserved": 3, "preference": 2, "reserved": 3],
        /// How long it holds, in seconds.
        lifetime: u32 = "route lifetime",
        ;
        /// The prefix: 0, 8 or 16 bytes.
        #[generate(with = bytes(0..=MAX))]
        prefix: Vec<u8> = "prefix"
    }
}

layout! {
    /// Name servers, or domains (RFC 8106 section 5).
    #[code(path = "halligan_generators::model::icmpv6::ndp::Servers")]
    Servers {
        /// Zero.
        reserved: u16 = "reserved",
        /// How long they may be used, in seconds.
        lifetime: u32 = "lifetime",
        ;
        /// Addresses of 16 bytes each, or names as in DNS.
        #[generate(with = bytes(0..=MAX))]
        entries: Vec<u8> = "entries"
    }
}

fn options() -> impl Generate<Value = Vec<NdpOption>> {
    list(any()).average(2).max(MAX)
}

/// How many zeros bring an option with so many bytes of data to a unit.
fn missing(data: usize) -> usize {
    (2 + data).wrapping_neg() % 8
}

impl Unit for Vec<NdpOption> {
    const FIXED: Option<usize> = None;

    fn dissect(mut rest: &[u8]) -> Option<Self> {
        let mut options = Self::new();
        while !rest.is_empty() {
            let ([kind, wire, ..], false) = (rest, rest.len() < 8) else {
                options.push(NdpOption::Rest(rest.to_vec()));
                break;
            };
            let claimed = 8 * usize::from(*wire);
            let (length, size) = if claimed > 0 && claimed <= rest.len() {
                (Derived::Auto, claimed)
            } else {
                let needed = OptionData::fixed_len(*kind).map(|len| 2 + len + missing(len));
                let size = needed.filter(|size| *size <= rest.len()).unwrap_or(rest.len() / 8 * 8);
                (Derived::seen(*wire, (size / 8).min(0xff) as u8), size)
            };
            let (option, behind) = rest.split_at(size);
            options.push(NdpOption::Full { length, data: OptionData::dissect(*kind, &option[2..]) });
            rest = behind;
        }
        Some(options)
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        for option in self {
            match option {
                NdpOption::Full { length, data } => {
                    let start = out.len();
                    out.extend_from_slice(&[data.kind(), 0]);
                    data.emit_to(out);
                    let missing = missing(out.len() - start - 2);
                    out.extend_from_slice(&[0; 7][..missing]);
                    out[start + 1] = length.or(((out.len() - start) / 8).min(0xff) as u8);
                }
                NdpOption::Rest(bytes) => out.extend_from_slice(bytes),
            }
        }
    }

    fn annotate(&self, _: &'static str, fields: &mut Fields<'_>) {
        fields.deeper(|fields| {
            for option in self {
                let (length, data) = match option {
                    NdpOption::Full { length, data } => (length, data),
                    NdpOption::Rest(bytes) => {
                        fields.string("rest", bytes, false);
                        continue;
                    }
                };
                let mut own = Vec::new();
                data.emit_to(&mut own);
                let missing = missing(own.len());
                let computed = ((2 + own.len() + missing) / 8).min(0xff) as u8;
                fields.field("option type", 1, format!("{} ({})", data.kind(), data.name()), false);
                fields.field("option length", 1, length.or(computed).to_string(), length.is_lie());
                Family::annotate(data, fields);
                fields.string("padding", &[0; 7][..missing], false);
            }
        });
    }

    fn lies(&self) -> usize {
        let lies = |option: &NdpOption| match option {
            NdpOption::Full { length, data } => length.lies() + Family::lies(data),
            NdpOption::Rest(_) => 0,
        };
        self.iter().map(lies).sum()
    }
}
