//! How DNS messages are read, and how names are compressed.

mod samples;

use halligan_generators::{
    Derived, Model,
    model::dns::{Data, End, Header, Message, Name, Question, Record, Stream, Text, type_name},
};

/// A message of these counts and what follows the header.
fn message(counts: [u16; 4], rest: &[&[u8]]) -> Message {
    let mut bytes = vec![0; 4];
    counts.iter().for_each(|count| bytes.extend_from_slice(&count.to_be_bytes()));
    rest.iter().for_each(|part| bytes.extend_from_slice(part));
    Message::dissect(&bytes)
}

/// Question for `A` of class IN, behind its name.
const A_IN: &[u8] = &[0, 1, 0, 1];

fn questions(message: &Message) -> Vec<&Name> {
    let Message::Whole { questions, .. } = message else { panic!("it has a header") };
    questions.iter().map(|question| &question.name).collect()
}

fn name(labels: &[&[u8]], end: Derived<End>) -> Name {
    Name { labels: labels.iter().map(|label| label.to_vec()).collect(), end }
}

#[test]
fn a_pointer_that_is_computed_is_no_lie() {
    let whole = b"\x03www\x07example\x03com\x00";
    for (second, labels) in [
        (&b"\xc0\x0c"[..], &[&b"www"[..], b"example", b"com"][..]),
        (b"\xc0\x10", &[b"example", b"com"]),
        (b"\x01a\xc0\x18", &[b"a", b"com"]),
        // Another case is another name.
        (b"\x03WWW\xc0\x10", &[b"WWW", b"example", b"com"]),
        (b"\x02ab\x00", &[b"ab"]),
    ] {
        let message = message([2, 0, 0, 0], &[whole, A_IN, second, A_IN]);
        assert_eq!(*questions(&message)[1], name(labels, Derived::Auto));
        assert_eq!(message.lies(), 0);
    }
}

#[test]
fn another_end_is_kept_as_it_is() {
    let whole = b"\x03www\x07example\x03com\x00";
    let pointer = |at| Derived::Lie(End::Pointer(at));
    for (second, expected) in [
        // Not compressed, or less than could be.
        (&b"\x03com\x00"[..], name(&[b"com"], Derived::Lie(End::Root))),
        (b"\x07example\xc0\x18", name(&[b"example"], pointer(24))),
        // Forward, to itself, into the header, into a label, of a reserved type.
        (b"\xc0\xff", name(&[], pointer(255))),
        (b"\xc0\x21", name(&[], pointer(33))),
        (b"\xc0\x04", name(&[], pointer(4))),
        (b"\xc0\x0d", name(&[], pointer(13))),
        (b"\x01a\x41", name(&[b"a"], Derived::Lie(End::Reserved(0x41)))),
    ] {
        let message = message([2, 0, 0, 0], &[whole, A_IN, second, A_IN]);
        assert_eq!(*questions(&message)[1], expected);
        assert_eq!(message.lies(), 1);
    }
}

#[test]
fn pointers_in_a_chain_are_followed() {
    let bytes: [&[u8]; 6] = [b"\x03com\x00", A_IN, b"\x01b\xc0\x0c", A_IN, b"\x01a\xc0\x15", A_IN];
    let message = message([3, 0, 0, 0], &bytes);
    assert_eq!(*questions(&message)[2], name(&[b"a", b"b", b"com"], Derived::Auto));
}

#[test]
fn names_of_newer_types_are_not_compressed() {
    let srv = |target: &[u8]| {
        let length = [0, 6 + target.len() as u8];
        let parts = [&b"\x03com\x00\x00\x21\x00\x01\x00\x00\x00\x00"[..], &length, &[0; 6], target];
        let Message::Whole { answers, .. } = message([0, 1, 0, 0], &parts) else { panic!("it has a header") };
        let [Record::Data { data: Data::Srv(srv), .. }] = &answers[..] else { panic!("it is a service: {answers:?}") };
        srv.target.clone()
    };
    assert_eq!(srv(b"\x03com\x00"), name(&[b"com"], Derived::Auto));
    assert_eq!(srv(b"\xc0\x0c"), name(&[], Derived::Lie(End::Pointer(12))));
}

#[test]
fn counts_and_lengths_that_cannot_be_are_lies() {
    let Message::Whole { header, questions, answers, trailer, .. } =
        message([1, 2, 0, 0], &[b"\x00", A_IN, b"\x00", A_IN, &[0, 0, 0, 0], &[0, 9], &[192, 0, 2, 1]])
    else {
        panic!("it has a header")
    };
    assert_eq!((header.question_count, header.answer_count), (Derived::Auto, Derived::Lie(2)));
    assert_eq!((questions.len(), trailer), (1, Derived::Auto));
    let [Record::Data { length: Derived::Lie(9), data: Data::A([192, 0, 2, 1]), .. }] = answers[..] else {
        panic!("the length is beyond the message: {answers:?}")
    };
}

#[test]
fn data_that_a_type_does_not_have_are_kept() {
    for (kind, data) in [(1, &[1, 2, 3][..]), (2, b"\x03com"), (5, b"\x00\x00"), (28, &[0; 15]), (15, b"\x00")] {
        let fixed = [0, 0, kind, 0, 1, 0, 0, 0, 0, 0, data.len() as u8];
        let Message::Whole { answers, .. } = message([0, 1, 0, 0], &[&fixed, data]) else { panic!("it has a header") };
        let expected = Data::Other { kind: kind.into(), data: data.to_vec() };
        assert!(matches!(&answers[0], Record::Data { data, .. } if *data == expected), "{answers:?}");
    }
}

#[test]
fn a_text_that_is_too_long_is_a_lie() {
    let fixed = b"\x00\x00\x10\x00\x01\x00\x00\x00\x00\x00\x05\x02ab\x09c";
    let Message::Whole { answers, .. } = message([0, 1, 0, 0], &[fixed]) else { panic!("it has a header") };
    let Record::Data { data: Data::Txt(texts), .. } = &answers[0] else { panic!("it is text: {answers:?}") };
    assert_eq!(texts[..], [Text::from(b"ab"), Text { length: Derived::Lie(9), bytes: b"c".to_vec() }]);
}

#[test]
fn an_opt_record_has_its_own_fields() {
    let Message::Whole { additionals, .. } =
        message([0, 0, 0, 1], &[b"\x00\x00\x29\x04\xd0\x01\x02\x80\x03\x00\x04\x00\x0a\x00\x09"])
    else {
        panic!("it has a header")
    };
    let Record::Opt { payload_size, extended_rcode, version, dnssec_ok, flags, options, .. } = &additionals[0] else {
        panic!("it is OPT: {additionals:?}")
    };
    assert_eq!((*payload_size, *extended_rcode, *version, *dnssec_ok, *flags), (1232, 1, 2, true, 3));
    assert_eq!(options[0].length, Derived::Lie(9));
}

#[test]
fn uncompressed_has_all_labels() {
    let whole = samples::messages().pop().expect("there are messages");
    let plain = whole.uncompressed().expect("it is honest").emit();
    assert!(plain.len() > whole.emit().len());
    let mut again = Message::dissect(&plain);
    again.names(&mut |name| {
        assert!(!matches!(name.end, Derived::Lie(End::Pointer(_))));
        name.end = Derived::Auto;
    });
    assert_eq!(again, whole);
    let lie = Question { name: name(&[], Derived::Lie(End::Pointer(12))), ..Question::default() };
    let lie = Message::Whole {
        header: Header::default(),
        questions: vec![lie],
        answers: vec![],
        authorities: vec![],
        additionals: vec![],
        trailer: Derived::Auto,
    };
    assert_eq!(lie.uncompressed(), None);
}

#[test]
fn a_stream_is_cut_into_messages() {
    let message = [0; 12];
    let stream = Stream::dissect(&[&[0, 12][..], &message, &[0, 13], &message, &[7]].concat());
    assert_eq!((stream.messages.len(), stream.lies()), (2, 1));
    assert_eq!(Stream::dissect(&[0, 12]).messages[0].length, Derived::Lie(12));
    assert_eq!(Stream::dissect(&[7]).rest, [7]);
}

#[test]
fn types_have_names() {
    assert_eq!([1, 41, 65, 257, 999].map(type_name), ["A", "OPT", "HTTPS", "CAA", "other"]);
}
