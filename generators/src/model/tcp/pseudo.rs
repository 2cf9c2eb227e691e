use crate::model::checksum::{finish, sum};

/// What a segment's checksum covers beside the segment (RFC 9293 section 3.1, RFC 8200 section 8.1): the addresses, four
/// bytes each for IPv4, sixteen for IPv6, the protocol and the segment's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PseudoHeader<const N: usize = 4> {
    /// The source address.
    pub source: [u8; N],
    /// The destination address.
    pub destination: [u8; N],
}

/// The pseudo header of segments that stand alone: 192.0.2.1 to 192.0.2.2, documentation addresses (RFC 5737 section 3).
pub const PSEUDO_HEADER: PseudoHeader = PseudoHeader { source: [192, 0, 2, 1], destination: [192, 0, 2, 2] };

impl<const N: usize> PseudoHeader<N> {
    /// The checksum of a segment under this pseudo header, its checksum field being zero or left out: the segment is
    /// `head` and then `tail`, `head` of even length, and `len` bytes long.
    #[inline]
    pub(super) fn checksum(&self, head: &[u8], tail: &[u8], len: usize) -> u16 {
        const PROTOCOL: u16 = 6;
        let [_, _, _, _, length @ ..] = (len as u64).to_be_bytes();
        let fixed = u64::from(PROTOCOL.to_be()) + sum(&length);
        finish(sum(&self.source) + sum(&self.destination) + fixed + sum(head) + sum(tail))
    }
}
