use alloc::vec::Vec;

use super::{Quoted, RouterAdvertisement};
use crate::{
    bytes,
    model::layout::{MAX, family, layout},
    octets,
};

family! {
    /// What an ICMP message holds behind its checksum, by type.
    #[code(path = "halligan_generators::model::icmp::Body")]
    Body {
        /// The answer to an echo request (RFC 792).
        0 "echo reply" EchoReply(Echo),
        /// An echo request (RFC 792).
        8 "echo request" EchoRequest(Echo),
        /// The packet could not be delivered (RFC 792); the code tells why.
        3 "destination unreachable" DestinationUnreachable(Unreachable),
        /// Send slower (RFC 792), deprecated (RFC 6633).
        4 "source quench" SourceQuench(Unused),
        /// There is a better router (RFC 792).
        5 "redirect" Redirect(Redirect),
        /// A router tells its addresses (RFC 1256 section 3).
        9 "router advertisement" RouterAdvertisement(RouterAdvertisement),
        /// Asks for router advertisements (RFC 1256 section 3).
        10 "router solicitation" RouterSolicitation(Reserved),
        /// The packet lived too long, in hops (code 0) or in pieces (code 1) (RFC 792).
        11 "time exceeded" TimeExceeded(TimeExceeded),
        /// The header was bad (RFC 792).
        12 "parameter problem" ParameterProblem(ParameterProblem),
        /// Asks for the time (RFC 792).
        13 "timestamp request" TimestampRequest(Timestamp),
        /// The time (RFC 792).
        14 "timestamp reply" TimestampReply(Timestamp),
        /// Asks for the network's number (RFC 792), obsolete (RFC 6918).
        15 "information request" InformationRequest(Query),
        /// The network's number (RFC 792), obsolete (RFC 6918).
        16 "information reply" InformationReply(Query),
        /// Asks for the network's mask (RFC 950 appendix I), obsolete (RFC 6918).
        17 "address mask request" AddressMaskRequest(AddressMask),
        /// The network's mask (RFC 950 appendix I), obsolete (RFC 6918).
        18 "address mask reply" AddressMaskReply(AddressMask),
        /// Where a traced packet was (RFC 1393 section 2.3), obsolete (RFC 6918).
        30 "traceroute" Traceroute(Traceroute),
        /// Asks for a host's names (RFC 1788 section 2), obsolete (RFC 6918).
        37 "domain name request" DomainNameRequest(Query),
        /// A host's names (RFC 1788 section 3), obsolete (RFC 6918).
        38 "domain name reply" DomainNameReply(DomainNames),
        /// A security failure (RFC 2521 section 2).
        40 "Photuris" Photuris(Photuris),
        /// Probes an interface (RFC 8335 section 2).
        42 "extended echo request" ExtendedEchoRequest(ExtendedEcho),
        /// The state of an interface (RFC 8335 section 3).
        43 "extended echo reply" ExtendedEchoReply(InterfaceState),
    }
}

layout! {
    /// An echo request or reply (RFC 792, RFC 4443 section 4.1).
    #[code(path = "halligan_generators::model::icmp::Echo")]
    Echo {
        /// Tells sessions apart.
        identifier: u16 = "identifier",
        /// Tells requests apart.
        sequence_number: u16 = "sequence number",
        ;
        /// Comes back in the reply.
        #[generate(with = bytes(0..=MAX))]
        data: Vec<u8> = "data"
    }
}

layout! {
    /// A packet that could not be delivered (RFC 792).
    #[code(path = "halligan_generators::model::icmp::Unreachable")]
    Unreachable {
        /// Zero.
        unused: u8 = "unused",
        /// Length of the quote in words, where extensions follow it (RFC 4884 section 4.1).
        length: u8 = "length",
        /// What the next link takes, in bytes (RFC 1191 section 4), for code 4.
        next_hop_mtu: u16 = "next-hop MTU",
        ;
        /// The start of the packet.
        quoted: Quoted = "quote"
    }
}

layout! {
    /// An error that says nothing but its type.
    #[code(path = "halligan_generators::model::icmp::Unused")]
    Unused {
        /// Zero.
        unused: u32 = "unused",
        ;
        /// The start of the packet.
        quoted: Quoted = "quote"
    }
}

layout! {
    /// A better router (RFC 792).
    #[code(path = "halligan_generators::model::icmp::Redirect")]
    Redirect {
        /// Its address.
        #[generate(with = octets::<4>())]
        gateway: [u8; 4] = "gateway",
        ;
        /// The start of the packet.
        quoted: Quoted = "quote"
    }
}

layout! {
    /// Four bytes that are zero.
    #[code(path = "halligan_generators::model::icmp::Reserved")]
    Reserved {
        /// Zero.
        reserved: u32 = "reserved",
    }
}

layout! {
    /// A packet that lived too long (RFC 792).
    #[code(path = "halligan_generators::model::icmp::TimeExceeded")]
    TimeExceeded {
        /// Zero.
        unused: u8 = "unused",
        /// Length of the quote in words, where extensions follow it (RFC 4884 section 4.2).
        length: u8 = "length",
        /// Zero.
        unused_too: u16 = "unused",
        ;
        /// The start of the packet.
        quoted: Quoted = "quote"
    }
}

layout! {
    /// A bad header (RFC 792).
    #[code(path = "halligan_generators::model::icmp::ParameterProblem")]
    ParameterProblem {
        /// Where it is bad, in bytes.
        pointer: u8 = "pointer",
        /// Length of the quote in words, where extensions follow it (RFC 4884 section 4.3).
        length: u8 = "length",
        /// Zero.
        unused: u16 = "unused",
        ;
        /// The start of the packet.
        quoted: Quoted = "quote"
    }
}

layout! {
    /// Times, in milliseconds since midnight UT (RFC 792).
    #[code(path = "halligan_generators::model::icmp::Timestamp")]
    Timestamp {
        /// Tells sessions apart.
        identifier: u16 = "identifier",
        /// Tells requests apart.
        sequence_number: u16 = "sequence number",
        /// When the request was sent.
        originate: u32 = "originate timestamp",
        /// When it was received.
        receive: u32 = "receive timestamp",
        /// When the reply was sent.
        transmit: u32 = "transmit timestamp",
    }
}

layout! {
    /// A request without data.
    #[code(path = "halligan_generators::model::icmp::Query")]
    Query {
        /// Tells sessions apart.
        identifier: u16 = "identifier",
        /// Tells requests apart.
        sequence_number: u16 = "sequence number",
    }
}

layout! {
    /// A network's mask (RFC 950 appendix I).
    #[code(path = "halligan_generators::model::icmp::AddressMask")]
    AddressMask {
        /// Tells sessions apart.
        identifier: u16 = "identifier",
        /// Tells requests apart.
        sequence_number: u16 = "sequence number",
        /// The mask.
        #[generate(with = octets::<4>())]
        mask: [u8; 4] = "address mask",
    }
}

layout! {
    /// Where a traced packet was (RFC 1393 section 2.3).
    #[code(path = "halligan_generators::model::icmp::Traceroute")]
    Traceroute {
        /// Tells traces apart.
        identifier: u16 = "identifier",
        /// Zero.
        unused: u16 = "unused",
        /// How many routers the traced packet passed.
        outbound_hops: u16 = "outbound hop count",
        /// How many its answer passed.
        return_hops: u16 = "return hop count",
        /// Of the next link, in bytes a second.
        speed: u32 = "output link speed",
        /// Of the next link, in bytes.
        mtu: u32 = "output link MTU",
    }
}

layout! {
    /// A host's names (RFC 1788 section 3).
    #[code(path = "halligan_generators::model::icmp::DomainNames")]
    DomainNames {
        /// Tells sessions apart.
        identifier: u16 = "identifier",
        /// Tells requests apart.
        sequence_number: u16 = "sequence number",
        /// How long they hold, in seconds.
        time_to_live: u32 = "time to live",
        ;
        /// The names, as in DNS.
        #[generate(with = bytes(0..=MAX))]
        names: Vec<u8> = "names"
    }
}

layout! {
    /// A security failure (RFC 2521 section 2).
    #[code(path = "halligan_generators::model::icmp::Photuris")]
    Photuris {
        /// Zero.
        reserved: u16 = "reserved",
        /// Where the header of the failed security association is, in bytes.
        pointer: u16 = "pointer",
        ;
        /// The start of the packet.
        quoted: Quoted = "quote"
    }
}

layout! {
    /// A probe of an interface (RFC 8335 section 2).
    #[code(path = "halligan_generators::model::icmp::ExtendedEcho")]
    ExtendedEcho {
        /// Tells sessions apart.
        identifier: u16 = "identifier",
        /// Tells requests apart.
        sequence_number: u8 = "sequence number",
        /// Whether the interface is the probed node's own.
        flags: u8 = "flags" ["reserved": 7, "local": 1],
        ;
        /// Which interface: an extension structure (RFC 4884 section 7).
        #[generate(with = bytes(0..=MAX))]
        interface: Vec<u8> = "interface"
    }
}

layout! {
    /// The state of an interface (RFC 8335 section 3); the code tells failures.
    #[code(path = "halligan_generators::model::icmp::InterfaceState")]
    InterfaceState {
        /// Tells sessions apart.
        identifier: u16 = "identifier",
        /// Tells requests apart.
        sequence_number: u8 = "sequence number",
        /// The state of its neighbour entry, and whether it is active and runs IPv4 and IPv6.
        state: u8 = "state" ["state": 3, "reserved": 2, "active": 1, "IPv4": 1, "IPv6": 1],
    }
}
