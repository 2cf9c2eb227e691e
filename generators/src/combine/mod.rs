//! The combinators, one idea a file.

mod bind;
mod bytes;
mod character;
mod choose;
mod concat;
mod constant;
mod favour;
mod float;
mod integer;
mod iso;
mod list;
mod map;
mod optional;
mod printer;
mod recursive;
mod result;
mod shuffle;
mod standard;
mod string;
mod tuple;

pub use bind::Bind;
pub use bytes::{Bytes, Octets, bytes, bytes_of, octets};
pub use choose::{Alternatives, Choose, Weighted, choose, weighted};
pub use concat::{Concat, Joined, concat};
pub use constant::{Constant, constant};
pub use favour::{Favour, favour};
pub use integer::{Integer, Often, Range, range};
pub use iso::Iso;
pub use list::{Array, List, Plain, array, list};
pub use map::Map;
pub use optional::{Optional, optional};
pub use printer::{Printed, Printer, WithPrinter, with_printer};
pub use recursive::{Fix, Lazy, fix, lazy};
pub use result::{Either, result};
pub use shuffle::{Shuffle, shuffle};
pub use string::{Text, string};
