//! A property: a name, a generator, and what must hold.

use alloc::{boxed::Box, vec::Vec};
use core::fmt::{self, Debug, Write};

use super::{
    Failure, Notes, Required, Stop, Verdict,
    catch::{Caught, catch},
    noting,
};
use crate::exhaustive::is_canonical;
use crate::{Code, Generate, Source, Tape, shrink};

/// What must hold for every value of a generator, by name. Make one with [`property!`](crate::property).
pub struct Property<'a> {
    name: &'static str,
    required: Vec<Required>,
    test: Box<dyn Test + 'a>,
}

/// Makes a [`Property`] of a name, a generator and a closure that takes a reference to a value and gives a [`Verdict`].
/// A counterexample is printed as the Rust expression that rebuilds it where its type is [`Code`], else as `Debug` has it.
///
/// ```
/// use halligan_generators::{any, check_eq, property, run_seed};
///
/// let sorted = property!("sorting twice changes nothing", any::<Vec<u8>>(), |list| {
///     let mut once = list.clone();
///     once.sort();
///     let mut twice = once.clone();
///     twice.sort();
///     check_eq(twice, once)
/// });
/// assert!(run_seed(&sorted, 1, 1000).is_ok());
/// ```
#[macro_export]
macro_rules! property {
    ($name:expr, $generator:expr, $body:expr $(,)?) => {{
        #[allow(unused_imports, reason = "the better of the two is used")]
        use $crate::{PrintCode as _, PrintDebug as _};
        let property = $crate::Unprinted::new($generator, $body);
        let print = (&property).print();
        $crate::Property::new($name, property, print)
    }};
}

/// How a value is written down.
#[doc(hidden)]
pub type Print<T> = fn(&T, &mut dyn Write) -> fmt::Result;

/// A property that does not know yet how its values are printed.
#[doc(hidden)]
pub struct Unprinted<G, F> {
    generator: G,
    body: F,
}

impl<G: Generate, F: Fn(&G::Value) -> Verdict> Unprinted<G, F> {
    pub const fn new(generator: G, body: F) -> Self {
        Self { generator, body }
    }
}

/// Found first by a method call on a reference to [`Unprinted`], where the value is [`Code`].
#[doc(hidden)]
pub trait PrintCode {
    type Value;

    fn print(&self) -> Print<Self::Value>;
}

impl<G: Generate<Value: Code>, F> PrintCode for Unprinted<G, F> {
    type Value = G::Value;

    fn print(&self) -> Print<G::Value> {
        |value, out| value.code(out)
    }
}

/// Found next, by one more reference.
#[doc(hidden)]
pub trait PrintDebug {
    type Value;

    fn print(&self) -> Print<Self::Value>;
}

impl<G: Generate<Value: Debug>, F> PrintDebug for &Unprinted<G, F> {
    type Value = G::Value;

    fn print(&self) -> Print<G::Value> {
        |value, out| write!(out, "{value:?}")
    }
}

/// What a property said of one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Whether it holds.
    pub verdict: Verdict,
    /// What it noted.
    pub notes: Notes,
}

impl<'a> Property<'a> {
    #[doc(hidden)]
    pub fn new<G, F>(name: &'static str, property: Unprinted<G, F>, print: Print<G::Value>) -> Self
    where
        G: Generate + 'a,
        F: Fn(&G::Value) -> Verdict + 'a,
    {
        let Unprinted { generator, body } = property;
        Self { name, required: Vec::new(), test: Box::new(Closure { generator, body, print }) }
    }

    /// Demands that at least `percent` of the values that are not rejected have the label. The property fails where it
    /// is sure that they have not, and draws up to 64 times as many values as asked to be sure: see [`Required::judge`].
    ///
    /// # Panics
    /// If `percent` is not in `0.0..=100.0`.
    ///
    /// ```
    /// use halligan_generators::{any, label, property, run_seed};
    ///
    /// let hollow = property!("long lists", any::<Vec<u8>>(), |list| {
    ///     if list.len() > 3000 {
    ///         label!("long");
    ///     }
    ///     Ok(())
    /// });
    /// let fault = run_seed(&hollow.require("long", 1.0), 1, 1000).unwrap_err();
    /// assert_eq!(fault.to_string(), "0 of 4000 values are \"long\", less than the 1 % required");
    /// ```
    #[must_use]
    pub fn require(mut self, label: &'static str, percent: f64) -> Self {
        assert!((0.0..=100.0).contains(&percent), "Property::require: percent is between 0 and 100");
        self.required.push(Required { label, percent });
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The shares that it requires.
    #[must_use]
    pub fn required(&self) -> &[Required] {
        &self.required
    }

    /// Draws a value and looks at it. With the feature `std` a panic is a failure, also one of the generator.
    #[must_use]
    pub fn run(&self, source: &mut Source<'_>) -> Case {
        let (verdict, notes) = noting(|| self.test.run(source));
        Case { verdict, notes }
    }

    /// Draws a value and forgets it.
    pub(crate) fn draw(&self, source: &mut Source<'_>) {
        self.test.draw(source);
    }

    /// Writes down the value that `source` draws.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn print(&self, source: &mut Source<'_>, out: &mut dyn Write) -> fmt::Result {
        self.test.print(source, out)
    }

    /// Looks for the simplest value that fails, from one that fails on, with at most `calls` looks. Gives its choices and
    /// how many looks it took.
    #[must_use]
    pub fn shrink(&self, failing: &Tape, calls: usize) -> (Tape, usize) {
        noting(|| self.test.shrink(failing, calls)).0
    }

    /// Draws a value and forgets it; `tape` are the choices. Gives whether they are those that it is reflected to, or it
    /// cannot be.
    pub(crate) fn draw_canonical(&self, source: Source<'_>, tape: &mut Tape) -> bool {
        self.test.draw_canonical(source, tape)
    }
}

impl Debug for Property<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Property").field("name", &self.name).field("required", &self.required).finish_non_exhaustive()
    }
}

/// What is left of a property when the type of its values is forgotten.
trait Test {
    fn draw(&self, source: &mut Source<'_>);
    fn run(&self, source: &mut Source<'_>) -> Verdict;
    fn print(&self, source: &mut Source<'_>, out: &mut dyn Write) -> fmt::Result;
    fn shrink(&self, failing: &Tape, calls: usize) -> (Tape, usize);
    fn draw_canonical(&self, source: Source<'_>, tape: &mut Tape) -> bool;
}

struct Closure<G: Generate, F> {
    generator: G,
    body: F,
    print: Print<G::Value>,
}

impl<G: Generate, F: Fn(&G::Value) -> Verdict> Closure<G, F> {
    fn look_at(&self, value: &Result<G::Value, Failure>) -> Verdict {
        let verdict = value.as_ref().map_err(Failure::clone).and_then(|value| catch(|| (self.body)(value)));
        verdict.unwrap_or_else(|failure| Err(Stop::Failed(failure)))
    }
}

impl<G: Generate, F: Fn(&G::Value) -> Verdict> Test for Closure<G, F> {
    fn draw(&self, source: &mut Source<'_>) {
        drop(Caught(&self.generator).draw(source));
    }

    fn run(&self, source: &mut Source<'_>) -> Verdict {
        self.look_at(&Caught(&self.generator).draw(source))
    }

    fn print(&self, source: &mut Source<'_>, out: &mut dyn Write) -> fmt::Result {
        match Caught(&self.generator).draw(source) {
            Err(_) => out.write_str("(no value: the generator panics)"),
            Ok(value) => match catch(|| (self.print)(&value, out)) {
                Ok(written) => written,
                Err(failure) => write!(out, "(not printed: {})", failure.message),
            },
        }
    }

    fn shrink(&self, failing: &Tape, calls: usize) -> (Tape, usize) {
        let fails = |value: &Result<_, _>| matches!(self.look_at(value), Err(Stop::Failed(_)));
        let shrunk = shrink(&Caught(&self.generator), failing, calls, fails);
        (shrunk.tape, shrunk.calls)
    }

    fn draw_canonical(&self, source: Source<'_>, tape: &mut Tape) -> bool {
        let generator = Caught(&self.generator);
        let value = generator.draw(&mut source.recording(tape));
        is_canonical(&generator, &value, tape, &mut Tape::new())
    }
}
