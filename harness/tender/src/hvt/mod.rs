//! The virtual machine: the guest runs on a processor of KVM's, in memory that the tender shares with it, and asks for
//! what it needs by hypercalls.
//!
//! A guest runs at the privilege level at which this machine's KVM runs it natively. Either way the tender has prepared
//! stubs that report exceptions; a guest at level 0 may put its own in their place, and for a guest at level 3 that tries
//! to, the tender does as if it had.

mod bytes;
mod core;
mod emulate;
mod guest;
mod hypercalls;
mod kvm;
mod memory;
mod primitives;
mod privileges;
mod report;
mod ring;
mod seccomp;
mod snapshot;
mod tables;
mod vcpu;

use std::mem::ManuallyDrop;
use std::os::fd::AsRawFd;
use std::sync::Arc;

use halligan_solo5::abi::hvt::{
    Address, BOOT_INFO_BASE, BootInfo, MAX_MEMORY, MEMORY_UNIT, RESTORE_PORT, RING_PORT, WAIT_PORT,
};
use halligan_solo5::abi::manifest::{Entry, NET};
use halligan_solo5::abi::note::MFT1_MAX_SIZE;
use halligan_solo5::abi::ring::FEATURE;
use halligan_solo5::abi::{COMMAND_LINE_SIZE, IMAGE_BASE, Target};

pub use bytes::{Readable, Writable};
pub use hypercalls::{Exit, Hypercalls, Refusal};
pub use kvm::Flavour;
pub use memory::{Memory, Outside, Shared};
pub use primitives::primitives;
pub use ring::{Queue, RingRefusal};

use crate::devices::{self, Device, Events, Kind};
use crate::elf::Segment;
use crate::mailbox::Mailbox;
use crate::{Error, Image, Options, command_line};
use guest::{Guest, Layout};
use kvm::Machine;
use memory::RING_PART;
use ring::Service;
use seccomp::Policy;
use snapshot::Snapshots;
use tables::{Places, Tables, page};
use vcpu::{Privilege, Vcpu};

const MANIFEST: u64 = BOOT_INFO_BASE + size_of::<BootInfo>() as u64;
const _: () = assert!(MANIFEST + ((MFT1_MAX_SIZE + COMMAND_LINE_SIZE) as u64) < IMAGE_BASE);

/// Runs the guest of `image` to its end and returns its exit status.
///
/// # Errors
/// Fails where the image is for another kind of host or does not fit, where a device cannot be attached, and where this
/// machine has no KVM.
pub fn run(image: Image, options: &Options) -> Result<u8, Error> {
    image.check_target(Target::Hvt)?;
    // A fuzz agent is asked by its mailbox, and all that it does has to depend on that alone: a thread that writes to its
    // memory beside it, and that no snapshot would take back, has no place there.
    let is_net = |entry: &Entry| entry.kind == NET;
    let has_ring = image.manifest().entries().iter().any(is_net) && options.mailbox.is_none() && !options.snapshots;
    let ring = if has_ring { RING_PART } else { 0 };
    let size = memory_size(options.memory, ring)?;
    image.check_fits(size)?;
    let mut manifest = image.manifest().clone();
    let devices: Arc<[Device]> = devices::attach(&options.attachments, &mut manifest)?.into();
    let events = Events::new(&devices)?;
    let cores = options.cores.as_deref().map(core::Folder::open).transpose()?;
    let mailbox = options.mailbox.map(|option| Mailbox::map(option, None)).transpose()?;

    let fine = image.end().next_multiple_of(MEMORY_UNIT);
    let shared = mailbox.as_ref().map_or(0, |mailbox| mailbox.size);
    let private = tables::size(fine, shared, size + ring);
    let mailbox_address = (size + private).next_multiple_of(MEMORY_UNIT);
    let restore = options.snapshots.then_some(RESTORE_PORT.into());
    let announcement = mailbox
        .as_ref()
        .map(|mailbox| mailbox.announcement(mailbox_address, WAIT_PORT.into(), RING_PORT.into(), restore));
    let command_line = command_line::join(announcement, &options.arguments)?;

    let mut memory = if has_ring { Memory::map_with_ring(size, private)? } else { Memory::map(size, private)? };
    if options.snapshots {
        memory.note_writes();
    }
    memory.load(&image)?;
    let machine = Machine::new(&memory, options.snapshots)?;
    if let Some(mailbox) = &mailbox {
        machine.add_mailbox(mailbox, mailbox_address)?;
    }
    let mut vcpu = machine.vcpu()?;
    let places = Places::new(memory.private_start());
    let mut tables = Tables::new(&mut memory);
    // The probe has tables of its own: KVM may keep what it has once seen in the processor's.
    let probe = tables.root();
    let privilege = Flavour::probe(&mut vcpu, places, probe)?.privilege();
    let root = tables.root();
    // A guest at level 0 would get to handle that it writes to its code, so there the host's protection alone stops it.
    let lax = privilege == Privilege::Kernel && mailbox.is_none();
    map(&mut tables, root, &image, size, lax, options.executable_heap);
    let writable = page::PRESENT | page::WRITE | page::USER | page::NO_EXECUTE;
    tables.map_large(root, size..size + ring, writable);
    if let Some(mailbox) = &mailbox {
        let pages = mailbox_address..mailbox_address + mailbox.size;
        tables.map(root, pages, writable);
    }

    let queue = memory.share().map(|shared| Queue::new(shared, devices.clone()));
    let kick = if queue.is_some() { machine.add_kick()? } else { None };
    let info = BootInfo {
        memory_size: size,
        image_end: image.end(),
        tsc_frequency: machine.tsc_frequency(&vcpu)?,
        command_line: Address(MANIFEST + manifest.to_bytes().len() as u64),
        manifest: Address(MANIFEST),
        host_features: if kick.is_some() { FEATURE } else { 0 },
        guest_features: 0,
        net_ring: Address(if kick.is_some() { size } else { 0 }),
    };
    tell(&mut memory, &info, &manifest.to_bytes(), &command_line).map_err(misplaced)?;
    let vcpu = Vcpu::start(vcpu, privilege, places, root, image.entry(), size)?;
    let layout = Layout { text: image.text(), stack: image.end()..size };
    drop(image);
    privileges::drop_all(cores.is_some())?;
    let ring = queue.zip(kick).map(|(queue, kick)| Service::start(queue, kick)).transpose()?;
    let mut policy = policy(&vcpu, &events, &devices, mailbox.as_ref(), cores.is_some());
    if let Some(ring) = &ring {
        policy.allow_ring(ring.kick());
    }
    // The filter leaves no way to take machine and guest down; the kernel does, with the process.
    let machine = ManuallyDrop::new(machine);
    let mut snapshots = None;
    if options.snapshots {
        policy.allow_log(machine.descriptor());
        snapshots = Some(Snapshots::new(&machine, &memory)?);
    }
    policy.install()?;
    let guest = Guest::new(
        memory,
        vcpu,
        Hypercalls { devices, events, console: rustix::stdio::stdout() },
        mailbox,
        snapshots,
        ring,
        privilege,
        layout,
        cores,
    );
    ManuallyDrop::new(guest).run()
}

/// The system calls that this guest's tender needs.
fn policy(vcpu: &Vcpu, events: &Events, devices: &[Device], mailbox: Option<&Mailbox>, cores: bool) -> Policy {
    let mut policy = Policy::new(vcpu.descriptor(), events.epoll.as_raw_fd(), events.timer.as_raw_fd());
    for device in devices {
        match device.kind {
            Kind::Net(_) => policy.allow_net(device.fd.as_raw_fd()),
            Kind::Block(block) => policy.allow_block(device.fd.as_raw_fd(), block),
        }
    }
    if let Some(mailbox) = mailbox {
        policy.allow_doorbell(mailbox.wake.as_raw_fd());
    }
    if cores {
        policy.allow_core();
    }
    policy
}

/// What hvt makes of the size of memory that was asked for, with a ring of so many bytes behind it.
fn memory_size(asked: u64, ring: u64) -> Result<u64, Error> {
    if asked > MAX_MEMORY {
        return Err(Error::Limit(format!("--mem: {} MiB are more than {}", asked >> 20, MAX_MEMORY >> 20)));
    }
    Ok((asked / MEMORY_UNIT * MEMORY_UNIT).clamp(MEMORY_UNIT, MAX_MEMORY - ring))
}

/// Maps guest memory of `size` bytes: the boot information, the image page by page, and the rest.
fn map(tables: &mut Tables<'_>, root: u64, image: &Image, size: u64, lax: bool, executable_heap: bool) {
    let told = page::PRESENT | page::USER | page::NO_EXECUTE;
    let mut heap = told | page::WRITE;
    if executable_heap {
        heap &= !page::NO_EXECUTE;
    }
    let flags = |segment: &Segment| {
        let mut flags = page::PRESENT | page::USER;
        if segment.write || lax {
            flags |= page::WRITE;
        }
        if !segment.execute {
            flags |= page::NO_EXECUTE;
        }
        flags
    };
    tables.map(root, BOOT_INFO_BASE..IMAGE_BASE, told);
    let mut end = IMAGE_BASE;
    for segment in image.segments() {
        tables.map(root, end..segment.start, heap);
        tables.map(root, segment.pages(), flags(segment));
        end = segment.end;
    }
    let fine = end.next_multiple_of(MEMORY_UNIT);
    tables.map(root, end..fine, heap);
    tables.map_large(root, fine..size, heap);
}

/// Writes what the guest is told.
fn tell(memory: &mut Memory, info: &BootInfo, manifest: &[u8], command_line: &[u8]) -> Result<(), Outside> {
    memory.write(Address(BOOT_INFO_BASE), info)?;
    memory.bytes_mut(info.manifest, manifest.len() as u64)?.copy_from_slice(manifest);
    // Fresh memory is zero, so the NUL is there.
    memory.bytes_mut(info.command_line, command_line.len() as u64)?.copy_from_slice(command_line);
    Ok(())
}

fn misplaced(outside: Outside) -> Error {
    Error::Limit(outside.to_string())
}
