//! The frame drawn by code written by hand, over `arbitrary`'s source of bytes and others: as one writes it who wants it fast.
//! It draws the model's own values, honest and lying; the variants of frames and packets that carry no TCP are fewer than the
//! model's, and so are the kinds of options, and nothing keeps the options within their header.

use std::iter;

use arbitrary::{Arbitrary, Unstructured};
use halligan_generators::{
    Derived,
    model::{
        ethernet::{self, Frame, Tag, TagKind},
        ip,
        ipv4::{self, Packet},
        tcp::{self, Flags, Multipath, OptionData, SackBlock, Segment, TcpOption},
    },
};

/// A frame as it is drawn here.
#[derive(Clone, Debug)]
pub struct Peer(pub Frame);

impl<'a> Arbitrary<'a> for Peer {
    fn arbitrary(source: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        frame(source).map(Self).ok_or(arbitrary::Error::NotEnoughData)
    }
}

/// What the drawing needs of a library.
pub trait Draws: Sized {
    fn byte(&mut self) -> Option<u8>;
    fn word(&mut self) -> Option<u16>;
    fn long(&mut self) -> Option<u32>;
    fn octets<const N: usize>(&mut self) -> Option<[u8; N]>;
    /// As many bytes as there are, `max` at most.
    fn string(&mut self, max: usize) -> Option<Vec<u8>>;

    #[inline]
    fn up_to(&mut self, max: u8) -> Option<u8> {
        Some(self.byte()? % (max + 1))
    }

    #[inline]
    fn flag(&mut self) -> Option<bool> {
        Some(self.byte()? & 1 == 1)
    }

    #[inline]
    fn derived<T>(&mut self, lie: impl FnOnce(&mut Self) -> Option<T>) -> Option<Derived<T>> {
        Some(if self.up_to(31)? == 31 { Derived::Lie(lie(self)?) } else { Derived::Auto })
    }

    #[inline]
    fn list<T>(&mut self, max: u8, draw: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.up_to(max)?;
        let mut list = Vec::with_capacity(count.into());
        for _ in 0..count {
            list.push(draw(self)?);
        }
        Some(list)
    }
}

impl Draws for Unstructured<'_> {
    #[inline]
    fn byte(&mut self) -> Option<u8> {
        self.arbitrary().ok()
    }

    #[inline]
    fn word(&mut self) -> Option<u16> {
        self.arbitrary().ok()
    }

    #[inline]
    fn long(&mut self) -> Option<u32> {
        self.arbitrary().ok()
    }

    #[inline]
    fn octets<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut octets = [0; N];
        self.fill_buffer(&mut octets).ok()?;
        Some(octets)
    }

    #[inline]
    fn string(&mut self, max: usize) -> Option<Vec<u8>> {
        let len = usize::from(self.word()?).min(max).min(self.len());
        self.bytes(len).ok().map(<[u8]>::to_vec)
    }
}

/// Draws a frame; none where the source ends.
pub fn frame<D: Draws>(d: &mut D) -> Option<Frame> {
    if d.up_to(31)? == 31 {
        return d.string(13).map(Frame::Raw);
    }
    let (destination, source) = (d.octets()?, d.octets()?);
    let header = ethernet::Header { destination, source, tags: d.list(3, tag)? };
    let payload = match d.up_to(15)? {
        15 => ethernet::Payload::Raw { ethertype: d.word()?.max(0x600), bytes: d.string(1500)? },
        _ => ethernet::Payload::Ipv4 { ethertype: d.derived(D::word)?, packet: packet(d)? },
    };
    let (padding, trailer) = (d.derived(|d| d.string(60))?, d.derived(|d| d.string(1500))?);
    Some(Frame::Whole { header, payload, padding, trailer })
}

fn tag<D: Draws>(d: &mut D) -> Option<Tag> {
    let kind = if d.flag()? { TagKind::Service } else { TagKind::Customer };
    Some(Tag { kind, priority: d.up_to(7)?, drop_eligible: d.flag()?, vlan: d.word()? & 0xfff })
}

fn packet<D: Draws>(d: &mut D) -> Option<Packet> {
    if d.up_to(31)? == 31 {
        return d.string(19).map(Packet::Raw);
    }
    let header = ipv4::Header {
        version: d.derived(|d| d.up_to(15))?,
        header_length: d.derived(|d| d.up_to(15))?,
        dscp: d.up_to(0x3f)?,
        ecn: d.up_to(3)?,
        total_length: d.derived(D::word)?,
        identification: d.word()?,
        reserved: d.derived(D::flag)?,
        dont_fragment: d.flag()?,
        more_fragments: d.up_to(15)? == 15,
        fragment_offset: if d.up_to(15)? == 15 { d.word()? & 0x1fff } else { 0 },
        time_to_live: d.byte()?,
        checksum: d.derived(D::word)?,
        source: d.octets()?,
        destination: d.octets()?,
        options: d.list(10, ipv4_option)?,
    };
    let payload = match d.up_to(15)? {
        15 => ip::Payload::Raw { protocol: d.byte()?, bytes: d.string(1500)? },
        _ => ip::Payload::Tcp { protocol: d.derived(D::byte)?, segment: segment(d)? },
    };
    Some(Packet::Whole { header, payload, trailer: d.derived(|d| d.string(1500))? })
}

fn ipv4_option<D: Draws>(d: &mut D) -> Option<ipv4::Ipv4Option> {
    Some(match d.up_to(15)? {
        0..=2 => ipv4::Ipv4Option::NoOperation,
        3 => ipv4::Ipv4Option::EndOfList,
        4..=14 => {
            let length = d.derived(D::byte)?;
            let data = match d.up_to(2)? {
                0 => ipv4::OptionData::RouterAlert(d.word()?),
                1 => ipv4::OptionData::StreamId(d.word()?),
                _ => ipv4::OptionData::Other { kind: d.byte()?, data: d.string(38)? },
            };
            ipv4::Ipv4Option::Full { length, data }
        }
        _ => ipv4::Ipv4Option::Bare(d.byte()?.max(2)),
    })
}

fn segment<D: Draws>(d: &mut D) -> Option<Segment> {
    if d.up_to(31)? == 31 {
        return d.string(19).map(Segment::Raw);
    }
    let header = tcp::Header {
        source_port: d.word()?,
        destination_port: d.word()?,
        sequence_number: d.long()?,
        acknowledgment_number: d.long()?,
        data_offset: d.derived(|d| d.up_to(15))?,
        reserved: d.derived(|d| d.up_to(7))?,
        flags: Flags::from_bits(d.word()?),
        window: d.word()?,
        checksum: d.derived(D::word)?,
        urgent_pointer: d.word()?,
        options: d.list(10, tcp_option)?,
    };
    Some(Segment::Whole { header, payload: d.string(1500)? })
}

fn tcp_option<D: Draws>(d: &mut D) -> Option<TcpOption> {
    Some(match d.up_to(15)? {
        0..=2 => TcpOption::NoOperation,
        3 => TcpOption::EndOfList,
        4..=14 => TcpOption::Full { length: d.derived(D::byte)?, data: tcp_option_data(d)? },
        _ => TcpOption::Bare(d.byte()?.max(2)),
    })
}

fn tcp_option_data<D: Draws>(d: &mut D) -> Option<OptionData> {
    Some(match d.up_to(10)? {
        0 => OptionData::MaximumSegmentSize(d.word()?),
        1 => OptionData::WindowScale(d.byte()?),
        2 => OptionData::SackPermitted,
        3 => OptionData::Sack(d.list(4, |d| Some(SackBlock { left: d.long()?, right: d.long()? }))?),
        4 => OptionData::Timestamps { value: d.long()?, echo: d.long()? },
        5 => OptionData::Md5Signature(d.octets()?),
        6 => OptionData::UserTimeout { minutes: d.flag()?, timeout: d.word()? & 0x7fff },
        7 => OptionData::Authentication { key_id: d.byte()?, receive_next_key_id: d.byte()?, mac: d.string(36)? },
        8 => {
            OptionData::Multipath(Multipath::Other { subtype: d.up_to(15)?, flags: d.up_to(15)?, data: d.string(37)? })
        }
        9 => OptionData::FastOpen(d.string(38)?),
        _ => OptionData::Other { kind: d.byte()?, data: d.string(38)? },
    })
}

/// The bytes of which all this draws [`frame`](super::frame).
pub fn bytes() -> Vec<u8> {
    let mut bytes = vec![0];
    bytes.extend([2, 0, 0, 0, 0, 1]);
    // The source address, no tags, IPv4 with an honest type, a whole packet; up to the time to live: simple.
    bytes.extend(iter::repeat_n(0, 6 + 1 + 2 + 1 + 5 + 2 + 4));
    bytes.push(64);
    bytes.push(0);
    bytes.extend([192, 0, 2, 1]);
    // The destination, no options, TCP with an honest number, a whole segment.
    bytes.extend([0; 4 + 1 + 2 + 1]);
    bytes.extend(49152u16.to_le_bytes());
    bytes.extend(80u16.to_le_bytes());
    bytes.extend(0x1234_5678u32.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend([0, 0]);
    bytes.extend(Flags::SYN.bits().to_le_bytes());
    bytes.extend(64240u16.to_le_bytes());
    bytes.extend([0, 0, 0]);
    bytes.push(5);
    bytes.extend([4, 0, 0]);
    bytes.extend(1460u16.to_le_bytes());
    bytes.extend([4, 0, 2]);
    bytes.extend([4, 0, 4]);
    bytes.extend(0x0102_0304u32.to_le_bytes());
    bytes.extend(7u32.to_le_bytes());
    bytes.push(0);
    bytes.extend([4, 0, 1, 7]);
    bytes.extend(64u16.to_le_bytes());
    bytes.extend([0x5a; 64]);
    bytes.extend([0, 0, 0]);
    bytes
}
