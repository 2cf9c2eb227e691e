//! Helps a model to annotate its fields.

use alloc::{format, string::String};
use core::{fmt::Write, ops::Range};

use super::Annotation;

/// Visits fields one after another; keeps where they lie.
pub(super) struct Fields<'a> {
    visit: &'a mut dyn FnMut(Annotation),
    at: usize,
    depth: u8,
}

impl<'a> Fields<'a> {
    pub fn new(visit: &'a mut dyn FnMut(Annotation)) -> Self {
        Self { visit, at: 0, depth: 0 }
    }

    /// Where the next field starts.
    pub fn at(&self) -> usize {
        self.at
    }

    /// A field of whole bytes.
    pub fn field(&mut self, name: &'static str, len: usize, value: String, lie: bool) {
        let bytes = self.at..self.at + len;
        self.at = bytes.end;
        (self.visit)(Annotation { bytes, bits: None, name, value, lie, depth: self.depth });
    }

    /// A field of whole bytes, `depth` levels deeper.
    pub fn field_at(&mut self, depth: u8, name: &'static str, len: usize, value: String, lie: bool) {
        self.depth += depth;
        self.field(name, len, value, lie);
        self.depth -= depth;
    }

    /// A field of some bits of the next `of` bytes; the one that has their last bit ends them.
    pub fn bits(&mut self, name: &'static str, of: usize, bits: Range<u8>, value: String, lie: bool) {
        let bytes = self.at..self.at + of;
        if usize::from(bits.end) == 8 * of {
            self.at = bytes.end;
        }
        (self.visit)(Annotation { bytes, bits: Some(bits), name, value, lie, depth: self.depth });
    }

    /// A byte string; nothing if it is empty.
    pub fn string(&mut self, name: &'static str, bytes: &[u8], lie: bool) {
        if !bytes.is_empty() {
            self.field(name, bytes.len(), string(bytes), lie);
        }
    }

    /// Fields one level deeper.
    pub fn deeper(&mut self, body: impl FnOnce(&mut Self)) {
        self.depth += 1;
        body(self);
        self.depth -= 1;
    }
}

/// A byte string as a literal; a long one is cut, with its length behind.
fn string(bytes: &[u8]) -> String {
    const SHOWN: usize = 48;
    let mut text = format!("\"{}\"", bytes[..bytes.len().min(SHOWN)].escape_ascii());
    if bytes.len() > SHOWN {
        // Writing to a string cannot fail.
        let _ = write!(text, "... ({} bytes)", bytes.len());
    }
    text
}

/// A 16-bit value in hexadecimal.
pub(super) fn hex(value: u16) -> String {
    format!("{value:#06x}")
}

/// The big-endian 16-bit value at `at`.
pub(super) fn word(wire: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([wire[at], wire[at + 1]])
}

/// An IPv4 address as people write it.
pub(super) fn ipv4_address([a, b, c, d]: [u8; 4]) -> String {
    format!("{a}.{b}.{c}.{d}")
}

/// A MAC address as people write it.
pub(super) fn mac_address([a, b, c, d, e, f]: [u8; 6]) -> String {
    format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
}
