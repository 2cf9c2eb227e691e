//! Properties that do not hold, each in another way, between some that do: what the runner says of them.
//!
//! `cargo run --example faults` looks at all, `cargo run --example faults -- --help` tells the options.

use halligan_generators::{
    Generate, any, bad_test, bytes_of, check, check_eq, guard, label, list, maximise, nonetheless, property, range,
    runner, string, with_printer,
};

/// Has no [`Code`](halligan_generators::Code), so `Debug` prints it.
#[derive(Debug, PartialEq, Generate)]
struct Point {
    x: i16,
    y: i16,
}

/// Panics on a digit above 6.
fn die() -> impl Generate<Value = u8> {
    range(0u8..=9).iso(|digit| if digit > 6 { panic!("no such side: {digit}") } else { digit }, |side| Some(*side))
}

fn main() {
    runner::main(&[
        property!("reversing twice changes nothing", any::<Vec<u8>>(), |list| {
            if list.len() > 3 {
                label!("long");
            }
            check(list.iter().rev().rev().eq(list))
        })
        .require("long", 5.0),
        property!("the sum is small", list(any::<u16>()), |list| {
            check(list.iter().map(|item| u32::from(*item)).sum::<u32>() < 1000)
        }),
        property!("digits fit a byte", string(range('0'..='9')).min(1), |digits| {
            let number: u8 = digits.parse()?;
            check(digits.ends_with(&number.to_string()))
        }),
        property!("indices are in range", any::<(Vec<u8>, u8)>(), |(list, index)| {
            guard(!list.is_empty())?;
            let _ = list[usize::from(*index)];
            Ok(())
        }),
        property!("points are on the diagonal", any::<Point>(), |point| check_eq(point.x, point.y)),
        property!("ports are even", with_printer(any::<u16>(), |port, f| write!(f, "port {port}")), |port| {
            check(**port % 2 == 0)
        }),
        property!("not the magic word", bytes_of(4), |word| {
            maximise(word.iter().zip(b"HTTP").filter(|(one, other)| one == other).count() as f64);
            check(word != b"HTTP")
        }),
        property!("nothing passes", any::<u8>(), |_| bad_test()),
        property!("hardly anything is labelled", any::<(u64, u64)>(), |(one, other)| {
            if one ^ other == 77 {
                label!("one bit pattern apart");
            }
            Ok(())
        })
        .require("one bit pattern apart", 1.0),
        property!("the first is there", any::<Vec<u8>>(), |list| {
            let first = nonetheless(list.first())?;
            check(list.contains(first))
        }),
        property!("dice have six sides", list(die()), |_| Ok(())),
        property!("nothing is printed", with_printer(any::<u8>(), |_, _| panic!("out of ink")), |byte| {
            check(**byte < 10)
        }),
    ])
}
