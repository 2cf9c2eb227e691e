//! What fails, and values as `arbitrary` makes them of bytes. libFuzzer's program, `fuzz/shrinking`, takes this file too.

use std::{ops::ControlFlow, str::FromStr};

use arbitrary::{Arbitrary, Unstructured};
use halligan_generators::model::{
    ethernet::{Frame, Payload},
    ip, ipv4,
    tcp::Segment,
};

use crate::by_hand::Peer;

/// The most elements of a list, and the greatest of each kind of list.
pub const LENGTH: u32 = 40;
pub const MAX_EQUAL: u16 = 200;
pub const MAX_SUMMAND: u16 = 300;

pub fn equal(list: &[u16]) -> bool {
    list.iter().enumerate().any(|(at, value)| list[..at].contains(value))
}

pub fn large(list: &[u16]) -> bool {
    list.iter().map(|value| u32::from(*value)).sum::<u32>() >= 1000
}

pub fn lying_offset(frame: &Frame) -> bool {
    matches!(segment(frame), Some(Segment::Whole { header, .. }) if header.data_offset.is_lie())
}

fn segment(frame: &Frame) -> Option<&Segment> {
    let Frame::Whole { payload: Payload::Ipv4 { packet, .. }, .. } = frame else { return None };
    let ipv4::Packet::Whole { payload: ip::Payload::Tcp { segment, .. }, .. } = packet else { return None };
    Some(segment)
}

/// A list of at most [`LENGTH`] numbers, each at most `max`, of these bytes.
pub fn numbers(bytes: &[u8], max: u16) -> Option<Vec<u16>> {
    let (mut source, mut list) = (Unstructured::new(bytes), Vec::new());
    let element = |source: &mut Unstructured<'_>| {
        list.push(source.int_in_range(0..=max)?);
        Ok(ControlFlow::Continue(()))
    };
    source.arbitrary_loop(None, Some(LENGTH), element).ok()?;
    Some(list)
}

/// The frame of these bytes.
pub fn frame(bytes: &[u8]) -> Option<Frame> {
    Peer::arbitrary(&mut Unstructured::new(bytes)).ok().map(|peer| peer.0)
}

/// Which value of bytes it is that fails.
#[derive(Clone, Copy, Debug)]
pub enum Failing {
    Equal,
    Large,
    LyingOffset,
}

impl Failing {
    pub fn fails(self, bytes: &[u8]) -> bool {
        match self {
            Self::Equal => numbers(bytes, MAX_EQUAL).is_some_and(|list| equal(&list)),
            Self::Large => numbers(bytes, MAX_SUMMAND).is_some_and(|list| large(&list)),
            Self::LyingOffset => frame(bytes).is_some_and(|frame| lying_offset(&frame)),
        }
    }
}

impl FromStr for Failing {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Self::Equal, Self::Large, Self::LyingOffset]
            .into_iter()
            .find(|failing| format!("{failing:?}") == name)
            .ok_or_else(|| format!("nothing that fails is called {name:?}"))
    }
}
