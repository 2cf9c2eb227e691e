//! What a property says of one value.

use alloc::{format, string::String, string::ToString};
use core::fmt::{self, Debug, Display};
use core::panic::Location;

/// What a property says of one value: it holds, it fails, or the value says nothing.
pub type Verdict = Result<(), Stop>;

/// Why a property stops early. Any error that `?` hands on is a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The value is not one that the property speaks of. It counts neither way.
    Rejected,
    /// The property does not hold.
    Failed(Failure),
}

/// A property that does not hold for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was expected and what was seen.
    pub message: String,
    /// The source file, line and column that noticed, where they are known.
    pub location: String,
}

impl Stop {
    #[track_caller]
    fn failed(message: String) -> Self {
        Self::Failed(Failure { message, location: Location::caller().to_string() })
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.location.is_empty() { Ok(()) } else { write!(f, "\nat {}", self.location) }
    }
}

impl<E: core::error::Error> From<E> for Stop {
    #[track_caller]
    fn from(error: E) -> Self {
        Self::failed(format!("error: {error}"))
    }
}

/// Goes on only with values for which `holds`; the others count neither way.
///
/// # Errors
/// [`Stop::Rejected`] otherwise.
///
/// ```
/// use halligan_generators::{Verdict, check, guard};
///
/// fn halves(number: &u8) -> Verdict {
///     guard(number % 2 == 0)?;
///     check(number / 2 + number / 2 == *number)
/// }
/// # assert!(halves(&4).is_ok() && halves(&5).is_err());
/// ```
pub fn guard(holds: bool) -> Verdict {
    if holds { Ok(()) } else { bad_test() }
}

/// Gives the value up: it counts neither way.
///
/// # Errors
/// Always: [`Stop::Rejected`].
///
/// ```
/// use halligan_generators::{Stop, bad_test};
///
/// assert_eq!(bad_test::<u8>(), Err(Stop::Rejected));
/// ```
pub fn bad_test<T>() -> Result<T, Stop> {
    Err(Stop::Rejected)
}

/// Goes on with what there is; a value for which there is nothing counts neither way. Takes an `Option` or, by `.ok()`, a
/// `Result`.
///
/// # Errors
/// [`Stop::Rejected`] for `None`.
///
/// ```
/// use halligan_generators::{Verdict, check, nonetheless};
///
/// fn first_is_least(sorted: &Vec<u8>) -> Verdict {
///     let first = nonetheless(sorted.first())?;
///     check(sorted.iter().all(|other| other >= first))
/// }
/// # assert!(first_is_least(&vec![1, 2]).is_ok() && first_is_least(&vec![]).is_err());
/// ```
pub fn nonetheless<T>(some: Option<T>) -> Result<T, Stop> {
    some.ok_or(Stop::Rejected)
}

/// Fails with a message.
///
/// # Errors
/// Always: [`Stop::Failed`].
///
/// ```
/// use halligan_generators::{Verdict, fail};
///
/// fn never_odd(number: &u8) -> Verdict {
///     if number % 2 == 1 { fail(format!("{number} is odd")) } else { Ok(()) }
/// }
/// # assert!(never_odd(&2).is_ok() && never_odd(&3).is_err());
/// ```
#[track_caller]
pub fn fail<T>(message: impl Display) -> Result<T, Stop> {
    Err(Stop::failed(message.to_string()))
}

/// Fails unless `holds`.
///
/// # Errors
/// [`Stop::Failed`] with the place of the call.
///
/// ```
/// use halligan_generators::check;
///
/// assert!(check(1 + 1 == 2).is_ok());
/// assert!(check(1 + 1 == 3).is_err());
/// ```
#[track_caller]
pub fn check(holds: bool) -> Verdict {
    if holds { Ok(()) } else { fail("the check does not hold") }
}

/// Fails unless both are equal by `equal`.
///
/// # Errors
/// [`Stop::Failed`] with both values and the place of the call.
///
/// ```
/// use halligan_generators::check_eq_by;
///
/// assert!(check_eq_by("Host", "host", |one, other| one.eq_ignore_ascii_case(other)).is_ok());
/// ```
#[track_caller]
pub fn check_eq_by<L: Debug, R: Debug>(left: L, right: R, equal: impl FnOnce(&L, &R) -> bool) -> Verdict {
    if equal(&left, &right) { Ok(()) } else { fail(format_args!("{left:?} is not {right:?}")) }
}

/// Fails unless both are equal.
///
/// # Errors
/// [`Stop::Failed`] with both values and the place of the call.
///
/// ```
/// use halligan_generators::{Stop, check_eq};
///
/// assert!(check_eq("one", "one").is_ok());
/// let Err(Stop::Failed(failure)) = check_eq(1, 2) else { unreachable!() };
/// assert_eq!(failure.message, "1 is not 2");
/// ```
#[track_caller]
pub fn check_eq<L: PartialEq<R> + Debug, R: Debug>(left: L, right: R) -> Verdict {
    check_eq_by(left, right, |left, right| left == right)
}
