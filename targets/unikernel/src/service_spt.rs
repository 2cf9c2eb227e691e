//! The stack served for real, as a Solo5 unikernel for the sandboxed process tender.
#![no_std]
#![no_main]

extern crate alloc;

mod service;

halligan_solo5::unikernel!(Spt, service::main, Entry::net("service"), Entry::block("storage"));
