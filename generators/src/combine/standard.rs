//! Generators of the standard library's types that have a plain one.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
    sync::Arc,
    vec::Vec,
};
use core::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::NonZero,
    time::Duration,
};

use crate::{Generate, Generated, Source, Tape, Unreflected, any, choose, list, octets, range};

/// Implements [`Generated`] by an expression for a generator.
macro_rules! by {
    ($([$($bounds:tt)*] $type:ty: $generator:expr;)+) => {$(
        impl<$($bounds)*> Generated for $type {
            fn draw_from(source: &mut Source<'_>) -> Self {
                $generator.draw(source)
            }

            fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
                $generator.reflect(self, tape)
            }
        }
    )+};
}

macro_rules! pointers {
    ($($pointer:ident),+) => {$(
        impl<T: Generated> Generated for $pointer<T> {
            #[inline]
            fn draw_from(source: &mut Source<'_>) -> Self {
                source.nested(|source| Self::new(T::draw_from(source)))
            }

            #[inline]
            fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
                tape.nested(|tape| (**self).reflect_to(tape))
            }
        }
    )+};
}

pointers!(Box, Rc, Arc);

/// Zero is left out: 1 is the simplest, and the range wraps around to the values below.
macro_rules! non_zero {
    ($($unsigned:ident $signed:ident),+) => {
        by! {$(
            [] NonZero<$unsigned>: range(1..=$unsigned::MAX)
                .iso(|value| NonZero::new(value).expect("not zero"), |value: &NonZero<$unsigned>| Some(value.get()));
            [] NonZero<$signed>: any::<NonZero<$unsigned>>()
                .iso(|value: NonZero<$unsigned>| value.cast_signed(), |value: &NonZero<$signed>| Some(value.cast_unsigned()));
        )+}
    };
}

non_zero!(u8 i8, u16 i16, u32 i32, u64 i64, u128 i128, usize isize);

by! {
    [] Duration: (any::<u64>(), range(0..1_000_000_000u32)).iso(
        |(seconds, nanoseconds)| Self::new(seconds, nanoseconds),
        |value: &Self| Some((value.as_secs(), value.subsec_nanos())),
    );
    [] Ipv4Addr: octets().iso(Self::from_octets, |address: &Self| Some(address.octets()));
    [] Ipv6Addr: octets().iso(Self::from_octets, |address: &Self| Some(address.octets()));
    [] IpAddr: choose((
        any().iso(Self::V4, |address| if let Self::V4(v4) = address { Some(*v4) } else { None }),
        any().iso(Self::V6, |address| if let Self::V6(v6) = address { Some(*v6) } else { None }),
    ));
    [] SocketAddrV4: any().iso(
        |(address, port)| Self::new(address, port),
        |socket: &Self| Some((*socket.ip(), socket.port())),
    );
    [] SocketAddrV6: any().iso(
        |(address, port, flow, scope)| Self::new(address, port, flow, scope),
        |socket: &Self| Some((*socket.ip(), socket.port(), socket.flowinfo(), socket.scope_id())),
    );
    [] SocketAddr: choose((
        any().iso(Self::V4, |socket| if let Self::V4(v4) = socket { Some(*v4) } else { None }),
        any().iso(Self::V6, |socket| if let Self::V6(v6) = socket { Some(*v6) } else { None }),
    ));
}

/// Drawn as a list, in which an equal element stands for the one before it.
macro_rules! collections {
    ($([$($bounds:tt)*] $collection:ty, $element:ty: $reflect:expr;)+) => {$(
        impl<$($bounds)*> Generated for $collection {
            fn draw_from(source: &mut Source<'_>) -> Self {
                Vec::<$element>::draw_from(source).into_iter().collect()
            }

            fn reflect_to(&self, tape: &mut Tape) -> Result<(), Unreflected> {
                list(any::<$element>()).reflect_items(self.iter(), tape, $reflect)
            }
        }
    )+};
}

collections! {
    [T: Generated] VecDeque<T>, T: T::reflect_to;
    [T: Generated + Ord] BTreeSet<T>, T: T::reflect_to;
    [K: Generated + Ord, V: Generated] BTreeMap<K, V>, (K, V): |(key, value), tape| {
        key.reflect_to(tape)?;
        value.reflect_to(tape)
    };
}
