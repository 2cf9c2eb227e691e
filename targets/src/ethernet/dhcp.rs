//! DHCP messages: smoltcp's reading against the model's and a plain walk over the options.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use halligan_generators::model::dhcp::{DhcpOption, Header, Message, Options};
use smoltcp::wire::{DhcpFlags, DhcpPacket, DhcpRepr, Ipv4Address};

use super::{Parsed, faults};
use crate::check::{ensure, same};
use crate::planted::planted;

/// Where the options start, in bytes (RFC 2131 section 2).
const OPTIONS: usize = 240;

/// The message, where its length check passes, with what the model and a plain walk read.
struct Reading<'a> {
    packet: DhcpPacket<&'a [u8]>,
    header: &'a Header,
    list: &'a Options,
    magic: bool,
    options: Vec<(u8, &'a [u8])>,
}

fn reading<'a>(parsed: &'a Parsed<'_>) -> Option<Reading<'a>> {
    let bytes = parsed.dhcp?;
    let packet = DhcpPacket::new_checked(bytes).ok()?;
    let Message::Whole { header, options, magic, .. } = parsed.dhcp_model()? else { return None };
    Some(Reading { packet, header, list: options, magic: !magic.is_lie(), options: walk(&bytes[OPTIONS..]) })
}

/// The options up to the end, or to one that goes beyond the message (RFC 2132 section 2).
fn walk(mut rest: &[u8]) -> Vec<(u8, &[u8])> {
    let mut options = Vec::new();
    while let [code, behind @ ..] = rest {
        rest = match (code, behind) {
            (0, _) => behind,
            (255, _) | (_, []) => break,
            (code, [length, behind @ ..]) => {
                let Some((data, next)) = behind.split_at_checked((*length).into()) else { break };
                options.push((*code, data));
                next
            }
        };
    }
    options
}

pub fn acceptance_agrees(parsed: &Parsed<'_>) -> Result<(), String> {
    let (Some(bytes), Some(model)) = (parsed.dhcp, parsed.dhcp_model()) else { return Ok(()) };
    let accepted = DhcpPacket::new_checked(bytes).is_ok()
        || planted("ethernet_parser/dhcp_acceptance_agrees") && !bytes.is_empty();
    same("long enough", matches!(model, Message::Whole { .. }), accepted)
}

pub fn fields_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(Reading { packet, header, magic, .. }) = reading(parsed) else { return Ok(()) };
    same("operation", header.operation, packet.opcode().into())?;
    same("hardware type", u16::from(header.hardware_type), packet.hardware_type().into())?;
    same("hardware length", header.hardware_length, packet.hardware_len())?;
    same("hops", header.hops, packet.hops())?;
    let wrong = u32::from(planted("ethernet_parser/dhcp_fields_agree") && header.operation == 2);
    same("transaction", header.transaction, packet.transaction_id() ^ wrong)?;
    same("seconds", header.seconds, packet.secs())?;
    same("broadcast", header.flags >> 15 == 1, packet.flags().contains(DhcpFlags::BROADCAST))?;
    same("client address", header.client, packet.client_ip().octets())?;
    same("your address", header.yours, packet.your_ip().octets())?;
    same("server address", header.server, packet.server_ip().octets())?;
    same("relay agent address", header.relay, packet.relay_agent_ip().octets())?;
    same("client hardware address", header.client_hardware, packet.client_hardware_address().0)?;
    same("magic cookie", magic, packet.magic_number() == 0x6382_5363)
}

pub fn options_agree(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(Reading { packet, list, options, .. }) = reading(parsed) else { return Ok(()) };
    let model = list.list.iter().filter_map(|option| match option {
        DhcpOption::Full { length, data } if !length.is_lie() => Some(data.kind()),
        _ => None,
    });
    ensure(model.eq(options.iter().map(|(code, _)| *code)), || format!("the model reads {:?}", list.list))?;
    let last = usize::from(planted("ethernet_parser/dhcp_options_agree") && options.len() > 2);
    let seen: Vec<_> = packet.options().map(|option| (option.kind, option.data)).collect();
    same("options", &options[..], &seen[..seen.len() - last])
}

pub fn repr_exact(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(Reading { packet, header, magic, options, .. }) = reading(parsed) else { return Ok(()) };
    if faults::refuses_client_identifier(&options) || faults::accepts_operation_zero(header.operation) {
        return Ok(());
    }
    let of_operation = |kind: u8| match kind {
        1 | 3 | 4 | 7 | 8 => header.operation == 1,
        2 | 5 | 6 => header.operation == 2,
        _ => false,
    };
    let has_type = options.iter().any(|(code, data)| *code == 53 && data.len() == 1 && of_operation(data[0]));
    let expected = magic && (header.hardware_type, header.hardware_length) == (1, 6) && has_type;
    let accepted = DhcpRepr::parse(&packet).is_ok() || planted("ethernet_parser/dhcp_repr_exact") && !magic;
    same("accepted", expected, accepted)
}

pub fn repr_agrees(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(Reading { packet, header, options, .. }) = reading(parsed) else { return Ok(()) };
    let Ok(repr) = DhcpRepr::parse(&packet) else { return Ok(()) };
    same("transaction", header.transaction, repr.transaction_id)?;
    same("client hardware address", header.client_hardware, repr.client_hardware_address.0)?;
    same("your address", header.yours, repr.your_ip.octets())?;
    same("broadcast", header.flags >> 15 == 1, repr.broadcast)?;
    let address = |address: Option<Ipv4Address>| address.map(|address| address.octets().to_vec());
    let number = |number: Option<u32>| number.map(|number| number.to_be_bytes().to_vec());
    let lease = repr
        .lease_duration
        .map(|lease| if planted("ethernet_parser/dhcp_repr_agrees") { lease.wrapping_add(1) } else { lease });
    let seen = [
        (50, 4, address(repr.requested_ip)),
        (54, 4, address(repr.server_identifier)),
        (3, 4, address(repr.router)),
        (1, 4, address(repr.subnet_mask)),
        (51, 4, number(lease)),
        (58, 4, number(repr.renew_duration)),
        (59, 4, number(repr.rebind_duration)),
        (57, 2, repr.max_size.map(|size| size.to_be_bytes().to_vec())),
        (61, 7, repr.client_identifier.map(|address| [&[1], address.as_bytes()].concat())),
    ];
    for (code, length, value) in seen {
        let single = options.iter().find(|(kind, _)| *kind == code).map(|(_, data)| *data);
        if faults::reads_part_of_options(&options, code) || faults::ignores_router_lists(code, single.unwrap_or(&[])) {
            continue;
        }
        // An option of another length than its own is none.
        let expected = single.filter(|data| data.len() == length);
        ensure(expected == value.as_deref(), || format!("option {code}: expected {expected:?}, saw {value:?}"))?;
    }
    if faults::reads_part_of_options(&options, 6) {
        return Ok(());
    }
    // smoltcp has room for three.
    let servers = options.iter().find(|(code, _)| *code == 6).map(|(_, data)| data.as_chunks::<4>().0);
    let servers = servers.map(|servers| &servers[..servers.len().min(3)]);
    let seen = repr.dns_servers.map(|servers| servers.iter().map(Ipv4Address::octets).collect::<Vec<_>>());
    same("domain name servers", servers, seen.as_deref())
}

pub fn emit_parse_identity(parsed: &Parsed<'_>) -> Result<(), String> {
    let Some(Reading { packet, .. }) = reading(parsed) else { return Ok(()) };
    let Ok(repr) = DhcpRepr::parse(&packet) else { return Ok(()) };
    let repr = faults::without_renewal_times(&repr);
    let mut buffer = vec![0; repr.buffer_len()];
    repr.emit(&mut DhcpPacket::new_unchecked(&mut buffer[..])).map_err(|_| "the buffer of its own length is short")?;
    buffer[9] ^= u8::from(planted("ethernet_parser/dhcp_emit_parse_identity") && buffer[0] == 2);
    let packet = DhcpPacket::new_checked(&buffer[..]).map_err(|_| String::from("what was emitted is too short"))?;
    let again = DhcpRepr::parse(&packet);
    ensure(again.as_ref() == Ok(&repr), || format!("emitted {repr:?}, parsed {again:?}"))
}
