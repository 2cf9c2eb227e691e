//! A unit's fields in the order of its bytes: written, annotated and counted by one walk; and the way back.

use halligan_generators::{Annotation, Derived};

/// A number on the wire, little-endian.
pub(crate) trait Number: Copy + PartialEq {
    const SIZE: usize;
    fn read(bytes: &[u8]) -> Self;
    fn write(self, out: &mut Vec<u8>);
    fn show(self) -> String;
}

macro_rules! numbers {
    ($($type:ident),+) => {$(
        impl Number for $type {
            const SIZE: usize = size_of::<$type>();

            fn read(bytes: &[u8]) -> Self {
                let mut array = [0; size_of::<$type>()];
                array.copy_from_slice(bytes);
                Self::from_le_bytes(array)
            }

            fn write(self, out: &mut Vec<u8>) {
                out.extend(self.to_le_bytes());
            }

            fn show(self) -> String {
                format!("{self:#x}")
            }
        }
    )+};
}

numbers!(u8, u16, u32, u64, i32);

impl<const N: usize> Number for [u8; N] {
    const SIZE: usize = N;

    fn read(bytes: &[u8]) -> Self {
        let mut array = [0; N];
        array.copy_from_slice(bytes);
        array
    }

    fn write(self, out: &mut Vec<u8>) {
        out.extend(self);
    }

    fn show(self) -> String {
        format!("\"{}\"", self.escape_ascii())
    }
}

/// Writes fields one after another, and shows them to a visitor if there is one.
pub(crate) struct Fields<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    visit: Option<&'a mut dyn FnMut(Annotation)>,
    lies: usize,
    depth: u8,
}

impl<'a> Fields<'a> {
    /// Appends what `unit` writes to `out`; returns the number of its lies.
    pub(crate) fn write(out: &'a mut Vec<u8>, unit: impl FnOnce(&mut Fields<'a>)) -> usize {
        Self::run(out, None, unit)
    }

    /// Shows what `unit` writes.
    pub(crate) fn visit(visit: &mut dyn FnMut(Annotation), unit: impl FnOnce(&mut Fields<'_>)) {
        Fields::run(&mut Vec::new(), Some(visit), unit);
    }

    fn run<'b>(
        out: &'b mut Vec<u8>,
        visit: Option<&'b mut dyn FnMut(Annotation)>,
        unit: impl FnOnce(&mut Fields<'b>),
    ) -> usize {
        let mut fields = Fields { start: out.len(), out, visit, lies: 0, depth: 0 };
        unit(&mut fields);
        fields.lies
    }

    /// Number of bytes so far.
    pub(crate) fn len(&self) -> usize {
        self.out.len() - self.start
    }

    /// A number.
    pub(crate) fn number<T: Number>(&mut self, name: &'static str, value: T) {
        self.show(name, T::SIZE, false, || value.show());
        value.write(self.out);
    }

    /// A number that follows from the rest.
    pub(crate) fn derived<T: Number>(&mut self, name: &'static str, value: Derived<T>, computed: T) {
        self.lies += value.lies();
        self.show(name, T::SIZE, value.is_lie(), || value.or(computed).show());
        value.or(computed).write(self.out);
    }

    /// Bytes.
    pub(crate) fn bytes(&mut self, name: &'static str, bytes: &[u8]) {
        self.show(name, bytes.len(), false, || format!("{} bytes", bytes.len()));
        self.out.extend_from_slice(bytes);
    }

    /// Zeros, unless they are a lie.
    pub(crate) fn padding(&mut self, name: &'static str, lie: &Derived<Vec<u8>>, computed: usize) {
        self.lies += lie.lies();
        let zeros;
        let bytes = match lie {
            Derived::Lie(bytes) => bytes,
            Derived::Auto => {
                zeros = vec![0; computed];
                &zeros
            }
        };
        self.show(name, bytes.len(), lie.is_lie(), || format!("{} bytes", bytes.len()));
        self.out.extend_from_slice(bytes);
    }

    /// Fields one level deeper.
    pub(crate) fn deeper(&mut self, unit: impl FnOnce(&mut Self)) {
        self.depth += 1;
        unit(self);
        self.depth -= 1;
    }

    fn show(&mut self, name: &'static str, length: usize, lie: bool, value: impl FnOnce() -> String) {
        let start = self.out.len() - self.start;
        if let Some(visit) = self.visit.as_mut().filter(|_| length > 0) {
            let bytes = start..start + length;
            visit(Annotation { bytes, bits: None, name, value: value(), lie, depth: self.depth });
        }
    }
}

/// Takes a number off the front of `rest`.
pub(crate) fn take<T: Number>(rest: &mut &[u8]) -> Option<T> {
    let (bytes, behind) = rest.split_at_checked(T::SIZE)?;
    *rest = behind;
    Some(T::read(bytes))
}

/// As [`take`]: a number that would be `computed`.
pub(crate) fn take_derived<T: Number>(rest: &mut &[u8], computed: T) -> Option<Derived<T>> {
    take(rest).map(|seen| Derived::seen(seen, computed))
}

/// Makes a type whose fields are walked a model; `$dissect` takes bytes apart.
macro_rules! model {
    ($type:ty, $dissect:path) => {
        impl halligan_generators::Model for $type {
            fn dissect(bytes: &[u8]) -> Self {
                $dissect(bytes)
            }

            fn emit_to(&self, out: &mut Vec<u8>) {
                $crate::fields::Fields::write(out, |fields| self.fields(fields));
            }

            fn annotate(&self, visit: &mut dyn FnMut(halligan_generators::Annotation)) {
                $crate::fields::Fields::visit(visit, |fields| self.fields(fields));
            }

            fn lies(&self) -> usize {
                $crate::fields::Fields::write(&mut Vec::new(), |fields| self.fields(fields))
            }
        }
    };
}

pub(crate) use model;
