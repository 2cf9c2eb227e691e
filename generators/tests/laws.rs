//! The laws of every model, over random bytes, mutated units and random draws.

mod samples;

use halligan_generators::{
    Generated, Model, Source, Tape, WireMutator,
    model::{arp, dhcp, dns, ethernet::Frame, igmp, ip, ipv4::Packet, tcp::Segment, tls, udp::Datagram},
};

/// How many random byte strings for each model, half of them with the start of a real unit.
const STRINGS: u64 = if cfg!(debug_assertions) { 10_000 } else { 1_000_000 };
/// How many mutated units, and how many draws.
const ROUNDS: u64 = if cfg!(debug_assertions) { 10_000 } else { 100_000 };

/// What must hold for any bytes.
fn check_bytes<M: Model>(bytes: &[u8]) -> M {
    let value = check_lossless::<M>(bytes);
    check_annotations(&value, bytes.len());
    value
}

/// The same, but for the annotations, which take most of the time.
fn check_lossless<M: Model>(bytes: &[u8]) -> M {
    let value = M::dissect(bytes);
    assert_eq!(value.emit(), bytes, "emit(dissect(b)) == b, for {value:?}");
    check_reflection(&value);
    value
}

/// `draw(reflect(v)) == v`, from the tape and from its bytes.
fn check_reflection<M: Model>(value: &M) {
    let mut tape = Tape::new();
    value.reflect_to(&mut tape).unwrap_or_else(|error| panic!("{error}: {value:?}"));
    assert_eq!(M::draw_from(&mut Source::tape(&tape)), *value, "from the tape");
    assert_eq!(M::draw_from(&mut Source::bytes(&tape.to_bytes())), *value, "from the tape's bytes");
}

/// Every bit of the unit belongs to exactly one field, in order.
fn check_annotations<M: Model>(value: &M, len: usize) {
    let (mut byte, mut bit) = (0, 0);
    let mut lies = 0;
    value.annotate(&mut |field| {
        assert_eq!(field.bytes.start, byte, "{} of {value:?}", field.name);
        assert!(!field.bytes.is_empty(), "{} of {value:?}", field.name);
        let width = 8 * field.bytes.len();
        let bits = field.bits.map_or(0..width, |bits| bits.start.into()..bits.end.into());
        assert_eq!(bits.start, bit, "{} of {value:?}", field.name);
        assert!(!bits.is_empty());
        (byte, bit) = if bits.end == width { (field.bytes.end, 0) } else { (byte, bits.end) };
        lies += usize::from(field.lie);
    });
    assert_eq!((byte, bit), (len, 0), "the end of {value:?}");
    // What is missing altogether has no bytes to annotate: padding, and the ends of DHCP's three lists of options.
    assert!(lies <= value.lies() && value.lies() <= lies + 5, "{lies} lies annotated of {value:?}");
}

/// What must hold for any value that can be drawn.
fn check_drawn<M: Model>(seed: u64) {
    let mut tape = Tape::new();
    let value = M::draw_from(&mut Source::random(seed, 300).recording(&mut tape));
    assert_eq!(M::draw_from(&mut Source::tape(&tape)), value, "a recorded draw");
    check_reflection(&value);
    let bytes = value.emit();
    check_annotations(&value, bytes.len());
    let normal = check_bytes::<M>(&bytes);
    assert_eq!(M::dissect(&normal.emit()), normal, "the normal form stays");
}

fn check_model<M: Model>(units: &[M]) {
    check_rounds(units, ROUNDS);
}

fn check_rounds<M: Model>(units: &[M], rounds: u64) {
    let units = samples::bytes(units);
    let mut rng = fastrand::Rng::with_seed(1);
    let mut bytes = Vec::new();
    for _ in 0..STRINGS / 2 {
        bytes.resize(rng.usize(..160), 0);
        rng.fill(&mut bytes);
        check_lossless::<M>(&bytes);
        // The start of a unit, so that the rest is not lost in a raw part.
        let unit = &units[rng.usize(..units.len())];
        let kept = rng.usize(..=unit.len()).min(bytes.len());
        bytes[..kept].copy_from_slice(&unit[..kept]);
        check_lossless::<M>(&bytes);
    }
    let (mut mutator, mut mutated) = (WireMutator::<M>::new(), units[0].clone());
    for round in 0..rounds {
        let other = &units[rng.usize(..units.len())];
        mutator.mutate(&mutated, Some(other), round, 400, &mut bytes);
        check_bytes::<M>(&bytes);
        // Now and then a new start, so that all stays near real units.
        mutated.clone_from(if round % 8 == 0 { other } else { &bytes });
    }
    (0..rounds).for_each(check_drawn::<M>);
}

#[test]
fn laws_of_segments() {
    check_model(&samples::segments());
}

#[test]
fn laws_of_packets() {
    check_model(&samples::packets());
}

#[test]
fn laws_of_packets_of_either_version() {
    check_model(&samples::ip_packets());
}

#[test]
fn laws_of_datagrams() {
    check_model(&[b"", &b"odd"[..]].map(samples::datagram));
}

#[test]
fn laws_of_arp() {
    check_model(&samples::arps());
}

#[test]
fn laws_of_dhcp() {
    check_model(&samples::dhcps());
}

#[test]
fn laws_of_igmp() {
    check_model(&samples::igmps());
}

#[test]
fn laws_of_frames() {
    check_model(&samples::frames());
}

#[test]
fn laws_of_dns_messages() {
    check_model(&samples::messages());
}

#[test]
fn laws_of_dns_streams() {
    check_model(&samples::streams());
}

#[test]
fn laws_of_tls_streams() {
    // A stream is as large as many a packet.
    check_rounds(&samples::tls::streams(), ROUNDS / 5);
}

/// What is built honestly tells no lies and is in normal form.
fn check_honest<M: Model>(units: &[M]) {
    for unit in units {
        assert_eq!(unit.lies(), 0, "{unit:?}");
        assert_eq!(check_bytes::<M>(&unit.emit()), *unit);
    }
}

#[test]
fn honest_units_are_normal() {
    check_honest(&samples::segments());
    check_honest(&samples::packets());
    check_honest(&samples::ip_packets());
    check_honest(&[samples::datagram(b"echo")]);
    check_honest(&samples::arps());
    check_honest(&samples::dhcps());
    check_honest(&samples::igmps());
    check_honest(&samples::frames());
    check_honest(&samples::messages());
    check_honest(&samples::streams());
    check_honest(&samples::tls::streams());
}

#[test]
fn nothing_is_drawn_from_nothing() {
    assert_eq!(Segment::draw_from(&mut Source::bytes(&[])).emit().len(), 20);
    assert_eq!(Packet::draw_from(&mut Source::bytes(&[])).emit().len(), 40);
    assert_eq!(Frame::draw_from(&mut Source::bytes(&[])).emit().len(), 60);
    assert_eq!(dns::Message::draw_from(&mut Source::bytes(&[])).emit().len(), 12);
    assert_eq!(dns::Stream::draw_from(&mut Source::bytes(&[])).emit().len(), 0);
    assert_eq!(arp::Packet::draw_from(&mut Source::bytes(&[])).emit().len(), 28);
    assert_eq!(dhcp::Message::draw_from(&mut Source::bytes(&[])).emit().len(), 300);
    assert_eq!(igmp::Message::draw_from(&mut Source::bytes(&[])).emit().len(), 8);
}

#[test]
fn large_units_are_lossless() {
    let units = [vec![0; 70_000], vec![0x45; 70_000], vec![0xff; 65_535]];
    for mut bytes in units {
        check_bytes::<Segment>(&bytes);
        check_bytes::<Packet>(&bytes);
        check_bytes::<ip::Packet>(&bytes);
        check_bytes::<Datagram>(&bytes);
        check_bytes::<dns::Message>(&bytes);
        check_bytes::<dns::Stream>(&bytes);
        check_bytes::<tls::Stream>(&bytes);
        bytes[12..14].copy_from_slice(&[8, 0]);
        check_bytes::<Frame>(&bytes);
    }
}
