//! What one frame costs: Ethernet, IPv4, TCP with five options, 64 bytes of payload. Allocations are counted beside.

#[path = "../tests/samples/mod.rs"]
mod samples;

use divan::{AllocProfiler, Bencher, black_box};
use halligan_generators::{
    Derived, Generated, Model, Source, Tape, WireMutator,
    model::{
        ethernet::{self, Frame},
        ipv4::{self, Packet},
        tcp::{Flags, OptionData, Segment, TcpOption},
    },
};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

fn segment() -> Segment {
    let options = vec![
        OptionData::MaximumSegmentSize(1460).into(),
        OptionData::SackPermitted.into(),
        OptionData::Timestamps { value: 0x0102_0304, echo: 7 }.into(),
        TcpOption::NoOperation,
        OptionData::WindowScale(7).into(),
    ];
    samples::segment(Flags::SYN, options, &[0x5a; 64])
}

fn frame() -> Frame {
    let header = ipv4::Header { time_to_live: 64, source: [192, 0, 2, 1], ..ipv4::Header::default() };
    let payload = ipv4::Payload::Tcp { protocol: Derived::Auto, segment: segment() };
    let packet = Packet::Whole { header, payload, trailer: Derived::Auto };
    Frame::Whole {
        header: ethernet::Header { destination: [2, 0, 0, 0, 0, 1], ..ethernet::Header::default() },
        payload: ethernet::Payload::Ipv4 { ethertype: Derived::Auto, packet },
        padding: Derived::Auto,
    }
}

fn reflected(frame: &Frame) -> Tape {
    let mut tape = Tape::new();
    frame.reflect_to(&mut tape).expect("it is built as it would be drawn");
    tape
}

#[divan::bench(sample_size = 1000)]
fn draw_from_bytes_and_emit(bencher: Bencher<'_, '_>) {
    let choices = reflected(&frame()).to_bytes();
    let mut out = Vec::new();
    bencher.bench_local(move || {
        out.clear();
        Frame::draw_from(&mut Source::bytes(black_box(&choices))).emit_to(&mut out);
        black_box(&out);
    });
}

#[divan::bench(sample_size = 1000)]
fn draw_from_tape_and_emit(bencher: Bencher<'_, '_>) {
    let tape = reflected(&frame());
    let mut out = Vec::new();
    bencher.bench_local(move || {
        out.clear();
        Frame::draw_from(&mut Source::tape(black_box(&tape))).emit_to(&mut out);
        black_box(&out);
    });
}

#[divan::bench(sample_size = 1000)]
fn draw_from_bytes(bencher: Bencher<'_, '_>) {
    let choices = reflected(&frame()).to_bytes();
    bencher.bench_local(move || drop(black_box(Frame::draw_from(&mut Source::bytes(black_box(&choices))))));
}

#[divan::bench(sample_size = 1000)]
fn emit(bencher: Bencher<'_, '_>) {
    let (frame, mut out) = (frame(), Vec::new());
    bencher.bench_local(move || {
        out.clear();
        black_box(&frame).emit_to(&mut out);
        black_box(&out);
    });
}

#[divan::bench(sample_size = 1000)]
fn dissect(bencher: Bencher<'_, '_>) {
    let wire = frame().emit();
    bencher.bench_local(move || drop(black_box(Frame::dissect(black_box(&wire)))));
}

#[divan::bench(sample_size = 1000)]
fn dissect_and_reflect(bencher: Bencher<'_, '_>) {
    let (wire, mut tape) = (frame().emit(), Tape::new());
    bencher.bench_local(move || {
        tape.clear();
        Frame::dissect(black_box(&wire)).reflect_to(&mut tape).expect("it was dissected");
        black_box(&tape);
    });
}

#[divan::bench(sample_size = 1000, types = [Segment, Frame])]
fn mutate<M: Model>(bencher: Bencher<'_, '_>) {
    let wire = M::dissect(&frame().emit()).emit();
    let (mut mutator, mut out, mut seed) = (WireMutator::<M>::new(), Vec::new(), 0);
    bencher.bench_local(move || {
        seed += 1;
        mutator.mutate(black_box(&wire), None, seed, 1500, &mut out);
        black_box(&out);
    });
}
