//! The mutator reaches what it should, from one plain seed.

mod samples;

use std::collections::{BTreeMap, BTreeSet};

use halligan_generators::{
    Derived, Generate, Model, Source, Tape, TapeMutator, WireMutator, any, bytes, bytes_of, derived, list,
    model::{
        ethernet::{self, Frame},
        ip,
        ipv4::Packet,
        ipv6,
        tcp::{Flags, Header, OptionData, Segment, TcpOption},
    },
    range,
};

const ROUNDS: u64 = 20_000;

/// What a segment has that its plain seed has not.
fn labels(segment: &Segment) -> Vec<&'static str> {
    let (header, payload) = match segment {
        Segment::Whole { header, payload } => (header, payload),
        Segment::Raw(_) => return vec!["raw"],
    };
    let Header { data_offset, reserved, checksum, options, .. } = header;
    let mut labels: Vec<_> = options.iter().map(option).collect();
    labels.sort_unstable();
    labels.dedup();
    let mut label = |holds: bool, name| labels.extend(holds.then_some(name));
    label(matches!(data_offset, Derived::Lie(..5)), "offset too small");
    label(matches!(data_offset, Derived::Lie(6..)), "offset beyond the segment");
    label(reserved.is_lie(), "reserved bits");
    label(checksum.is_lie(), "wrong checksum");
    label(
        options.iter().any(|option| matches!(option, TcpOption::Full { length: Derived::Lie(_), .. })),
        "option length",
    );
    label(options.len() == 2, "two options");
    label(options.len() > 2, "more options");
    label(segment.emit().len() - payload.len() == 60, "full header");
    label(header.flags.contains(Flags::SYN) && !payload.is_empty(), "SYN with data");
    label(header.flags.contains(Flags::SYN | Flags::ACK), "SYN+ACK");
    label(header.flags.contains(Flags::URG) && header.urgent_pointer > 0, "urgent");
    label(header.flags.contains(Flags::NS), "NS");
    label(payload.is_empty(), "no data");
    label(payload.len() > 5, "more data");
    label(segment.lies() == 0, "honest");
    label(segment.lies() > 1, "many lies");
    labels
}

fn option(option: &TcpOption) -> &'static str {
    match option {
        TcpOption::NoOperation => "no operation",
        TcpOption::EndOfList => "end of list",
        TcpOption::Bare(_) => "bare kind",
        TcpOption::Full { data, .. } => match data {
            OptionData::MaximumSegmentSize(_) => "maximum segment size",
            OptionData::WindowScale(15..) => "large window scale",
            OptionData::WindowScale(_) => "window scale",
            OptionData::SackPermitted => "SACK permitted",
            OptionData::Sack(blocks) if blocks.is_empty() => "SACK without blocks",
            OptionData::Sack(_) => "SACK",
            OptionData::Timestamps { .. } => "timestamps",
            OptionData::Md5Signature(_) => "MD5 signature",
            OptionData::UserTimeout { .. } => "user timeout",
            OptionData::Authentication { .. } => "TCP-AO",
            OptionData::Multipath { .. } => "MPTCP",
            OptionData::FastOpen(_) => "fast open",
            OptionData::Other { .. } => "other",
            _ => "another kind",
        },
    }
}

#[test]
fn reaches_every_case_from_a_plain_segment() {
    let seed = samples::segment(Flags::ACK, vec![], b"hello").emit();
    let (mut mutator, mut out) = (WireMutator::<Segment>::new(), Vec::new());
    let mut counts = BTreeMap::<_, u64>::new();
    let mut unchanged = 0;
    for round in 0..ROUNDS {
        mutator.mutate(&seed, None, round, 200, &mut out);
        unchanged += u64::from(out == seed);
        for label in labels(&Segment::dissect(&out)) {
            *counts.entry(label).or_default() += 1;
        }
    }
    println!("of {ROUNDS}: {counts:#?}");
    assert!(unchanged < ROUNDS / 1000, "{unchanged} are the seed itself");
    assert!(counts["honest"] > ROUNDS / 3, "{counts:#?}");
    // One in two thousand at least, of all labels that there are.
    let rare: Vec<_> = counts.iter().filter(|(_, count)| **count < ROUNDS / 2000).collect();
    assert!(rare.is_empty(), "{rare:?}");
    assert_eq!(counts.len(), 34, "{counts:#?}");
}

/// All that one edit makes of a value, and how often.
fn edits<G: Generate<Value: Clone + Ord>>(generator: &G, value: &G::Value) -> BTreeMap<G::Value, u64> {
    let mut counts = BTreeMap::new();
    for seed in 0..ROUNDS {
        let mut tape = Tape::new();
        generator.reflect(value, &mut tape).expect("it can be drawn");
        TapeMutator::new().mutate(&mut tape, seed);
        *counts.entry(generator.draw(&mut Source::tape(&tape))).or_default() += 1;
    }
    counts
}

#[test]
fn integers_go_where_faults_are() {
    let edits = edits(&range(0u16..), &0x1234);
    let often = |value: u16, least| {
        let count = edits.get(&value).copied().unwrap_or(0);
        assert!(count >= least, "{value:#06x}: {count} times");
    };
    for near in 1..=8 {
        often(0x1234 + near, 100);
        often(0x1234 - near, 100);
    }
    for bit in 0..16 {
        let power = 1 << bit;
        often(0x1234 ^ power, 100);
        [power - 1, power, power + 1].into_iter().for_each(|value| often(value, 15));
    }
    [0, u16::MAX, u16::MAX - 1].into_iter().for_each(|value| often(value, 300));
}

#[test]
fn strings_are_edited_in_every_way() {
    let string = vec![10, 20, 30, 40, 50, 60];
    let edits = edits(&bytes(2..=9), &string);
    let share = |wanted: &dyn Fn(&[u8]) -> bool| {
        let count: u64 = edits.iter().filter(|(value, _)| wanted(value)).map(|(_, count)| count).sum();
        count as f64 / ROUNDS as f64
    };
    assert!(share(&|value| value.len() > 6) > 0.2);
    assert!(share(&|value| value.len() < 6) > 0.2);
    assert!(share(&|value| value.len() == 6) > 0.3);
    assert!(share(&|value| value.len() < 6 && string.starts_with(value)) > 0.06);
    assert!(share(&|value| value == [10, 20, 30, 10, 20, 30, 40, 50, 60]) > 0.0002, "a part again");
    assert!(share(&|value| value == [10, 20, 10, 20, 50, 60]) > 0.0002, "a part over another");
    assert!(edits.keys().all(|value| (2..=9).contains(&value.len())));
}

#[test]
fn words_are_edited_as_numbers() {
    let edits = edits(&bytes_of(2), &vec![0x12, 0xff]);
    assert!(edits.get(&vec![0x13, 0x00]).is_some_and(|count| *count >= 15), "{edits:?}");
}

#[test]
fn the_shortest_strings_are_edited_too() {
    assert!(edits(&bytes(0..=4), &vec![]).keys().all(|value| !value.is_empty()));
    assert!(edits(&bytes_of(1), &vec![7]).keys().all(|value| *value != [7]));
}

#[test]
fn lists_are_rearranged() {
    let edits = edits(&list(any::<u8>()), &vec![11, 22, 33]);
    let expected = [
        (vec![22, 33], "deleted"),
        (vec![11, 22], "deleted last"),
        (vec![11, 22, 33, 22], "duplicated"),
        (vec![33, 11, 22, 33], "duplicated to the front"),
        (vec![33, 22, 11], "swapped"),
        (vec![22, 33, 11], "moved"),
        (vec![11, 22, 34], "changed"),
        (vec![11, 255, 33], "changed to an edge"),
    ];
    for (list, how) in expected {
        assert!(edits.get(&list).is_some_and(|count| *count > ROUNDS / 5000), "{how}: {list:?} of {edits:?}");
    }
}

#[test]
fn lies_are_told_and_withdrawn_where_they_are() {
    let generator = (any::<u8>(), derived(any::<u8>()), any::<u8>(), any::<u8>());
    let generator = generator.iso(
        |(before, lie, a, b)| (before, if let Derived::Lie(lie) = lie { Some(lie) } else { None }, a, b),
        |&(before, lie, a, b)| Some((before, lie.map_or(Derived::Auto, Derived::Lie), a, b)),
    );
    let withdrawn = edits(&generator, &(1, Some(2), 3, 4));
    assert!(withdrawn[&(1, None, 3, 4)] > ROUNDS / 20, "{withdrawn:?}");
    let told = edits(&generator, &(1, None, 3, 4));
    let told = told.keys().filter(|(before, lie, a, b)| lie.is_some() && [*before, *a, *b] == [1, 3, 4]).count();
    assert!(told > 50, "{told} different lies");
}

#[test]
fn splices_put_like_to_like() {
    let generator = (list(any::<u8>()), list(any::<u16>()));
    let (mut tape, mut donor) = (Tape::new(), Tape::new());
    generator.reflect(&(vec![1], vec![2]), &mut tape).expect("any lists can be drawn");
    generator.reflect(&(vec![3, 4], vec![0x0505]), &mut donor).expect("any lists can be drawn");
    let mut seen = BTreeSet::new();
    for seed in 0..1000 {
        let mut spliced = tape.clone();
        assert!(TapeMutator::new().splice(&mut spliced, &donor, seed));
        seen.insert(generator.draw(&mut Source::tape(&spliced)));
    }
    let expected = [
        (vec![3, 1], vec![2]),
        (vec![1, 3], vec![2]),
        (vec![4, 1], vec![2]),
        (vec![1, 4], vec![2]),
        (vec![3], vec![2]),
        (vec![4], vec![2]),
        (vec![3, 4], vec![2]),
        (vec![1], vec![0x0505, 2]),
        (vec![1], vec![2, 0x0505]),
        (vec![1], vec![0x0505]),
    ];
    assert_eq!(seen, expected.into());
}

/// A byte missing from the header shifts all fields behind it, which no edit of the fields does.
#[test]
fn bytes_are_mutated_too() {
    let mut seed: Vec<u8> = (1..=40).collect();
    seed[12] = 0x50;
    let (mut mutator, mut out) = (WireMutator::<Segment>::new(), Vec::new());
    let shifted = (0..ROUNDS).filter(|round| {
        mutator.mutate(&seed, None, *round, 200, &mut out);
        let same = seed.iter().zip(&out).take_while(|(ours, theirs)| ours == theirs).count();
        (24..40).contains(&out.len()) && same < 16 && seed.ends_with(&out[same..])
    });
    let shifted = shifted.count();
    assert!(shifted > ROUNDS as usize / 1000, "{shifted}");
}

fn check_contract<M: Model>(units: &[M]) {
    let units = samples::bytes(units);
    let (mut mutator, mut other, mut out) = (WireMutator::<M>::new(), WireMutator::<M>::new(), Vec::new());
    for round in 0..2000 {
        let input = &units[round as usize % units.len()];
        let donor = units.get(round as usize % (units.len() + 1)).map(Vec::as_slice);
        let max_len = [0, 1, 19, 60, 1500][round as usize % 5];
        for input in [input, &[][..]] {
            mutator.mutate(input, donor, round, max_len, &mut out);
            assert!(out.len() <= max_len);
            // Neither what the mutator did before nor what the buffer holds plays a part.
            let mut again = vec![1, 2, 3];
            other.mutate(&units[0], None, 7, 100, &mut again);
            other.mutate(input, donor, round, max_len, &mut again);
            assert_eq!(out, again);
        }
    }
}

#[test]
fn keeps_to_its_arguments() {
    check_contract(&samples::segments());
    check_contract(&samples::packets());
    check_contract(&samples::frames());
}

#[test]
fn splices_from_the_other_input() {
    let cookie = OptionData::FastOpen(b"cookie".to_vec());
    let seed = samples::segment(Flags::ACK, vec![OptionData::SackPermitted.into()], b"hello").emit();
    let other = samples::segment(Flags::SYN, vec![cookie.into()], b"other").emit();
    let (mut mutator, mut out) = (WireMutator::<Segment>::new(), Vec::new());
    let (mut spliced, mut both) = (0, 0);
    for round in 0..1000 {
        mutator.mutate(&seed, Some(&other), round, 200, &mut out);
        let has = |part: &[u8]| out.windows(part.len()).any(|window| window == part);
        spliced += u32::from(has(b"cookie"));
        both += u32::from(has(b"cookie") && has(b"hello") && has(&[4, 2]));
    }
    assert!(spliced > 400 && both > 100, "{spliced} with a part of the other, {both} with all of both");
}

#[test]
fn empty_inputs_become_units() {
    let (mut mutator, mut out) = (WireMutator::<Frame>::new(), Vec::new());
    let mut units = 0;
    for round in 0..1000 {
        mutator.mutate(&[], None, round, 1500, &mut out);
        let Frame::Whole { payload, .. } = Frame::dissect(&out) else { continue };
        units += u32::from(matches!(
            payload,
            ethernet::Payload::Ipv4 {
                packet: Packet::Whole { payload: ip::Payload::Tcp { .. } | ip::Payload::Udp { .. }, .. },
                ..
            } | ethernet::Payload::Ipv6 { packet: ipv6::Packet::Whole { .. }, .. }
        ));
    }
    assert!(units > 300, "{units} of 1000 carry IPv6, or TCP or UDP over IPv4");
}

#[test]
fn valid_checksums_follow_changes_below() {
    let seed = samples::packets()[3].emit();
    let (mut mutator, mut out) = (WireMutator::<Packet>::new(), Vec::new());
    let honest = (0..1000).filter(|round| {
        mutator.mutate(&seed, None, *round, 1500, &mut out);
        Packet::dissect(&out).lies() == 0
    });
    let honest = honest.count();
    assert!(honest > 300, "{honest} of 1000 are honest");
}
