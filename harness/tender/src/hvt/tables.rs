//! What the processor needs in memory: descriptors, exception stubs and page tables.
//!
//! They lie in the tender's pages behind guest memory. A page for structures, which only supervisor code may touch, is
//! followed by the page with the probe and by page tables. Linear addresses are physical addresses.

use std::ops::Range;

use halligan_solo5::abi::PAGE_SIZE;
use halligan_solo5::abi::hvt::{HYPERCALL_PORT, MEMORY_UNIT, RESTORE_PORT, RING_PORT, WAIT_PORT, hypercall::HALT};
use halligan_solo5::abi::ring::KICK_PORT;

use super::memory::Memory;

/// Selectors of the descriptor table.
pub(super) mod selector {
    pub(in super::super) const KERNEL_CODE: u16 = 0x08;
    pub(in super::super) const KERNEL_DATA: u16 = 0x10;
    pub(in super::super) const USER_DATA: u16 = 0x18 | 3;
    pub(in super::super) const USER_CODE: u16 = 0x20 | 3;
    pub(in super::super) const TASK: u16 = 0x28;
}

/// Flat segments, and the task segment from slot 5 on.
const DESCRIPTORS: [u64; 5] =
    [0, 0x00af_9b00_0000_ffff, 0x00cf_9300_0000_ffff, 0x00cf_f300_0000_ffff, 0x00af_fb00_0000_ffff];

/// Number of exceptions.
pub(super) const VECTORS: u64 = 32;

// Offsets into the page of structures.
const GDT: u64 = 0;
const IDT: u64 = 0x100;
const STUBS: u64 = 0x300;
const STUB_SIZE: u64 = 8;
const TASK: u64 = 0x400;
const TASK_SIZE: u64 = 104;
/// Ports that the bitmap covers; all others are forbidden.
const PORTS: u64 = 0x800;
/// The bitmap is followed by a byte of ones.
const TASK_LIMIT: u64 = TASK_SIZE + PORTS / 8;
const STACK_END: u64 = PAGE_SIZE;
const PROBE: u64 = PAGE_SIZE;
const FRAMES: u64 = 2 * PAGE_SIZE;

/// Port on which the stubs report an exception.
pub(super) const TRAP_PORT: u16 = 0xf5;

/// Bits of a page table's entry. All pages count as accessed and dirty, which spares the processor from noting it.
pub(super) mod page {
    pub(in super::super) const PRESENT: u64 = 0x61;
    pub(in super::super) const WRITE: u64 = 1 << 1;
    pub(in super::super) const USER: u64 = 1 << 2;
    pub(in super::super) const NO_EXECUTE: u64 = 1 << 63;
    pub(super) const LARGE: u64 = 1 << 7;
    pub(super) const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
}

/// The tender's pages, being filled.
pub(super) struct Tables<'a> {
    base: u64,
    memory: &'a mut Memory,
    next_frame: u64,
}

/// Where the processor finds things.
#[derive(Clone, Copy)]
pub(super) struct Places {
    base: u64,
}

/// Size of the tender's pages in bytes, for guest memory of `size` bytes of which the first `fine` are mapped page by page,
/// and a mailbox of `shared` bytes behind.
pub(super) fn size(fine: u64, shared: u64, size: u64) -> u64 {
    let frames_of = |bytes: u64| bytes.div_ceil(MEMORY_UNIT) + 1;
    let directories = (size + shared).div_ceil(1 << 30) + 2;
    // Besides, the probe's tables, and those of the tender's own pages.
    FRAMES + (frames_of(fine) + frames_of(shared) + directories + 8) * PAGE_SIZE
}

impl Places {
    /// Places in pages from the guest-physical address `base` on.
    pub(super) fn new(base: u64) -> Self {
        Self { base }
    }

    /// The descriptor table and its limit.
    pub(super) fn gdt(self) -> (u64, u16) {
        (self.base + GDT, 8 * 7 - 1)
    }

    /// The interrupt descriptor table and its limit.
    pub(super) fn idt(self) -> (u64, u16) {
        (self.base + IDT, (16 * VECTORS - 1) as u16)
    }

    /// The task segment and its limit.
    pub(super) fn task(self) -> (u64, u32) {
        (self.base + TASK, TASK_LIMIT as u32)
    }

    /// Where the exception stack ends.
    pub(super) fn stack_end(self) -> u64 {
        self.base + STACK_END
    }

    /// The instruction of the probe: `out dx, eax`.
    pub(super) fn probe(self) -> u64 {
        self.base + PROBE
    }
}

impl<'a> Tables<'a> {
    /// Writes descriptors, stubs and the probe.
    pub(super) fn new(memory: &'a mut Memory) -> Self {
        let base = memory.private_start();
        let places = Places::new(base);
        let mut tables = Self { base, memory, next_frame: base + FRAMES };
        for (index, descriptor) in DESCRIPTORS.into_iter().enumerate() {
            tables.put(base + GDT + 8 * index as u64, descriptor);
        }
        let (task, limit) = (places.task().0, u64::from(places.task().1));
        const BUSY_TASK: u64 = 0x8b << 40;
        let low = limit & 0xffff | (task & 0xff_ffff) << 16 | BUSY_TASK | (task >> 24 & 0xff) << 56;
        tables.put(base + GDT + 8 * 5, low);
        tables.put(base + GDT + 8 * 6, task >> 32);
        // Stacks for exceptions: the first of the interrupt stack table, and that of privilege level 0.
        tables.slice(task + 36, 8).copy_from_slice(&places.stack_end().to_le_bytes());
        tables.slice(task + 4, 8).copy_from_slice(&places.stack_end().to_le_bytes());
        tables.slice(task + 102, 2).copy_from_slice(&(TASK_SIZE as u16).to_le_bytes());
        let bitmap = tables.slice(task + TASK_SIZE, PORTS / 8 + 1);
        bitmap.fill(0xff);
        let hypercalls =
            (HYPERCALL_PORT..=HYPERCALL_PORT + HALT).chain([KICK_PORT, WAIT_PORT, RING_PORT, RESTORE_PORT]);
        // Each is a port of four bytes.
        for port in hypercalls.flat_map(|port| port..port + 4) {
            bitmap[usize::from(port / 8)] &= !(1 << (port % 8));
        }
        for vector in 0..VECTORS {
            let stub = base + STUBS + STUB_SIZE * vector;
            // push vector; out TRAP_PORT, eax; hlt
            tables.slice(stub, 5).copy_from_slice(&[0x6a, vector as u8, 0xe7, TRAP_PORT as u8, 0xf4]);
            // An interrupt gate on stack 1 of the table; a guest may raise a breakpoint itself.
            const BREAKPOINT: u64 = 3;
            let kind: u64 = if vector == BREAKPOINT { 0xee } else { 0x8e };
            let code = u64::from(selector::KERNEL_CODE) << 16;
            let low = stub & 0xffff | code | 1 << 32 | kind << 40 | (stub >> 16 & 0xffff) << 48;
            tables.put(base + IDT + 16 * vector, low);
            tables.put(base + IDT + 16 * vector + 8, stub >> 32);
        }
        tables.slice(places.probe(), 1).copy_from_slice(&[0xef]);
        tables
    }

    /// A new root of page tables, with the tender's own pages mapped; returns its address.
    pub(super) fn root(&mut self) -> u64 {
        let root = self.frame();
        self.map(root, self.base..self.base + PAGE_SIZE, page::PRESENT | page::WRITE);
        let probe = self.base + PROBE;
        self.map(root, probe..probe + PAGE_SIZE, page::PRESENT | page::USER);
        root
    }

    /// Maps pages of 4 KiB onto themselves.
    pub(super) fn map(&mut self, root: u64, pages: Range<u64>, flags: u64) {
        for address in pages.step_by(PAGE_SIZE as usize) {
            let table = self.descend(root, address, 3);
            self.put(table + (address >> 12 & 511) * 8, address | flags);
        }
    }

    /// Maps pages of 2 MiB onto themselves.
    pub(super) fn map_large(&mut self, root: u64, pages: Range<u64>, flags: u64) {
        for address in pages.step_by(MEMORY_UNIT as usize) {
            let directory = self.descend(root, address, 2);
            self.put(directory + (address >> 21 & 511) * 8, address | flags | page::LARGE);
        }
    }

    /// The table, so many levels below the root, that is in charge of an address.
    fn descend(&mut self, root: u64, address: u64, levels: u32) -> u64 {
        let mut table = root;
        for level in 0..levels {
            let slot = table + (address >> (39 - 9 * level) & 511) * 8;
            let entry = u64::from_le_bytes(self.slice(slot, 8).try_into().unwrap_or_default());
            table = if entry & page::PRESENT == 0 {
                let frame = self.frame();
                self.put(slot, frame | page::PRESENT | page::WRITE | page::USER);
                frame
            } else {
                entry & page::ADDRESS
            };
        }
        table
    }

    fn frame(&mut self) -> u64 {
        let frame = self.next_frame;
        self.next_frame += PAGE_SIZE;
        frame
    }

    fn put(&mut self, address: u64, value: u64) {
        self.slice(address, 8).copy_from_slice(&value.to_le_bytes());
    }

    fn slice(&mut self, address: u64, length: u64) -> &mut [u8] {
        let start = (address - self.base) as usize;
        &mut self.memory.private_mut()[start..start + length as usize]
    }
}

const _: () = assert!(GDT + 8 * 7 <= IDT && IDT + 16 * VECTORS <= STUBS && STUBS + STUB_SIZE * VECTORS <= TASK);
// Room for an exception's frame and what the stub pushes.
const _: () = assert!(TASK + TASK_LIMIT < STACK_END - 128);
const _: () = assert!(
    (RESTORE_PORT as u64) + 4 <= PORTS
        && (RING_PORT as u64) + 4 <= RESTORE_PORT as u64
        && (WAIT_PORT as u64) + 4 <= RING_PORT as u64
);
