//! Dictionaries for libFuzzer: what values of a model have in common.
//!
//! A model draws most fields from all their values, and some from few: kinds, types, ports, lengths, magic numbers. So words
//! that many values drawn anew have are those that the protocol gives a meaning to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;

use expect_test::expect_file;
use halligan_generators::{Annotation, Generate, Model, Source, any};
use halligan_targets::{DnsParser, EthernetParser, IpParser, Target, TcpParser, TlsParser};

/// Values drawn, and choices for each.
const VALUES: u64 = 8_000;
const CHOICES: usize = 200;

/// How many values have to have a word: far more than have one of two bytes by chance.
const LEAST: u32 = 12;

/// The longest word, in bytes; and the most words.
const LONGEST: usize = 16;
const MOST: usize = 256;

/// Fields whose values say nothing: they follow from the rest, or fill up.
const SILENT: [&str; 5] = ["checksum", "padding", "payload", "end of option list", "no operation"];

/// A run of whole bytes of a value, and the names of the fields that it is.
fn words<M: Model>(value: &M) -> HashSet<(Vec<u8>, String)> {
    let (wire, mut fields) = (value.emit(), Vec::<Annotation>::new());
    value.annotate(&mut |field| {
        // Fields of one byte, as flags in it, are one.
        match fields.last_mut() {
            Some(last) if field.bytes.start < last.bytes.end => last.bytes.end = field.bytes.end.max(last.bytes.end),
            _ => fields.push(field),
        }
    });
    let single = fields.iter().map(|field| (field.bytes.clone(), field.name.to_owned()));
    let pairs = fields.windows(2).filter(|pair| pair[1].bytes.len() == 1 || pair[0].bytes.len() == 1);
    let pairs =
        pairs.map(|pair| (pair[0].bytes.start..pair[1].bytes.end, format!("{}, {}", pair[0].name, pair[1].name)));
    let telling = |word: &[u8]| (2..=LONGEST).contains(&word.len()) && word.iter().any(|byte| *byte != 0);
    let spoken = |name: &str| !SILENT.iter().any(|silent| name.contains(silent));
    single
        .chain(pairs)
        .filter(|(bytes, name)| spoken(name) && telling(&wire[bytes.clone()]))
        .map(|(bytes, name)| (wire[bytes].to_vec(), name))
        .collect()
}

/// A dictionary as libFuzzer and AFL++ read it.
fn dictionary<T: Target>() -> String {
    let mut counts = HashMap::<Vec<u8>, (u32, BTreeMap<String, u32>)>::new();
    for seed in 0..VALUES {
        let value: T::Input = any().draw(&mut Source::random(seed, CHOICES));
        for (word, name) in words(&value) {
            let (count, names) = counts.entry(word).or_default();
            *count += 1;
            *names.entry(name).or_default() += 1;
        }
    }
    let mut common: Vec<_> = counts.into_iter().filter(|(_, (count, _))| *count >= LEAST).collect();
    common.sort_by(|(a, (few, _)), (b, (many, _))| many.cmp(few).then_with(|| a.cmp(b)));
    common.truncate(MOST);
    common.sort();
    assert!(common.len() > 20, "{}: {} words", T::NAME, common.len());

    let mut out = format!(
        "# Words of {}, made of its input model: UPDATE_EXPECT=1 cargo test -p halligan-targets --test pages\n",
        T::NAME
    );
    for (word, (_, names)) in common {
        let name = names.iter().max_by_key(|(_, count)| **count).map_or("", |(name, _)| name);
        let word: String = word.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        writeln!(out, "# {name}\n\"{word}\"").unwrap();
    }
    out
}

#[test]
fn dictionaries() {
    expect_file!["../../../fuzz/dictionaries/ip_parser.dict"].assert_eq(&dictionary::<IpParser>());
    expect_file!["../../../fuzz/dictionaries/tcp_parser.dict"].assert_eq(&dictionary::<TcpParser>());
    expect_file!["../../../fuzz/dictionaries/tls_parser.dict"].assert_eq(&dictionary::<TlsParser>());
    expect_file!["../../../fuzz/dictionaries/dns_parser.dict"].assert_eq(&dictionary::<DnsParser>());
    expect_file!["../../../fuzz/dictionaries/ethernet_parser.dict"].assert_eq(&dictionary::<EthernetParser>());
}
