//! A TCP segment as a packetdrill script, for a stack behind a socket.

use std::fmt::Write;

use halligan_generators::Model;
use halligan_generators::model::tcp::{Flags, Header, OptionData, Segment, TcpOption};

use super::Finding;

/// A script that sends the finding's segment to a listening socket; nothing where the input is no TCP segment, or one
/// without a whole header. What packetdrill cannot say is left out, and a comment says so.
pub fn script(finding: &Finding) -> Option<String> {
    if !finding.target.name().starts_with("tcp_") {
        return None;
    }
    let Segment::Whole { header, payload } = Segment::dissect(&finding.input) else { return None };
    let mut left_out = Vec::new();
    if header.data_offset.is_lie() {
        left_out.push("the data offset".to_owned());
    }
    if header.reserved.is_lie() {
        left_out.push("the reserved bits".to_owned());
    }
    if header.checksum.is_lie() {
        left_out.push("the checksum".to_owned());
    }
    if !payload.is_empty() {
        left_out.push("the payload's content".to_owned());
    }
    let options = options(&header, &mut left_out);
    let mut text = format!("// {}: {}\n", finding.target.name(), finding.kind());
    if !left_out.is_empty() {
        text += &format!("// packetdrill makes up by itself or cannot say: {}.\n", left_out.join(", "));
    }
    text += "\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0\n";
    text += "+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n\n";
    text += &format!("+0 < {}\n", segment(&header, payload.len(), &options));
    Some(text)
}

fn segment(header: &Header, payload: usize, options: &str) -> String {
    let start = header.sequence_number;
    // packetdrill adds in 64 bits and takes the result for 32.
    let end = u64::from(start) + payload as u64;
    let mut text = format!("{} {start}:{end}({payload})", flags(header.flags));
    // Writing to a string cannot fail.
    if header.flags.contains(Flags::ACK) {
        let _ = write!(text, " ack {}", header.acknowledgment_number);
    }
    let _ = write!(text, " win {}", header.window);
    if header.urgent_pointer != 0 {
        let _ = write!(text, " urg {}", header.urgent_pointer);
    }
    if !options.is_empty() {
        let _ = write!(text, " <{options}>");
    }
    text
}

/// Letters as packetdrill has them, the dot for ACK last.
fn flags(flags: Flags) -> String {
    const LETTERS: [(Flags, char); 9] = [
        (Flags::FIN, 'F'),
        (Flags::SYN, 'S'),
        (Flags::RST, 'R'),
        (Flags::PSH, 'P'),
        (Flags::URG, 'U'),
        (Flags::ECE, 'E'),
        (Flags::CWR, 'W'),
        (Flags::NS, 'A'),
        (Flags::ACK, '.'),
    ];
    let set: String = LETTERS.iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, letter)| letter).collect();
    if set.is_empty() { "-".to_owned() } else { set }
}

/// The options that packetdrill knows, as it writes them, and zeros that fill up the last word.
fn options(header: &Header, left_out: &mut Vec<String>) -> String {
    let (mut known, mut size) = (Vec::new(), 0);
    for option in &header.options {
        match said(option) {
            Some((text, length)) => {
                known.push(text);
                size += length;
            }
            None => left_out.push(format!("the option {option:?}")),
        }
    }
    known.resize(known.len() + (4 - size % 4) % 4, "eol".to_owned());
    known.join(",")
}

/// An option as packetdrill writes it, with its length in bytes; nothing for one that it does not know.
fn said(option: &TcpOption) -> Option<(String, usize)> {
    let data = match option {
        TcpOption::NoOperation => return Some(("nop".to_owned(), 1)),
        TcpOption::EndOfList => return Some(("eol".to_owned(), 1)),
        TcpOption::Full { data, length } if !length.is_lie() => data,
        _ => return None,
    };
    Some(match data {
        OptionData::MaximumSegmentSize(size) => (format!("mss {size}"), 4),
        OptionData::WindowScale(shift) => (format!("wscale {shift}"), 3),
        OptionData::SackPermitted => ("sackOK".to_owned(), 2),
        OptionData::Timestamps { value, echo } => (format!("TS val {value} ecr {echo}"), 10),
        OptionData::Sack(blocks) if !blocks.is_empty() => {
            let texts: Vec<_> = blocks.iter().map(|block| format!("{}:{}", block.left, block.right)).collect();
            (format!("sack {}", texts.join(" ")), 2 + 8 * blocks.len())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use halligan_generators::Derived;
    use halligan_targets::TcpParser;

    use super::*;
    use crate::compare::Account;
    use crate::findings::Witness;
    use crate::host::{Kind, Outcome};

    fn script(input: Vec<u8>) -> Option<String> {
        let outcome = Outcome::Failed { property: 0, detail: String::new() };
        let witness = Witness { host: Kind::Native, account: Account { outcome, observation: vec![] }, edges: vec![] };
        super::script(&Finding::new(&TcpParser, &input, vec![witness]).unwrap())
    }

    #[test]
    fn a_segment_is_written_as_packetdrill_does() {
        let header = Header {
            sequence_number: 7,
            acknowledgment_number: 9,
            flags: Flags::PSH | Flags::ACK | Flags::URG,
            window: 501,
            urgent_pointer: 3,
            checksum: Derived::Lie(0),
            options: vec![
                OptionData::WindowScale(2).into(),
                OptionData::UserTimeout { minutes: true, timeout: 1 }.into(),
                OptionData::Timestamps { value: 5, echo: 6 }.into(),
            ],
            ..Header::default()
        };
        let script = script(Segment::Whole { header, payload: b"data".to_vec() }.emit()).unwrap();
        let last = script.lines().last().unwrap();
        assert_eq!(last, "+0 < PU. 7:11(4) ack 9 win 501 urg 3 <wscale 2,TS val 5 ecr 6,eol,eol,eol>");
        let left_out = script.lines().nth(1).unwrap();
        assert!(left_out.contains("the checksum") && left_out.contains("UserTimeout"), "{left_out}");
    }

    #[test]
    fn less_than_a_header_is_no_segment() {
        assert_eq!(script(vec![0; 19]), None);
    }
}
