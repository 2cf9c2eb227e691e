//! The virtual processor: its start, and what stops it.

use std::io;
use std::os::fd::{AsRawFd, RawFd};

use halligan_solo5::abi::hvt::BOOT_INFO_BASE;
use kvm_bindings::{Msrs, kvm_msr_entry, kvm_regs, kvm_segment, kvm_sregs};
use kvm_ioctls::{VcpuExit, VcpuFd};

use super::memory::Memory;
use super::tables::{Places, TRAP_PORT, selector};
use crate::Error;

/// The one bit of RFLAGS that is always set.
pub(super) const RFLAGS: u64 = 1 << 1;
const RESUME_FLAG: u64 = 1 << 16;

// As Solo5 starts a guest, but for EFER, which has pages that are not executable besides.
const CR0: u64 = 0x8001_0021;
const CR4: u64 = 0x620;
const EFER: u64 = 0xd00;

/// Where `syscall` goes that a guest at user level should not make; nothing is mapped there.
const SYSCALL_ENTRY: u64 = 0xffff_ffff_8100_0000;
const MSR_STAR: u32 = 0xc000_0081;
const MSR_LSTAR: u32 = 0xc000_0082;

/// The privilege level of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Privilege {
    /// Level 0.
    Kernel,
    /// Level 3.
    User,
}

/// An exception that the stubs reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trap {
    pub(super) vector: u64,
    /// Zero where the exception has none.
    pub(super) error: u64,
    pub(super) rip: u64,
    pub(super) rsp: u64,
    pub(super) rflags: u64,
    /// What a page fault touched.
    pub(super) cr2: u64,
}

/// What stopped the processor.
#[derive(Debug)]
pub(super) enum Stop {
    /// The guest wrote four bytes to a port.
    Out(u16, u32),
    /// It used a port in another way.
    Port(u16),
    /// An exception.
    Trap(Trap),
    /// It wrote to memory that the host protects.
    Protected,
    /// Anything else, in words.
    Other(String),
}

/// The virtual processor.
pub(super) struct Vcpu {
    fd: VcpuFd,
    places: Places,
    /// General registers, as of the last exception.
    pub(super) registers: kvm_regs,
    /// System registers to resume the guest with.
    pub(super) system: kvm_sregs,
}

/// Registers to go back to. A guest that waits keeps the rest of its state in memory.
pub(super) struct Registers {
    general: kvm_regs,
    system: kvm_sregs,
}

impl Vcpu {
    /// A processor that starts at `entry` with a memory of so many bytes.
    pub(super) fn start(
        fd: VcpuFd,
        privilege: Privilege,
        places: Places,
        root: u64,
        entry: u64,
        memory: u64,
    ) -> Result<Self, Error> {
        let mut system = fd.get_sregs().map_err(Error::host("read the processor's registers"))?;
        set_system_registers(&mut system, privilege, places, root);
        if privilege == Privilege::User {
            // PVM takes a guest's `syscall` to where LSTAR says, with or without EFER.SCE.
            let entries = [(MSR_STAR, u64::from(selector::KERNEL_CODE) << 32), (MSR_LSTAR, SYSCALL_ENTRY)]
                .map(|(index, data)| kvm_msr_entry { index, data, ..Default::default() });
            let failed = Error::host("set the entry of system calls");
            let registers = Msrs::from_entries(&entries).map_err(|_| io::ErrorKind::OutOfMemory.into());
            match registers.and_then(|entries| fd.set_msrs(&entries).map_err(io::Error::from)) {
                Ok(_) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        // As if it had been called.
        let registers =
            kvm_regs { rip: entry, rflags: RFLAGS, rsp: memory - 8, rdi: BOOT_INFO_BASE, ..Default::default() };
        let vcpu = Self { fd, places, registers, system };
        vcpu.resume()?;
        Ok(vcpu)
    }

    /// Runs the guest until something stops it.
    pub(super) fn run(&mut self, memory: &Memory) -> Result<Stop, Error> {
        loop {
            return match self.fd.run() {
                Ok(VcpuExit::IoOut(TRAP_PORT, _)) => self.trap(memory),
                Ok(VcpuExit::IoOut(port, &[a, b, c, d])) => Ok(Stop::Out(port, u32::from_le_bytes([a, b, c, d]))),
                Ok(VcpuExit::IoOut(port, _) | VcpuExit::IoIn(port, _)) => Ok(Stop::Port(port)),
                Ok(VcpuExit::MemoryFault { .. }) => Ok(Stop::Protected),
                Ok(VcpuExit::MmioRead(address, _) | VcpuExit::MmioWrite(address, _)) => {
                    Ok(Stop::Other(format!("touched address {address:#x}, where it has no memory")))
                }
                Ok(VcpuExit::Hlt) => Ok(Stop::Other("halted its processor".to_owned())),
                Ok(VcpuExit::Shutdown) => Ok(Stop::Other("faulted while it handled a fault".to_owned())),
                Ok(VcpuExit::InternalError) => {
                    Ok(Stop::Other("came upon an instruction that KVM cannot interpret".to_owned()))
                }
                Ok(exit) => Ok(Stop::Other(format!("was stopped: {exit:?}"))),
                Err(errno) if errno.errno() == libc::EINTR => continue,
                Err(errno) if errno.errno() == libc::EFAULT => Ok(Stop::Protected),
                Err(errno) => Err(Error::host("run the guest")(errno)),
            };
        }
    }

    /// Its descriptor.
    pub(super) fn descriptor(&self) -> RawFd {
        self.fd.as_raw_fd()
    }

    /// The instruction pointer.
    pub(super) fn rip(&self) -> u64 {
        self.fd.get_regs().map_or(0, |registers| registers.rip)
    }

    /// Reads the processor's registers into this handle.
    pub(super) fn read_registers(&mut self) -> Result<(), Error> {
        self.registers = self.fd.get_regs().map_err(Error::host("read the processor's registers"))?;
        self.system = self.fd.get_sregs().map_err(Error::host("read the processor's registers"))?;
        Ok(())
    }

    /// Lets the guest go on with this handle's registers, at its privilege level.
    pub(super) fn resume(&self) -> Result<(), Error> {
        let set = self.fd.set_sregs(&self.system).and_then(|()| self.fd.set_regs(&self.registers));
        set.map_err(Error::host("set the processor's registers"))
    }

    /// The registers of a guest that has written to a port.
    pub(super) fn save(&self) -> Result<Registers, Error> {
        let general = self.fd.get_regs().map_err(Error::host("read the processor's registers"))?;
        let system = self.fd.get_sregs().map_err(Error::host("read the processor's registers"))?;
        Ok(Registers { general, system })
    }

    /// Takes a guest that has written to the same port back to its registers at that time. Where `flush` is set, it forgets
    /// what it knows of page tables.
    pub(super) fn restore(&mut self, saved: &Registers, flush: bool) -> Result<(), Error> {
        let failed = Error::host("set the processor's registers");
        let set = || {
            if flush {
                // KVM forgets when a bit of CR4 changes that matters to page tables.
                const GLOBAL_PAGES: u64 = 1 << 7;
                self.fd.set_sregs(&kvm_sregs { cr4: saved.system.cr4 ^ GLOBAL_PAGES, ..saved.system })?;
            }
            // At user level a guest cannot change them.
            if flush || saved.system.cs.dpl == 0 {
                self.fd.set_sregs(&saved.system)?;
            }
            self.fd.set_regs(&saved.general)
        };
        set().map_err(failed)
    }

    /// Reads what the processor and the stub have pushed, and makes the guest's registers this handle's.
    fn trap(&mut self, memory: &Memory) -> Result<Stop, Error> {
        let stub = self.fd.get_regs().map_err(Error::host("read the processor's registers"))?;
        let system = self.fd.get_sregs().map_err(Error::host("read the processor's registers"))?;
        // From the top: SS, RSP, RFLAGS, CS, RIP, an error code if there is one, the vector.
        let end = self.places.stack_end() - memory.private_start();
        let word = |index: u64| {
            let start = (end - 8 * index) as usize;
            u64::from_le_bytes(memory.private()[start..start + 8].try_into().unwrap_or_default())
        };
        let pushed = self.places.stack_end().wrapping_sub(stub.rsp) / 8;
        let (error, vector) = match pushed {
            6 => (0, word(6)),
            7 => (word(6), word(7)),
            _ => return Ok(Stop::Other(format!("wrote to port {TRAP_PORT:#x}"))),
        };
        let (rip, rflags, rsp) = (word(5), word(3), word(2));
        self.registers = kvm_regs { rip, rsp, rflags: rflags & !RESUME_FLAG, ..stub };
        self.system.cr2 = system.cr2;
        Ok(Stop::Trap(Trap { vector, error, rip, rsp, rflags, cr2: system.cr2 }))
    }
}

impl Trap {
    pub(super) const DIVIDE: u64 = 0;
    pub(super) const DEBUG: u64 = 1;
    pub(super) const BREAKPOINT: u64 = 3;
    pub(super) const INVALID_OPCODE: u64 = 6;
    pub(super) const STACK: u64 = 12;
    pub(super) const PROTECTION: u64 = 13;
    pub(super) const PAGE_FAULT: u64 = 14;
    pub(super) const FLOATING_POINT: u64 = 16;
    pub(super) const ALIGNMENT: u64 = 17;
    pub(super) const SIMD: u64 = 19;

    /// Whether the processor pushes an error code for it.
    pub(super) fn has_error(&self) -> bool {
        matches!(self.vector, 8 | 10..=14 | 17 | 21 | 29 | 30)
    }

    /// Whether it wrote to a page that is present.
    pub(super) fn is_protected_write(&self) -> bool {
        const PRESENT_WRITE: u64 = 0b11;
        self.vector == Self::PAGE_FAULT && self.error & PRESENT_WRITE == PRESENT_WRITE
    }

    /// The port that a guest at user level may not use, where the exception comes from an instruction that does.
    pub(super) fn port(&self, code: &[u8], rdx: u64) -> Option<u16> {
        match (self.vector, code) {
            (Self::PROTECTION, [0xe4..=0xe7, port, ..]) => Some((*port).into()),
            (Self::PROTECTION, [0xec..=0xef, ..]) => Some(rdx as u16),
            _ => None,
        }
    }

    /// Whether it comes from an instruction that calls an operating system; `code` is what lies at its instruction
    /// pointer.
    pub(super) fn is_system_call(&self, code: &[u8]) -> bool {
        match self.vector {
            Self::INVALID_OPCODE | Self::PROTECTION => is_system_call(code),
            Self::PAGE_FAULT => self.rip == SYSCALL_ENTRY,
            _ => false,
        }
    }
}

/// Whether code begins with an instruction that calls an operating system: `syscall`, `sysenter` or `int 0x80`.
pub(super) fn is_system_call(code: &[u8]) -> bool {
    [&[0x0f, 0x05][..], &[0x0f, 0x34], &[0xcd, 0x80]].iter().any(|call| code.starts_with(call))
}

/// The system registers that every guest starts with.
pub(super) fn set_system_registers(system: &mut kvm_sregs, privilege: Privilege, places: Places, root: u64) {
    (system.cr0, system.cr3, system.cr4, system.efer) = (CR0, root, CR4, EFER);
    let (level, code, data) = match privilege {
        Privilege::Kernel => (0, selector::KERNEL_CODE, selector::KERNEL_DATA),
        Privilege::User => (3, selector::USER_CODE, selector::USER_DATA),
    };
    const ACCESSED_CODE: u8 = 0b1011;
    const ACCESSED_DATA: u8 = 0b0011;
    const BUSY_TASK: u8 = 0b1011;
    let flat = kvm_segment { limit: u32::MAX, present: 1, dpl: level, s: 1, g: 1, ..Default::default() };
    system.cs = kvm_segment { selector: code, type_: ACCESSED_CODE, l: 1, ..flat };
    let data = kvm_segment { selector: data, type_: ACCESSED_DATA, db: 1, ..flat };
    (system.ss, system.ds, system.es, system.fs, system.gs) = (data, data, data, data, data);
    let (base, limit) = places.task();
    let task =
        kvm_segment { base, limit, selector: selector::TASK, type_: BUSY_TASK, present: 1, ..Default::default() };
    system.tr = task;
    system.ldt = kvm_segment { unusable: 1, ..Default::default() };
    (system.gdt.base, system.gdt.limit) = places.gdt();
    (system.idt.base, system.idt.limit) = places.idt();
}
