//! Frames drawn by proptest: the model's own values, honest and lying. All is TCP; how many options and bytes of
//! payload there are is given, so that each draw can be as large as the frame that is measured.

use halligan_generators::{
    Derived,
    model::{
        ethernet::{self, Frame},
        ip,
        ipv4::{self, Packet},
        tcp::{self, Flags, Multipath, OptionData, SackBlock, Segment, TcpOption},
    },
};
use proptest::{
    collection::{SizeRange, vec},
    prelude::*,
};

fn derived<T: Clone + std::fmt::Debug + 'static>(lie: impl Strategy<Value = T>) -> impl Strategy<Value = Derived<T>> {
    prop_oneof![31 => Just(Derived::Auto), 1 => lie.prop_map(Derived::Lie)]
}

/// Frames with as many TCP options and bytes of payload.
pub fn frames(options: impl Into<SizeRange>, payload: impl Into<SizeRange>) -> impl Strategy<Value = Frame> {
    let header = (any::<[u8; 6]>(), any::<[u8; 6]>());
    let header = header.prop_map(|(destination, source)| ethernet::Header { destination, source, tags: vec![] });
    let ipv4 = (derived(any::<u16>()), packets(options.into(), payload.into()));
    let payload = ipv4.prop_map(|(ethertype, packet)| ethernet::Payload::Ipv4 { ethertype, packet });
    let string = || derived(vec(any::<u8>(), 0..64));
    (header, payload, string(), string()).prop_map(|(header, payload, padding, trailer)| Frame::Whole {
        header,
        payload,
        padding,
        trailer,
    })
}

fn packets(options: SizeRange, payload: SizeRange) -> impl Strategy<Value = Packet> {
    let first = (derived(0..16u8), derived(0..16u8), 0..64u8, 0..4u8, derived(any::<u16>()), any::<u16>());
    let second = (derived(any::<bool>()), any::<bool>(), any::<u8>(), derived(any::<u16>()));
    let addresses = (any::<[u8; 4]>(), any::<[u8; 4]>());
    let header = (first, second, addresses).prop_map(|(first, second, (source, destination))| {
        let (version, header_length, dscp, ecn, total_length, identification) = first;
        let (reserved, dont_fragment, time_to_live, checksum) = second;
        ipv4::Header {
            version,
            header_length,
            dscp,
            ecn,
            total_length,
            identification,
            reserved,
            dont_fragment,
            more_fragments: false,
            fragment_offset: 0,
            time_to_live,
            checksum,
            source,
            destination,
            options: vec![],
        }
    });
    let payload = (derived(any::<u8>()), segments(options, payload));
    let payload = payload.prop_map(|(protocol, segment)| ip::Payload::Tcp { protocol, segment });
    let trailer = derived(vec(any::<u8>(), 1..64));
    (header, payload, trailer).prop_map(|(header, payload, trailer)| Packet::Whole { header, payload, trailer })
}

fn segments(options: SizeRange, payload: SizeRange) -> impl Strategy<Value = Segment> {
    let numbers = (any::<u16>(), any::<u16>(), any::<u32>(), any::<u32>());
    let fields = (derived(0..16u8), derived(0..8u8), 0..0x200u16, any::<u16>(), derived(any::<u16>()), any::<u16>());
    let options = vec(tcp_options(), options);
    let header = (numbers, fields, options).prop_map(|(numbers, fields, options)| {
        let (source_port, destination_port, sequence_number, acknowledgment_number) = numbers;
        let (data_offset, reserved, flags, window, checksum, urgent_pointer) = fields;
        tcp::Header {
            source_port,
            destination_port,
            sequence_number,
            acknowledgment_number,
            data_offset,
            reserved,
            flags: Flags::from_bits(flags),
            window,
            checksum,
            urgent_pointer,
            options,
        }
    });
    (header, vec(any::<u8>(), payload)).prop_map(|(header, payload)| Segment::Whole { header, payload })
}

fn tcp_options() -> impl Strategy<Value = TcpOption> {
    let full = (derived(any::<u8>()), tcp_option_data());
    prop_oneof![
        3 => Just(TcpOption::NoOperation),
        1 => Just(TcpOption::EndOfList),
        11 => full.prop_map(|(length, data)| TcpOption::Full { length, data }),
        1 => (2..=255u8).prop_map(TcpOption::Bare),
    ]
}

fn tcp_option_data() -> impl Strategy<Value = OptionData> {
    let block = || (any::<u32>(), any::<u32>()).prop_map(|(left, right)| SackBlock { left, right });
    let string = || vec(any::<u8>(), 0..8);
    prop_oneof![
        any::<u16>().prop_map(OptionData::MaximumSegmentSize),
        any::<u8>().prop_map(OptionData::WindowScale),
        Just(OptionData::SackPermitted),
        vec(block(), 0..4).prop_map(OptionData::Sack),
        (any::<u32>(), any::<u32>()).prop_map(|(value, echo)| OptionData::Timestamps { value, echo }),
        any::<[u8; 16]>().prop_map(OptionData::Md5Signature),
        (any::<bool>(), 0..0x8000u16).prop_map(|(minutes, timeout)| OptionData::UserTimeout { minutes, timeout }),
        (any::<u8>(), any::<u8>(), string()).prop_map(|(key_id, receive_next_key_id, mac)| {
            OptionData::Authentication { key_id, receive_next_key_id, mac }
        }),
        (0..16u8, 0..16u8, string()).prop_map(|(subtype, flags, data)| OptionData::Multipath(Multipath::Other {
            subtype,
            flags,
            data
        })),
        string().prop_map(OptionData::FastOpen),
        (any::<u8>(), string()).prop_map(|(kind, data)| OptionData::Other { kind, data }),
    ]
}
