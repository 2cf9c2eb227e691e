//! The combinators, one idea a file.

mod bind;
mod bytes;
mod choose;
mod constant;
mod favour;
mod integer;
mod iso;
mod list;
mod optional;
mod recursive;
mod tuple;

pub use bind::Bind;
pub use bytes::{Bytes, Octets, bytes, bytes_of, octets};
pub use choose::{Alternatives, Choose, Weighted, choose, weighted};
pub use constant::{Constant, constant};
pub use favour::{Favour, favour};
pub use integer::{Integer, Often, Range, range};
pub use iso::Iso;
pub use list::{Array, List, array, list};
pub use optional::{Optional, optional};
pub use recursive::{Fix, Lazy, fix, lazy};
