//! What a span draws becomes the simplest at once.

use halligan_generators::Generate;

use super::minimal;

#[derive(Clone, Debug, PartialEq, Generate)]
struct Pair {
    left: u8,
    right: u16,
}

#[test]
fn all_or_none_is_zero() {
    let fails = |pair: &Pair| (pair.left == 0) == (pair.right == 0);
    minimal(&Pair::generator(), fails, &Pair { left: 0, right: 0 }, 1);
}
