//! The extension headers of IPv6, as smoltcp's wire types read them.

use alloc::vec::Vec;

use smoltcp::wire::{IpProtocol, IpSecAuthHeaderPacket, Ipv6ExtHeader, Ipv6FragmentHeader};

/// An extension header.
pub struct Extension<'a> {
    /// The number that announces it.
    pub kind: IpProtocol,
    /// All of it.
    pub bytes: &'a [u8],
}

/// What a walk along the headers found.
pub struct Walk<'a> {
    pub extensions: Vec<Extension<'a>>,
    /// What follows them: its number and its bytes.
    pub next: IpProtocol,
    pub rest: &'a [u8],
    /// Whether that is a header without room.
    pub malformed: bool,
}

/// Walks along the headers up to a later fragment, or to what is no extension header.
pub fn walk(next: IpProtocol, rest: &[u8]) -> Walk<'_> {
    let mut walk = Walk { extensions: Vec::new(), next, rest, malformed: false };
    loop {
        let length = match walk.next {
            IpProtocol::HopByHop | IpProtocol::Ipv6Route | IpProtocol::Ipv6Opts => {
                let header = Ipv6ExtHeader::new_checked(walk.rest).ok();
                header.map(|header| 8 * (usize::from(header.header_len()) + 1))
            }
            IpProtocol::Ipv6Frag => (walk.rest.len() >= 8).then_some(8),
            IpProtocol::IpSecAh => {
                let header = IpSecAuthHeaderPacket::new_checked(walk.rest).ok();
                header.map(|header| 4 * (usize::from(header.payload_len()) + 2))
            }
            _ => return walk,
        };
        let Some((bytes, rest)) = length.and_then(|length| walk.rest.split_at_checked(length)) else {
            walk.malformed = true;
            return walk;
        };
        let extension = Extension { kind: walk.next, bytes };
        let later = extension.fragment().is_some_and(|header| header.frag_offset() > 0);
        (walk.next, walk.rest) = (bytes[0].into(), rest);
        walk.extensions.push(extension);
        if later {
            return walk;
        }
    }
}

impl<'a> Extension<'a> {
    /// What follows next header and length.
    pub fn body(&self) -> &'a [u8] {
        &self.bytes[2..]
    }

    /// The fragment header, if it is one.
    pub fn fragment(&self) -> Option<Ipv6FragmentHeader<&'a [u8]>> {
        let header = Ipv6FragmentHeader::new_checked(self.body()).ok();
        header.filter(|_| self.kind == IpProtocol::Ipv6Frag)
    }

    /// Whether only a part of the packet follows.
    pub fn is_fragment(&self) -> bool {
        self.fragment().is_some_and(|header| header.frag_offset() > 0 || header.more_frags())
    }
}
