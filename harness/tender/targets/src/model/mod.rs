//! Lossless models of what a guest hands to a tender.

pub mod call;
pub mod image;
pub mod manifest;
pub mod note;

/// The most bytes that any part takes.
const MAX: usize = u32::MAX as usize;

/// No bytes, which is what is behind most parts.
const NONE: &[Vec<u8>] = &[Vec::new()];
