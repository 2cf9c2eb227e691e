//! Of a recursive value, the part is left that fails.

use halligan_generators::{Generate, any, constant, fix};

use super::minimal;

/// A chain of links, each with much before the rest.
fn chain() -> impl Generate<Value = Vec<[u8; 20]>> {
    fix(constant(vec![]), |again| {
        Box::new((any::<[u8; 20]>(), again).iso(
            |(first, rest)| [vec![first], rest].concat(),
            |chain: &Vec<_>| chain.split_first().map(|(first, rest)| (*first, rest.to_vec())),
        ))
    })
}

#[test]
fn a_link_of_a_chain() {
    let mut link = [0; 20];
    link[19] = 100;
    minimal(&chain(), |chain| chain.iter().any(|link| link[19] >= 100), &vec![link], 31);
}
