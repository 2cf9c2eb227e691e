//! smoltcp's resolver, its DNS socket, in a node that asks one question and is handed messages in answer.

use alloc::vec;
use alloc::vec::Vec;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::socket::dns::{GetQueryResultError, MulticastDns, QueryHandle, Socket};
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr, IpProtocol, Ipv4Address, Ipv4Packet, Ipv4Repr};

use super::reference::MAX_NAME;
use crate::ip::node::{V4, wire};
use crate::wire::Wire;

/// Whom the resolver asks, and another host.
pub const SERVER: Ipv4Address = Ipv4Address::new(192, 0, 2, 1);
pub const STRANGER: Ipv4Address = Ipv4Address::new(192, 0, 2, 3);

/// What came of the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Pending,
    /// There is no address.
    Failed,
    /// The first address.
    Address(IpAddress),
}

/// A node that has asked.
pub struct Resolver {
    wire: Wire,
    interface: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
    query: QueryHandle,
    port: u16,
    id: [u8; 2],
}

impl Resolver {
    /// Asks for the records of `kind` of a name, uncompressed; nothing where the name is too long.
    pub fn asking(name: &[u8], kind: u16) -> Option<Self> {
        if name.len() > MAX_NAME {
            return None;
        }
        let mut wire = wire();
        let mut interface = Interface::new(Config::new(HardwareAddress::Ip), &mut wire, NOW);
        interface.update_ip_addrs(|addresses| {
            // There is room for eight.
            let _ = addresses.push(IpCidr::new(V4.into(), 24));
        });
        let mut sockets = SocketSet::new(Vec::with_capacity(1));
        let socket = sockets.add(Socket::new(&[SERVER.into()], vec![None]));
        let context = interface.context();
        let asked =
            sockets.get_mut::<Socket<'_>>(socket).start_query_raw(context, name, kind.into(), MulticastDns::Disabled);
        let query = asked.ok()?;
        interface.poll(NOW, &mut wire, &mut sockets);
        let sent = wire.outbound.pop()?;
        let [p0, p1, _, _, _, _, _, _, i0, i1] = *sent.get(IP..)?.first_chunk()?;
        let (port, id) = (u16::from_be_bytes([p0, p1]), [i0, i1]);
        Some(Self { wire, interface, sockets, socket, query, port, id })
    }

    /// Hands it a message under the ID of its question.
    pub fn hear(&mut self, source: Ipv4Address, source_port: u16, message: &[u8]) {
        let length = 8 + message.len();
        if length > 0xffff - IP {
            return;
        }
        let header = Ipv4Repr {
            src_addr: source,
            dst_addr: V4,
            next_header: IpProtocol::Udp,
            payload_len: length,
            hop_limit: 64,
        };
        let mut packet = vec![0; IP + length];
        header.emit(&mut Ipv4Packet::new_unchecked(&mut packet), &ChecksumCapabilities::default());
        // Without a checksum.
        packet[20..22].copy_from_slice(&source_port.to_be_bytes());
        packet[22..24].copy_from_slice(&self.port.to_be_bytes());
        packet[24..26].copy_from_slice(&(length as u16).to_be_bytes());
        packet[28..].copy_from_slice(message);
        if let Some(id) = packet.get_mut(28..30) {
            id.copy_from_slice(&self.id);
        }
        self.wire.inbound.push_back(packet);
        self.interface.poll(NOW, &mut self.wire, &mut self.sockets);
    }

    /// What came of the question. To be asked again only if nothing yet.
    pub fn answer(&mut self) -> Answer {
        match self.sockets.get_mut::<Socket<'_>>(self.socket).get_query_result(self.query) {
            Err(GetQueryResultError::Pending) => Answer::Pending,
            Err(GetQueryResultError::Failed) => Answer::Failed,
            Ok(addresses) => addresses.first().map_or(Answer::Failed, |address| Answer::Address(*address)),
        }
    }
}

/// A time that does not pass.
const NOW: Instant = Instant::from_micros_const(1_000_000);

/// Length of an IPv4 header.
const IP: usize = 20;

/// The right answer to a question: 192.0.2.99.
pub fn right_answer(name: &[u8], kind: u16) -> Vec<u8> {
    let mut message = vec![0, 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    message.extend_from_slice(name);
    message.extend_from_slice(&kind.to_be_bytes());
    message.extend_from_slice(&[0, 1]);
    message.extend_from_slice(name);
    message.extend_from_slice(&[0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 99]);
    message
}

/// The address of [`right_answer`].
pub const RIGHT: Answer = Answer::Address(IpAddress::Ipv4(Ipv4Address::new(192, 0, 2, 99)));

/// The known faults of smoltcp 0.14's resolver; `faults.rs` says what they are.
#[cfg(test)]
mod known_faults {
    use super::*;

    macro_rules! regression {
        ($name:literal) => {
            include_bytes!(concat!("../../../corpora/dns_parser/regressions/", $name))
        };
    }

    const NAME: &[u8] = b"\x07example\x00";

    fn asked() -> Resolver {
        Resolver::asking(NAME, 1).unwrap()
    }

    fn heard(source: Ipv4Address, port: u16, message: &[u8]) -> Answer {
        let mut resolver = asked();
        resolver.hear(source, port, message);
        resolver.answer()
    }

    #[test]
    fn the_right_answer_is_taken() {
        assert_eq!(heard(SERVER, 53, &right_answer(NAME, 1)), RIGHT);
        assert_eq!(heard(STRANGER, 53, &right_answer(NAME, 1)), Answer::Pending);
    }

    #[test]
    fn another_case_is_another_name() {
        assert_eq!(heard(SERVER, 53, regression!("resolver-other-case")), Answer::Pending);
    }

    #[test]
    fn an_error_for_another_question_ends_the_query() {
        assert_eq!(heard(SERVER, 53, regression!("resolver-error-for-other-question")), Answer::Failed);
    }

    #[test]
    fn any_host_may_answer_from_port_5353() {
        assert_eq!(heard(STRANGER, 5353, regression!("resolver-stranger-from-5353")), RIGHT);
    }

    #[test]
    fn a_message_that_is_refused_changes_the_question() {
        let mut resolver = asked();
        resolver.hear(SERVER, 53, regression!("resolver-alias-then-malformed"));
        assert_eq!(resolver.answer(), Answer::Pending);
        resolver.hear(SERVER, 53, &right_answer(NAME, 1));
        assert_eq!(resolver.answer(), Answer::Pending);
    }
}
