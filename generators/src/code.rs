//! Values as Rust source text.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt::{Result, Write};

use crate::Derived;

/// Writes a Rust expression that rebuilds the value, with full paths, to paste into a test.
///
/// ```
/// use halligan_generators::{Code, Derived};
///
/// let mut text = String::new();
/// (vec![1u8, 2], Derived::Lie(7u16)).code(&mut text).unwrap();
/// assert_eq!(text, "(vec![1, 2], halligan_generators::Derived::Lie(7))");
/// ```
pub trait Code {
    /// Appends the expression to `out`.
    ///
    /// # Errors
    /// Those of `out`.
    fn code(&self, out: &mut dyn Write) -> Result;
}

macro_rules! as_debug {
    ($($type:ty),+) => {$(
        impl Code for $type {
            fn code(&self, out: &mut dyn Write) -> Result {
                write!(out, "{self:?}")
            }
        }
    )+};
}

as_debug!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, bool, char, &str, ());

macro_rules! floats {
    ($($type:ident),+) => {$(
        impl Code for $type {
            fn code(&self, out: &mut dyn Write) -> Result {
                if self.is_finite() {
                    write!(out, "{self:?}")
                } else {
                    write!(out, concat!(stringify!($type), "::from_bits({:#x})"), self.to_bits())
                }
            }
        }
    )+};
}

floats!(f32, f64);

impl Code for String {
    fn code(&self, out: &mut dyn Write) -> Result {
        write!(out, "String::from({self:?})")
    }
}

/// Writes `open`, the items with commas between, `close`.
fn sequence<'a, T: Code + 'a>(
    out: &mut dyn Write,
    open: &str,
    items: impl IntoIterator<Item = &'a T>,
    close: &str,
) -> Result {
    out.write_str(open)?;
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        item.code(out)?;
    }
    out.write_str(close)
}

impl<T: Code> Code for Vec<T> {
    fn code(&self, out: &mut dyn Write) -> Result {
        sequence(out, "vec![", self, "]")
    }
}

impl<T: Code, const N: usize> Code for [T; N] {
    fn code(&self, out: &mut dyn Write) -> Result {
        sequence(out, "[", self, "]")
    }
}

impl<T: Code> Code for Option<T> {
    fn code(&self, out: &mut dyn Write) -> Result {
        match self {
            None => out.write_str("None"),
            Some(some) => sequence(out, "Some(", [some], ")"),
        }
    }
}

impl<T: Code, E: Code> Code for core::result::Result<T, E> {
    fn code(&self, out: &mut dyn Write) -> Result {
        match self {
            Ok(ok) => sequence(out, "Ok(", [ok], ")"),
            Err(err) => sequence(out, "Err(", [err], ")"),
        }
    }
}

impl<T: Code> Code for Box<T> {
    fn code(&self, out: &mut dyn Write) -> Result {
        sequence(out, "Box::new(", [&**self], ")")
    }
}

impl<T: Code> Code for Derived<T> {
    fn code(&self, out: &mut dyn Write) -> Result {
        match self {
            Self::Auto => out.write_str("halligan_generators::Derived::Auto"),
            Self::Lie(lie) => sequence(out, "halligan_generators::Derived::Lie(", [lie], ")"),
        }
    }
}

macro_rules! tuples {
    ($first:ident $($name:ident $index:tt)*) => {
        impl<$first: Code, $($name: Code),*> Code for ($first, $($name,)*) {
            fn code(&self, out: &mut dyn Write) -> Result {
                out.write_str("(")?;
                self.0.code(out)?;
                $(out.write_str(", ")?; self.$index.code(out)?;)*
                out.write_str(if [$($index),*].is_empty() { ",)" } else { ")" })
            }
        }
    };
}

tuples!(A B 1);
tuples!(A B 1 C 2);
tuples!(A B 1 C 2 D 3);
