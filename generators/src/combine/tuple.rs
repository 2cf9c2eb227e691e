//! A tuple of generators is a generator of tuples.

use crate::{Generate, Generated, Source, Tape, Unreflected};

macro_rules! tuples {
    ($($name:ident $index:tt),*) => {
        impl<$($name: Generate),*> Generate for ($($name,)*) {
            type Value = ($($name::Value,)*);

            #[inline]
            fn draw(&self, _source: &mut Source<'_>) -> Self::Value {
                ($(self.$index.draw(_source),)*)
            }

            #[inline]
            fn reflect(&self, _value: &Self::Value, _tape: &mut Tape) -> Result<(), Unreflected> {
                $(self.$index.reflect(&_value.$index, _tape)?;)*
                Ok(())
            }
        }

        impl<$($name: Generated),*> Generated for ($($name,)*) {
            #[inline]
            fn draw_from(_source: &mut Source<'_>) -> Self {
                ($($name::draw_from(_source),)*)
            }

            #[inline]
            fn reflect_to(&self, _tape: &mut Tape) -> Result<(), Unreflected> {
                $(self.$index.reflect_to(_tape)?;)*
                Ok(())
            }
        }
    };
}

tuples!();
tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
