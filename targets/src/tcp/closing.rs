//! How a connection of smoltcp's socket goes on and ends when time passes: what is lost is sent again, closed windows are probed, and
//! the states of RFC 9293 section 3.3.2 are gone through to the end.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use halligan_generators::model::tcp::{Flags, Header, OptionData, Segment};
use smoltcp::socket::tcp::State;

use super::node::{Node, Sent, WINDOW, plain};
use super::{Parsed, faults};
use crate::check::{Checked, ensure, same};
use crate::planted::planted;

const CONTROL: u16 = 0x007;
const FIN: u16 = 0x001;
const RST: u16 = 0x004;

/// What the peer takes at once, in bytes: so little that data come in several segments.
const SEGMENT: u16 = 100;

/// How often segments are carried, or time passes, before all has to have arrived: more than a segment for each byte of a window.
const PATIENCE: usize = 2 * WINDOW;

/// A connection between the node and a peer that takes what comes in order, and acknowledges it.
struct Play<'p> {
    node: Node,
    header: &'p Header,
    /// What each end has to say.
    data: &'p [u8],
    /// The peer's next sequence number, and the node's first.
    next: u32,
    first: u32,
    /// The window that the peer offers.
    window: u16,
    /// What the peer has received, and whether the node's FIN was behind it.
    received: Vec<u8>,
    finished: bool,
    /// Segments of the node's that are on their way.
    flight: VecDeque<Sent>,
}

impl<'p> Play<'p> {
    fn new(parsed: &'p Parsed<'_>) -> Option<Self> {
        let Segment::Whole { header, payload } = &parsed.model else { return None };
        parsed.repr.as_ref().filter(|repr| repr.src_port != 0 && repr.dst_port != 0)?;
        let (next, window) = (header.acknowledgment_number, 64 + header.window % 1024);
        let options = [OptionData::MaximumSegmentSize(SEGMENT).into()].into();
        let (node, first) = Node::established(&Header { options, window, ..plain(header) }, next)?;
        let data = &payload[..payload.len().min(WINDOW - 1)];
        let (received, finished, flight) = (Vec::new(), false, VecDeque::new());
        Some(Self { node, header, data, next, first, window, received, finished, flight })
    }

    /// The number that the peer acknowledges.
    fn acknowledged(&self) -> u32 {
        self.first.wrapping_add(self.received.len() as u32 + u32::from(self.finished))
    }

    /// Hands the node a segment of the peer's.
    fn say(&mut self, header: Header, payload: &[u8]) -> Vec<Sent> {
        let options = Vec::new();
        self.node.arrive(&Segment::Whole { header: Header { options, ..plain(&header) }, payload: payload.to_vec() })
    }

    fn acknowledge(&mut self) -> Vec<Sent> {
        let acknowledgment_number = self.acknowledged();
        let (sequence_number, window) = (self.next, self.window);
        self.say(
            Header { flags: Flags::ACK, sequence_number, acknowledgment_number, window, ..self.header.clone() },
            &[],
        )
    }

    /// The peer says what it has to say, and that this is all.
    fn finish(&mut self) -> Vec<Sent> {
        let acknowledgment_number = self.acknowledged();
        let (flags, sequence_number, window) = (Flags::FIN | Flags::ACK, self.next, self.window);
        let header = Header { flags, sequence_number, acknowledgment_number, window, ..self.header.clone() };
        self.say(header, self.data)
    }

    /// Counts what [`finish`](Play::finish) said.
    fn finished(&mut self) {
        self.next = self.next.wrapping_add(self.data.len() as u32 + 1);
    }

    /// Takes a segment of the node's, which has to be part of the stream.
    fn take(&mut self, sent: &Sent) -> Checked {
        let at = sent.sequence.wrapping_sub(self.first) as usize;
        let end = at.wrapping_add(sent.payload.len());
        let fin = sent.flags & FIN != 0;
        ensure(self.data.get(at..end) == Some(&sent.payload) || sent.payload.is_empty(), || {
            format!("byte {at} of the stream is sent as {:02x?}", sent.payload)
        })?;
        ensure(!fin || end == self.data.len(), || format!("FIN behind byte {end} of {}", self.data.len()))?;
        if at <= self.received.len() && end >= self.received.len() && !self.finished {
            self.received.extend_from_slice(&sent.payload[self.received.len() - at..]);
            self.finished = fin;
        }
        Ok(())
    }

    /// Carries what is on its way until nothing is. The lowest bit of `lost` says whether the next segment is, and so on.
    fn carry(&mut self, lost: &mut u16) -> Checked {
        for _ in 0..PATIENCE {
            let Some(sent) = self.flight.pop_front() else { return Ok(()) };
            let is_lost = *lost & 1 == 1;
            *lost >>= 1;
            if !is_lost {
                self.take(&sent)?;
                if !sent.payload.is_empty() || sent.flags & FIN != 0 {
                    let answer = self.acknowledge();
                    self.flight.extend(answer);
                }
            }
        }
        Err("the node does not stop sending".into())
    }

    /// Has the node send all, and carries it to the peer.
    fn send(&mut self) -> Checked {
        let sent = self.node.send(self.data);
        self.flight.extend(sent);
        self.carry(&mut 0)?;
        same("bytes received", self.data.len(), self.received.len())
    }

    fn close(&mut self) {
        let sent = self.node.close();
        self.flight.extend(sent);
    }
}

/// The way to CLOSED that the segment's sequence number chooses, a step at a time: what happens, and the state behind it.
fn states(play: &mut Play<'_>) -> Result<Vec<State>, String> {
    let order = play.header.sequence_number % 4;
    let mut states = Vec::new();
    let end = |play: &mut Play<'_>| {
        let sent = play.finish();
        play.finished();
        play.flight.extend(sent);
        play.node.state()
    };
    if order == 3 {
        states.push(end(play));
    }
    play.close();
    states.push(play.node.state());
    if order == 1 {
        // The peer has not seen the node's FIN.
        states.push(end(play));
    }
    if order == 2 {
        // It has, and says so by its own.
        for sent in core::mem::take(&mut play.flight) {
            play.take(&sent)?;
        }
    } else {
        play.carry(&mut 0)?;
        states.push(play.node.state());
    }
    if matches!(order, 0 | 2) {
        states.push(end(play));
    }
    Ok(states)
}

pub fn close_states(parsed: &Parsed<'_>) -> Checked {
    let Some(mut play) = Play::new(parsed) else { return Ok(()) };
    play.send()?;
    let expected: &[State] = match play.header.sequence_number % 4 {
        0 => &[State::FinWait1, State::FinWait2, State::TimeWait],
        1 => &[State::FinWait1, State::Closing, State::TimeWait],
        2 => &[State::FinWait1, State::TimeWait],
        _ => &[State::CloseWait, State::LastAck, State::Closed],
    };
    let mut seen = states(&mut play)?;
    if planted("tcp_parser/close_states") && seen.len() == 2 {
        seen[1] = State::Closing;
    }
    ensure(expected == seen, || format!("expected {expected:?}, went through {seen:?}"))?;
    let delivered = play.node.read();
    ensure(delivered == play.data, || format!("{} bytes beside a FIN, {} delivered", play.data.len(), delivered.len()))
}

/// The peer's FIN comes again in TIME-WAIT, and then nothing.
pub fn time_wait_ends(parsed: &Parsed<'_>) -> Checked {
    let Some(mut play) = Play::new(parsed) else { return Ok(()) };
    play.send()?;
    states(&mut play)?;
    if play.node.state() != State::TimeWait {
        return Ok(());
    }
    let next = play.next;
    play.next = next.wrapping_sub(play.data.len() as u32 + 1);
    let sent = play.finish();
    let more = u32::from(planted("tcp_parser/time_wait_ends"));
    same("acknowledgments of the FIN that came again", 1, sent.len())?;
    same("acknowledged", next, sent[0].acknowledgment.wrapping_add(more))?;
    same("state", State::TimeWait, play.node.state())?;
    let sent = play.node.wait().map_or(0, |sent| sent.len());
    same("segments sent at the end", 0, sent)?;
    same("state at the end", State::Closed, play.node.state())
}

pub fn loss_repaired(parsed: &Parsed<'_>) -> Checked {
    let Some(mut play) = Play::new(parsed) else { return Ok(()) };
    let mut lost = play.header.urgent_pointer;
    let sent = play.node.send(play.data);
    play.flight.extend(sent);
    play.close();
    for _ in 0..PATIENCE {
        play.carry(&mut lost)?;
        if play.finished {
            break;
        }
        let Some(sent) = play.node.wait() else { break };
        play.flight.extend(sent);
    }
    if planted("tcp_parser/loss_repaired") && play.header.urgent_pointer != 0 {
        play.received.pop();
    }
    let received = play.received.len();
    ensure(play.received == play.data, || format!("{} bytes sent, {received} received", play.data.len()))?;
    same("FIN received", true, play.finished)?;
    same("state", State::FinWait2, play.node.state())
}

/// How often the peer's window stays closed.
const PROBES: usize = 3;

pub fn zero_window_probed(parsed: &Parsed<'_>) -> Checked {
    let Some(mut play) = Play::new(parsed).filter(|play| !play.data.is_empty()) else { return Ok(()) };
    let window = core::mem::take(&mut play.window);
    play.acknowledge();
    let mut sent = play.node.send(play.data);
    for _ in 0..PROBES {
        // What was sent does not fit, and is not taken.
        let probed = sent.iter().map(|sent| sent.payload.len()).sum::<usize>();
        ensure(probed <= 1, || format!("{probed} bytes into a closed window"))?;
        for probe in &sent {
            let more = u32::from(planted("tcp_parser/zero_window_probed"));
            same("sequence number of the probe", play.first, probe.sequence.wrapping_add(more))?;
        }
        sent = play.acknowledge();
        let Some(later) = play.node.wait() else { return Err("a closed window is not probed".into()) };
        sent.extend(later);
    }
    play.window = window;
    let sent = play.acknowledge();
    play.flight.extend(sent);
    play.carry(&mut 0)?;
    same("bytes received when it opened", play.data.len(), play.received.len())
}

/// The peer acknowledges what the node has not sent, for its window is smaller, or does not have.
pub fn unsent_data_stay(parsed: &Parsed<'_>) -> Checked {
    let Some(mut play) = Play::new(parsed).filter(|play| !play.data.is_empty()) else { return Ok(()) };
    let sent = play.node.send(play.data);
    let on_way = sent.iter().map(|sent| sent.payload.len()).sum::<usize>();
    play.flight.extend(sent);
    let beyond = on_way + 1 + play.header.sequence_number as usize % play.data.len();
    if faults::takes_ack_of_unsent(beyond, play.data.len()) {
        return Ok(());
    }
    let acknowledgment_number = play.first.wrapping_add(beyond as u32);
    let (flags, sequence_number, window) = (Flags::ACK, play.next, play.window);
    let header = Header { flags, sequence_number, acknowledgment_number, window, ..play.header.clone() };
    let answers = play.say(header, &[]).len() + usize::from(planted("tcp_parser/unsent_data_stay"));
    same("answers to an acknowledgment of what was not sent", 1, answers)?;
    play.carry(&mut 0)?;
    same("bytes received", play.data.len(), play.received.len())
}

/// An idle connection is probed where the application asks for it, and given up where the peer stays silent.
pub fn keep_alive_probes(parsed: &Parsed<'_>) -> Checked {
    let Some(mut play) = Play::new(parsed) else { return Ok(()) };
    play.send()?;
    play.node.keep_alive();
    let next = play.acknowledged();
    let more = u32::from(planted("tcp_parser/keep_alive_probes"));
    for _ in 0..PROBES {
        let probes = play.node.wait().unwrap_or_default();
        same("probes", 1, probes.len())?;
        same("sequence number of the probe", next.wrapping_sub(1), probes[0].sequence.wrapping_add(more))?;
        ensure(probes[0].payload.len() <= 1, || format!("a probe of {} bytes", probes[0].payload.len()))?;
        let answers = play.acknowledge().len();
        same("answers to the peer's answer", 0, answers)?;
        same("state", State::Established, play.node.state())?;
    }
    let mut last = Vec::new();
    for _ in 0..PATIENCE {
        last = play.node.wait().unwrap_or_default();
        if play.node.state() == State::Closed {
            break;
        }
    }
    same("flags of the last segment", Some(RST), last.last().map(|sent| sent.flags & CONTROL))?;
    same("state", State::Closed, play.node.state())
}

pub fn abort_resets(parsed: &Parsed<'_>) -> Checked {
    let Some(mut play) = Play::new(parsed) else { return Ok(()) };
    play.send()?;
    let mut sent = play.node.abort();
    if planted("tcp_parser/abort_resets") {
        sent.clear();
    }
    let told = sent.last().map(|sent| (sent.flags & CONTROL, sent.sequence));
    same("the last segment: flags, sequence number", Some((RST, play.acknowledged())), told)?;
    same("state", State::Closed, play.node.state())
}
