//! The fuzz agent as a Solo5 unikernel.
#![no_std]
#![no_main]

use core::fmt::Write;

use halligan_solo5::guest::{self, Console, Guest};

halligan_solo5::unikernel!(main);

fn main(guest: &Guest) -> u8 {
    let _ = writeln!(Console, "Halligan unikernel: {:?}, {:?}", guest.command_line(), guest::monotonic());
    0
}
