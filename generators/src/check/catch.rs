//! A panic in a property or its generator is a failure, where panics can be caught.

use crate::{Failure, Generate, Source, Tape, Unreflected};

#[cfg(not(feature = "std"))]
pub(crate) fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Failure> {
    Ok(body())
}

#[cfg(feature = "std")]
pub(crate) use caught::{catch, hush};

#[cfg(feature = "std")]
mod caught {
    use alloc::{borrow::ToOwned, string::String, string::ToString};
    use core::cell::RefCell;
    use std::panic::{self, AssertUnwindSafe};

    use crate::Failure;

    std::thread_local! {
        /// Where the last panic of this thread was.
        static LOCATION: RefCell<String> = const { RefCell::new(String::new()) };
    }

    /// Makes panics note where they are instead of printing it, in the whole program.
    pub(crate) fn hush() {
        panic::set_hook(alloc::boxed::Box::new(|panic| {
            let location = panic.location().map(ToString::to_string).unwrap_or_default();
            LOCATION.set(location);
        }));
    }

    pub(crate) fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Failure> {
        // What the body left half-done is its own and is not looked at again.
        panic::catch_unwind(AssertUnwindSafe(body)).map_err(|payload| {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let message = text.or_else(|| payload.downcast_ref::<String>().cloned());
            Failure {
                message: message.map_or_else(|| "panic".to_owned(), |message| alloc::format!("panic: {message}")),
                location: LOCATION.take(),
            }
        })
    }
}

/// Draws what a generator draws, or that it panics: choices on which it panics can then be shrunk as others can.
pub(crate) struct Caught<'g, G>(pub &'g G);

impl<G: Generate> Generate for Caught<'_, G> {
    type Value = Result<G::Value, Failure>;

    fn draw(&self, source: &mut Source<'_>) -> Self::Value {
        let drawn = catch(|| self.0.draw(source));
        if drawn.is_err() {
            source.leave_items();
        }
        drawn
    }

    fn reflect(&self, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        let Ok(value) = value else { return Err(Unreflected("the generator panics")) };
        catch(|| self.0.reflect(value, tape)).unwrap_or(Err(Unreflected("the way back panics")))
    }
}
