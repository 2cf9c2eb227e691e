//! TCP streams out of packets: what one end of a connection sent, put together again.
//!
//! An extractor for a protocol over TCP takes a [`Stream`] and gives seeds; name it in [`super::extractor`] as
//! the `streams` of an [`Extractor`](super::Extractor). It is called for each direction of each connection of a capture, in
//! the order of their first packets.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::{IpAddr, SocketAddr};

use etherparse::{IpNumber, LaxNetSlice, TcpSlice};

use super::capture::Packet;
use super::tcp::layers;

/// What one end of a connection sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The end that sent it.
    pub source: SocketAddr,
    /// The other end.
    pub destination: SocketAddr,
    /// The bytes up to the first gap.
    pub bytes: Vec<u8>,
    /// Whether there is no gap.
    pub is_whole: bool,
}

/// Puts streams together, whatever the order of their segments; what was sent twice counts once, the first time.
#[derive(Default)]
pub struct Streams {
    halves: Vec<Half>,
    /// The connection that two ends have now.
    open: BTreeMap<(SocketAddr, SocketAddr), usize>,
}

/// One direction of a connection.
struct Half {
    source: SocketAddr,
    destination: SocketAddr,
    /// The sequence number of the first byte.
    start: u32,
    /// Data by their offset.
    segments: BTreeMap<u32, Vec<u8>>,
}

impl Streams {
    /// Takes the TCP segment that `packet` carries, if it carries a whole one.
    pub fn add(&mut self, packet: Packet<'_>) {
        let Some(net) = layers(packet).and_then(|layers| layers.net) else { return };
        let Some(payload) = net.ip_payload_ref().filter(|payload| payload.ip_number == IpNumber::TCP) else { return };
        if payload.fragmented || payload.incomplete || !packet.is_whole {
            return;
        }
        let Ok(segment) = TcpSlice::from_slice(payload.payload) else { return };
        let (source, destination): (IpAddr, IpAddr) = match &net {
            LaxNetSlice::Ipv4(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
            LaxNetSlice::Ipv6(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
            LaxNetSlice::Arp(_) => return,
        };
        let ends = (source, segment.source_port()).into();
        self.segment((ends, (destination, segment.destination_port()).into()), &segment);
    }

    fn segment(&mut self, (source, destination): (SocketAddr, SocketAddr), segment: &TcpSlice<'_>) {
        let first = segment.sequence_number().wrapping_add(segment.syn().into());
        let half = match self.open.entry((source, destination)) {
            // A SYN with another number begins another connection.
            Entry::Occupied(entry) if !segment.syn() || self.halves[*entry.get()].start == first => *entry.get(),
            entry => {
                self.halves.push(Half { source, destination, start: first, segments: BTreeMap::new() });
                *entry.insert_entry(self.halves.len() - 1).get()
            }
        };
        self.halves[half].add(first, segment.payload());
    }

    /// All streams that are not empty.
    pub fn finish(self) -> impl Iterator<Item = Stream> {
        self.halves.into_iter().map(Half::join).filter(|stream| !stream.bytes.is_empty())
    }
}

impl Half {
    fn add(&mut self, sequence_number: u32, data: &[u8]) {
        let offset = sequence_number.wrapping_sub(self.start);
        // Before the start lie keep-alive probes.
        if data.is_empty() || offset > u32::MAX / 2 {
            return;
        }
        let known = self.segments.entry(offset).or_default();
        if known.len() < data.len() {
            known.extend_from_slice(&data[known.len()..]);
        }
    }

    fn join(self) -> Stream {
        let (mut bytes, mut is_whole) = (Vec::new(), true);
        for (offset, data) in self.segments {
            let Some(known) = bytes.len().checked_sub(offset as usize) else {
                is_whole = false;
                break;
            };
            bytes.extend_from_slice(data.get(known..).unwrap_or_default());
        }
        Stream { source: self.source, destination: self.destination, bytes, is_whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stream that starts at 1000 of segments with these offsets.
    fn joined(segments: &[(u32, &[u8])]) -> (Vec<u8>, bool) {
        let end = SocketAddr::from(([192, 0, 2, 1], 443));
        let mut half = Half { source: end, destination: end, start: u32::MAX - 1, segments: BTreeMap::new() };
        segments.iter().for_each(|(offset, data)| half.add((u32::MAX - 1).wrapping_add(*offset), data));
        let stream = half.join();
        (stream.bytes, stream.is_whole)
    }

    #[test]
    fn segments_are_joined_in_any_order() {
        assert_eq!(joined(&[(2, b"llo"), (0, b"he"), (5, b"!")]), (b"hello!".to_vec(), true));
        assert_eq!(joined(&[(0, b"hel"), (1, b"ello"), (0, b"hello!")]), (b"hello!".to_vec(), true));
    }

    #[test]
    fn what_was_sent_first_counts() {
        assert_eq!(joined(&[(0, b"one"), (0, b"two!"), (1, b"xx")]), (b"one!".to_vec(), true));
    }

    #[test]
    fn a_gap_ends_a_stream() {
        assert_eq!(joined(&[(0, b"he"), (3, b"lo")]), (b"he".to_vec(), false));
        assert_eq!(joined(&[(u32::MAX, b"k"), (0, b"hi")]), (b"hi".to_vec(), true));
    }
}
