//! Lies go, and what says which lie goes with them.

use halligan_generators::{Derived, any, derived, range};

use super::minimal;

#[test]
fn a_lie_without_need() {
    let generator = (derived(range(0u8..=15)), derived(any::<u32>()), any::<u16>());
    let fails = |value: &(Derived<u8>, Derived<u32>, u16)| value.2 >= 1000;
    minimal(&generator, fails, &(Derived::Auto, Derived::Auto, 1000), 27);
}

#[test]
fn one_of_two_lies() {
    let generator = (derived(range(0u8..=15)), derived(any::<u32>()), any::<u16>());
    let fails = |value: &(Derived<u8>, Derived<u32>, u16)| value.1.is_lie() && value.2 >= 1000;
    minimal(&generator, fails, &(Derived::Auto, Derived::Lie(0), 1000), 32);
}
