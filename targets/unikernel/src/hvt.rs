//! The fuzz agent as a Solo5 unikernel for the hardware virtualized tender.
#![no_std]
#![no_main]

extern crate alloc;

mod agent;
mod selftest;

use halligan_solo5::guest::Heap;

halligan_solo5::unikernel!(Hvt, agent::main);

#[global_allocator]
static ALLOCATOR: Heap = Heap;
