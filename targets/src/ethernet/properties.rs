//! What must hold for every frame.

use alloc::string::String;

use super::{Parsed, behaviour, dhcp, igmp, link, views};
use crate::Property;
use crate::check::row;

type Check = fn(&Parsed<'_>) -> Result<(), String>;

const ETHERPARSE: Option<&str> = Some("etherparse");
const MODEL: Option<&str> = Some("the model");

/// The properties and their checks, in one order.
pub const TABLE: [(Property, Check); 29] = [
    row(
        "acceptance_agrees",
        "IEEE 802.3 section 3.1",
        "a frame is accepted exactly if it has addresses and a type",
        ETHERPARSE,
        link::acceptance_agrees,
    ),
    row(
        "header_agrees",
        "IEEE 802.3 section 3.1",
        "both decoders read the same addresses, type and payload",
        ETHERPARSE,
        link::header_agrees,
    ),
    row("tags_agree", "IEEE 802.1Q section 9", "both decoders read the same tags", ETHERPARSE, link::tags_agree),
    row(
        "header_emit_identity",
        "IEEE 802.3 section 3.1",
        "a header that is emitted has the bytes that were parsed",
        None,
        link::header_emit_identity,
    ),
    row(
        "padding_excluded",
        "RFC 894",
        "padding is not part of the IP packet: its payload ends with its length",
        ETHERPARSE,
        link::padding_excluded,
    ),
    row(
        "arp_acceptance_agrees",
        "RFC 826, Packet format",
        "a packet is accepted exactly if it has room for addresses of its lengths",
        ETHERPARSE,
        link::arp_acceptance_agrees,
    ),
    row(
        "arp_fields_agree",
        "RFC 826, Packet format",
        "both decoders read the same fields",
        ETHERPARSE,
        link::arp_fields_agree,
    ),
    row(
        "arp_repr_exact",
        "RFC 826, Packet Reception",
        "exactly packets of Ethernet and IPv4, with lengths 6 and 4, are taken",
        None,
        link::arp_repr_exact,
    ),
    row(
        "arp_emit_identity",
        "RFC 826, Packet format",
        "a packet that is emitted has the bytes that were parsed",
        None,
        link::arp_emit_identity,
    ),
    row(
        "igmp_fields_agree",
        "RFC 2236 section 2",
        "both decoders read the same fields",
        ETHERPARSE,
        igmp::fields_agree,
    ),
    row(
        "igmp_acceptance_exact",
        "RFC 2236 section 2",
        "queries, reports and leaves are taken, of no group or a multicast one",
        None,
        igmp::acceptance_exact,
    ),
    row(
        "igmp_checksum_exact",
        "RFC 2236 section 2.3",
        "a checksum over the whole payload is accepted exactly if it is right",
        MODEL,
        igmp::checksum_exact,
    ),
    row(
        "igmp_response_time",
        "RFC 2236 section 2.2",
        "a query's response time counts tenths of seconds; zero is of version 1",
        MODEL,
        igmp::response_time,
    ),
    row(
        "igmp_emit_parse_identity",
        "RFC 2236 section 2",
        "a message that is emitted and parsed again is the same, with a right checksum",
        None,
        igmp::emit_parse_identity,
    ),
    row(
        "dhcp_acceptance_agrees",
        "RFC 2131 section 2",
        "a message is long enough exactly if it has the fixed part and the magic cookie",
        MODEL,
        dhcp::acceptance_agrees,
    ),
    row(
        "dhcp_fields_agree",
        "RFC 2131 section 2",
        "the fields of the fixed part are where the RFC has them",
        MODEL,
        dhcp::fields_agree,
    ),
    row(
        "dhcp_options_agree",
        "RFC 2132 section 2",
        "options are read up to the end, and none beyond the message",
        MODEL,
        dhcp::options_agree,
    ),
    row(
        "dhcp_repr_exact",
        "RFC 2131 section 3",
        "exactly messages with magic cookie and a type that fits the operation are taken",
        MODEL,
        dhcp::repr_exact,
    ),
    row(
        "dhcp_repr_agrees",
        "RFC 2132 section 9",
        "the representation says what fields and options say",
        MODEL,
        dhcp::repr_agrees,
    ),
    row(
        "dhcp_emit_parse_identity",
        "RFC 2131 section 2",
        "a message that is emitted and parsed again is the same",
        None,
        dhcp::emit_parse_identity,
    ),
    row(
        "frames_for_others_ignored",
        "RFC 894",
        "a frame to another station is not answered",
        None,
        behaviour::frames_for_others_ignored,
    ),
    row(
        "arp_reply_exact",
        "RFC 826, Packet Reception",
        "a request for the node's address is answered, to its sender, and nothing else is",
        MODEL,
        behaviour::arp_reply_exact,
    ),
    row(
        "neighbour_is_unicast",
        "RFC 1812 section 3.3.2",
        "nobody is believed to have the hardware address of a group",
        None,
        behaviour::neighbour_is_unicast,
    ),
    row(
        "neighbour_learned",
        "RFC 826, Packet Reception",
        "the sender of a packet for the node is a neighbour from then on, and no other is",
        MODEL,
        behaviour::neighbour_learned,
    ),
    row(
        "padding_never_answered",
        "RFC 894",
        "the answers do not depend on padding and trailer",
        MODEL,
        behaviour::padding_never_answered,
    ),
    row(
        "answers_well_formed",
        "RFC 1122 section 3.2.1",
        "answers have the node's address, right lengths and right checksums",
        MODEL,
        behaviour::answers_well_formed,
    ),
    row(
        "reports_exact",
        "RFC 2236 section 3",
        "a query for the node's group, or for all, is answered by one report in time, and nothing else is",
        MODEL,
        behaviour::reports_exact,
    ),
    row(
        "views_agree",
        "IEEE 802.3 section 3.1, RFC 826",
        "unchecked accessors on a packet cut to its length say what those of the checked packet say",
        None,
        views::views_agree,
    ),
    row(
        "oracle_views_agree",
        "IEEE 802.3 section 3.1, RFC 826",
        "etherparse's headers and its slices of a frame say the same",
        None,
        views::oracle_views_agree,
    ),
];
