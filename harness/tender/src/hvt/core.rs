//! Core dumps: the memory and the registers of a guest that aborted, for a debugger.

use std::ffi::c_void;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use halligan_solo5::abi::PAGE_SIZE;
use halligan_solo5::abi::hvt::Address;
use rustix::fs::{AtFlags, Mode, OFlags, accessat, open, openat};
use zerocopy::IntoBytes;

use super::memory::Memory;
use super::vcpu::Vcpu;
use crate::Error;

/// The folder that a core is dumped to.
pub(super) struct Folder {
    path: PathBuf,
    fd: OwnedFd,
}

/// Size of Linux's `struct elf_prstatus` in bytes, and where the registers lie in it.
const STATUS_SIZE: usize = 336;
const STATUS_REGISTERS: usize = 112;

const HEADER_SIZE: u64 = 64;
const PROGRAM_SIZE: u64 = 56;
const NOTE_HEADER: [u32; 5] = [5, STATUS_SIZE as u32, 1, u32::from_le_bytes(*b"CORE"), 0];

impl Folder {
    /// Opens the folder at `path`.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |errno| Error::host(format!("dump cores to {}", path.display()))(errno);
        let fd = open(path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
        accessat(&fd, c".", rustix::fs::Access::WRITE_OK, AtFlags::empty()).map_err(failed)?;
        Ok(Self { path: path.to_owned(), fd })
    }

    /// Dumps a core, and says where. `cookie` is where the guest keeps the registers of a trap.
    pub(super) fn dump(&self, memory: &Memory, vcpu: &mut Vcpu, cookie: Option<Address>) -> Result<(), Error> {
        let name = format!("core.solo5-hvt.{}", std::process::id());
        let path = self.path.join(&name);
        let action = format!("dump a core to {}", path.display());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = openat(&self.fd, &name, flags, Mode::RUSR | Mode::WUSR).map_err(Error::host(action.clone()))?;
        vcpu.read_registers()?;
        let status = status(memory, vcpu, cookie);
        write(File::from(file), memory, &status).map_err(Error::host(action))?;
        eprintln!("halligan-tender: dumped the guest's core to {}", path.display());
        Ok(())
    }
}

/// Writes headers, the note, and those pages that the guest has touched.
fn write(mut file: File, memory: &Memory, status: &[u8; STATUS_SIZE]) -> io::Result<()> {
    let note = (size_of_val(&NOTE_HEADER) + STATUS_SIZE) as u64;
    let note_start = HEADER_SIZE + 2 * PROGRAM_SIZE;
    let memory_start = note_start + note;
    let mut head = Vec::new();
    // ELF, 64 bits, little-endian, version 1, standalone; a core of x86-64.
    head.extend_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 255, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.extend_from_slice([4u16, 62].as_bytes());
    head.extend_from_slice([1u32].as_bytes());
    head.extend_from_slice([0u64, HEADER_SIZE, 0].as_bytes());
    head.extend_from_slice([0u32].as_bytes());
    head.extend_from_slice([HEADER_SIZE as u16, PROGRAM_SIZE as u16, 2, 0, 0, 0].as_bytes());
    // Type (note, load), flags, offset, addresses, sizes, alignment.
    head.extend_from_slice([4u32, 0].as_bytes());
    head.extend_from_slice([note_start, 0, 0, note, note, 0].as_bytes());
    head.extend_from_slice([1u32, 0].as_bytes());
    head.extend_from_slice([memory_start, 0, 0, memory.size(), memory.size(), 0].as_bytes());
    head.extend_from_slice(NOTE_HEADER.as_bytes());
    head.extend_from_slice(status);
    file.write_all(&head)?;
    file.set_len(memory_start + memory.size())?;
    for page in touched(memory)? {
        let bytes = memory.bytes(Address(page), PAGE_SIZE).map_err(io::Error::other)?;
        file.write_all_at(bytes, memory_start + page)?;
    }
    Ok(())
}

/// The pages of the guest's memory that are not untouched zeros.
fn touched(memory: &Memory) -> io::Result<impl Iterator<Item = u64>> {
    let mut resident = vec![0u8; (memory.size() / PAGE_SIZE) as usize];
    let start = memory.region().0 as usize as *mut c_void;
    // SAFETY: the memory is mapped, and the kernel writes one byte a page.
    if unsafe { libc::mincore(start, memory.size() as usize, resident.as_mut_ptr()) } == -1 {
        return Err(io::Error::last_os_error());
    }
    let pages = resident.into_iter().zip((0..).step_by(PAGE_SIZE as usize));
    Ok(pages.filter(|(resident, _)| resident & 1 != 0).map(|(_, page)| page))
}

/// Linux's `struct elf_prstatus` with the guest's registers, or with those of the trap that it keeps.
fn status(memory: &Memory, vcpu: &Vcpu, cookie: Option<Address>) -> [u8; STATUS_SIZE] {
    let (r, s) = (&vcpu.registers, &vcpu.system);
    let [mut rip, mut cs, mut rflags, mut rsp, mut ss] =
        [r.rip, s.cs.selector.into(), r.rflags, r.rsp, s.ss.selector.into()];
    // CR2, the error code, and what the processor pushed.
    if let Some(Ok(trap)) = cookie.map(|cookie| memory.read::<[u64; 7]>(cookie)) {
        [_, _, rip, cs, rflags, rsp, ss] = trap;
    }
    let segments = [&s.ds, &s.es, &s.fs, &s.gs].map(|segment| u64::from(segment.selector));
    let [ds, es, fs, gs] = segments;
    // As in Linux's `struct user_regs_struct`.
    let registers: [u64; 27] = [
        r.r15, r.r14, r.r13, r.r12, r.rbp, r.rbx, r.r11, r.r10, r.r9, r.r8, r.rax, r.rcx, r.rdx, r.rsi, r.rdi, r.rax,
        rip, cs, rflags, rsp, ss, s.fs.base, s.gs.base, ds, es, fs, gs,
    ];
    let mut status = [0; STATUS_SIZE];
    status[STATUS_REGISTERS..][..size_of_val(&registers)].copy_from_slice(registers.as_bytes());
    status
}
