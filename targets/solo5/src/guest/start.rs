//! From the entry point to the main function.

use core::slice;

use super::device::Devices;
use super::host::Boot;
use super::{HEAP, Host, exit, fatal};
use crate::abi::manifest::{Entry, Head, MAX_ENTRIES};
use crate::abi::{COMMAND_LINE_SIZE, Target};

/// What a guest has: memory, a command line, devices and a host.
#[derive(Clone, Debug)]
pub struct Guest {
    memory: u64,
    command_line: &'static str,
    devices: Devices,
    host: Host,
}

/// Size of the stack right behind the image in bytes, as usual for a Linux process.
pub const STACK_SIZE: u64 = 8 << 20;

impl Guest {
    /// Size of memory in bytes, as the host counts it.
    pub fn memory(&self) -> u64 {
        self.memory
    }

    /// The command line.
    pub fn command_line(&self) -> &'static str {
        self.command_line
    }

    /// The devices.
    pub fn devices(&self) -> Devices {
        self.devices
    }

    /// The host, to wait for devices and time.
    pub fn host(&self) -> Host {
        self.host
    }

    /// # Safety
    /// `boot` must be what a tender told.
    unsafe fn new(boot: &Boot) -> Self {
        // SAFETY: the tender puts the command line, ended by a NUL, into an area of this size.
        let area = unsafe { slice::from_raw_parts(boot.command_line as *const u8, COMMAND_LINE_SIZE) };
        let end = area.iter().position(|&byte| byte == 0).unwrap_or(0);
        // SAFETY: the tender puts a manifest there: a head and as many entries as it says.
        let entries = unsafe {
            let head = boot.manifest as *const Head;
            let count = (*head).entries as usize;
            slice::from_raw_parts(head.add(1).cast::<Entry>(), count.min(MAX_ENTRIES))
        };
        Self {
            memory: boot.memory_size,
            command_line: core::str::from_utf8(&area[..end]).unwrap_or_default(),
            devices: Devices::new(entries),
            host: boot.host,
        }
    }
}

/// Runs `main` and ends the guest with the status that it returns.
///
/// # Safety
/// Must be called first and once, with what the tender of `target` passed to the image's entry point, and on a stack of [`STACK_SIZE`]
/// right behind the image.
pub unsafe fn start(target: Target, boot: *const u8, main: fn(&Guest) -> u8) -> ! {
    // SAFETY: the caller vouches for the boot information.
    let boot = unsafe { Boot::read(target, boot) };
    let stack_end = (boot.image_end + STACK_SIZE).min(boot.memory_size);
    fatal::set_stack_end(stack_end);
    // SAFETY: nothing else uses the memory behind the stack.
    unsafe { HEAP.give(stack_end as *mut u8..boot.memory_size as *mut u8) };
    // SAFETY: the caller vouches for it.
    let guest = unsafe { Guest::new(&boot) };
    exit(main(&guest))
}
