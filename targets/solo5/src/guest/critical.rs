//! Critical sections. A guest has one thread and no interrupts, so there is nothing to keep out.

use critical_section::RawRestoreState;

struct OneThread;

// SAFETY: nothing runs beside the one thread of a guest.
unsafe impl critical_section::Impl for OneThread {
    unsafe fn acquire() -> RawRestoreState {}

    unsafe fn release(_state: RawRestoreState) {}
}

critical_section::set_impl!(OneThread);
