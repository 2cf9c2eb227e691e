//! The known faults of the releases under test, each by itself: where one of these fails, a release has mended the fault,
//! and its exception in `faults.rs` has to go.

extern crate alloc;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{IpAddress, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber};

#[path = "known_faults/ip.rs"]
mod ip;
#[path = "known_faults/tcp.rs"]
mod tcp_socket;
#[path = "known_faults/tls.rs"]
mod tls;
#[path = "../src/wire.rs"]
mod wire;

mod tcp {
    use super::*;

    const ADDRESS: IpAddress = IpAddress::v4(192, 0, 2, 1);

    fn repr() -> TcpRepr<'static> {
        TcpRepr {
            src_port: 1,
            dst_port: 2,
            control: TcpControl::None,
            seq_number: TcpSeqNumber(0),
            ack_number: Some(TcpSeqNumber(1)),
            window_len: 0,
            window_scale: None,
            max_seg_size: None,
            sack_permitted: false,
            sack_ranges: [Some((5, 6)), None, None],
            timestamp: None,
            payload: &[],
        }
    }

    fn emitted_and_parsed(repr: &TcpRepr<'_>) -> [Option<(u32, u32)>; 3] {
        let checksums = ChecksumCapabilities::default();
        let mut buffer = vec![0; repr.buffer_len()];
        repr.emit(&mut TcpPacket::new_unchecked(&mut buffer[..]), &ADDRESS, &ADDRESS, &checksums);
        let packet = TcpPacket::new_checked(&buffer[..]).unwrap();
        TcpRepr::parse(&packet, &ADDRESS, &ADDRESS, &checksums).unwrap().sack_ranges
    }

    #[test]
    fn smoltcp_loses_sack_blocks() {
        assert_eq!(emitted_and_parsed(&repr()), repr().sack_ranges);
        assert_eq!(emitted_and_parsed(&TcpRepr { sack_permitted: true, ..repr() }), [None; 3]);
        assert_eq!(emitted_and_parsed(&TcpRepr { ack_number: None, ..repr() }), [None; 3]);
    }

    #[test]
    #[should_panic(expected = "copy_from_slice")]
    fn smoltcp_panics_where_there_is_room_behind_an_unknown_option() {
        let option = smoltcp::wire::TcpOption::Unknown { kind: 254, data: &[1, 2] };
        option.emit(&mut [0; 8]);
    }

    #[test]
    fn smoltcp_reads_behind_the_end_of_the_option_list() {
        let mut segment = [0; 24];
        (segment[1], segment[3]) = (1, 2);
        (segment[12], segment[21], segment[22]) = (6 << 4, 4, 2);
        let packet = TcpPacket::new_checked(&segment[..]).unwrap();
        assert_eq!(packet.selective_ack_permitted(), Ok(true));
        let parsed = TcpRepr::parse(&packet, &ADDRESS, &ADDRESS, &ChecksumCapabilities::ignored()).unwrap();
        assert!(!parsed.sack_permitted);
    }
}

/// The inputs are in `corpora/dns_parser/regressions`, each with a page on what it shows.
mod dns {
    use hickory_proto::op::Message;
    use hickory_proto::rr::{RData, RecordType};
    use hickory_proto::serialize::binary::{BinEncodable, BinEncoder};
    use smoltcp::wire::{DnsPacket, DnsQuestion, DnsRepr};

    macro_rules! regression {
        ($name:literal) => {
            &include_bytes!(concat!("../../corpora/dns_parser/regressions/", $name))[..]
        };
    }

    /// The labels that smoltcp finds in the name of the question; nothing where it refuses it.
    fn smoltcp_name(message: &[u8]) -> Option<Vec<&[u8]>> {
        let packet = Box::leak(Box::new(DnsPacket::new_checked(message).unwrap()));
        packet.parse_name(&message[12..]).collect::<Result<_, _>>().ok()
    }

    fn accepts(message: &[u8]) -> bool {
        Message::from_vec(message).is_ok()
    }

    fn sent_again(message: &[u8]) -> Vec<u8> {
        Message::from_vec(message).unwrap().to_vec().unwrap()
    }

    #[test]
    fn smoltcp_follows_a_pointer_that_leads_forward() {
        let message = regression!("smoltcp-pointer-forward");
        assert_eq!(smoltcp_name(message), Some(vec![&b"a"[..]]));
        assert!(!accepts(message));
    }

    #[test]
    fn smoltcp_has_no_limit_for_names() {
        let message = regression!("smoltcp-name-256-octets");
        let labels = smoltcp_name(message).unwrap();
        assert_eq!(labels.iter().map(|label| 1 + label.len()).sum::<usize>() + 1, 256);
        assert!(!accepts(message));
    }

    #[test]
    fn smoltcp_keeps_bits_of_the_buffer() {
        let packet = DnsPacket::new_checked(regression!("smoltcp-query-keeps-bits")).unwrap();
        let (_, question) = DnsQuestion::parse(packet.payload()).unwrap();
        let (transaction_id, opcode, flags) = (packet.transaction_id(), packet.opcode(), packet.flags());
        let repr = DnsRepr { transaction_id, opcode, flags, question };
        let mut buffer = vec![0xff; repr.buffer_len()];
        repr.emit(&mut DnsPacket::new_unchecked(&mut buffer[..]));
        assert_eq!(buffer[2..4], 0x404fu16.to_be_bytes());
    }

    #[test]
    fn hickory_refuses_what_is_wellformed() {
        assert!(!accepts(regression!("hickory-empty-data")));
        assert!(!accepts(regression!("hickory-caa-long-tag")));
        assert!(!accepts(regression!("hickory-alpn-not-utf8")));
        assert!(!accepts(regression!("hickory-private-type")));
        assert!(!accepts(regression!("hickory-csync-undefined-flag")));
    }

    #[test]
    fn hickory_accepts_what_is_malformed() {
        assert!(accepts(regression!("hickory-svcb-mandatory-order")));
        assert!(accepts(regression!("hickory-svcb-alpn-empty")));
        assert!(accepts(regression!("hickory-svcb-hint-empty")));
        assert!(accepts(regression!("hickory-csync-types-cut")));
    }

    #[test]
    fn hickory_reads_a_pointer_that_overlaps_its_name() {
        let message = Message::from_vec(regression!("hickory-pointer-overlap")).unwrap();
        assert_eq!(message.queries[1].name().to_string(), "abcd.");
    }

    #[test]
    fn hickory_drops_what_is_malformed() {
        let message = regression!("hickory-option-cut");
        assert!(Message::from_vec(message).unwrap().edns.unwrap().options().as_ref().is_empty());
        for message in [regression!("hickory-subnet-trailing"), regression!("hickory-svcb-port-long")] {
            assert_eq!(sent_again(message).len(), message.len() - 1);
        }
    }

    #[test]
    fn hickory_sends_opt_behind_tsig() {
        let message = regression!("hickory-opt-behind-tsig");
        let read = Message::from_vec(message).unwrap();
        assert_eq!(read.additionals[0].record_type(), RecordType::TSIG);
        assert!(matches!(read.additionals[0].data, RData::TSIG(_)));
        // The root, and type 41.
        assert_eq!(sent_again(message)[message.len() - 11..][..3], [0, 0, 41]);
    }

    #[test]
    fn hickory_drops_records_that_would_fit() {
        let message = regression!("hickory-no-room-for-pointer");
        assert_eq!(sent_again(message), message);
        let mut bytes = Vec::new();
        let mut encoder = BinEncoder::new(&mut bytes);
        encoder.set_max_size(message.len() as u16);
        Message::from_vec(message).unwrap().emit(&mut encoder).unwrap();
        let cut = Message::from_vec(&bytes).unwrap();
        assert!(cut.truncation && cut.answers.is_empty());
    }
}

/// The inputs are in `corpora/ethernet_parser/regressions`, each with a page on what it shows.
mod ethernet {
    use smoltcp::iface::{Config, Interface, SocketSet};
    use smoltcp::phy::Medium;
    use smoltcp::time::{Duration, Instant};
    use smoltcp::wire::{DhcpPacket, DhcpRepr, EthernetAddress, IgmpPacket, IgmpRepr, IpAddress, IpCidr, Ipv4Address};

    use crate::wire::Wire;

    macro_rules! input {
        ($name:literal) => {
            &include_bytes!(concat!("../../corpora/ethernet_parser/regressions/", $name))[..]
        };
    }

    /// What 192.0.2.1, of the group 239.1.2.3, sends within a minute of the frame.
    fn answers(frame: &[u8]) -> Vec<Vec<u8>> {
        let (mut now, mut wire) = (Instant::ZERO, Wire::new(Medium::Ethernet, 1514));
        let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
        let mut interface = Interface::new(config, &mut wire, now);
        interface.update_ip_addrs(|addresses| {
            addresses.push(IpCidr::new(IpAddress::v4(192, 0, 2, 1), 24)).unwrap();
        });
        interface.join_multicast_group(Ipv4Address::new(239, 1, 2, 3)).unwrap();
        let mut sockets = SocketSet::new(vec![]);
        interface.poll(now, &mut wire, &mut sockets);
        wire.outbound.clear();
        wire.inbound.push_back(frame.to_vec());
        for _ in 0..2 {
            interface.poll(now, &mut wire, &mut sockets);
            now += Duration::from_secs(60);
        }
        wire.outbound
    }

    /// The DHCP message of a frame.
    fn dhcp(frame: &[u8]) -> DhcpPacket<&[u8]> {
        DhcpPacket::new_checked(&frame[14 + 20 + 8..]).unwrap()
    }

    #[test]
    fn smoltcp_ignores_probes() {
        assert_eq!(answers(input!("smoltcp-arp-probe-ignored")), [[0; 0]; 0]);
    }

    #[test]
    fn smoltcp_reads_the_time_as_a_floating_point_number() {
        let frame = input!("smoltcp-igmp-time-as-float");
        let packet = IgmpPacket::new_checked(&frame[14 + 24..][..8]).unwrap();
        let Ok(IgmpRepr::MembershipQuery { max_resp_time, .. }) = IgmpRepr::parse(&packet) else {
            panic!("it is a query")
        };
        assert_eq!(max_resp_time, Duration::from_millis(307_200));
    }

    #[test]
    fn smoltcp_reports_the_all_systems_group() {
        let answers = answers(input!("smoltcp-igmp-reports-all-systems"));
        assert_eq!((answers.len(), &answers[0][38..]), (1, &[224, 0, 0, 1][..]));
    }

    #[test]
    fn smoltcp_ignores_the_checksum_of_igmp() {
        assert_eq!(answers(input!("smoltcp-igmp-wrong-checksum")).len(), 1);
    }

    #[test]
    fn smoltcp_leaves_router_alert_out() {
        let answers = answers(input!("smoltcp-igmp-no-router-alert"));
        assert_eq!((answers.len(), answers[0][14]), (1, 0x45), "a header without options");
    }

    #[test]
    fn smoltcp_refuses_client_identifiers() {
        assert!(DhcpRepr::parse(&dhcp(input!("smoltcp-dhcp-client-identifier"))).is_err());
    }

    #[test]
    fn smoltcp_accepts_operation_zero() {
        assert!(DhcpRepr::parse(&dhcp(input!("smoltcp-dhcp-operation-zero"))).is_ok());
    }

    #[test]
    fn smoltcp_reads_a_part_of_what_a_server_says() {
        let router = |frame| DhcpRepr::parse(&dhcp(frame)).unwrap().router;
        assert_eq!(router(input!("smoltcp-dhcp-two-routers")), None);
        assert_eq!(router(input!("smoltcp-dhcp-overload")), None);
        let packet = dhcp(input!("smoltcp-dhcp-option-in-parts"));
        assert_eq!(DhcpRepr::parse(&packet).unwrap().parameter_request_list, Some(&[6][..]));
        assert!(dhcp(input!("smoltcp-dhcp-server-name")).get_sname().is_err());
    }

    #[test]
    fn smoltcp_drops_the_renewal_times() {
        let packet = dhcp(input!("smoltcp-dhcp-times-dropped"));
        let repr = DhcpRepr::parse(&packet).unwrap();
        assert_eq!((repr.renew_duration, repr.rebind_duration), (Some(1800), Some(3150)));
        let mut buffer = vec![0; repr.buffer_len()];
        repr.emit(&mut DhcpPacket::new_unchecked(&mut buffer[..])).unwrap();
        let packet = DhcpPacket::new_checked(&buffer[..]).unwrap();
        let again = DhcpRepr::parse(&packet).unwrap();
        assert_eq!((again.renew_duration, again.rebind_duration), (None, None));
    }
}
