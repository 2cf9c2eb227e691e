use alloc::vec::Vec;
use core::array;

use crate::{Generate, Generated, Label, Source, Tape, Unreflected, any};

/// See [`list`].
#[derive(Clone, Copy, Debug)]
pub struct List<G, S> {
    element: G,
    average: u32,
    max: usize,
    room: usize,
    size: S,
}

/// Draws a list: before each element a choice whether there is one more, zero meaning no. The list is a span of the
/// tape, and so is each element with the choice before it: deleting that span deletes the element.
///
/// ```
/// use halligan_generators::{Generate, Source, any, list};
///
/// let words = list(any::<u16>()).average(2).max(8);
/// assert_eq!(words.draw(&mut Source::bytes(&[1, 7, 0, 1, 8, 0, 0])), [7, 8]);
/// ```
#[inline]
pub const fn list<G: Generate>(element: G) -> List<G, fn(&G::Value) -> usize> {
    List { element, average: 4, max: 64, room: usize::MAX, size: |_| 0 }
}

impl<G: Generate, S: Fn(&G::Value) -> usize> List<G, S> {
    /// Sets the average length of random lists, 4 at first. At least 1.
    #[must_use]
    pub const fn average(mut self, average: u32) -> Self {
        assert!(average > 0, "List::average: at least 1");
        self.average = average;
        self
    }

    /// Sets the greatest length, 64 at first.
    #[must_use]
    pub const fn max(mut self, max: usize) -> Self {
        self.max = max;
        self
    }

    /// Bounds the sum of the elements' sizes; the list ends before the first element that does not fit.
    ///
    /// ```
    /// use halligan_generators::{Generate, Source, bytes, list};
    ///
    /// let lines = list(bytes(1..=9)).within(10, Vec::len);
    /// assert_eq!(lines.draw(&mut Source::bytes(b"\x01\x04Hallo\x01\x05world\x00")), [b"Hallo"]);
    /// ```
    #[inline]
    pub fn within<T: Fn(&G::Value) -> usize>(self, room: usize, size: T) -> List<G, T> {
        List { element: self.element, average: self.average, max: self.max, room, size }
    }
}

impl<G: Generate, S: Fn(&G::Value) -> usize> Generate for List<G, S> {
    type Value = Vec<G::Value>;

    fn draw(&self, source: &mut Source<'_>) -> Self::Value {
        source.span(Label::list::<G::Value>(), |source| {
            let (mut list, mut room) = (Vec::new(), self.room);
            while list.len() < self.max {
                let item = source.enter(Label::item::<G::Value>());
                if source.integer(self.average.into()) == 0 {
                    source.abandon(item);
                    break;
                }
                if list.is_empty() {
                    // Room for most lists at once, but never much for nothing.
                    list.reserve((2 * self.average as usize).min(self.max).min(16));
                }
                list.push(self.element.draw(source));
                source.leave(item);
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
        })
    }

    fn reflect(&self, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected> {
        if value.len() > self.max {
            return Err(Unreflected("a list longer than the greatest length"));
        }
        if self.room < usize::MAX && value.iter().map(&self.size).sum::<usize>() > self.room {
            return Err(Unreflected("a list of a size beyond its room"));
        }
        tape.span(Label::list::<G::Value>(), |tape| {
            for element in value {
                tape.span(Label::item::<G::Value>(), |tape| {
                    tape.integer(1, self.average.into());
                    self.element.reflect(element, tape)
                })?;
            }
            if value.len() < self.max {
                tape.integer(0, self.average.into());
            }
            Ok(())
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
