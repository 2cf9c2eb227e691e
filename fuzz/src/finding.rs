//! What is printed when an input breaks something.

use std::cell::RefCell;
use std::io::Write;
use std::panic;

use halligan::edges::{EdgeTable, innermost};
use halligan::host::{Death, Kind, Outcome};
use halligan::show;
use halligan_targets::AnyTarget;

thread_local! {
    /// The input that this process runs, for the panic hook.
    static RUNNING: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Notes that `input` runs now.
pub fn running(input: &[u8]) {
    RUNNING.with_borrow_mut(|running| {
        running.clear();
        running.extend_from_slice(input);
    });
}

/// Has every panic of this process describe the running input before the process aborts. The panic's own message says
/// where it happened.
pub fn describe_panics(target: &'static dyn AnyTarget) {
    let next = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // Empty where the panic came while the input was being noted.
        let input = RUNNING.with(|running| running.try_borrow().map(|input| input.clone()).unwrap_or_default());
        describe(target, &input);
        next(info);
    }));
}

/// What a property demands and what was seen instead, in one line.
pub fn violation(target: &dyn AnyTarget, property: u32, detail: &str) -> String {
    match target.properties().get(property as usize) {
        Some(property) => {
            format!("property {} ({}) does not hold: {}; {detail}", property.name, property.rfc, property.demands)
        }
        None => format!("an unknown property does not hold: {detail}"),
    }
}

/// What came of an input on `host`, in one line; nothing where all properties held.
pub fn broken(target: &dyn AnyTarget, host: Kind, edges: &EdgeTable, outcome: &Outcome) -> Option<String> {
    let what = match outcome {
        Outcome::Passed => return None,
        Outcome::Failed { property, detail } => violation(target, *property, detail),
        Outcome::Died(death) => {
            let place = match death {
                // A panic's message says where it was.
                Death::Fault { rip, .. } => edges.frames(*rip),
                _ => Ok(Vec::new()),
            };
            let place = place.ok().and_then(|frames| innermost(&frames).map(|frame| format!("; in {frame}")));
            format!("{death}{}", place.unwrap_or_default())
        }
    };
    Some(format!("on {host}: {what}"))
}

/// Prints every byte of `input` with its field, and the value as Rust code.
pub fn describe(target: &dyn AnyTarget, input: &[u8]) {
    let mut err = anstream::stderr().lock();
    // There is nowhere to report that standard error cannot be written to.
    let _ = writeln!(err, "\nhalligan: an input of {} bytes breaks {}:\n", input.len(), target.name())
        .and_then(|()| show::dump(target, input, &mut err))
        .and_then(|()| writeln!(err, "\n{}\n", target.code(input)));
}
