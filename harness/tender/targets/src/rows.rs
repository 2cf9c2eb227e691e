//! Properties and their checks, side by side.

use halligan_targets::{Property, Violation};

/// A property; it comes from `of`.
pub(crate) const fn row(
    name: &'static str,
    of: &'static str,
    demands: &'static str,
    oracle: Option<&'static str>,
) -> Property {
    Property { name, rfc: of, demands, oracle }
}

/// An error that names the property unless something holds.
pub(crate) fn ensure(property: u32, holds: bool, detail: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { property, detail: detail() }) }
}

/// An error unless `line` is what a person wants to be told: one line that begins with the file's name and says more.
pub(crate) fn ensure_clear(property: u32, line: &str, file: &str) -> Result<(), Violation> {
    let rest = line.strip_prefix(file).and_then(|rest| rest.strip_prefix(": "));
    let clear = rest.is_some_and(|rest| rest.len() > 8 && !rest.contains('\n'));
    ensure(property, clear, || format!("it is refused by {line:?}"))
}
