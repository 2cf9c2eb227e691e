use crate::{Generate, Source, Tape, Unreflected};

/// See [`favour`].
#[derive(Clone, Copy, Debug)]
pub struct Favour<T: 'static, G> {
    favourites: &'static [T],
    rest: G,
}

/// Draws one of `favourites` half of the time, else from `rest`. The first favourite is the simplest. Any value that
/// `rest` reflects is reflected.
///
/// ```
/// use halligan_generators::{Generate, Source, any, favour};
///
/// let window = favour(&[0, 0xffff], any::<u16>());
/// assert_eq!(window.draw(&mut Source::bytes(&[1])), 0xffff);
/// assert_eq!(window.draw(&mut Source::bytes(&[2, 0x34, 0x12])), 0x1234);
/// ```
#[inline]
pub const fn favour<T, G>(favourites: &'static [T], rest: G) -> Favour<T, G>
where
    T: Clone + PartialEq,
    G: Generate<Value = T>,
{
    Favour { favourites, rest }
}

impl<T: Clone + PartialEq, G: Generate<Value = T>> Generate for Favour<T, G> {
    type Value = T;

    #[inline]
    fn draw(&self, source: &mut Source<'_>) -> T {
        let max = (2 * self.favourites.len() as u64).saturating_sub(1);
        match self.favourites.get(source.integer(max) as usize) {
            Some(favourite) => favourite.clone(),
            None => self.rest.draw(source),
        }
    }

    #[inline]
    fn reflect(&self, value: &T, tape: &mut Tape) -> Result<(), Unreflected> {
        let count = self.favourites.len() as u64;
        let max = (2 * count).saturating_sub(1);
        if let Some(index) = self.favourites.iter().position(|favourite| favourite == value) {
            tape.integer(index as u64, max);
            return Ok(());
        }
        tape.integer(count, max);
        self.rest.reflect(value, tape)
    }
}
