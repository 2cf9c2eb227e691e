//! What engines and hosts know of a target.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use halligan_generators::{Annotation, Code, Generated, Model, Source, WireMutator};
#[cfg(feature = "shrink")]
use halligan_generators::{ShrunkWire, shrink_wire};
use halligan_solo5::mailbox::Filled;

use crate::observation::Observation;

/// A named entry point of a stack under test, with its input model and its properties.
pub trait Target: Sync + 'static {
    /// The model of its inputs.
    type Input: Model + Code;

    /// Its name, as in `cargo fuzz run NAME`: lower case, digits and underscores.
    const NAME: &'static str;

    /// What it tests, in one line.
    const ABOUT: &'static str;

    /// The properties that it checks, in the order of [`Violation::property`].
    fn properties(&self) -> &'static [Property];

    /// Runs the parser on `input`, notes what it saw, and checks the properties. Deterministic: the same bytes give the
    /// same observation, the same verdict and the same coverage.
    ///
    /// # Errors
    /// Says which property does not hold, and what was expected and seen.
    fn run(&self, input: &[u8], observation: &mut Observation<'_>) -> Result<(), Violation>;
}

/// What must hold for every input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name, unique within the target: lower case and underscores.
    pub name: &'static str,
    /// Where it comes from: an RFC and its section.
    pub rfc: &'static str,
    /// What it demands.
    pub demands: &'static str,
    /// The independent implementation that it compares with, if any.
    pub oracle: Option<&'static str>,
}

/// A property that does not hold for an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Index into [`Target::properties`].
    pub property: u32,
    /// What was expected and what was seen.
    pub detail: String,
}

/// A target whose input model is known only at run time: what engines, hosts and the command line work with. Every
/// [`Target`] is one.
pub trait AnyTarget: Sync {
    /// [`Target::NAME`].
    fn name(&self) -> &'static str;

    /// [`Target::ABOUT`].
    fn about(&self) -> &'static str;

    /// [`Target::properties`].
    fn properties(&self) -> &'static [Property];

    /// Runs `input` and writes the observation and, where a property does not hold, the detail to `answer`; the detail
    /// is cut to what is left. The hits are left for the caller to count.
    fn answer(&self, input: &[u8], answer: &mut [u8]) -> Filled;

    /// Appends to the emptied `out` an input that is drawn from nothing but `seed`, cut to `max_len` bytes. The same
    /// arguments give the same input.
    fn draw(&self, seed: u64, max_len: usize, out: &mut Vec<u8>);

    /// A structure-aware mutator for this target's inputs.
    fn mutator(&self) -> Box<dyn Mutate>;

    /// Shrinks `found`, which is known to fail, through the input model: looks for a simpler input that `still_fails`, with
    /// at most `calls` looks; see [`shrink_wire`].
    #[cfg(feature = "shrink")]
    fn shrink(&self, found: &[u8], calls: usize, still_fails: &mut dyn FnMut(&[u8]) -> bool) -> ShrunkWire;

    /// Visits the fields of `input`, in the order of its bytes.
    fn annotate(&self, input: &[u8], visit: &mut dyn FnMut(Annotation));

    /// The value that `input` is dissected to, as Rust code that rebuilds it.
    fn code(&self, input: &[u8]) -> String;

    /// Number of derived fields of `input` that do not have their computed value.
    fn lies(&self, input: &[u8]) -> usize;
}

/// How many choices and bytes of byte strings an input drawn from nothing is made of.
const DRAWN: usize = 400;

/// A structure-aware mutator; it keeps its buffers from call to call.
pub trait Mutate: Send {
    /// Appends to the emptied `out` a variant of `input`, at most `max_len` bytes long, with parts of `other` spliced in
    /// where it is given. The same arguments give the same variant.
    fn mutate(&mut self, input: &[u8], other: Option<&[u8]>, seed: u64, max_len: usize, out: &mut Vec<u8>);
}

impl<M: Model> Mutate for WireMutator<M>
where
    Self: Send,
{
    fn mutate(&mut self, input: &[u8], other: Option<&[u8]>, seed: u64, max_len: usize, out: &mut Vec<u8>) {
        Self::mutate(self, input, other, seed, max_len, out);
    }
}

impl<T: Target> AnyTarget for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn about(&self) -> &'static str {
        T::ABOUT
    }

    fn properties(&self) -> &'static [Property] {
        Target::properties(self)
    }

    fn answer(&self, input: &[u8], answer: &mut [u8]) -> Filled {
        const DETAIL_CAPACITY: usize = 2048;
        let capacity = answer.len().saturating_sub(DETAIL_CAPACITY);
        let mut observation = Observation::new(&mut answer[..capacity]);
        let verdict = self.run(input, &mut observation);
        let mut filled = Filled { observation: observation.finish(), ..Filled::default() };
        if let Err(violation) = verdict {
            let rest = &mut answer[filled.observation..];
            let detail = violation.detail.as_bytes();
            filled.failed = Some(violation.property);
            filled.detail = detail.len().min(rest.len());
            rest[..filled.detail].copy_from_slice(&detail[..filled.detail]);
        }
        filled
    }

    fn draw(&self, seed: u64, max_len: usize, out: &mut Vec<u8>) {
        T::Input::draw_from(&mut Source::random(seed, DRAWN)).emit_to(out);
        out.truncate(max_len);
    }

    fn mutator(&self) -> Box<dyn Mutate> {
        Box::new(WireMutator::<T::Input>::new())
    }

    #[cfg(feature = "shrink")]
    fn shrink(&self, found: &[u8], calls: usize, still_fails: &mut dyn FnMut(&[u8]) -> bool) -> ShrunkWire {
        shrink_wire::<T::Input>(found, calls, still_fails)
    }

    fn annotate(&self, input: &[u8], visit: &mut dyn FnMut(Annotation)) {
        T::Input::dissect(input).annotate(visit);
    }

    fn code(&self, input: &[u8]) -> String {
        let mut code = String::new();
        // Writing to a string cannot fail.
        let _ = T::Input::dissect(input).code(&mut code);
        code
    }

    fn lies(&self, input: &[u8]) -> usize {
        T::Input::dissect(input).lies()
    }
}
