//! What a tender gives up before its guest runs: capabilities and, where it was root, its user.

use std::io;

use rustix::process::{Signal, parent_process_death_signal, set_parent_process_death_signal};
use rustix::thread::{CapabilitySet, CapabilitySets, remove_capability_from_bounding_set, set_capabilities};

use crate::Error;

/// The user and the group that own nothing.
const NOBODY: u32 = 65534;

/// Gives up all privileges, for good. A tender that may have to dump cores keeps its user, which owns the folder.
pub(super) fn drop_all(keep_user: bool) -> Result<(), Error> {
    let failed = |source: io::Error| Error::host("drop privileges")(source);
    let death = parent_process_death_signal().map_err(|errno| failed(errno.into()))?;
    // Only a privileged process may take them out, and any other has no use for them.
    for capability in CapabilitySet::all().iter() {
        let _ = remove_capability_from_bounding_set(capability);
    }
    // SAFETY: the calls take no pointer but an empty list.
    unsafe {
        if libc::geteuid() == 0 && !keep_user {
            // Not allowed in a namespace of users that does not map nobody: there, root is nobody outside anyway.
            let _ = libc::syscall(libc::SYS_setgroups, 0, std::ptr::null::<u32>());
            let _ = libc::syscall(libc::SYS_setresgid, NOBODY, NOBODY, NOBODY);
            let _ = libc::syscall(libc::SYS_setresuid, NOBODY, NOBODY, NOBODY);
        }
    }
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        .map_err(|errno| failed(errno.into()))?;
    // A change of user makes the kernel forget to whom the process is tied.
    restore(death).map_err(failed)
}

fn restore(death: Option<Signal>) -> io::Result<()> {
    Ok(set_parent_process_death_signal(death)?)
}
