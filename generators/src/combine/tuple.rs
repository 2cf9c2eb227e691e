//! A tuple of generators is a generator of tuples.

use crate::{Generate, Generated, Source, Tape, Unreflected};

macro_rules! tuples {
    ($($name:ident $index:tt),*) => {
        impl<$($name: Generate),*> Generate for ($($name,)*) {
            type Value = ($($name::Value,)*);

            #[inline]
            fn draw(&self, source: &mut Source<'_>) -> Self::Value {
                ($(self.$index.draw(source),)*)
            }

            #[inline]
            fn reflect(&self, value: &Self::Value, tape: &mut Tape) -> Result<(), Unreflected> {
                $(self.$index.reflect(&value.$index, tape)?;)*
                Ok(())
            }
        }

        impl<$($name: Generated),*> Generated for ($($name,)*) {
            #[inline]
            fn draw_from(source: &mut Source<'_>) -> Self {
                ($($name::draw_from(source),)*)
            }

            #[inline]
            fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
                $(self.$index.reflect_to(tape)?;)*
                Ok(())
            }
        }
    };
}

impl Generate for () {
    type Value = ();

    fn draw(&self, _: &mut Source<'_>) {}

    fn reflect(&self, (): &(), _: &mut Tape) -> Result<(), Unreflected> {
        Ok(())
    }
}

impl Generated for () {
    fn draw_from(_: &mut Source<'_>) {}

    fn reflect_to(&self, _: &mut Tape) -> Result<(), Unreflected> {
        Ok(())
    }
}

tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
