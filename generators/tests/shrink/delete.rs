//! Items go that the failure does not need.

use halligan_generators::{any, list};

use super::minimal;

#[test]
fn one_item_of_many() {
    let generator = list(any::<u16>()).average(20);
    minimal(&generator, |list| list.iter().any(|value| *value >= 60_000), &vec![60_000], 44);
}

#[test]
fn lists_in_a_list() {
    let generator = list(list(any::<u8>()));
    let fails = |lists: &Vec<Vec<u8>>| lists.iter().filter(|list| list.len() >= 2).count() >= 2;
    minimal(&generator, fails, &vec![vec![0, 0]; 2], 38);
}
