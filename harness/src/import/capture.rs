//! Reads packets out of pcap and pcapng files.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail};
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};

/// A packet of a capture.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Its number in the capture, from 1.
    pub number: u64,
    /// What it begins with.
    pub link: Linktype,
    /// As much of it as was captured.
    pub bytes: &'a [u8],
    /// Whether that is all of it.
    pub is_whole: bool,
}

/// How far a capture could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Number of packets that were read.
    pub packets: u64,
    /// Whether the file ends there as it should.
    pub is_whole: bool,
}

/// Calls `visit` with every packet of the capture at `path`.
///
/// A file that is cut short or damaged is read up to there.
///
/// # Errors
/// Fails where the file is missing, unreadable, or no capture at all.
pub fn read(path: &Path, mut visit: impl FnMut(Packet<'_>)) -> Result<Extent> {
    const CAPACITY: usize = 1 << 16;
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("cannot open {shown}"))?;
    let mut reader = match create_reader(CAPACITY, file) {
        Ok(reader) => reader,
        Err(PcapError::ReadError) => bail!("cannot read {shown}"),
        Err(_) => bail!("{shown} is not a capture: it begins neither as pcap nor as pcapng"),
    };
    let mut capacity = CAPACITY;
    let mut links = Links::default();
    let mut packets = 0;
    loop {
        let refill = match reader.next() {
            Ok((size, block)) => {
                if let Some((link, bytes, length)) = links.packet(&block) {
                    packets += 1;
                    let is_whole = bytes.len() as u64 >= length.into();
                    visit(Packet { number: packets, link, bytes, is_whole });
                }
                reader.consume(size);
                continue;
            }
            Err(PcapError::Eof) => return Ok(Extent { packets, is_whole: true }),
            Err(PcapError::Incomplete(_)) => true,
            Err(PcapError::BufferTooSmall) if capacity < 1 << 28 => {
                capacity *= 2;
                false
            }
            Err(_) => return Ok(Extent { packets, is_whole: false }),
        };
        let refilled = (refill || reader.grow(capacity)) && reader.refill().is_ok();
        if !refilled {
            bail!("cannot read {shown} behind packet {packets}");
        }
    }
}

/// The link types of the interfaces that were announced so far.
#[derive(Default)]
struct Links(Vec<Linktype>);

impl Links {
    /// Link type, bytes and length on the wire of the packet that `block` holds, if it holds one.
    fn packet<'b>(&mut self, block: &'b PcapBlockOwned<'_>) -> Option<(Linktype, &'b [u8], u32)> {
        match block {
            PcapBlockOwned::LegacyHeader(header) => self.0 = vec![header.network],
            PcapBlockOwned::NG(Block::SectionHeader(_)) => self.0.clear(),
            PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => self.0.push(interface.linktype),
            PcapBlockOwned::Legacy(packet) => return Some((*self.0.first()?, packet.data, packet.origlen)),
            PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                return Some((*self.0.get(packet.if_id as usize)?, packet.packet_data(), packet.origlen));
            }
            PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                return Some((*self.0.first()?, packet.packet_data(), packet.origlen));
            }
            PcapBlockOwned::NG(_) => {}
        }
        None
    }
}
