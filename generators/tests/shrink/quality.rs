//! What users care for.

use halligan_generators::{
    Derived, Generate, Model, Source, Tape, any, constant, fix, list,
    model::tcp::{Header, Segment},
    range, shrink_wire,
};

use super::{minimal, starts};

#[test]
fn two_equal_elements() {
    let equal = |list: &Vec<u16>| list.iter().enumerate().any(|(at, value)| list[..at].contains(value));
    // Of few values, so that random lists hold equal ones.
    let generator = list(range(0u16..=200)).average(20);
    minimal(&generator, equal, &vec![0, 0], 28);
}

#[test]
fn a_sum_in_one_element() {
    let generator = list(any::<u16>());
    let large = |list: &Vec<u16>| list.iter().map(|value| u64::from(*value)).sum::<u64>() >= 1000;
    minimal(&generator, large, &vec![1000], 33);
}

#[test]
fn a_sum_over_many_elements() {
    let large = |list: &Vec<u16>| list.iter().sum::<u16>() >= 1000;
    minimal(&list(range(0u16..=100)).average(20), large, &vec![100; 10], 298);
}

#[test]
fn a_sum_that_is_no_multiple() {
    let large = |list: &Vec<u16>| list.iter().sum::<u16>() >= 1000;
    minimal(&list(range(0u16..=300)).average(10), large, &vec![100, 300, 300, 300], 127);
}

#[derive(Debug, Clone, PartialEq)]
enum Tree {
    Leaf(u8),
    Node(Box<Tree>, Box<Tree>),
}

impl Tree {
    fn depth(&self) -> usize {
        match self {
            Self::Leaf(_) => 0,
            Self::Node(left, right) => 1 + left.depth().max(right.depth()),
        }
    }

    fn largest(&self) -> u8 {
        match self {
            Self::Leaf(value) => *value,
            Self::Node(left, right) => left.largest().max(right.largest()),
        }
    }
}

fn tree() -> impl Generate<Value = Tree> {
    fix(
        any::<u8>().iso(Tree::Leaf, |tree| match tree {
            Tree::Leaf(value) => Some(*value),
            Tree::Node(..) => None,
        }),
        |again| {
            Box::new((again, again).iso(
                |(left, right)| Tree::Node(Box::new(left), Box::new(right)),
                |tree| match tree {
                    Tree::Node(left, right) => Some(((**left).clone(), (**right).clone())),
                    Tree::Leaf(_) => None,
                },
            ))
        },
    )
}

#[test]
fn a_tree() {
    let leaf = |value| Box::new(Tree::Leaf(value));
    minimal(&tree(), |tree| tree.largest() >= 100, &Tree::Leaf(100), 27);
    let two_deep = Tree::Node(leaf(0), Box::new(Tree::Node(leaf(0), leaf(0))));
    minimal(&tree(), |tree| tree.depth() >= 2, &two_deep, 36);
    let node = Tree::Node(leaf(0), leaf(100));
    minimal(&tree(), |tree| tree.depth() >= 1 && tree.largest() >= 100, &node, 44);
}

/// Fails on segments whose data offset alone is wrong.
fn only_the_data_offset(segment: &Segment) -> bool {
    matches!(segment, Segment::Whole { header, .. } if header.data_offset.is_lie())
}

fn offset_zero() -> Segment {
    Segment::Whole { header: Header { data_offset: Derived::Lie(0), ..Header::default() }, payload: vec![] }
}

#[test]
fn a_wrong_data_offset() {
    minimal(&Segment::generator(), only_the_data_offset, &offset_zero(), 11);
}

#[test]
fn a_wrong_data_offset_on_the_wire() {
    let generator = Segment::generator();
    let mut most = 0;
    for start in starts(&generator, only_the_data_offset) {
        let bytes = generator.draw(&mut Source::tape(&start)).emit();
        if !only_the_data_offset(&Segment::dissect(&bytes)) {
            continue;
        }
        let shrunk = shrink_wire::<Segment>(&bytes, 10_000, |bytes| only_the_data_offset(&Segment::dissect(bytes)));
        assert_eq!(Segment::dissect(&shrunk.bytes), offset_zero());
        assert_eq!((shrunk.lies, shrunk.finished), (1, true));
        most = most.max(shrunk.calls);
    }
    assert!(most <= 42, "{most} calls");
}

#[test]
fn a_constant_has_nothing_to_shrink() {
    let shrunk = super::shrunk(&constant(7), &Tape::new(), |_| true);
    assert_eq!((shrunk.value, shrunk.calls), (7, 0));
}
