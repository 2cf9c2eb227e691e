//! Items that may come in any order are sorted.

use halligan_generators::{Generate, array, list, range};

use super::minimal;

#[test]
fn items_of_a_list() {
    let generator = list(range(0u8..=4).iso(|tens| 10 * tens, |tens| Some(tens / 10))).average(20);
    let fails = |list: &Vec<u8>| [10, 30, 20].iter().all(|value| list.contains(value));
    minimal(&generator, fails, &vec![10, 20, 30], 45);
}

#[test]
fn integers_side_by_side() {
    let generator = array::<_, 3>(range(0u8..=40));
    let fails = |array: &[u8; 3]| [10, 30].iter().all(|value| array.contains(value));
    minimal(&generator, fails, &[0, 10, 30], 31);
}

#[test]
fn where_one_has_to_stay() {
    let generator = array::<_, 4>(range(0u8..=3).iso(|fours| 4 * fours, |fours| Some(fours / 4)));
    let fails = |array: &[u8; 4]| [0, 4, 8, 12].iter().all(|value| array.contains(value)) && array[0] == 12;
    minimal(&generator, fails, &[12, 0, 4, 8], 29);
}
