//! A guest at user level that was written for level 0: its few privileged instructions, and its own exception handlers.

use halligan_solo5::abi::hvt::Address;
use kvm_bindings::kvm_regs;
use zerocopy::FromBytes;

use super::memory::{Memory, Outside};
use super::vcpu::{Trap, Vcpu};

const MSR_FS_BASE: u64 = 0xc000_0100;
const MSR_GS_BASE: u64 = 0xc000_0101;

/// Longest instruction in bytes.
pub(super) const INSTRUCTION: u64 = 15;

/// What the guest believes to have loaded; linear addresses, which nothing vouches for.
#[derive(Default)]
pub(super) struct Loaded {
    gdt: u64,
    idt: Option<Table>,
    task: u64,
}

#[derive(Clone, Copy)]
struct Table {
    base: u64,
    limit: u16,
}

/// The operand of `lgdt` and `lidt`.
#[derive(FromBytes)]
#[repr(C, packed)]
struct Pointer {
    limit: u16,
    base: u64,
}

impl Loaded {
    /// Does what the instruction at the instruction pointer would have done at level 0, and steps over it. Returns whether
    /// it is one that is known and has valid operands.
    pub(super) fn emulate(&mut self, vcpu: &mut Vcpu, memory: &Memory, code: &[u8]) -> bool {
        self.execute(vcpu, memory, code).is_some()
    }

    fn execute(&mut self, vcpu: &mut Vcpu, memory: &Memory, code: &[u8]) -> Option<()> {
        let (registers, system) = (&mut vcpu.registers, &mut vcpu.system);
        let rip = match *code {
            [0x0f, 0x01, mode, ..] if matches!(mode >> 3 & 7, 2 | 3) => {
                let (address, length) = operand(registers, code.get(2..)?)?;
                let pointer: Pointer = memory.read(Address(address)).ok()?;
                match mode >> 3 & 7 {
                    2 => self.gdt = pointer.base,
                    _ => self.idt = Some(Table { base: pointer.base, limit: pointer.limit }),
                }
                registers.rip.wrapping_add(2 + length)
            }
            // ltr: the task segment's base is in two words of the descriptor table.
            [0x0f, 0x00, mode @ 0xd8..=0xdf, ..] => {
                let selector = register(registers, mode & 7) & 0xfff8;
                let [low, high] = memory.read::<[u64; 2]>(Address(self.gdt.checked_add(selector)?)).ok()?;
                self.task = low >> 16 & 0xff_ffff | (low >> 56) << 24 | high << 32;
                registers.rip.wrapping_add(3)
            }
            // mov ES, SS or DS, register: all segments are flat.
            [0x8e, 0xc0..=0xc7 | 0xd0..=0xdf, ..] => registers.rip.wrapping_add(2),
            // wrmsr
            [0x0f, 0x30, ..] => {
                let value = registers.rdx << 32 | registers.rax & 0xffff_ffff;
                match registers.rcx & 0xffff_ffff {
                    MSR_FS_BASE => system.fs.base = value,
                    MSR_GS_BASE => system.gs.base = value,
                    _ => return None,
                }
                registers.rip.wrapping_add(2)
            }
            // lretq
            [0x48, 0xcb, ..] => {
                let [rip, _code] = memory.read::<[u64; 2]>(Address(registers.rsp)).ok()?;
                registers.rsp = registers.rsp.wrapping_add(16);
                rip
            }
            // iretq
            [0x48, 0xcf, ..] => {
                let [rip, _code, rflags, rsp, _stack] = memory.read::<[u64; 5]>(Address(registers.rsp)).ok()?;
                (registers.rflags, registers.rsp) = (rflags, rsp);
                rip
            }
            // mov register, CR2
            [0x0f, 0x20, mode @ 0xd0..=0xd7, ..] => {
                *register_mut(registers, mode & 7) = system.cr2;
                registers.rip.wrapping_add(3)
            }
            // cli, sti: there are no interrupts.
            [0xfa | 0xfb, ..] => registers.rip.wrapping_add(1),
            _ => return None,
        };
        registers.rip = rip;
        Some(())
    }

    /// Calls the guest's own handler of the exception, if it has one.
    ///
    /// # Errors
    /// Fails where the guest has told of a handler or a stack that is not in its memory.
    pub(super) fn deliver(&self, vcpu: &mut Vcpu, memory: &mut Memory, trap: &Trap) -> Result<bool, Outside> {
        const PRESENT: u64 = 1 << 47;
        let Some(table) = self.idt.filter(|table| 16 * trap.vector + 15 <= table.limit.into()) else {
            return Ok(false);
        };
        let [low, high] = memory.read::<[u64; 2]>(Address(table.base.wrapping_add(16 * trap.vector)))?;
        if low & PRESENT == 0 {
            return Ok(false);
        }
        let stack = low >> 32 & 7;
        let top = match stack {
            0 => trap.rsp,
            _ => memory.read(Address(self.task.wrapping_add(28 + 8 * stack)))?,
        };
        let (code, data) = (vcpu.system.cs.selector.into(), vcpu.system.ss.selector.into());
        let frame: [u64; 5] = [trap.rip, code, trap.rflags, trap.rsp, data];
        let mut rsp = (top & !15).wrapping_sub(size_of_val(&frame) as u64);
        memory.write(Address(rsp), &frame)?;
        if trap.has_error() {
            rsp = rsp.wrapping_sub(8);
            memory.write(Address(rsp), &trap.error)?;
        }
        vcpu.registers.rsp = rsp;
        vcpu.registers.rip = low & 0xffff | (low >> 48) << 16 | high << 32;
        Ok(true)
    }
}

/// The address of a memory operand, and the length of its encoding in bytes.
fn operand(registers: &kvm_regs, code: &[u8]) -> Option<(u64, u64)> {
    let (mode, mut low) = (code.first()? >> 6, code.first()? & 7);
    let mut length = 1;
    let mut address = 0u64;
    if mode == 3 || (mode == 0 && low == 5) {
        return None;
    }
    if low == 4 {
        let scaled = *code.get(1)?;
        let index = scaled >> 3 & 7;
        if index != 4 {
            address = register(registers, index) << (scaled >> 6);
        }
        low = scaled & 7;
        length += 1;
    }
    let size = match mode {
        0 if low == 5 => 4,
        0 => 0,
        1 => 1,
        _ => 4,
    };
    if mode != 0 || low != 5 {
        address = address.wrapping_add(register(registers, low));
    }
    let displacement = match *code.get(length..length + size)? {
        [byte] => i64::from(byte as i8),
        [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
        _ => 0,
    };
    Some((address.wrapping_add_signed(displacement), (length + size) as u64))
}

fn register(registers: &kvm_regs, number: u8) -> u64 {
    let mut copy = *registers;
    *register_mut(&mut copy, number)
}

/// One of the eight registers that instructions can name without a prefix.
fn register_mut(registers: &mut kvm_regs, number: u8) -> &mut u64 {
    match number & 7 {
        0 => &mut registers.rax,
        1 => &mut registers.rcx,
        2 => &mut registers.rdx,
        3 => &mut registers.rbx,
        4 => &mut registers.rsp,
        5 => &mut registers.rbp,
        6 => &mut registers.rsi,
        _ => &mut registers.rdi,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_are_decoded() {
        let registers = kvm_regs { rax: 0x1000, rdx: 0x2000, rsp: 0x3000, rbp: 0x4000, ..Default::default() };
        for (code, expected) in [
            (&[0x12][..], (0x2000, 1)),                     // [rdx]
            (&[0x50, 0xf8], (0xff8, 2)),                    // [rax - 8]
            (&[0x90, 0, 1, 0, 0], (0x1100, 5)),             // [rax + 0x100]
            (&[0x14, 0x24], (0x3000, 2)),                   // [rsp]
            (&[0x54, 0x24, 0x06], (0x3006, 3)),             // [rsp + 6]
            (&[0x14, 0x90], (0x9000, 2)),                   // [rax + 4 rdx]
            (&[0x14, 0x25, 0, 0, 0x10, 0], (0x10_0000, 6)), // [0x100000]
            (&[0x55, 0x10], (0x4010, 2)),                   // [rbp + 0x10]
        ] {
            assert_eq!(operand(&registers, code), Some(expected), "{code:02x?}");
        }
        for code in [&[][..], &[0xd0], &[0x15, 0, 0, 0, 0], &[0x50], &[0x14], &[0x90, 1, 2, 3]] {
            assert_eq!(operand(&registers, code), None, "{code:02x?}");
        }
    }
}
