//! What one frame costs, here and with other libraries: Ethernet, IPv4, TCP with five options, 64 bytes of payload.
//! Allocations are counted beside.
//!
//! `draw_and_emit` is to be compared with the benchmarks whose names start so. All draw the model's own values and emit them
//! by the model, and all but proptest's draw the very same frame.

#[path = "../tests/samples/mod.rs"]
mod samples;

mod peers;

use arbitrary::{Arbitrary, Unstructured};
use divan::{AllocProfiler, Bencher, black_box};
use halligan_generators::{
    Generated, Model, Source, Tape, WireMutator,
    model::{ethernet::Frame, tcp::Segment},
};
use peers::{bolero, by_hand, frame, reflected, strategy};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Measures emitting what is drawn.
fn emitting(bencher: Bencher<'_, '_>, mut draw: impl FnMut() -> Frame) {
    let mut out = Vec::new();
    bencher.bench_local(move || {
        out.clear();
        draw().emit_to(&mut out);
        black_box(&out);
    });
}

#[divan::bench(sample_size = 1000)]
fn draw_and_emit(bencher: Bencher<'_, '_>) {
    let choices = reflected(&frame()).to_bytes();
    emitting(bencher, || Frame::draw_from(&mut Source::bytes(black_box(&choices))));
}

#[divan::bench(sample_size = 1000)]
fn draw_and_emit_by_hand_with_arbitrary(bencher: Bencher<'_, '_>) {
    let bytes = by_hand::bytes();
    let draw = |bytes| by_hand::Peer::arbitrary(&mut Unstructured::new(bytes)).expect("there is enough").0;
    assert_eq!(draw(&bytes), frame());
    emitting(bencher, || draw(black_box(&bytes)));
}

#[divan::bench(sample_size = 1000)]
fn draw_and_emit_by_hand_with_bolero(bencher: Bencher<'_, '_>) {
    let bytes = by_hand::bytes();
    let draw = |bytes| bolero::draw(bytes).expect("there is enough").0;
    assert_eq!(draw(&bytes), frame());
    emitting(bencher, || draw(black_box(&bytes)));
}

#[divan::bench(sample_size = 10)]
fn draw_and_emit_with_proptest(bencher: Bencher<'_, '_>) {
    let (frames, mut runner) = (strategy::frames(5, 64), TestRunner::deterministic());
    emitting(bencher, || frames.new_tree(&mut runner).expect("nothing is rejected").current());
}

#[divan::bench(sample_size = 1000)]
fn draw_from_tape_and_emit(bencher: Bencher<'_, '_>) {
    let tape = reflected(&frame());
    emitting(bencher, || Frame::draw_from(&mut Source::tape(black_box(&tape))));
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
