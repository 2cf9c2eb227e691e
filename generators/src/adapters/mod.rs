//! Adapters to other libraries, each behind the feature of its name.

#[cfg(feature = "proptest")]
pub mod proptest;
