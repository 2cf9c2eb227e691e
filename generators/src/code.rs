//! Values as Rust source text.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
    string::String,
    sync::Arc,
    vec::Vec,
};
use core::{
    fmt::{Result, Write},
    marker::PhantomData,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::NonZero,
    time::Duration,
};

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

as_debug!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, bool, char, str, ());

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
fn sequence(out: &mut dyn Write, open: &str, items: impl IntoIterator<Item: Code>, close: &str) -> Result {
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

macro_rules! pointers {
    ($($pointer:ident $new:literal),+) => {$(
        impl<T: Code> Code for $pointer<T> {
            fn code(&self, out: &mut dyn Write) -> Result {
                sequence(out, $new, [&**self], ")")
            }
        }
    )+};
}

pointers!(Box "Box::new(", Rc "std::rc::Rc::new(", Arc "std::sync::Arc::new(");

macro_rules! collections {
    ($([$($bounds:tt)*] $collection:ty: $from:literal;)+) => {$(
        impl<$($bounds)*> Code for $collection {
            fn code(&self, out: &mut dyn Write) -> Result {
                sequence(out, $from, self, "])")
            }
        }
    )+};
}

collections! {
    [T: Code] VecDeque<T>: "std::collections::VecDeque::from([";
    [T: Code] BTreeSet<T>: "std::collections::BTreeSet::from([";
    [K: Code, V: Code] BTreeMap<K, V>: "std::collections::BTreeMap::from([";
}

impl<T: Code + ?Sized> Code for &T {
    fn code(&self, out: &mut dyn Write) -> Result {
        (**self).code(out)
    }
}

impl<T: ?Sized> Code for PhantomData<T> {
    fn code(&self, out: &mut dyn Write) -> Result {
        out.write_str("std::marker::PhantomData")
    }
}

macro_rules! non_zero {
    ($($integer:ident),+) => {$(
        impl Code for NonZero<$integer> {
            fn code(&self, out: &mut dyn Write) -> Result {
                write!(out, concat!("std::num::NonZero::<", stringify!($integer), ">::new({}).unwrap()"), self)
            }
        }
    )+};
}

non_zero!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

impl Code for Duration {
    fn code(&self, out: &mut dyn Write) -> Result {
        write!(out, "std::time::Duration::new({}, {})", self.as_secs(), self.subsec_nanos())
    }
}

/// Types of addresses, which parse what they are displayed as.
macro_rules! parsed {
    ($($type:ident),+) => {$(
        impl Code for $type {
            fn code(&self, out: &mut dyn Write) -> Result {
                write!(out, concat!("\"{}\".parse::<std::net::", stringify!($type), ">().unwrap()"), self)
            }
        }
    )+};
}

parsed!(IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4);

impl Code for SocketAddr {
    fn code(&self, out: &mut dyn Write) -> Result {
        match self {
            Self::V4(v4) => sequence(out, "std::net::SocketAddr::V4(", [v4], ")"),
            Self::V6(v6) => sequence(out, "std::net::SocketAddr::V6(", [v6], ")"),
        }
    }
}

impl Code for SocketAddrV6 {
    fn code(&self, out: &mut dyn Write) -> Result {
        // What is displayed leaves the flow out.
        out.write_str("std::net::SocketAddrV6::new(")?;
        self.ip().code(out)?;
        write!(out, ", {}, {}, {})", self.port(), self.flowinfo(), self.scope_id())
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
                out.write_str(if stringify!($($index)*).is_empty() { ",)" } else { ")" })
            }
        }
    };
}

tuples!(A);
tuples!(A B 1);
tuples!(A B 1 C 2);
tuples!(A B 1 C 2 D 3);
tuples!(A B 1 C 2 D 3 E 4);
tuples!(A B 1 C 2 D 3 E 4 F 5);
tuples!(A B 1 C 2 D 3 E 4 F 5 G 6);
tuples!(A B 1 C 2 D 3 E 4 F 5 G 6 H 7);
