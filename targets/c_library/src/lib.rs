//! Bringing a C library is one type, too: the functions that the target calls are C's. `build.rs` compiles the library, and
//! `tests/mistake.rs` finds and shrinks the mistake that it has.

use etherparse::{Ipv4HeaderSlice, UdpHeaderSlice};
use halligan_generators::model::ipv4::Packet;
use halligan_targets::{Observation, Property, Target, Violation};

unsafe extern "C" {
    fn udp_ports(packet: *const u8, length: usize, ports: *mut u16) -> i32;
}

/// Source and destination port, as the library reads them.
fn ports(packet: &[u8]) -> Option<(u16, u16)> {
    let mut ports = [0; 2];
    // SAFETY: the library reads `length` bytes at most, writes two ports, and keeps no pointer.
    let status = unsafe { udp_ports(packet.as_ptr(), packet.len(), ports.as_mut_ptr()) };
    (status == 0).then_some((ports[0], ports[1]))
}

/// The same, as etherparse reads them. A fragment is given no ports.
fn oracle(packet: &[u8]) -> Option<(u16, u16)> {
    let header = Ipv4HeaderSlice::from_slice(packet).ok()?;
    if header.is_fragmenting_payload() || header.protocol().0 != 17 {
        return None;
    }
    let payload = packet.get(header.slice().len()..header.total_len().into())?;
    let datagram = UdpHeaderSlice::from_slice(payload).ok()?;
    Some((datagram.source_port(), datagram.destination_port()))
}

/// UDP ports through the C library.
pub struct UdpPorts;

impl Target for UdpPorts {
    type Input = Packet;

    const NAME: &'static str = "udp_ports";

    const ABOUT: &'static str = "the UDP ports of IPv4 packets, by a C library";

    fn properties(&self) -> &'static [Property] {
        &[Property {
            name: "ports_agree",
            rfc: "RFC 791 section 3.2, RFC 768",
            demands: "both read the same ports, and none of a fragment",
            oracle: Some("etherparse"),
        }]
    }

    fn run(&self, input: &[u8], observation: &mut Observation<'_>) -> Result<(), Violation> {
        let (expected, seen) = (oracle(input), ports(input));
        if let Some((source, destination)) = seen {
            observation.number("source_port", source);
            observation.number("destination_port", destination);
        }
        if expected == seen {
            return Ok(());
        }
        Err(Violation { property: 0, detail: format!("expected {expected:?}, saw {seen:?}") })
    }
}
