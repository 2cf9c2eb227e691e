//! Snapshots: the state of a guest when it first asks for one, and the way back to it.

use std::ops::Range;

use halligan_solo5::abi::PAGE_SIZE;

use super::kvm::Machine;
use super::memory::Memory;
use super::vcpu::{Registers, Vcpu};
use crate::Error;

/// Takes a snapshot of a guest, and restores it.
pub(super) struct Snapshots<'m> {
    machine: &'m Machine,
    pristine: Memory,
    registers: Option<Registers>,
}

impl<'m> Snapshots<'m> {
    /// For a machine with this memory, whose writes KVM logs and the tender notes.
    pub(super) fn new(machine: &'m Machine, memory: &Memory) -> Result<Self, Error> {
        let (_, size) = memory.region();
        Ok(Self { machine, pristine: Memory::map(size, 0)?, registers: None })
    }

    /// Takes the snapshot, or takes the guest back to it. The guest has just written to the port for that.
    pub(super) fn serve(&mut self, memory: &mut Memory, vcpu: &mut Vcpu) -> Result<(), Error> {
        let (_, size) = memory.region();
        let log = self.machine.dirty_pages(size)?;
        let tender = memory.take_writes();
        let pages = logged(&log).chain(tender.iter().flat_map(pages));
        match &self.registers {
            None => {
                // All other pages are untouched, and zero in either memory.
                pages.for_each(|page| self.pristine.copy_page(page, memory));
                self.registers = Some(vcpu.save()?);
            }
            Some(registers) => {
                let mut tables = false;
                for page in pages {
                    memory.copy_page(page, &self.pristine);
                    tables |= page >= memory.private_start();
                }
                vcpu.restore(registers, tables)?;
            }
        }
        Ok(())
    }
}

/// The addresses of the pages that a log names.
fn logged(log: &[u64]) -> impl Iterator<Item = u64> {
    log.iter().enumerate().filter(|(_, word)| **word != 0).flat_map(|(index, &word)| {
        let bits = (0..u64::from(u64::BITS)).filter(move |bit| word >> bit & 1 != 0);
        bits.map(move |bit| (index as u64 * u64::from(u64::BITS) + bit) * PAGE_SIZE)
    })
}

/// The addresses of the pages that a range touches.
fn pages(range: &Range<u64>) -> impl Iterator<Item = u64> + use<> {
    (range.start / PAGE_SIZE * PAGE_SIZE..range.end).step_by(PAGE_SIZE as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_and_a_range_name_pages() {
        assert_eq!(logged(&[0, 1 << 63 | 1, 0, 2]).collect::<Vec<_>>(), [64, 127, 193].map(|page| page << 12));
        assert_eq!(pages(&(0x1fff..0x3001)).collect::<Vec<_>>(), [0x1000, 0x2000, 0x3000]);
        assert_eq!(pages(&(0x1000..0x1000)).count(), 0);
    }
}
