use alloc::vec::Vec;
use core::array;

use crate::{Generate, Generated, Label, Source, Tape, Unreflected, any};

/// See [`list`].
#[derive(Clone, Copy, Debug)]
pub struct List<G, S> {
    element: G,
    average: u32,
    min: usize,
    max: usize,
    room: usize,
    size: S,
}

/// The size of elements in a list without room to keep: none.
pub type Plain<G> = fn(&<G as Generate>::Value) -> usize;

/// Draws a list: before each element a choice whether there is one more, zero meaning no; below the least length there
/// is one all the same. The list is a span of the tape, and so is each element with the choice before it: deleting that
/// span deletes the element.
///
/// ```
/// use halligan_generators::{Generate, Source, any, list};
///
/// let words = list(any::<u16>()).average(2).max(8);
/// assert_eq!(words.draw(&mut Source::bytes(&[1, 7, 0, 1, 8, 0, 0])), [7, 8]);
/// ```
#[inline]
pub const fn list<G: Generate>(element: G) -> List<G, Plain<G>> {
    List { element, average: 4, min: 0, max: usize::MAX, room: usize::MAX, size: |_| 0 }
}

impl<G: Generate, S: Fn(&G::Value) -> usize> List<G, S> {
    /// Sets the average length of random lists, 4 at first. At least 1.
    #[must_use]
    pub const fn average(mut self, average: u32) -> Self {
        assert!(average > 0, "List::average: at least 1");
        self.average = average;
        self
    }

    /// Sets the least length, 0 at first. At most the greatest.
    ///
    /// ```
    /// use halligan_generators::{Generate, Source, any, list};
    ///
    /// assert_eq!(list(any::<u8>()).min(1).draw(&mut Source::bytes(&[])), [0]);
    /// ```
    #[must_use]
    pub const fn min(mut self, min: usize) -> Self {
        assert!(min <= self.max, "List::min: above the greatest length");
        self.min = min;
        self
    }

    /// Sets the greatest length; at first the source alone bounds it. At least the least.
    #[must_use]
    pub const fn max(mut self, max: usize) -> Self {
        assert!(self.min <= max, "List::max: below the least length");
        self.max = max;
        self
    }

    /// Bounds the sum of the elements' sizes; the list ends before the first element that does not fit, even below its
    /// least length.
    ///
    /// ```
    /// use halligan_generators::{Generate, Source, bytes, list};
    ///
    /// let lines = list(bytes(1..=9)).within(10, Vec::len);
    /// assert_eq!(lines.draw(&mut Source::bytes(b"\x01\x04Hallo\x01\x05world\x00")), [b"Hallo"]);
    /// ```
    #[inline]
    pub fn within<T: Fn(&G::Value) -> usize>(self, room: usize, size: T) -> List<G, T> {
        List { element: self.element, average: self.average, min: self.min, max: self.max, room, size }
    }
}

impl<G: Generate, S: Fn(&G::Value) -> usize> Generate for List<G, S> {
    type Value = Vec<G::Value>;

    fn draw(&self, source: &mut Source<'_>) -> Self::Value {
        if !source.descend() {
            return self.draw_simplest();
        }
        let list = source.span(Label::list::<G::Value>(), |source| {
            let (mut list, mut room) = (Vec::new(), self.room);
            while list.len() < self.max {
                let item = source.enter(Label::item::<G::Value>());
                if !source.more(self.average) && list.len() >= self.min {
                    source.abandon(item);
                    break;
                }
                if list.is_empty() {
                    // Room for most lists at once, but never much for nothing.
                    list.reserve((2 * self.average as usize).min(self.max).min(16));
                }
                list.push(self.element.draw(source));
                source.leave(&item);
                if self.room < usize::MAX {
                    let size = list.last().map_or(0, &self.size);
                    let Some(left) = room.checked_sub(size) else {
                        list.pop();
                        break;
                    };
                    room = left;
                }
            }
            list
        });
        source.ascend();
        list
    }

    fn reflect(&self, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        if value.len() < self.min && self.room == usize::MAX {
            return Err(Unreflected("a list shorter than the least length"));
        }
        if self.room < usize::MAX && value.iter().map(&self.size).sum::<usize>() > self.room {
            return Err(Unreflected("a list of a size beyond its room"));
        }
        self.reflect_items(value.iter(), tape, |element, tape| self.element.reflect(element, tape))
    }
}

impl<G: Generate, S: Fn(&G::Value) -> usize> List<G, S> {
    /// Where recursion has to end: out of the way of all other draws.
    #[cold]
    fn draw_simplest(&self) -> Vec<G::Value> {
        self.draw(&mut Source::bytes(&[]))
    }
}

impl<G: Generate, S> List<G, S> {
    /// Reflects a collection of what is to the elements as `reflect` says.
    pub(super) fn reflect_items<T>(
        &self,
        items: impl ExactSizeIterator<Item = T>,
        tape: &mut Tape,
        reflect: impl Fn(T, &mut Tape) -> Result<(), Unreflected>,
    ) -> Result<(), Unreflected> {
        let len = items.len();
        if len > self.max {
            return Err(Unreflected("a list longer than the greatest length"));
        }
        tape.nested(|tape| {
            tape.span(Label::list::<G::Value>(), |tape| {
                for item in items {
                    tape.span(Label::item::<G::Value>(), |tape| {
                        tape.integer(1, self.average.into());
                        reflect(item, tape)
                    })?;
                }
                if len < self.max {
                    tape.integer(0, self.average.into());
                }
                Ok(())
            })
        })
    }
}

impl<T: Generated> Generated for Vec<T> {
    fn draw_from(source: &mut Source<'_>) -> Self {
        list(any()).draw(source)
    }

    fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
        list(any()).reflect(self, tape)
    }
}

/// See [`array()`].
#[derive(Clone, Copy, Debug)]
pub struct Array<G, const N: usize>(G);

/// Draws an array, element after element.
///
/// ```
/// use halligan_generators::{Generate, Source, array, range};
///
/// let dice = array::<_, 3>(range(1u8..=6));
/// assert_eq!(dice.draw(&mut Source::bytes(&[0, 5, 6])), [1, 6, 1]);
/// ```
pub const fn array<G: Generate, const N: usize>(element: G) -> Array<G, N> {
    Array(element)
}

impl<G: Generate, const N: usize> Generate for Array<G, N> {
    type Value = [G::Value; N];

    #[inline]
    fn draw(&self, source: &mut Source<'_>) -> Self::Value {
        array::from_fn(|_| self.0.draw(source))
    }

    #[inline]
    fn reflect(&self, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        value.iter().try_for_each(|element| self.0.reflect(element, tape))
    }
}

impl<T: Generated, const N: usize> Generated for [T; N] {
    #[inline]
    fn draw_from(source: &mut Source<'_>) -> Self {
        array::from_fn(|_| T::draw_from(source))
    }

    #[inline]
    fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
        self.iter().try_for_each(|element| element.reflect_to(tape))
    }
}
