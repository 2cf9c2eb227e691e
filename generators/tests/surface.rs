//! The laws of the combinators that Crowbar has too, what each draws at its edges, and what it refuses.

mod catalogue;

use std::collections::BTreeMap;
use std::num::NonZero;

use catalogue::{Tree, catalogue};
use halligan_generators::*;

/// How many random sources, mutated tapes and byte strings for each generator: optimised, more than a million for all.
const ROUNDS: u64 = if cfg!(debug_assertions) { 10_000 } else { 50_000 };

/// One test for each generator.
macro_rules! laws_hold {
    ($($name:ident: $generator:expr;)+) => {
        mod laws_hold {
            use super::*;

            $(#[test]
            fn $name() {
                laws(&$generator, ROUNDS);
            })+
        }
    };
}

catalogue!(laws_hold);

#[test]
fn floats_come_back_bit_by_bit() {
    laws_by(&any::<f32>(), ROUNDS, |one, other| one.to_bits() == other.to_bits());
    laws_by(&any::<f64>(), ROUNDS, |one, other| one.to_bits() == other.to_bits());
    let payload = f64::from_bits(0x7ff0_0000_dead_beef);
    assert_eq!(again(any::<f64>(), &payload).map(f64::to_bits), Ok(payload.to_bits()));
    assert_eq!(again(any::<f32>(), &-0.0).map(f32::to_bits), Ok((-0.0f32).to_bits()));
}

/// What the reflection of `value` draws.
fn again<G: Generate>(generator: G, value: &G::Value) -> Result<G::Value, Unreflected> {
    let mut tape = Tape::new();
    generator.reflect(value, &mut tape)?;
    Ok(generator.draw(&mut Source::tape(&tape)))
}

/// What is drawn from these bytes.
fn from<G: Generate>(generator: G, bytes: &[u8]) -> G::Value {
    generator.draw(&mut Source::bytes(bytes))
}

#[test]
fn the_simplest_value_comes_from_nothing() {
    assert_eq!(from(any::<(u8, i64, bool, char)>(), &[]), (0, 0, false, 'a'));
    assert_eq!(from(any::<(String, Vec<u8>, Option<u8>)>(), &[]), (String::new(), vec![], None));
    assert_eq!(from(any::<Result<u8, u8>>(), &[]), Ok(0));
    assert_eq!(from(any::<(f32, NonZero<i8>)>(), &[]), (0.0, NonZero::<i8>::new(1).unwrap()));
    assert_eq!(from(shuffle([3, 1, 2]), &[]), [3, 1, 2]);
    assert_eq!(from(list(range(4u8..)).min(2), &[]), [4, 4]);
    assert_eq!(from(Tree::generator(), &[]), Tree::Leaf);
}

#[test]
fn values_that_are_never_drawn_are_not_reflected() {
    assert!(again(range(3u8..9), &9).is_err());
    assert!(again(constant(1), &2).is_err());
    assert!(again(bytes(2..=3), &vec![1]).is_err());
    assert!(again(bytes(2..=3), &vec![1; 4]).is_err());
    assert!(again(list(any::<u8>()).min(2), &vec![1]).is_err());
    assert!(again(list(any::<u8>()).max(2), &vec![1; 3]).is_err());
    assert!(again(list(bytes(1..=9)).within(5, Vec::len), &vec![vec![0; 3]; 2]).is_err());
    assert!(again(string(range('a'..='c')), &"abcd".into()).is_err());
    assert!(again(choose([range(0u8..3), range(7..9)]), &5).is_err());
    assert!(again(shuffle([1, 2]), &vec![1]).is_err());
    assert!(again(shuffle([1, 2]), &vec![1, 1]).is_err());
    assert!(again(concat(constant(vec![0]), [bytes(1..=1), bytes(1..=1)]), &vec![1, 1, 1]).is_err());
    assert!(again(any::<u8>().map(u16::from), &1).is_err());
    assert!(again(range(1u8..=2).bind(|low| range(*low..=9), |_| None), &5).is_err());
}

#[test]
fn a_cut_backtracks() {
    let words =
        concat(constant(String::from(" ")), vec![string(choose([range('a'..='b'), range(' '..=' ')])).max(9); 4]);
    let line = "a b  ab   ".to_owned();
    assert_eq!(again(&words, &line), Ok(line));
    assert!(again(&words, &"a b".to_owned()).is_err(), "two separators, not three");
    // Exponential without a memory of what failed.
    let many = concat(constant(vec![]), vec![bytes(0..=60); 20]);
    assert!(again(&many, &vec![7; 60]).is_ok());
    let none = concat(bytes(0..=30), [bytes(0..=30), bytes(0..=30), bytes(0..=3)]);
    assert!(again(&none, &vec![7; 124]).is_err(), "all of it is too long");
}

#[test]
fn permutations_are_equally_likely() {
    let mut counts = BTreeMap::<_, u32>::new();
    for seed in 0..6000 {
        *counts.entry(shuffle([1, 2, 3]).draw(&mut Source::random(seed, 10))).or_default() += 1;
    }
    assert_eq!(counts.len(), 6);
    assert!(counts.values().all(|count| (850..1150).contains(count)), "{counts:?}");
}

#[test]
fn floats_and_characters_reach_the_edges() {
    let floats: Vec<f64> = (0..2000).map(|seed| any().draw(&mut Source::random(seed, 9))).collect();
    let has = |wanted: fn(&f64) -> bool| floats.iter().any(wanted);
    assert!(has(|float| float.is_nan()) && has(|float| *float == f64::INFINITY) && has(|float| *float == f64::MIN));
    assert!(has(|float| float.fract() != 0.0 && float.abs() < 1e9 && float.abs() > 1e-9));
    assert!(floats.iter().filter(|float| float.fract() == 0.0).count() > 600);
    let text: String = (0..2000).map(|seed| any::<char>().draw(&mut Source::random(seed, 9))).collect();
    let share = text.chars().filter(char::is_ascii).count();
    assert!((900..1100).contains(&share), "{share}");
    for wanted in ['\0', 'a', 'Z', '\u{7ff}', '\u{d7ff}', '\u{e000}', '\u{10ffff}'] {
        assert!(text.contains(wanted), "{wanted:?}");
    }
}

#[test]
fn counterexamples_use_the_printer() {
    let value = from(list(with_printer(any::<u8>(), |byte, f| write!(f, "<{byte}>"))), &[1, 5, 1, 6]);
    assert_eq!(format!("{value:?} {}", value[0]), "[<5>, <6>] <5>");
    let mut code = String::new();
    value.code(&mut code).unwrap();
    assert_eq!(code, "vec![<5>, <6>]");
    assert_ne!(value[0], value[1]);
    assert_eq!(*value[1] + value[0].into_inner(), 11);
}

#[test]
fn floats_as_code_rebuild_the_value() {
    let code = |float: f64| {
        let mut code = String::new();
        float.code(&mut code).unwrap();
        code
    };
    assert_eq!(code(1.0), "1.0");
    assert_eq!(code(-0.0), "-0.0");
    assert_eq!(code(f64::NAN), "f64::from_bits(0x7ff8000000000000)");
    assert_eq!(code(f64::NEG_INFINITY), "f64::from_bits(0xfff0000000000000)");
}

mod misuse {
    use super::*;

    #[test]
    #[should_panic = "range: the range is empty"]
    fn an_empty_range() {
        let _ = range(5u8..5);
    }

    #[test]
    #[should_panic = "List::min: above the greatest length"]
    fn a_least_length_above_the_greatest() {
        let _ = list(any::<u8>()).max(2).min(3);
    }

    #[test]
    #[should_panic = "List::max: below the least length"]
    fn a_greatest_length_below_the_least() {
        let _ = list(any::<u8>()).min(3).max(2);
    }

    #[test]
    #[should_panic = "weighted: a weight is zero"]
    fn a_weight_of_zero() {
        let _ = weighted([1, 0], [constant(1), constant(2)]);
    }

    #[test]
    #[should_panic = "the reflection of "]
    fn laws_find_a_way_back_that_is_wrong() {
        laws(&range(3u8..=9).iso(|digit| digit, |digit| Some((*digit + 1).min(9))), 100);
    }

    #[test]
    #[should_panic = "the generator never draws this value"]
    fn laws_find_a_map() {
        laws(&any::<u8>().map(u16::from), 10);
    }
}
