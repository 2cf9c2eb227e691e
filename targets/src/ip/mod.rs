//! `ip_parser`: the unikernel's IP layer, smoltcp's wire parsers and its interface, with etherparse and Halligan's models
//! as oracles.

mod behaviour;
mod control;
mod extension;
mod faults;
mod network;
pub(crate) mod node;
mod observe;
mod properties;
mod reassembly;
mod upper;
mod views;

use alloc::vec::Vec;

use halligan_generators::Model;
use halligan_generators::model::ip::Packet;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{IpAddress, IpProtocol, Ipv4Packet, Ipv6Packet};

use self::extension::Extension;
use self::node::Outcome;
use crate::{Observation, Property, Target, Violation, check};

static PROPERTIES: [Property; properties::TABLE.len()] = check::properties(&properties::TABLE);

/// IP packets through smoltcp's parsers, and to a node of smoltcp's that is 192.0.2.2, 2001:db8::2 and fe80::2.
pub struct IpParser;

impl Target for IpParser {
    type Input = Packet;

    const NAME: &'static str = "ip_parser";

    const ABOUT: &'static str =
        "IP, ICMP and UDP packets through smoltcp's parsers and interface, compared with etherparse";

    fn properties(&self) -> &'static [Property] {
        &PROPERTIES
    }

    fn run(&self, input: &[u8], observation: &mut Observation<'_>) -> Result<(), Violation> {
        let parsed = Parsed::new(input);
        observe::observe(&parsed, observation);
        check::check(&properties::TABLE, |holds| holds(&parsed))
    }
}

/// What the stack made of a packet.
struct Parsed<'a> {
    bytes: &'a [u8],
    /// The packet view of version 4 or 6, where its length check passes.
    v4: Option<Ipv4Packet<&'a [u8]>>,
    v6: Option<Ipv6Packet<&'a [u8]>>,
    /// The extension headers of version 6, and whether a malformed one ends them.
    extensions: Vec<Extension<'a>>,
    malformed: bool,
    /// What the packet carries, where it is not a fragment.
    upper: Option<Upper<'a>>,
    /// What Halligan's model reads.
    model: Packet,
    /// What the node did with the packet.
    outcome: Outcome,
}

/// What a packet carries.
#[derive(Clone, Copy)]
struct Upper<'a> {
    source: IpAddress,
    destination: IpAddress,
    protocol: IpProtocol,
    payload: &'a [u8],
}

impl<'a> Parsed<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let version = bytes.first().map(|first| first >> 4);
        let v4 = Ipv4Packet::new_checked(bytes).ok().filter(|_| version == Some(4));
        let v6 = Ipv6Packet::new_checked(bytes).ok().filter(|_| version == Some(6));
        let model = Packet::dissect(bytes);
        let outcome = if faults::panics_at_query(&model) { Outcome::default() } else { node::run([bytes]) };
        let mut parsed = Self { bytes, v4, v6, extensions: Vec::new(), malformed: false, upper: None, model, outcome };
        if let Some(packet) = &parsed.v4
            && !packet.more_frags()
            && packet.frag_offset() == 0
        {
            parsed.upper = Some(Upper {
                source: packet.src_addr().into(),
                destination: packet.dst_addr().into(),
                protocol: packet.next_header(),
                payload: packet.payload(),
            });
        }
        if let Some(packet) = &parsed.v6 {
            let walk = extension::walk(packet.next_header(), packet.payload());
            (parsed.extensions, parsed.malformed) = (walk.extensions, walk.malformed);
            if !parsed.malformed && !parsed.extensions.iter().any(Extension::is_fragment) {
                parsed.upper = Some(Upper {
                    source: packet.src_addr().into(),
                    destination: packet.dst_addr().into(),
                    protocol: walk.next,
                    payload: walk.rest,
                });
            }
        }
        parsed
    }

    /// What the packet carries, if it is `protocol`.
    fn upper(&self, protocol: IpProtocol) -> Option<Upper<'a>> {
        self.upper.filter(|upper| upper.protocol == protocol)
    }
}

impl Upper<'_> {
    fn is_v4(&self) -> bool {
        matches!(self.source, IpAddress::Ipv4(_))
    }
}

/// All checksums are computed and checked.
fn checksums() -> ChecksumCapabilities {
    ChecksumCapabilities::default()
}
