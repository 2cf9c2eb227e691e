use super::{Listener, Query, Report, ndp};
use crate::model::{
    icmp::{Echo, ExtendedEcho, InterfaceState, Quoted, Unused},
    layout::{family, layout},
};

family! {
    /// What an ICMPv6 message holds behind its checksum, by type.
    #[code(path = "halligan_generators::model::icmpv6::Body")]
    Body {
        /// An echo request (RFC 4443 section 4.1).
        128 "echo request" EchoRequest(Echo),
        /// The answer to it (RFC 4443 section 4.2).
        129 "echo reply" EchoReply(Echo),
        /// The packet could not be delivered (RFC 4443 section 3.1); the code tells why.
        1 "destination unreachable" DestinationUnreachable(Unused),
        /// The packet does not fit a link (RFC 4443 section 3.2).
        2 "packet too big" PacketTooBig(TooBig),
        /// The packet lived too long (RFC 4443 section 3.3), in hops (code 0) or in pieces (code 1).
        3 "time exceeded" TimeExceeded(Unused),
        /// The header was bad (RFC 4443 section 3.4).
        4 "parameter problem" ParameterProblem(ParameterProblem),
        /// Asks for listeners, version 1 (RFC 2710 section 3).
        130 "multicast listener query" ListenerQuery(Listener),
        /// Asks for listeners, version 2 (RFC 3810 section 5.1).
        130 "multicast listener query, version 2" ListenerQueryV2(Query),
        /// Tells of a listener, version 1 (RFC 2710 section 3).
        131 "multicast listener report" ListenerReport(Listener),
        /// A listener is gone (RFC 2710 section 3).
        132 "multicast listener done" ListenerDone(Listener),
        /// Tells of listeners, version 2 (RFC 3810 section 5.2).
        143 "multicast listener report, version 2" ListenerReportV2(Report),
        /// Asks for routers (RFC 4861 section 4.1).
        133 "router solicitation" RouterSolicitation(ndp::Solicitation),
        /// Tells of a router (RFC 4861 section 4.2).
        134 "router advertisement" RouterAdvertisement(ndp::RouterAdvertisement),
        /// Asks for a neighbour (RFC 4861 section 4.3).
        135 "neighbour solicitation" NeighborSolicitation(ndp::NeighborSolicitation),
        /// Tells of a neighbour (RFC 4861 section 4.4).
        136 "neighbour advertisement" NeighborAdvertisement(ndp::NeighborAdvertisement),
        /// There is a better first hop (RFC 4861 section 4.5).
        137 "redirect" Redirect(ndp::Redirect),
        /// Asks for the addresses of a link address (RFC 3122 section 2.1).
        141 "inverse neighbour solicitation" InverseSolicitation(ndp::Solicitation),
        /// The answer to it (RFC 3122 section 2.2).
        142 "inverse neighbour advertisement" InverseAdvertisement(ndp::Solicitation),
        /// Probes an interface (RFC 8335 section 2).
        160 "extended echo request" ExtendedEchoRequest(ExtendedEcho),
        /// The state of an interface (RFC 8335 section 3).
        161 "extended echo reply" ExtendedEchoReply(InterfaceState),
    }
}

layout! {
    /// A packet that does not fit (RFC 4443 section 3.2).
    #[code(path = "halligan_generators::model::icmpv6::TooBig")]
    TooBig {
        /// What the next link takes, in bytes.
        mtu: u32 = "MTU",
        ;
        /// The start of the packet.
        quoted: Quoted = "quote"
    }
}

layout! {
    /// A bad header (RFC 4443 section 3.4).
    #[code(path = "halligan_generators::model::icmpv6::ParameterProblem")]
    ParameterProblem {
        /// Where it is bad, in bytes.
        pointer: u32 = "pointer",
        ;
        /// The start of the packet.
        quoted: Quoted = "quote"
    }
}
