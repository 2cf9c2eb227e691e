//! The unikernel's reader of DNS over TCP (RFC 7766 section 8): messages behind their length, in pieces of any size.

use alloc::vec::Vec;

/// Puts pieces of a stream together to messages.
#[derive(Debug, Default)]
pub struct Framing {
    buffer: Vec<u8>,
}

impl Framing {
    /// Takes a piece of the stream and calls `visit` with each message that is whole now.
    pub fn push(&mut self, mut piece: &[u8], mut visit: impl FnMut(&[u8])) {
        loop {
            if let [high, low, message @ ..] = &self.buffer[..]
                && message.len() == usize::from(u16::from_be_bytes([*high, *low]))
            {
                visit(message);
                self.buffer.clear();
            }
            let wanted = match &self.buffer[..] {
                [high, low, message @ ..] => usize::from(u16::from_be_bytes([*high, *low])) - message.len(),
                short => 2 - short.len(),
            };
            let (taken, rest) = piece.split_at(wanted.min(piece.len()));
            if taken.is_empty() {
                return;
            }
            self.buffer.extend_from_slice(taken);
            piece = rest;
        }
    }

    /// What waits for more.
    pub fn pending(&self) -> &[u8] {
        &self.buffer
    }
}
