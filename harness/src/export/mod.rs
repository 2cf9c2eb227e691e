//! Exports inputs as captures that Wireshark and tshark open, with comments on the packets.

mod link;

use std::borrow::Cow;
use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use halligan_targets::AnyTarget;
use pcap_file::Endianness;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionBlock;
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};

use crate::show;
use link::Framed;

/// Longest comment in bytes; an option of a block has room for 65,535.
const LONGEST_COMMENT: usize = 60_000;

/// A packet of a capture.
pub struct Packet<'p> {
    /// The input that it carries.
    pub input: &'p [u8],
    /// Its comments, in any number of lines.
    pub comments: Vec<String>,
}

/// Writes a pcapng file of inputs for `target`, each in the packet that would carry it: a TCP segment in an IPv4 packet,
/// a DNS message in a UDP datagram. Inputs of unknown targets become packets of the link type USER0.
///
/// # Errors
/// Fails where `out` does.
pub fn write<'p>(out: impl Write, target: &dyn AnyTarget, packets: impl IntoIterator<Item = Packet<'p>>) -> Result<()> {
    let program = concat!("halligan ", env!("CARGO_PKG_VERSION"));
    let section = SectionHeaderBlock {
        endianness: Endianness::Little,
        options: vec![SectionHeaderOption::UserApplication(program.into())],
        ..SectionHeaderBlock::default()
    };
    let cannot = "cannot write the capture";
    let mut writer = PcapNgWriter::with_section_header(out, section).context(cannot)?;
    let mut links = Vec::new();
    for packet in packets {
        let framed = Framed::new(target.name(), packet.input);
        let known = links.iter().position(|link| *link == framed.link);
        let interface_id = match known {
            Some(index) => index,
            None => {
                links.push(framed.link);
                writer.write_pcapng_block(InterfaceDescriptionBlock::new(framed.link, 0)).context(cannot)?;
                links.len() - 1
            }
        };
        let comments = packet.comments.iter().map(|comment| EnhancedPacketOption::Comment(shortened(comment).into()));
        let block = EnhancedPacketBlock {
            interface_id: interface_id as u32,
            // Inputs have no time, and equal inputs give equal files.
            timestamp: Duration::ZERO,
            original_len: framed.bytes.len() as u32,
            options: comments.collect(),
            data: Cow::Owned(framed.bytes),
        };
        writer.write_pcapng_block(block).context(cannot)?;
    }
    writer.into_inner().flush().context(cannot)
}

/// Every byte of `input` with its field, as a comment.
///
/// # Errors
/// Never in practice: memory is written to.
pub fn fields(target: &dyn AnyTarget, input: &[u8]) -> Result<String> {
    let mut plain = anstream::StripStream::new(Vec::new());
    show::dump(target, input, &mut plain).context("cannot dump the input")?;
    Ok(String::from_utf8_lossy(&plain.into_inner()).into_owned())
}

fn shortened(comment: &str) -> &str {
    let mut end = comment.len().min(LONGEST_COMMENT);
    while !comment.is_char_boundary(end) {
        end -= 1;
    }
    &comment[..end]
}
