//! Wire bytes shrink across the bounds of fields.

use halligan_generators::{
    Model,
    model::tcp::{Header, Segment},
    shrink_wire,
};

#[test]
fn two_bytes_of_a_segment() {
    let contains = |bytes: &[u8]| bytes.windows(2).any(|pair| pair == [0xde, 0xad]);
    for payload in [&b"\xde\xad"[..], b"many bytes\xde\xadand more", &[0xde, 0xad].repeat(700)] {
        let found = Segment::Whole { header: Header::default(), payload: payload.to_vec() }.emit();
        let shrunk = shrink_wire::<Segment>(&found, 1000, contains);
        assert_eq!(shrunk.bytes, [0xde, 0xad]);
        assert!(shrunk.finished && shrunk.lies == 0);
        assert!(shrunk.calls <= 61, "{} calls", shrunk.calls);
    }
}

#[test]
fn never_more_than_there_was() {
    // The simplest segment that is no raw one has 20 bytes.
    let shrunk = shrink_wire::<Segment>(&[0xff; 19], 1000, |_| true);
    assert_eq!(shrunk.bytes, []);
    let shrunk = shrink_wire::<Segment>(&[7; 19], 1000, |bytes| bytes.len() >= 19);
    assert_eq!(shrunk.bytes, [0; 19]);
}
