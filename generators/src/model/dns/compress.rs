//! Name compression (RFC 1035 section 4.1.4).

use alloc::vec::Vec;
use core::ops::Range;

use super::part::meet;

/// The greatest length of a name in octets, its length octets and the root included (RFC 1035 section 2.3.4).
pub(super) const MAX_NAME: usize = 255;

/// Pointers have 14 bits (RFC 1035 section 4.1.4).
pub(super) const MAX_POINTER: u16 = 0x3fff;

/// Where labels stand that later names may point to, and whether the next one may.
///
/// It depends on nothing but the bytes before a name: so what was written and what is read have the same pointers.
#[derive(Clone, Debug)]
pub(super) struct Compressor {
    labels: Vec<u16>,
    /// Whether names are compressed here.
    pub on: bool,
    /// Bytes that are written later than those behind them: the length of the record that is being written.
    pub hole: Range<usize>,
}

impl Compressor {
    /// More labels than this are not remembered, as most compressors do, so that the time for a message is bounded.
    const MAX_LABELS: usize = 128;

    /// At the start of a message.
    pub fn new() -> Self {
        Self { labels: Vec::new(), on: true, hole: 0..0 }
    }

    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn truncate(&mut self, len: usize) {
        self.labels.truncate(len);
    }

    /// Remembers the labels of a name at `at`.
    pub fn remember(&mut self, mut at: usize, labels: &[Vec<u8>]) {
        for label in labels {
            if self.labels.len() < Self::MAX_LABELS && at <= MAX_POINTER.into() {
                self.labels.push(at as u16);
            }
            at += 1 + label.len();
        }
    }

    /// The pointer for the longest end of a name that was written before, and how many labels stand before it; `before`
    /// is the message up to the name.
    pub fn find(&self, before: &[u8], labels: &[Vec<u8>]) -> Option<(usize, u16)> {
        if !self.on {
            return None;
        }
        (0..labels.len()).find_map(|first| {
            let wanted = &labels[first..];
            let is_here = |at: &&u16| self.is_name(before, (**at).into(), wanted);
            self.labels.iter().find(is_here).map(|at| (first, *at))
        })
    }

    /// Whether the name at `at` has these labels, in the same case.
    fn is_name(&self, before: &[u8], at: usize, mut labels: &[Vec<u8>]) -> bool {
        self.walk(before, at, |label| {
            let Some((first, rest)) = labels.split_first() else { return false };
            labels = rest;
            first == label
        }) && labels.is_empty()
    }

    /// Visits the labels of the name at `at` while `visit` agrees. Gives whether the name was walked to its root: only
    /// backward, and no further than a name is long.
    pub fn walk<'a>(&self, before: &'a [u8], mut at: usize, mut visit: impl FnMut(&'a [u8]) -> bool) -> bool {
        let (mut run, mut octets) = (at, 1);
        loop {
            let Some(&first) = before.get(at) else { return false };
            let len = match first {
                0..=63 => usize::from(first),
                0xc0.. => 1,
                _ => return false,
            };
            let Some(behind) = before.get(at + 1..at + 1 + len) else { return false };
            if meet(&self.hole, &(at..at + 1 + len)) {
                return false;
            }
            match first {
                0 => return true,
                0xc0.. => {
                    let target = usize::from(first & 0x3f) << 8 | usize::from(behind[0]);
                    if target >= run {
                        return false;
                    }
                    (at, run) = (target, target);
                }
                _ => {
                    octets += 1 + len;
                    if octets > MAX_NAME || !visit(behind) {
                        return false;
                    }
                    at += 1 + len;
                }
            }
        }
    }
}
