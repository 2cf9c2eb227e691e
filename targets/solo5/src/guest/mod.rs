//! The bindings: what a unikernel needs of its host.
//!
//! [`unikernel!`](crate::unikernel) makes an executable a Solo5 image and calls its main function with a [`Guest`].
//! [`spt`] and [`hvt`] hold all that depends on the kind of host, and [`host`] chooses between them.

mod critical;
mod device;
mod fatal;
mod heap;
mod host;
mod hvt;
mod memory;
mod restore;
mod ring;
mod spt;
mod start;
mod syscall;

pub use device::{Block, Devices, Errno, Net};
pub use fatal::{fatal, set_last_words};
pub use heap::{HEAP, Heap};
pub use host::{Bell, Host, exit, monotonic, wall};
pub use restore::restore;
pub use start::{Guest, STACK_SIZE, start};

use core::fmt;

/// The console; what it writes goes out at once.
#[derive(Clone, Copy, Debug)]
pub struct Console;

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        host::write_console(text.as_bytes());
        Ok(())
    }
}

/// Makes the executable a Solo5 image: its entry point, its notes with the devices that
/// it needs, and its panic handler. The executable chooses a global allocator, such as [`Heap`].
///
/// `$target` is `Spt` or `Hvt`: the kind of host that the image is for, a variant of [`Target`](crate::abi::Target). `$main` is a `fn(&Guest) -> u8` and returns the exit status. Every device must be attached when the image is started.
/// The executable must be linked with a script that makes `halligan_start` its entry point, puts each note in a program
/// header of its own, and read-only memory last, to guard the stack.
#[macro_export]
macro_rules! unikernel {
    ($target:ident, $main:path $(, $device:expr)*) => {
        const _: () = {
            use $crate::abi::{Target, hvt, manifest::Entry, note, spt::BootInfo};

            #[used]
            #[unsafe(link_section = ".interp")]
            static INTERPRETER: [u8; 24] = note::INTERPRETER;

            #[used]
            #[unsafe(link_section = ".note.solo5.not_openbsd")]
            static NOT_OPENBSD: note::NotOpenBsdNote = note::NotOpenBsdNote::NOTE;

            #[used]
            #[unsafe(link_section = ".note.solo5.abi")]
            static ABI: note::AbiNote = note::AbiNote::new(Target::$target);

            #[used]
            #[unsafe(link_section = ".note.solo5.manifest")]
            static MANIFEST: note::ManifestNote<{ 1 $(+ { let _ = $device; 1 })* }> =
                note::ManifestNote::new([Entry::RESERVED_FIRST $(, $device)*]);

            // The entry point serves either kind.
            const _: () = assert!(
                core::mem::offset_of!(BootInfo, image_end) == core::mem::offset_of!(hvt::BootInfo, image_end)
                    && core::mem::offset_of!(BootInfo, memory_size) == core::mem::offset_of!(hvt::BootInfo, memory_size)
            );

            // The entry point: moves the stack to right behind the image, where read-only memory guards it, and ends the
            // chain of frame pointers.
            #[unsafe(naked)]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn halligan_start(boot: *const u8) -> ! {
                core::arch::naked_asm!(
                    "mov rsp, [rdi + {image_end}]",
                    "add rsp, {stack_size}",
                    "mov rax, [rdi + {memory_size}]",
                    "cmp rsp, rax",
                    "cmova rsp, rax",
                    "xor ebp, ebp",
                    "call {start}",
                    "ud2",
                    image_end = const core::mem::offset_of!(BootInfo, image_end),
                    memory_size = const core::mem::offset_of!(BootInfo, memory_size),
                    stack_size = const $crate::guest::STACK_SIZE,
                    start = sym start,
                )
            }

            unsafe extern "C" fn start(boot: *const u8) -> ! {
                // SAFETY: the entry point passes on what the tender passed to it, once.
                unsafe { $crate::guest::start(Target::$target, boot, $main) }
            }

            #[panic_handler]
            fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
                $crate::guest::fatal(info)
            }
        };
    };
}
