//! The laws of every combinator, over random bytes, random draws and edited tapes.

use std::fmt::Debug;

use halligan_generators::{
    Derived, Generate, Generated, Role, Source, Tape, any, array, bytes, bytes_of, choose, constant, derived, favour,
    fix, laws, lazy, list, octets, optional, range, weighted,
};

const ROUNDS: u64 = if cfg!(debug_assertions) { 10_000 } else { 100_000 };

/// Checks the laws; gives all values drawn, for a look at what there is among them.
fn check<G: Generate<Value: PartialEq + Debug>>(generator: G) -> Vec<G::Value> {
    laws(&generator, ROUNDS)
}

#[test]
fn integers() {
    let values = check(any::<u8>());
    assert!((0..=255).all(|byte| values.contains(&byte)));
    check(any::<(u16, u32, u64, usize)>());
    check(any::<u128>());
    let values = check(any::<i8>());
    assert!((-128..=127).all(|byte| values.contains(&byte)));
    check(any::<(i16, i32, i64, isize, i128)>());
    check(any::<bool>());
}

#[test]
fn ranges() {
    let values = check(range(-3i16..=3));
    assert!(values.iter().all(|value| (-3..=3).contains(value)));
    assert!((-3..=3).all(|value| values.contains(&value)));
    check(range(u128::MAX / 2..));
    check(range(i64::MIN..=0));
    check(range(7u8..=7));
    assert!(range(1u8..9).reflect(&9, &mut Tape::new()).is_err());
    assert!(range(1u8..9).reflect(&0, &mut Tape::new()).is_err());
}

#[test]
fn often() {
    let values = check(range(0u16..=999).often(1, &[80, 443]));
    let share = values.iter().filter(|value| [80, 443].contains(*value)).count() as f64 / values.len() as f64;
    assert!((0.3..0.7).contains(&share), "{share}");
    assert!(range(0u16..=999).often(1, &[80]).reflect(&1000, &mut Tape::new()).is_err());
}

#[test]
fn strings() {
    let values = check(bytes(2..=5));
    assert!((2..=5).all(|len| values.iter().any(|value| value.len() == len)));
    assert!(values.iter().all(|value| (2..=5).contains(&value.len())));
    check(bytes_of(3));
    check(bytes(0..=u32::MAX as usize));
    check(octets::<6>());
    assert!(bytes(2..=5).reflect(&vec![0; 6], &mut Tape::new()).is_err());
    assert!(bytes(2..=5).reflect(&vec![0; 1], &mut Tape::new()).is_err());
}

#[test]
fn lists() {
    let values = check(list(any::<u16>()).average(3).max(9));
    assert!((0..=9).all(|len| values.iter().any(|value| value.len() == len)));
    assert!(values.iter().all(|value| value.len() <= 9));
    let values = check(list(bytes(0..=9)).within(20, Vec::len));
    assert!(values.iter().all(|value| value.concat().len() <= 20));
    check(list(list(any::<u8>())));
    check(array::<_, 3>(range(1u8..=6)));
    assert!(list(any::<u8>()).max(2).reflect(&vec![0; 3], &mut Tape::new()).is_err());
    assert!(list(bytes(0..=9)).within(5, Vec::len).reflect(&vec![vec![0; 6]], &mut Tape::new()).is_err());
}

#[test]
fn items_of_lists_are_spans() {
    let mut tape = Tape::new();
    list(any::<u8>()).reflect(&vec![1, 2, 3], &mut tape).expect("any list of bytes can be");
    let roles: Vec<_> = tape.spans().iter().map(|span| span.label.role).collect();
    assert_eq!(roles, [Role::List, Role::Item, Role::Item, Role::Item]);
    assert_eq!(tape.items(0), 3);

    let draw = |tape: &Tape| list(any::<u8>()).draw(&mut Source::tape(tape));
    let mut piece = Tape::new();
    piece.append_span(&tape, 2);
    tape.insert_item(0, 0, &piece);
    assert_eq!(draw(&tape), [2, 1, 2, 3]);
    tape.insert_item(0, 4, &piece);
    assert_eq!(draw(&tape), [2, 1, 2, 3, 2]);
    tape.replace_span(2, &Tape::new());
    assert_eq!(draw(&tape), [2, 2, 3, 2]);
    tape.replace_span(3, &piece);
    assert_eq!(draw(&tape), [2, 2, 2, 2]);
}

#[test]
fn choices_among_alternatives() {
    let values = check(choose((constant(80u16), range(1024..), constant(0))));
    assert!(values.contains(&80) && values.contains(&0));
    let values = check(weighted([15, 1], [constant("often"), constant("seldom")]));
    let seldom = values.iter().filter(|value| **value == "seldom").count() as f64 / values.len() as f64;
    assert!((0.02..0.5).contains(&seldom), "{seldom}");
    check(choose(vec![constant(1), constant(2)]));
    check(favour(&[1, 2], any::<u32>()));
    let values = check(optional(any::<u8>()));
    assert!(values.contains(&None) && values.iter().any(Option::is_some));
    assert!(choose([constant(1), constant(2)]).reflect(&3, &mut Tape::new()).is_err());
}

#[test]
fn lies() {
    let values = check(derived(range(0u8..=15)));
    assert!(values.contains(&Derived::Auto) && (0..=15).all(|lie| values.contains(&Derived::Lie(lie))));
    check(any::<Derived<u16>>());
}

#[test]
fn maps_and_binds() {
    check(range(0u8..=9).iso(|half| half * 2, |even| (even % 2 == 0).then_some(even / 2)));
    check(range(0usize..=3).bind(|len| bytes_of(*len), |bytes: &Vec<u8>| Some(bytes.len())));
    check(lazy(any::<u8>));
}

/// A tree, as recursion draws it.
#[derive(Clone, Debug, PartialEq)]
enum Tree {
    Leaf(u8),
    Fork(Vec<Tree>),
}

impl Tree {
    fn depth(&self) -> usize {
        match self {
            Self::Leaf(_) => 0,
            Self::Fork(trees) => 1 + trees.iter().map(Self::depth).max().unwrap_or(0),
        }
    }
}

#[test]
fn recursion() {
    let leaf = any::<u8>().iso(Tree::Leaf, |tree| if let Tree::Leaf(leaf) = tree { Some(*leaf) } else { None });
    let tree = fix(leaf, |tree| {
        Box::new(
            list(tree).iso(Tree::Fork, |tree| if let Tree::Fork(trees) = tree { Some(trees.clone()) } else { None }),
        )
    });
    let values = check(&tree);
    assert!(values.iter().any(|tree| tree.depth() > 2));
    // However deep the source would have it, recursion ends.
    let deep = tree.draw(&mut Source::bytes(&[1; 100_000]));
    assert!((100..=128).contains(&deep.depth()), "{}", deep.depth());
}

/// All that the derive knows.
#[derive(Clone, Debug, PartialEq, Generate)]
enum Message<T> {
    #[generate(weight = 6)]
    Ping {
        #[generate(range = 1..=9)]
        hops: u8,
        tag: Option<T>,
    },
    Data(#[generate(with = bytes(0..=16))] Vec<u8>, Derived<u16>),
    Nested(Inner<T>),
    End,
}

#[derive(Clone, Debug, PartialEq, Generate)]
struct Inner<T> {
    list: Vec<T>,
    unit: Unit,
}

#[derive(Clone, Debug, PartialEq, Generate)]
struct Unit;

#[test]
fn derived_generators() {
    let values = check(Message::<u16>::generator());
    let count = |wanted: fn(&Message<u16>) -> bool| values.iter().filter(|value| wanted(value)).count();
    let pings = count(|value| matches!(value, Message::Ping { hops: 1..=9, .. }));
    assert_eq!(pings, count(|value| matches!(value, Message::Ping { .. })));
    assert!(pings > values.len() / 3);
    assert!(count(|value| matches!(value, Message::Data(_, Derived::Lie(_)))) > 0);
    assert!(count(|value| matches!(value, Message::Nested(inner) if inner.list.len() > 1)) > 0);
    assert!(count(|value| *value == Message::End) > 0);
    assert_eq!(Message::<u8>::draw_from(&mut Source::bytes(&[])), Message::Ping { hops: 1, tag: None });
    assert!(Message::Ping { hops: 10, tag: Some(1u8) }.reflect_to(&mut Tape::new()).is_err());
}

#[test]
fn a_random_source_spends_its_budget() {
    let values = list(any::<u8>()).max(usize::MAX).average(u32::MAX).draw(&mut Source::random(1, 1000));
    assert_eq!(values.len(), 500);
    assert!(bytes(0..=u32::MAX as usize).draw(&mut Source::random(2, 100)).len() <= 100);
}

/// The depth is that of one value: it does not add up over those beside it.
#[test]
fn recursion_beside_recursion() {
    let again = || {
        list(fix(constant(0u32), |below| Box::new(below.iso(|below| below + 1, |height: &u32| height.checked_sub(1)))))
            .max(300)
    };
    let (values, mut tape) = (vec![1; 300], Tape::new());
    again().reflect(&values, &mut tape).expect("it is not deep");
    assert_eq!(again().draw(&mut Source::tape(&tape)), values);
}

#[test]
fn each_choice_costs_one_of_the_budget() {
    let honest = list(any::<Derived<u8>>()).max(9_999).average(u32::MAX).draw(&mut Source::random(1, 1000));
    assert!((490..=500).contains(&honest.len()), "{}", honest.len());
    let octets = list(octets::<4>()).max(9_999).average(u32::MAX).draw(&mut Source::random(1, 1000));
    assert_eq!(octets.len(), 167, "one for each more, one for each choice, and four bytes");
}

#[test]
fn wide_integers_and_favourites_take_all_their_bytes() {
    assert_eq!(any::<u128>().draw(&mut Source::bytes(&[1; 16])), u128::from_le_bytes([1; 16]));
    let often = range(0u8..=15).often(1, &[7, 8]);
    assert_eq!([16, 31, 32].map(|byte| often.draw(&mut Source::bytes(&[byte]))), [7, 8, 0]);
}
