//! Bits go that a search by halves does not reach.

use halligan_generators::{any, range};

use super::minimal;

#[test]
fn flags() {
    minimal(&any::<u16>(), |flags| flags & 0x812 == 0x812, &0x812, 33);
}

#[test]
fn a_multiple() {
    minimal(&range(0u8..=200), |value| *value >= 30 && value % 4 == 0, &32, 15);
}
