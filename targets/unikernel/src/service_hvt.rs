//! The stack served for real, as a Solo5 unikernel for the hardware virtualized tender.
#![no_std]
#![no_main]

extern crate alloc;

mod service;

halligan_solo5::unikernel!(Hvt, service::main, Entry::net("service"), Entry::block("storage"));
