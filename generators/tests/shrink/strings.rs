//! Byte strings get shorter, then zero, then small.

use halligan_generators::{bytes, octets};

use super::minimal;

#[test]
fn one_byte_of_a_string() {
    minimal(&bytes(0..=100), |bytes| bytes.iter().any(|byte| *byte >= b'x'), &b"x".to_vec(), 29);
}

#[test]
fn a_string_of_a_length() {
    minimal(&bytes(2..=100), |bytes| bytes.len() >= 7, &vec![0; 7], 14);
}

#[test]
fn octets_of_which_two_count() {
    minimal(&octets::<6>(), |octets| octets[1] > 9 && octets[4] & 3 == 3, &[0, 10, 0, 0, 3, 0], 32);
}
