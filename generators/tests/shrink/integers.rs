//! An integer is lowered by halves.

use halligan_generators::any;

use super::minimal;

#[test]
fn a_threshold() {
    minimal(&any::<u16>(), |value| *value >= 10_000, &10_000, 26);
    minimal(&any::<u64>(), |value| *value >= 1 << 40 | 1, &(1 << 40 | 1), 69);
}

#[test]
fn a_negative_one() {
    minimal(&any::<i32>(), |value| *value < -1000, &-1001, 46);
}
