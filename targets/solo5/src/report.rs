//! What an agent says when it ends, the same in the unikernel and in the native worker.

use core::arch::asm;
use core::fmt::{self, Write};
use core::ops::Range;
use core::panic::Location;

use crate::frames;
use crate::mailbox::{End, LastWords, MESSAGE_CAPACITY};

/// Text that is built without an allocator. What does not fit is cut off.
#[derive(Clone, Debug)]
pub struct Message {
    bytes: [u8; MESSAGE_CAPACITY],
    length: usize,
}

impl Message {
    /// The message of a panic: where and what.
    pub fn of_panic(location: Option<&Location<'_>>, what: impl fmt::Display) -> Self {
        let mut message = Self { bytes: [0; MESSAGE_CAPACITY], length: 0 };
        // Writing to a message does not fail; what is displayed may, and then its beginning is better than nothing.
        let _ = match location {
            Some(location) => write!(message, "{location}: {what}"),
            None => write!(message, "{what}"),
        };
        message
    }

    /// The message of an allocator that has no memory for `size` bytes.
    pub fn of_refusal(size: usize) -> Self {
        Self::of_panic(None, format_args!("no memory for {size} bytes"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.bytes[..self.length].utf8_chunks().next().map_or("", |chunk| chunk.valid())
    }
}

impl Write for Message {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.length..];
        let length = text.len().min(room.len());
        room[..length].copy_from_slice(&text.as_bytes()[..length]);
        self.length += length;
        Ok(())
    }
}

/// Leaves a message and the callers of the running function. `stack_end` is the address at which the stack ends.
#[inline(never)]
pub fn last_words(words: &LastWords, end: End, message: &Message, stack_end: u64) {
    backtrace(stack_end, |pc| words.push_frame(pc));
    words.say(end, message.as_str());
}

/// Visits the return addresses from the running function on, innermost first.
#[inline(always)]
pub fn backtrace(stack_end: u64, visit: impl FnMut(u64)) {
    let (frame_pointer, stack_pointer): (u64, u64);
    // SAFETY: reads two registers.
    unsafe {
        asm!("mov {}, rbp", "mov {}, rsp", out(reg) frame_pointer, out(reg) stack_pointer,
            options(nomem, nostack, preserves_flags));
    }
    // SAFETY: the stack reaches from the stack pointer to its end.
    unsafe { frames::walk(frame_pointer, stack_pointer..stack_end, text(), visit) };
}

/// Addresses of the image's code.
pub fn text() -> Range<u64> {
    unsafe extern "C" {
        safe static __executable_start: u8;
        safe static etext: u8;
    }
    (&raw const __executable_start).addr() as u64..(&raw const etext).addr() as u64
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn a_message_says_where_and_what() {
        let here = Location::caller();
        let message = Message::of_panic(Some(here), format_args!("{} is odd", 3));
        assert_eq!(message.as_str(), format!("{}:{}:{}: 3 is odd", here.file(), here.line(), here.column()));
        assert_eq!(Message::of_refusal(99).as_str(), "no memory for 99 bytes");
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let long = format!("x{}", "é".repeat(MESSAGE_CAPACITY));
        let message = Message::of_panic(None, &long);
        assert_eq!(message.as_str().len(), MESSAGE_CAPACITY - 1);
        assert!(long.starts_with(message.as_str()));
    }

    #[test]
    fn the_code_of_this_test_is_text() {
        let here = the_code_of_this_test_is_text as fn() as usize as u64;
        assert!(text().contains(&here));
    }
}
