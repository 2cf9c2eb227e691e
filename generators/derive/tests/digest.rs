//! The generators' digest, without any of their features.

#[path = "../../tests/digest.rs"]
mod digest;
