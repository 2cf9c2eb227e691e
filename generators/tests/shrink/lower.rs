//! A simpler alternative is taken, and what the other one drew goes.

use halligan_generators::{Generate, any, choose, constant};

use super::minimal;

#[test]
fn an_alternative_of_another_shape() {
    let five = any::<[u8; 5]>().iso(Vec::from, |bytes: &Vec<u8>| bytes.as_slice().try_into().ok());
    let three = any::<[u8; 3]>().iso(Vec::from, |bytes: &Vec<u8>| bytes.as_slice().try_into().ok());
    let generator = (choose((constant(vec![]), five, three)), any::<u16>());
    let fails = |value: &(Vec<u8>, u16)| value.0.len() != 5 && value.1 >= 1000;
    minimal(&generator, fails, &(vec![], 1000), 30);
}
