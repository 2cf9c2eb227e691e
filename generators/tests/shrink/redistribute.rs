//! Sums move to the back.

use halligan_generators::{array, range};

use super::minimal;

#[test]
fn a_sum_of_three() {
    let generator = array::<_, 3>(range(0u16..=600));
    minimal(&generator, |terms| terms.iter().sum::<u16>() == 1000, &[0, 400, 600], 25);
}
