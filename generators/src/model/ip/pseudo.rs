use crate::model::checksum::{finish, sum};

/// What the checksum of an upper layer covers beside its own bytes (RFC 9293 section 3.1, RFC 8200 section 8.1): the
/// addresses, four bytes each for IPv4, sixteen for IPv6, the protocol and the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PseudoHeader<const N: usize = 4> {
    /// The source address.
    pub source: [u8; N],
    /// The destination address; the final one where a routing header gives it.
    pub destination: [u8; N],
}

impl<const N: usize> PseudoHeader<N> {
    /// The checksum of a unit of `protocol` under this pseudo header, its checksum field being zero or left out: the unit
    /// is `head` and then `tail`, `head` of even length, and `len` bytes long.
    #[inline]
    pub(in crate::model) fn checksum(&self, protocol: u8, head: &[u8], tail: &[u8], len: usize) -> u16 {
        let [_, _, _, _, length @ ..] = (len as u64).to_be_bytes();
        let fixed = u64::from(u16::from(protocol).to_be()) + sum(&length);
        finish(sum(&self.source) + sum(&self.destination) + fixed + sum(head) + sum(tail))
    }
}
