//! Known faults of smoltcp's TCP socket. `corpora/tcp_parser/regressions` has a segment for each, with a page on what it shows.

use halligan_generators::model::tcp::{Flags, Header, Segment};
use smoltcp::socket::tcp::State;
use smoltcp::wire::IpAddress;

use self::node::{Node, WINDOW};

#[allow(dead_code, reason = "the target needs more of it")]
#[path = "../../src/tcp/node.rs"]
mod node;

const SOURCE: IpAddress = IpAddress::v4(192, 0, 2, 1);
const DESTINATION: IpAddress = IpAddress::v4(192, 0, 2, 2);

/// From port 1 to port 2, with a window of 1000.
fn header() -> Header {
    Header { source_port: 1, destination_port: 2, window: 1000, ..Header::default() }
}

const NEXT: u32 = 1000;

fn segment(flags: Flags, sequence_number: u32, acknowledgment_number: u32, payload: &[u8]) -> Segment {
    let header = Header { flags, sequence_number, acknowledgment_number, ..header() };
    Segment::Whole { header, payload: payload.to_vec() }
}

#[test]
fn smoltcp_is_closed_by_a_reset_within_the_window() {
    for offset in [1, 8, WINDOW as u32 - 1] {
        let (mut node, own) = Node::established(&header(), NEXT).unwrap();
        let sent = node.arrive(&segment(Flags::RST, NEXT + offset, own, &[]));
        assert_eq!((sent.len(), node.state()), (0, State::Closed));
    }
}

#[test]
fn smoltcp_overlooks_a_fin_behind_data_that_came_before() {
    let (mut node, own) = Node::established(&header(), NEXT).unwrap();
    node.arrive(&segment(Flags::ACK, NEXT, own, b"a"));
    let sent = node.arrive(&segment(Flags::ACK | Flags::FIN, NEXT, own, b"a"));
    assert_eq!((sent[0].acknowledgment, node.state()), (NEXT + 1, State::Established));
}

#[test]
fn smoltcp_ignores_a_bad_acknowledgment_with_push_or_fin() {
    for (flags, answers) in [(Flags::NONE, 1), (Flags::PSH, 0), (Flags::FIN, 0)] {
        let (mut node, syn) = Node::connecting(2, 1).unwrap();
        let sent = node.arrive(&segment(Flags::ACK | flags, NEXT, syn.sequence.wrapping_add(7), &[]));
        assert_eq!((sent.len(), node.state()), (answers, State::SynSent));
    }
}

#[test]
fn smoltcp_takes_a_fin_behind_data_that_it_cut() {
    let (mut node, own) = Node::established(&header(), NEXT).unwrap();
    let segment = segment(Flags::ACK | Flags::FIN, NEXT, own, &[7; WINDOW + 6]);
    node.arrive(&segment);
    // Sent again, it is answered at once: one more is acknowledged than was received.
    let sent = node.arrive(&segment);
    assert_eq!((sent[0].acknowledgment, node.state()), (NEXT + WINDOW as u32 + 1, State::CloseWait));
    assert_eq!(node.read().len(), WINDOW);
}

#[test]
fn smoltcp_does_not_count_a_fin_behind_the_window() {
    for (flags, answers) in [(Flags::NONE, 0), (Flags::FIN, 0)] {
        let (mut node, own) = Node::established(&header(), NEXT).unwrap();
        let sent = node.arrive(&segment(Flags::ACK | flags, NEXT - 1, own, &[7; WINDOW + 1]));
        // Only the first is acceptable.
        assert_eq!((sent.len(), node.read().len()), (answers, WINDOW));
    }
}

#[test]
fn smoltcp_takes_an_acknowledgment_of_what_it_did_not_send() {
    let (mut node, own) = Node::established(&Header { window: 4, ..header() }, NEXT).unwrap();
    let sent = node.send(b"sentlost");
    assert_eq!(sent.iter().map(|sent| &sent.payload[..]).collect::<Vec<_>>(), [b"sent"]);
    let answers = node.arrive(&segment(Flags::ACK, NEXT, own.wrapping_add(8), &[]));
    // What was not sent is gone: nothing is said of it, and there is nothing to wait for.
    assert_eq!((answers, node.wait()), (vec![], None));
}

#[test]
fn smoltcp_sends_no_fin_where_it_is_closed_before_the_handshake_is_complete() {
    let mut node = Node::listening(2);
    let answer = node.arrive(&segment(Flags::SYN, NEXT - 1, 0, &[])).pop().unwrap();
    assert_eq!(node.state(), State::SynReceived);
    assert_eq!((node.close(), node.state()), (vec![], State::FinWait1));
    let sent = node.arrive(&segment(Flags::ACK, NEXT, answer.sequence.wrapping_add(1), &[]));
    // The acknowledgment of its SYN is taken for one of a FIN, which is not sent any more.
    assert_eq!((sent, node.state(), node.wait()), (vec![], State::FinWait2, None));
}

#[test]
fn smoltcp_does_not_answer_a_syn() {
    // In the window, and where a peer begins that has lost the connection.
    for (flags, offset) in [(Flags::SYN, 0), (Flags::SYN | Flags::ACK, 0), (Flags::SYN, 1 << 30)] {
        let (mut node, own) = Node::established(&header(), NEXT).unwrap();
        let sent = node.arrive(&segment(flags, NEXT + offset, own, &[]));
        assert_eq!((sent, node.state()), (vec![], State::Established));
    }
}
