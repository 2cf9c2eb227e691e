//! Integers whose distance counts are lowered in step.

use halligan_generators::{array, range};

use super::minimal;

#[test]
fn a_distance() {
    let generator = array::<_, 2>(range(0u8..=200));
    minimal(&generator, |[a, b]| b.wrapping_sub(*a) == 7, &[0, 7], 16);
}
