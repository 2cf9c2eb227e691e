//! Properties: what must hold for every value that a generator draws.

mod catch;
mod every;
mod notes;
mod property;
mod require;
mod search;
mod verdict;

#[cfg(feature = "std")]
pub(crate) use catch::hush;
pub(crate) use notes::noting;
pub use notes::{Notes, maximise, note_label};
pub use property::{Case, Print, PrintCode, PrintDebug, Property, Unprinted};
pub use require::{Required, Share};
pub use search::{Counterexample, Fault, Search, run_seed};
pub use verdict::{Failure, Stop, Verdict, bad_test, check, check_eq, check_eq_by, fail, guard, nonetheless};
