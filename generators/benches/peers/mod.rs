//! The frame that is measured, and what other libraries draw it with.

pub mod bolero;
pub mod by_hand;
pub mod strategy;

use halligan_generators::{
    Derived, Generated, Tape,
    model::{
        ethernet::{self, Frame},
        ip,
        ipv4::{self, Packet},
        tcp::{Flags, OptionData, Segment, TcpOption},
    },
};

use crate::samples;

/// A segment with five options and 64 bytes of payload.
pub fn segment() -> Segment {
    let options = vec![
        OptionData::MaximumSegmentSize(1460).into(),
        OptionData::SackPermitted.into(),
        OptionData::Timestamps { value: 0x0102_0304, echo: 7 }.into(),
        TcpOption::NoOperation,
        OptionData::WindowScale(7).into(),
    ];
    samples::segment(Flags::SYN, options, &[0x5a; 64])
}

/// The segment in a packet in a frame.
pub fn frame() -> Frame {
    let header = ipv4::Header { time_to_live: 64, source: [192, 0, 2, 1], ..ipv4::Header::default() };
    let payload = ip::Payload::Tcp { protocol: Derived::Auto, segment: segment() };
    let packet = Packet::Whole { header, payload, trailer: Derived::Auto };
    Frame::Whole {
        header: ethernet::Header { destination: [2, 0, 0, 0, 0, 1], ..ethernet::Header::default() },
        payload: ethernet::Payload::Ipv4 { ethertype: Derived::Auto, packet },
        padding: Derived::Auto,
        trailer: Derived::Auto,
    }
}

/// The choices that draw the frame.
pub fn reflected(frame: &Frame) -> Tape {
    let mut tape = Tape::new();
    frame.reflect_to(&mut tape).expect("it is built as it would be drawn");
    tape
}
