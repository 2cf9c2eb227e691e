//! DHCP messages: the fixed part, codes, lengths and data of all options, and the values of those that smoltcp reads.
//!
//! Compared are messages whose options do not lie. Not compared are
//! - names that hold what tshark prints in a way of its own, and options in the place of names;
//! - options of messages with one that tshark takes further apart and stops at where its data are not what it wants: see
//!   [`is_plain`].

use std::net::Ipv4Addr;

use halligan_generators::{
    Generated, Model, Source,
    model::{
        dhcp::{DhcpOption, Field, Message, OptionData},
        ethernet::{Frame, Payload},
        ip, ipv4,
        tlv::Tlv,
        udp,
    },
};

use super::{Case, DRAWN, Expected, compare, corpus, hex};

/// LINKTYPE_IPV4.
const IPV4: u32 = 228;

#[test]
#[ignore = "needs tshark: ci/check-models runs it"]
fn messages() {
    let seeds = corpus("ethernet_parser").into_iter().filter_map(|(name, bytes)| case(name, &inside(&bytes)?));
    let mut cases: Vec<_> = seeds.collect();
    assert!(cases.len() > 10, "{} seeds hold DHCP", cases.len());
    let drawn = (0..).filter_map(|seed| {
        let bytes = Message::draw_from(&mut Source::random(seed, 200)).emit();
        case(format!("drawn {seed}"), &bytes)
    });
    cases.extend(drawn.take(DRAWN));
    compare(IPV4, &[], &cases);
}

/// The message that a frame carries.
fn inside(frame: &[u8]) -> Option<Vec<u8>> {
    let Frame::Whole { payload: Payload::Ipv4 { packet: ipv4::Packet::Whole { payload, .. }, .. }, .. } =
        Frame::dissect(frame)
    else {
        return None;
    };
    let ip::Payload::Udp { datagram: udp::Datagram::Whole { payload: udp::Payload::Dhcp(message), .. }, .. } = payload
    else {
        return None;
    };
    Some(message.emit())
}

/// A message in a datagram from client to server; nothing where it is not compared.
fn case(name: String, bytes: &[u8]) -> Option<Case> {
    let message = Message::dissect(bytes);
    let expected = if message.lies() == 0 && bytes.len() <= 1400 { expected(&message) } else { None }?;
    let length = |more: usize| ((bytes.len() + more) as u16).to_be_bytes();
    let mut packet = vec![0x45, 0];
    packet.extend(length(28));
    packet.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0, 68, 0, 67]);
    packet.extend(length(8));
    packet.extend([0, 0]);
    packet.extend_from_slice(bytes);
    Some(Case { name, packet, expected })
}

fn expected(message: &Message) -> Option<Vec<Expected>> {
    let Message::Whole { header, server_name: Field::Text(server), file: Field::Text(file), options, .. } = message
    else {
        return None;
    };
    let address = |address: [u8; 4]| Ipv4Addr::from(address).to_string();
    let mut all = Vec::new();
    let mut one = |field: &'static str, value: String| all.push(Expected::new(field, [value]));
    one("dhcp.type", header.operation.to_string());
    one("dhcp.hw.len", header.hardware_length.to_string());
    one("dhcp.hops", header.hops.to_string());
    one("dhcp.id", format!("{:#010x}", header.transaction));
    // Where only the high byte is set, tshark takes the number for one in the wrong byte order, as some clients send it.
    if header.seconds & 0xff != 0 || header.seconds == 0 {
        one("dhcp.secs", header.seconds.to_string());
    }
    one("dhcp.flags", format!("{:#06x}", header.flags));
    one("dhcp.ip.client", address(header.client));
    one("dhcp.ip.your", address(header.yours));
    one("dhcp.ip.server", address(header.server));
    one("dhcp.ip.relay", address(header.relay));
    one("dhcp.cookie", "99.130.83.99".to_owned());
    for (field, text) in [("dhcp.server", server), ("dhcp.file", file)] {
        if let Some(text) = text.iter().all(u8::is_ascii_alphanumeric).then(|| String::from_utf8_lossy(text)) {
            all.push(Expected::new(field, (!text.is_empty()).then_some(text)));
        }
    }
    if options.list.iter().all(is_plain) {
        all.extend(values(&options.list));
    }
    Some(all)
}

/// Whether tshark reads the option to its end, and goes on behind it.
fn is_plain(option: &DhcpOption) -> bool {
    let Tlv::Full { data, .. } = option else { return false };
    !matches!(
        data,
        OptionData::Other { .. }
            | OptionData::VendorSpecific(_)
            | OptionData::ClientIdentifier(_)
            | OptionData::ClientName(_)
            | OptionData::Authentication(_)
            | OptionData::RelayAgent(_)
            | OptionData::DomainSearch(_)
            | OptionData::ClasslessRoutes(_)
            | OptionData::NetworkInterface(_)
            | OptionData::MachineIdentifier(_)
            | OptionData::UserClass(_)
            | OptionData::StaticRoutes(_)
            | OptionData::PolicyFilter(_)
    )
}

/// What tshark prints for the options.
fn values(options: &[DhcpOption]) -> Vec<Expected> {
    let mut all: Vec<Expected> = Vec::new();
    let mut one = |field: &'static str, value: String| match all.iter_mut().find(|expected| expected.field == field) {
        Some(expected) => expected.values.push(value),
        None => all.push(Expected::new(field, [value])),
    };
    for option in options {
        let Tlv::Full { data, .. } = option else { continue };
        let (code, bytes) = wire(option);
        one("dhcp.option.type", code.to_string());
        one("dhcp.option.length", bytes.len().to_string());
        one("dhcp.option.value", if bytes.is_empty() { "<MISSING>".to_owned() } else { hex(&bytes) });
        let address = |address: &[u8; 4]| Ipv4Addr::from(*address).to_string();
        match data {
            OptionData::MessageType(kind) => one("dhcp.option.dhcp", kind.to_string()),
            OptionData::SubnetMask(mask) => one("dhcp.option.subnet_mask", address(mask)),
            OptionData::Routers(routers) => {
                routers.iter().for_each(|router| one("dhcp.option.router", address(router)))
            }
            OptionData::DomainNameServers(servers) => {
                servers.iter().for_each(|server| one("dhcp.option.domain_name_server", address(server)));
            }
            OptionData::RequestedAddress(requested) => one("dhcp.option.requested_ip_address", address(requested)),
            OptionData::LeaseTime(time) => one("dhcp.option.ip_address_lease_time", time.to_string()),
            OptionData::ServerIdentifier(server) => one("dhcp.option.dhcp_server_id", address(server)),
            OptionData::ParameterRequests(codes) => {
                codes.iter().for_each(|code| one("dhcp.option.request_list_item", code.to_string()));
            }
            OptionData::MaximumMessage(size) => one("dhcp.option.dhcp_max_message_size", size.to_string()),
            OptionData::RenewalTime(time) => one("dhcp.option.renewal_time_value", time.to_string()),
            OptionData::RebindingTime(time) => one("dhcp.option.rebinding_time_value", time.to_string()),
            _ => {}
        }
    }
    // It gives the end this type.
    one("dhcp.option.type", "0".to_owned());
    all
}

/// An option's code and data.
fn wire(option: &DhcpOption) -> (u8, Vec<u8>) {
    let message = Message::new(Default::default(), vec![option.clone()]).emit();
    let len = usize::from(message[241]);
    (message[240], message[242..][..len].to_vec())
}
