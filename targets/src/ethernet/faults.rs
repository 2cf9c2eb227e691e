//! Known faults of the releases under test. Each is left out of its property as narrowly as can be, and
//! `tests/known_faults.rs` notices when a release mends it.

use smoltcp::wire::DhcpRepr;

use super::Arp;

/// smoltcp 0.14: reads a response time of 128 or more as a floating-point number in a query of version 2 too; that
/// encoding is of version 3 (RFC 2236 section 2.2, RFC 3376 section 4.1.1).
pub fn reads_floating_point_time(max_response: u8) -> bool {
    max_response >= 128
}

/// smoltcp 0.14: answers a query for the all-systems group with a report (RFC 2236 section 6: a host never does).
pub fn reports_all_systems(group: [u8; 4]) -> bool {
    group == [224, 0, 0, 1]
}

/// smoltcp 0.14: does not answer an ARP probe, a request from 0.0.0.0 (RFC 826; RFC 5227 section 2.1.1 relies on it).
pub fn ignores_probe(arp: &Arp) -> bool {
    arp.sender_protocol == [0; 4]
}

/// smoltcp 0.14: refuses a message whose client identifier has seven bytes and another type than 1 (RFC 2132 section
/// 9.14 lets it be any).
pub fn refuses_client_identifier(options: &[(u8, &[u8])]) -> bool {
    options.iter().any(|(code, data)| *code == 61 && data.len() == 7 && data[0] != 1)
}

/// smoltcp 0.14: accepts an unknown message type together with an operation of 0 (RFC 2131 section 2 has 1 and 2).
pub fn accepts_operation_zero(operation: u8) -> bool {
    operation == 0
}

/// smoltcp 0.14: reads neither options in the place of names (RFC 2131 section 4.1) nor an option in several parts (RFC
/// 3396 section 7), of which it takes the last.
pub fn reads_part_of_options(options: &[(u8, &[u8])], code: u8) -> bool {
    let parts = options.iter().filter(|(kind, _)| *kind == code).count();
    parts > 1 || options.iter().any(|(kind, _)| *kind == 52)
}

/// smoltcp 0.14: reads no router where the option names several (RFC 2132 section 3.5).
pub fn ignores_router_lists(code: u8, data: &[u8]) -> bool {
    code == 3 && data.len() > 4
}

/// smoltcp 0.14: `DhcpRepr::emit` drops the renewal and rebinding times.
pub fn without_renewal_times<'a>(repr: &DhcpRepr<'a>) -> DhcpRepr<'a> {
    DhcpRepr { renew_duration: None, rebind_duration: None, ..repr.clone() }
}
