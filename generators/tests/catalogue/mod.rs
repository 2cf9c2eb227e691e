//! A generator by each combinator, at its edges too.

#![allow(dead_code, reason = "each test takes what it needs")]

use halligan_generators::*;

/// Hands all generators over to the macro `$to`, each by a name.
macro_rules! catalogue {
    ($to:ident) => {
        $to! {
            integers: any::<(u8, u16, u32, u64, u128, usize)>();
            signed_integers: any::<(i8, i16, i32, i64, i128, isize)>();
            booleans: any::<[bool; 9]>();
            floats: any::<(f32, f64)>().iso(
                |(single, double)| (single.to_bits(), double.to_bits()),
                |bits: &(u32, u64)| Some((f32::from_bits(bits.0), f64::from_bits(bits.1))),
            );
            ranges: (range(5u8..9), range(-3i8..=100), range(1u128 << 70..), range(..=i64::MIN + 3), range(7u16..=7));
            ranges_with_favourites: range(0u16..=999).often(1, &[80, 443]);
            characters: (any::<char>(), range('a'..='z'), range('\u{d7f0}'..='\u{e010}'));
            byte_strings: (bytes(2..=5), bytes_of(3), bytes(0..=u32::MAX as usize));
            byte_arrays: (octets::<0>(), octets::<1>(), octets::<6>());
            strings: (any::<String>(), string(range('a'..='f')).min(1).max(4).average(2));
            tuples: ((), (any::<u8>(),), (any::<u8>(), any::<i16>(), any::<bool>()));
            arrays: array::<_, 3>(range(1u8..=6));
            lists: list(any::<u16>()).average(3).max(9);
            lists_within_lists: list(list(any::<bool>()).average(1).max(3)).min(2).max(5);
            lists_within_room: list(bytes(1..=9)).within(20, Vec::len).max(4);
            options: optional(range(1u8..=3)).optional();
            results: result(any::<u8>(), list(any::<bool>()));
            choices: choose((constant(80u16), range(1024..), constant(0)));
            choices_of_equals: choose(vec![range(0u8..=5), range(3..=9)]);
            weights: weighted([1, 250, 3], [range(0u16..=5), range(4..=600), range(9..=9)]);
            favourites: favour(&[1, 2], any::<u32>());
            no_favourites: favour(&[], any::<u8>());
            constants: constant("always");
            isomorphisms: range(0u8..=9).iso(|half| half * 2, |even| (even % 2 == 0).then_some(even / 2));
            binds: range(0usize..=3).bind(|len| bytes_of(*len), |bytes: &Vec<u8>| Some(bytes.len()));
            lies: (derived(range(0u8..=15)), any::<Derived<u16>>());
            lazies: lazy(any::<u8>);
            recursions: list(fix(constant(0u32), |again| {
                Box::new(again.iso(|below| below + 1, |height| height.checked_sub(1)))
            }));
            permutations: shuffle([1, 2, 2, 3]);
            no_permutations: shuffle(Vec::<u8>::new());
            joined_bytes: concat(constant(vec![0]), [bytes(0..=3), bytes(1..=2), bytes(0..=1)]);
            joined_strings: concat(string(range('a'..='c')).max(2), vec![string(range('b'..='d')).max(3); 3]);
            nothing_joined: concat(constant(vec![0]), Vec::<Bytes>::new());
            printed: list(with_printer(any::<u8>(), |byte, f| write!(f, "{byte:#x}")));
            derives: catalogue::Tree::generator();
            boxed: (Box::new(any::<u8>()) as Box<dyn Generate<Value = u8>>, &range(1u8..3));
            pointers: any::<(Box<u8>, std::rc::Rc<bool>, Option<Box<u16>>, Result<u8, String>)>();
            standard: any::<(std::num::NonZero<u8>, std::num::NonZero<i32>, std::time::Duration)>();
            addresses: any::<(std::net::IpAddr, std::net::SocketAddr)>();
            collections: any::<(
                std::collections::VecDeque<u8>,
                std::collections::BTreeSet<u8>,
                std::collections::BTreeMap<u8, bool>,
            )>();
        }
    };
}
pub(crate) use catalogue;

#[derive(Clone, Debug, PartialEq, Generate)]
pub enum Tree {
    Leaf,
    #[generate(weight = 2)]
    Node {
        #[generate(range = 1..=9)]
        value: u8,
        #[generate(with = list(subtree()).max(3))]
        children: Vec<Tree>,
    },
}

/// Recursion through a name, bounded by `fix`.
pub fn subtree() -> impl Generate<Value = Tree> {
    fix(constant(Tree::Leaf), |again| {
        Box::new(list(again).max(2).iso(
            |children| Tree::Node { value: 1, children },
            |tree: &Tree| match tree {
                Tree::Node { value: 1, children } => Some(children.clone()),
                _ => None,
            },
        ))
    })
}
