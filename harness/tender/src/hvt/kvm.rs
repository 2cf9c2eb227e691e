//! KVM, and which of its shapes this machine has.

use std::fmt;
use std::io::{self, ErrorKind};
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

use halligan_solo5::abi::PAGE_SIZE;
use halligan_solo5::abi::hvt::{HYPERCALL_PORT, RING_PORT};
use halligan_solo5::abi::ring::KICK_PORT;
use kvm_bindings::{
    KVM_API_VERSION, KVM_MAX_CPUID_ENTRIES, KVM_MEM_LOG_DIRTY_PAGES, kvm_regs, kvm_userspace_memory_region,
};
use kvm_ioctls::{Cap, IoEventAddress, Kvm, NoDatamatch, VcpuExit, VcpuFd, VmFd};
use vmm_sys_util::eventfd::EventFd;

use super::memory::Memory;
use super::tables::{self, Places, Tables};
use super::vcpu::{self, Privilege};
use crate::Error;
use crate::mailbox::Mailbox;

/// A shape of KVM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// Virtualisation in hardware (VMX, SVM): all of a guest runs natively.
    Hardware,
    /// PVM, which needs no hardware: user code of a guest runs natively, supervisor code is interpreted.
    Pvm,
}

impl fmt::Display for Flavour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hardware => "KVM on hardware",
            Self::Pvm => "KVM on PVM",
        })
    }
}

impl Flavour {
    /// The privilege level at which guests run natively.
    pub(super) fn privilege(self) -> Privilege {
        match self {
            Self::Hardware => Privilege::Kernel,
            Self::Pvm => Privilege::User,
        }
    }

    /// Finds out by a machine of its own.
    ///
    /// # Errors
    /// Says why there is no KVM.
    pub fn detect() -> Result<Self, Error> {
        let mut memory = Memory::map(0, tables::size(0, 0, 0))?;
        let root = Tables::new(&mut memory).root();
        let machine = Machine::new(&memory, false)?;
        let mut vcpu = machine.vcpu()?;
        Self::probe(&mut vcpu, Places::new(0), root)
    }

    /// Finds out by an instruction at user level that is allowed by the I/O privilege level in RFLAGS: PVM takes that
    /// away, and allows the instruction all the same, by the bitmap of the task segment.
    pub(super) fn probe(vcpu: &mut VcpuFd, places: Places, root: u64) -> Result<Self, Error> {
        const IO_PRIVILEGE_LEVEL: u64 = 3 << 12;
        let failed = |error: io::Error| Error::host("probe KVM")(error);
        let mut registers = vcpu.get_sregs().map_err(|errno| failed(errno.into()))?;
        vcpu::set_system_registers(&mut registers, Privilege::User, places, root);
        vcpu.set_sregs(&registers).map_err(|errno| failed(errno.into()))?;
        let registers = kvm_regs {
            rip: places.probe(),
            rflags: vcpu::RFLAGS | IO_PRIVILEGE_LEVEL,
            rdx: HYPERCALL_PORT.into(),
            ..Default::default()
        };
        vcpu.set_regs(&registers).map_err(|errno| failed(errno.into()))?;
        match vcpu.run() {
            Ok(VcpuExit::IoOut(HYPERCALL_PORT, _)) => {}
            Ok(exit) => {
                let said = format!("the guest ended with {exit:?}");
                return Err(failed(io::Error::other(said)));
            }
            Err(errno) => return Err(failed(errno.into())),
        }
        let rflags = vcpu.get_regs().map_err(|errno| failed(errno.into()))?.rflags;
        Ok(if rflags & IO_PRIVILEGE_LEVEL == 0 { Self::Pvm } else { Self::Hardware })
    }
}

const MEMORY_SLOT: u32 = 0;
/// Not logged: what guest and harness write there stays when a snapshot is restored.
const MAILBOX_SLOT: u32 = 1;

/// A virtual machine with memory and no processor yet.
pub(super) struct Machine {
    kvm: Kvm,
    vm: VmFd,
}

impl Machine {
    /// A machine whose memory begins at address 0. The memory must outlive it. KVM logs what the guest writes to, if asked.
    pub(super) fn new(memory: &Memory, log: bool) -> Result<Self, Error> {
        let kvm = Kvm::new().map_err(|errno| {
            let error = io::Error::from(errno);
            let action = match error.kind() {
                ErrorKind::NotFound => "use KVM, as this machine has no /dev/kvm",
                ErrorKind::PermissionDenied => "use KVM, as this user may not open /dev/kvm",
                _ => "open /dev/kvm",
            };
            Error::host(action)(error)
        })?;
        let version = kvm.get_api_version();
        if version != KVM_API_VERSION as i32 {
            let said = format!("its version is {version}, not {KVM_API_VERSION}");
            return Err(Error::host("use KVM")(io::Error::other(said)));
        }
        let vm = kvm.create_vm().map_err(Error::host("create a virtual machine"))?;
        let machine = Self { kvm, vm };
        let (address, size) = memory.region();
        machine.set_memory(MEMORY_SLOT, 0, address, size, if log { KVM_MEM_LOG_DIRTY_PAGES } else { 0 })?;
        Ok(machine)
    }

    /// Gives the machine the mailbox, at a guest-physical address, and its doorbell for the harness.
    pub(super) fn add_mailbox(&self, mailbox: &Mailbox, address: u64) -> Result<(), Error> {
        if !mailbox.size.is_multiple_of(PAGE_SIZE) {
            return Err(Error::Limit(format!("--mailbox: {} bytes are not whole pages", mailbox.size)));
        }
        self.set_memory(MAILBOX_SLOT, address, mailbox.base.as_ptr().expose_provenance() as u64, mailbox.size, 0)?;
        let port = IoEventAddress::Pio(RING_PORT.into());
        let connect = Error::host("connect the mailbox's doorbell");
        let done = match mailbox.done.try_clone() {
            // SAFETY: the descriptor is an eventfd's, and passed on with its ownership.
            Ok(done) => unsafe { EventFd::from_raw_fd(done.into_raw_fd()) },
            Err(error) => return Err(connect(error)),
        };
        self.vm.register_ioevent(&done, &port, NoDatamatch).map_err(|errno| connect(errno.into()))
    }

    /// Where a guest's kicks of its ring arrive; nothing where this KVM cannot pass them on without a stop of the guest.
    pub(super) fn add_kick(&self) -> Result<Option<OwnedFd>, Error> {
        if !self.kvm.check_extension(Cap::Ioeventfd) {
            return Ok(None);
        }
        let connect = Error::host("connect the ring's doorbell");
        let kick = EventFd::new(libc::EFD_CLOEXEC).and_then(|kick| {
            self.vm.register_ioevent(&kick, &IoEventAddress::Pio(KICK_PORT.into()), NoDatamatch)?;
            Ok(kick)
        });
        // SAFETY: the descriptor is passed on with its ownership.
        kick.map(|kick| Some(unsafe { OwnedFd::from_raw_fd(kick.into_raw_fd()) })).map_err(connect)
    }

    /// The machine's descriptor.
    pub(super) fn descriptor(&self) -> RawFd {
        self.vm.as_raw_fd()
    }

    /// The machine's one processor.
    pub(super) fn vcpu(&self) -> Result<VcpuFd, Error> {
        let vcpu = self.vm.create_vcpu(0).map_err(Error::host("create a virtual processor"))?;
        let features = self.kvm.get_supported_cpuid(KVM_MAX_CPUID_ENTRIES);
        features
            .and_then(|features| vcpu.set_cpuid2(&features))
            .map_err(Error::host("set the processor's features"))?;
        Ok(vcpu)
    }

    /// Frequency of the processor's time stamp counter in Hz.
    pub(super) fn tsc_frequency(&self, vcpu: &VcpuFd) -> Result<u64, Error> {
        if !self.kvm.check_extension(Cap::GetTscKhz) {
            return Err(Error::host("ask KVM for the frequency of the clock")(io::Error::from(ErrorKind::Unsupported)));
        }
        let frequency = vcpu.get_tsc_khz().map_err(Error::host("ask KVM for the frequency of the clock"))?;
        Ok(u64::from(frequency) * 1000)
    }

    /// The pages of the machine's memory that the guest has written to since the last call, one bit each, for a memory of
    /// `size` bytes.
    pub(super) fn dirty_pages(&self, size: u64) -> Result<Vec<u64>, Error> {
        self.vm.get_dirty_log(MEMORY_SLOT, size as usize).map_err(Error::host("read KVM's log of dirty pages"))
    }

    fn set_memory(&self, slot: u32, guest_address: u64, address: u64, size: u64, flags: u32) -> Result<(), Error> {
        let region = kvm_userspace_memory_region {
            slot,
            guest_phys_addr: guest_address,
            memory_size: size,
            userspace_addr: address,
            flags,
        };
        // SAFETY: the caller keeps the memory mapped for as long as the machine.
        unsafe { self.vm.set_user_memory_region(region) }.map_err(Error::host("give memory to the virtual machine"))
    }
}
