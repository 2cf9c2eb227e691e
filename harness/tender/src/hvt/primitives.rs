//! The primitives of a snapshot's restoring on KVM.

use std::cell::RefCell;

use halligan_solo5::abi::PAGE_SIZE;
use halligan_solo5::abi::hvt::{Address, MEMORY_UNIT, RESTORE_PORT};

use super::kvm::{Flavour, Machine};
use super::memory::Memory;
use super::misplaced;
use super::tables::{self, Places, Tables, page};
use super::vcpu::{Stop, Vcpu};
use crate::{Error, Primitives};

const CODE: u64 = PAGE_SIZE;
const WRITTEN: u64 = MEMORY_UNIT;
const SIZE: u64 = 2 * MEMORY_UNIT;

/// Measures them with a guest that writes to so many pages, at most 512, and nothing else.
///
/// # Errors
/// Fails where this machine has no KVM.
pub fn primitives(pages: u16) -> Result<Primitives, Error> {
    let mut memory = Memory::map(SIZE, tables::size(SIZE, 0, SIZE))?;
    let (_, all) = memory.region();
    // mov ecx, pages; mov edi, WRITTEN; jecxz end; again: inc [rdi]; add rdi, 4096; loop again; end: mov edx, port;
    // out dx, eax; and from the start.
    let code = [
        &[0xb9][..],
        &u32::from(pages).to_le_bytes(),
        &[0xbf],
        &(WRITTEN as u32).to_le_bytes(),
        &[0x67, 0xe3, 0x0c, 0x48, 0xff, 0x07, 0x48, 0x81, 0xc7, 0, 0x10, 0, 0, 0xe2, 0xf4, 0xba],
        &u32::from(RESTORE_PORT).to_le_bytes(),
        &[0xef, 0xeb, 0xdf],
    ]
    .concat();
    memory.bytes_mut(Address(CODE), code.len() as u64).map_err(misplaced)?.copy_from_slice(&code);
    let machine = Machine::new(&memory, true)?;
    let mut vcpu = machine.vcpu()?;
    let places = Places::new(SIZE);
    let mut tables = Tables::new(&mut memory);
    let probe = tables.root();
    let privilege = Flavour::probe(&mut vcpu, places, probe)?.privilege();
    let root = tables.root();
    tables.map(root, 0..SIZE, page::PRESENT | page::WRITE | page::USER);
    let mut vcpu = Vcpu::start(vcpu, privilege, places, root, CODE, SIZE)?;
    let (memory, pristine) = (RefCell::new(memory), Memory::map(all, 0)?);
    let run = || match vcpu.run(&memory.borrow())? {
        Stop::Out(RESTORE_PORT, _) => Ok(()),
        stop => Err(Error::host("measure KVM")(std::io::Error::other(format!("{stop:?}")))),
    };
    let scan = || machine.dirty_pages(all).map(|_| ());
    let copy = || {
        let written = (0..u64::from(pages)).map(|page| WRITTEN + page * PAGE_SIZE);
        written.for_each(|page| memory.borrow_mut().copy_page(page, &pristine));
    };
    Primitives::measure(run, scan, copy)
}
