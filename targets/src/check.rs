//! How a target's properties and their checks are written down: a table.

use alloc::format;
use alloc::string::String;
use core::fmt::Debug;

use crate::{Property, Violation};

/// What a check says: what was expected and seen where its property does not hold.
pub type Checked = Result<(), String>;

/// A row of a table.
pub const fn row<C: Copy>(
    name: &'static str,
    rfc: &'static str,
    demands: &'static str,
    oracle: Option<&'static str>,
    check: C,
) -> (Property, C) {
    (Property { name, rfc, demands, oracle }, check)
}

/// The properties of a table of properties and their checks.
pub const fn properties<C, const N: usize>(table: &[(Property, C); N]) -> [Property; N] {
    let mut properties = [table[0].0; N];
    let mut index = 0;
    while index < N {
        properties[index] = table[index].0;
        index += 1;
    }
    properties
}

/// Runs all checks of a table in its order by `holds`, which says what was expected and seen where a property does not
/// hold; the first that does not counts.
pub fn check<C>(table: &[(Property, C)], holds: impl Fn(&C) -> Result<(), String>) -> Result<(), Violation> {
    for (index, (_, check)) in table.iter().enumerate() {
        holds(check).map_err(|detail| Violation { property: index as u32, detail })?;
    }
    Ok(())
}

/// An error with this detail unless something holds.
pub fn ensure(holds: bool, detail: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(detail()) }
}

/// An error unless what was seen is what was expected.
pub fn same<T: PartialEq + Debug>(what: &str, expected: T, seen: T) -> Result<(), String> {
    ensure(expected == seen, || format!("{what}: expected {expected:?}, saw {seen:?}"))
}
