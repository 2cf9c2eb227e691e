//! Snapshots: guest memory when the guest first asks for one, and the way back to it.
//!
//! The kernel protects guest memory from writes, lifts that page by page as the guest writes, and lists the pages where it
//! has (userfaultfd in async mode, and `PAGEMAP_SCAN`). The guest calls [`entry`] in this very process, where it waits with
//! all that it needs on its stack. So this runs behind the filter and with the guest's FS, as the signal handlers do: no
//! thread-local, no allocation, no libc but for copying, and one system call more than the guest has otherwise.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::mem::offset_of;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;

use halligan_solo5::abi::EXIT_ABORT;
use halligan_solo5::abi::PAGE_SIZE;
use halligan_solo5::abi::spt::MEMORY_BASE;
use halligan_solo5::abi::spt::syscall::{CONSOLE, EXIT_GROUP, WRITE};
use linux_raw_sys::general::{
    PAGE_IS_WRITTEN, PM_SCAN_CHECK_WPASYNC, PM_SCAN_WP_MATCHING, UFFD_API, UFFD_FEATURE_WP_ASYNC, UFFD_USER_MODE_ONLY,
    UFFDIO_REGISTER_MODE_WP, page_region, pm_scan_arg, uffdio_api, uffdio_range, uffdio_register, uffdio_writeprotect,
};
use linux_raw_sys::ioctl::{UFFDIO_API, UFFDIO_REGISTER, UFFDIO_WRITEPROTECT};
use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous};

use super::memory::Memory;
use super::signals::syscall;
use crate::{Error, Primitives};

/// `PAGEMAP_SCAN` of Linux's `linux/fs.h`: the kernel lists pages and protects them again.
pub(super) const SCAN: u64 = 0xc060_6610;

/// Of Linux's `linux/userfaultfd.h`.
const UFFDIO_WRITEPROTECT_MODE_WP: u64 = 1;

/// Ranges of pages that one scan can list.
const RANGES: usize = 512;

const STACK_SIZE: usize = 16 << 10;

/// Descriptors that snapshots need for as long as the guest runs.
pub(super) struct Snapshots {
    /// Takes the requests for scans.
    pub(super) pagemap: OwnedFd,
    /// Keeps memory under watch. The guest can do nothing with it.
    pub(super) faults: OwnedFd,
}

/// What [`serve`] knows. It lies in the tender's memory, which the guest could write to: a guest that does so can harm its
/// own process alone.
#[repr(C)]
struct State {
    scan: pm_scan_arg,
    pagemap: u64,
    /// The guest's stack pointer when it first called; zero before.
    stack_pointer: u64,
    end: u64,
    /// Guest memory by another mapping, which is not under watch.
    alias: *mut u8,
    /// What guest memory was.
    pristine: *mut u8,
    ranges: [page_region; RANGES],
}

#[repr(align(4096))]
struct Shared<T>(UnsafeCell<T>);

// SAFETY: the one thread writes before the guest runs; afterwards only `serve` uses it, which never nests.
unsafe impl<T> Sync for Shared<T> {}

static STATE: Shared<State> = Shared(UnsafeCell::new(State {
    scan: pm_scan_arg {
        size: size_of::<pm_scan_arg>() as u64,
        flags: (PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC) as u64,
        start: 0,
        end: 0,
        walk_end: 0,
        vec: 0,
        vec_len: RANGES as u64,
        max_pages: 0,
        category_inverted: 0,
        category_mask: PAGE_IS_WRITTEN as u64,
        category_anyof_mask: 0,
        return_mask: PAGE_IS_WRITTEN as u64,
    },
    pagemap: 0,
    stack_pointer: 0,
    end: 0,
    alias: ptr::null_mut(),
    pristine: ptr::null_mut(),
    ranges: [page_region { start: 0, end: 0, categories: 0 }; RANGES],
}));
static STACK: Shared<[u8; STACK_SIZE]> = Shared(UnsafeCell::new([0; STACK_SIZE]));

/// Memory for a guest whose memory ends at `end`, to be mapped twice.
pub(super) fn file(end: u64) -> Result<OwnedFd, Error> {
    let file = memfd_create("guest", MemfdFlags::CLOEXEC).map_err(Error::host("create guest memory"))?;
    ftruncate(&file, end - MEMORY_BASE).map_err(Error::host("grow guest memory"))?;
    Ok(file)
}

impl Snapshots {
    /// Puts guest memory, which is `file`'s and ends at `end`, under watch.
    pub(super) fn prepare(end: u64, file: &OwnedFd) -> Result<Self, Error> {
        let (length, plain) = ((end - MEMORY_BASE) as usize, ProtFlags::READ | ProtFlags::WRITE);
        let failed = || Error::host("map memory for snapshots");
        // SAFETY: the kernel chooses where to map.
        let alias = unsafe { mmap(ptr::null_mut(), length, plain, MapFlags::SHARED, file, 0) }.map_err(failed())?;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: the kernel chooses where to map.
        let pristine = unsafe { mmap_anonymous(ptr::null_mut(), length, plain, flags) }.map_err(failed())?;
        let faults = watch(length as u64)?;
        let pagemap = File::open("/proc/self/pagemap").map_err(Error::host("open /proc/self/pagemap"))?.into();
        let snapshots = Self { pagemap, faults };
        // SAFETY: the guest does not run yet, so nothing else uses the state.
        unsafe {
            let state = &mut *STATE.0.get();
            state.pagemap = snapshots.pagemap.as_raw_fd() as u64;
            state.end = end;
            (state.alias, state.pristine) = (alias.cast(), pristine.cast());
            state.scan.vec = (&raw mut state.ranges).expose_provenance() as u64;
        }
        Ok(snapshots)
    }
}

/// Measures what restoring a snapshot cannot do without, with so many pages written to, in this very process.
///
/// # Errors
/// Fails where this machine cannot watch memory, and where this process has mapped something at the guest's addresses.
pub fn primitives(pages: u16) -> Result<Primitives, Error> {
    const SIZE: u64 = 16 << 20;
    let file = file(SIZE)?;
    let memory = Memory::map(SIZE, false, Some(&file))?;
    let _watched = Snapshots::prepare(SIZE, &file)?;
    let written = || (0..u64::from(pages)).map(|page| (4 << 20) + page * PAGE_SIZE);
    let state = STATE.0.get();
    // SAFETY: nothing else uses the state, as no guest runs in this process.
    let (alias, pristine, pagemap) = unsafe {
        ((*state).scan.start, (*state).scan.end) = (MEMORY_BASE, SIZE);
        ((*state).alias, (*state).pristine, (*state).pagemap)
    };
    let run = || {
        for page in written() {
            // SAFETY: a byte of guest memory, which is mapped.
            unsafe { ptr::with_exposed_provenance_mut::<u8>(page as usize).write_volatile(1) };
        }
        Ok(())
    };
    let scan = || {
        // SAFETY: the kernel writes its answer into the state.
        let listed = unsafe { syscall(libc::SYS_ioctl as u64, pagemap, SCAN, arguments()) };
        if listed < 0 { Err(Error::host("scan memory")(io::Error::from_raw_os_error(-listed as i32))) } else { Ok(()) }
    };
    let copy = || {
        for page in written() {
            let offset = (page - MEMORY_BASE) as usize;
            // SAFETY: a page of both mappings.
            unsafe { ptr::copy_nonoverlapping(pristine.add(offset), alias.add(offset), PAGE_SIZE as usize) };
        }
    };
    let measured = Primitives::measure(run, scan, copy);
    drop(memory);
    measured
}

/// Has the kernel note what is written to guest memory of `length` bytes.
fn watch(length: u64) -> Result<OwnedFd, Error> {
    const ACTION: &str = "watch guest memory, which needs userfaultfd of Linux 6.7 or later,";
    let check = |result: i64| {
        if result < 0 { Err(Error::host(ACTION)(io::Error::last_os_error())) } else { Ok(result) }
    };
    let flags = libc::O_CLOEXEC | UFFD_USER_MODE_ONLY as i32;
    // SAFETY: touches no memory.
    let fd = check(unsafe { libc::syscall(libc::SYS_userfaultfd, flags) })?;
    // SAFETY: just opened, and nobody else's.
    let fd = unsafe { OwnedFd::from_raw_fd(fd as i32) };
    let mut api = uffdio_api { api: UFFD_API.into(), features: UFFD_FEATURE_WP_ASYNC.into(), ioctls: 0 };
    let range = uffdio_range { start: MEMORY_BASE, len: length };
    // Else pages that nothing was ever in would count as written to.
    let mut protect = uffdio_writeprotect { range, mode: UFFDIO_WRITEPROTECT_MODE_WP };
    let mut register = uffdio_register { range, mode: UFFDIO_REGISTER_MODE_WP.into(), ioctls: 0 };
    // SAFETY: the kernel reads and writes the one structure.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), UFFDIO_API.into(), (&raw mut api).cast::<c_void>()) }.into())?;
    // SAFETY: as above; what is noted of guest memory changes nothing that it holds.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), UFFDIO_REGISTER.into(), (&raw mut register).cast::<c_void>()) }.into())?;
    // SAFETY: as above.
    let protected =
        unsafe { libc::ioctl(fd.as_raw_fd(), UFFDIO_WRITEPROTECT.into(), (&raw mut protect).cast::<c_void>()) };
    check(protected.into())?;
    Ok(fd)
}

/// Where a guest calls for a snapshot to be taken or restored.
pub(super) fn entry() -> u64 {
    (enter as unsafe extern "C" fn() as *const ()).expose_provenance() as u64
}

/// The address of the arguments of [`SCAN`].
pub(super) fn arguments() -> u64 {
    // SAFETY: within the static.
    unsafe { &raw const (*STATE.0.get()).scan }.expose_provenance() as u64
}

/// Notes the stack pointer the first time, and returns on that stack every time: what it held then is there again.
#[unsafe(naked)]
unsafe extern "C" fn enter() {
    std::arch::naked_asm!(
        "lea rax, [rip + {state}]",
        "cmp qword ptr [rax + {stack_pointer}], 0",
        "jne 2f",
        "mov [rax + {stack_pointer}], rsp",
        "xor edi, edi",
        "jmp 3f",
        "2:",
        "mov edi, 1",
        "3:",
        "lea rsp, [rip + {stack} + {size}]",
        "cld",
        "call {serve}",
        "lea rax, [rip + {state}]",
        "mov rsp, [rax + {stack_pointer}]",
        "ret",
        state = sym STATE,
        stack = sym STACK,
        size = const STACK_SIZE,
        stack_pointer = const offset_of!(State, stack_pointer),
        serve = sym serve,
    )
}

/// Takes a snapshot, or restores it.
unsafe extern "C" fn serve(restore: bool) {
    // No reference, as the kernel writes there too.
    let state = STATE.0.get();
    // SAFETY: the state was written before the guest ran, and since then this and the kernel use it alone. The kernel lists
    // ranges of guest memory, which all three mappings hold, and they do not overlap.
    unsafe {
        let end = (*state).end;
        (*state).scan.start = MEMORY_BASE;
        (*state).scan.end = end;
        while (*state).scan.start < end {
            let listed = syscall(libc::SYS_ioctl as u64, (*state).pagemap, SCAN, arguments());
            if listed < 0 {
                die();
            }
            for index in 0..(listed as usize).min(RANGES) {
                let range = (*state).ranges[index];
                let (offset, length) = ((range.start - MEMORY_BASE) as usize, (range.end - range.start) as usize);
                let (alias, pristine) = ((*state).alias.add(offset), (*state).pristine.add(offset));
                let (from, to) = if restore { (pristine, alias) } else { (alias, pristine) };
                ptr::copy_nonoverlapping(from, to, length);
            }
            (*state).scan.start = (*state).scan.walk_end;
        }
    }
}

/// Ends the guest, whose memory cannot be restored.
fn die() -> ! {
    const WHY: &[u8] = b"halligan-tender: the kernel lists no dirty pages\n";
    loop {
        // SAFETY: the kernel reads the line, and ends the process.
        unsafe {
            syscall(WRITE, CONSOLE, WHY.as_ptr().addr() as u64, WHY.len() as u64);
            syscall(EXIT_GROUP, EXIT_ABORT.into(), 0, 0);
        }
    }
}
