//! Equal values shrink in step.

use halligan_generators::{any, array, bytes, range};

use super::minimal;

#[test]
fn equal_integers() {
    minimal(&array::<_, 2>(any::<u8>()), |[a, b]| a == b, &[0, 0], 1);
    let generator = array::<_, 3>(range(0u8..=40));
    minimal(&generator, |[a, b, c]| a == b && b == c && *a >= 10, &[10; 3], 55);
}

#[test]
fn equal_strings() {
    let generator = (bytes(0..=2), any::<u8>(), bytes(0..=2));
    minimal(&generator, |(a, _, b)| a == b && a.len() == 1, &(vec![0], 0, vec![0]), 4);
}
