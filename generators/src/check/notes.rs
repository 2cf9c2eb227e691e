//! What a property notes of a value beside its verdict.

use alloc::{borrow::Cow, string::ToString, vec::Vec};
use core::fmt;

/// What a property noted of one value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    /// The labels, each once.
    pub labels: Vec<Cow<'static, str>>,
    /// The score to raise, where the property told one.
    pub score: Option<f64>,
}

/// Labels the value that the property looks at, for the table of what was generated and for
/// [`require`](crate::Property::require). Takes what `format!` takes. Outside a property it does nothing.
///
/// ```
/// use halligan_generators::{Search, any, check, label, property};
///
/// let reverse = property!("reversing twice changes nothing", any::<Vec<u8>>(), |list| {
///     if list.is_empty() {
///         label!("empty");
///     }
///     check(list.iter().rev().rev().eq(list))
/// });
/// let mut search = Search::new(&reverse, 1, 100);
/// search.finish().unwrap();
/// assert!(search.statistics().count("empty") > 5);
/// ```
#[macro_export]
macro_rules! label {
    ($($format:tt)+) => {
        $crate::note_label(::core::format_args!($($format)+))
    };
}

/// Tells how near the value came to what is sought: inputs are then drawn near the best so far. The last score of a value
/// counts; one that is not a number does not. Outside a property it does nothing.
///
/// ```
/// use halligan_generators::{any, check, maximise, property, run_seed};
///
/// // One in four thousand million at random; one byte after the other by the score.
/// let magic = property!("not the magic word", any::<[u8; 4]>(), |word| {
///     maximise(word.iter().zip(b"HTTP").filter(|(one, other)| one == other).count() as f64);
///     check(word != b"HTTP")
/// });
/// assert!(run_seed(&magic, 1, 100_000).is_err());
/// ```
pub fn maximise(score: f64) {
    if !score.is_nan() {
        with(|notes| notes.score = Some(score));
    }
}

#[doc(hidden)]
pub fn note_label(label: fmt::Arguments<'_>) {
    // Before the notes are taken: what is written may take notes, too.
    let label = label.as_str().map_or_else(|| Cow::Owned(label.to_string()), Cow::Borrowed);
    with(|notes| {
        if !notes.labels.contains(&label) {
            notes.labels.push(label);
        }
    });
}

/// Notes are taken while a property runs, by thread where there are threads.
#[cfg(feature = "std")]
mod current {
    use super::Notes;
    use core::cell::RefCell;

    std::thread_local! {
        static NOTES: RefCell<Option<Notes>> = const { RefCell::new(None) };
    }

    pub fn replace(notes: Option<Notes>) -> Option<Notes> {
        NOTES.replace(notes)
    }

    pub fn with(note: impl FnOnce(&mut Notes)) {
        NOTES.with_borrow_mut(|notes| notes.as_mut().map(note));
    }
}

#[cfg(not(feature = "std"))]
mod current {
    use super::Notes;

    static NOTES: spin::Mutex<Option<Notes>> = spin::Mutex::new(None);

    pub fn replace(notes: Option<Notes>) -> Option<Notes> {
        core::mem::replace(&mut NOTES.lock(), notes)
    }

    pub fn with(note: impl FnOnce(&mut Notes)) {
        NOTES.lock().as_mut().map(note);
    }
}

use current::{replace, with};

/// Runs `body`; gives what it noted, too.
pub(crate) fn noting<T>(body: impl FnOnce() -> T) -> (T, Notes) {
    let outer = replace(Some(Notes::default()));
    let result = body();
    (result, replace(outer).unwrap_or_default())
}
