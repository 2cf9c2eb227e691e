//! Faults planted on demand, to show that every property can fail and that campaigns find what they should.
//!
//! A fault is called `TARGET/PROPERTY` after the property that it breaks, and there is one for each; [`PANIC`] is one more.
//! It stands where the answer of the code under test comes in, and only with the feature `planted`.

/// A fault that breaks no property: it panics on one odd layout of TCP options.
pub const PANIC: &str = "tcp_parser/panic";

/// A fault that breaks no property: it takes memory for what an urgent pointer claims. `tests/cost.rs` finds it.
pub const COST: &str = "tcp_parser/cost";

/// Begins the word of an agent's command line that plants a fault.
pub const WORD: &str = "plant=";

/// Whether there is a fault called `name`.
pub fn is_fault(name: &str) -> bool {
    let breaks = |(target, property)| {
        crate::find(target).is_some_and(|target| target.properties().iter().any(|known| known.name == property))
    };
    name == PANIC || name.split_once('/').is_some_and(breaks)
}

/// Plants the fault that `word` of an agent's command line names, if it does and this agent has faults.
pub fn plant_by(word: &str) -> bool {
    let fault = word.strip_prefix(WORD).filter(|name| cfg!(feature = "planted") && is_fault(name));
    #[cfg(feature = "planted")]
    if fault.is_some() {
        plant(fault);
    }
    fault.is_some()
}

/// Whether the fault called `name` is planted.
#[cfg(not(feature = "planted"))]
pub(crate) const fn planted(_name: &str) -> bool {
    false
}

#[cfg(feature = "planted")]
pub use on::plant;
#[cfg(feature = "planted")]
pub(crate) use on::planted;

#[cfg(feature = "planted")]
mod on {
    use core::sync::atomic::{AtomicU64, Ordering};

    use crate::digest;

    /// The hash of the fault's name; no name is hashed to 0.
    static PLANTED: AtomicU64 = AtomicU64::new(0);

    /// Plants the fault called `name`, and no other, in all threads of the process.
    pub fn plant(name: Option<&str>) {
        PLANTED.store(name.map_or(0, hash), Ordering::Relaxed);
    }

    /// Whether the fault called `name` is planted.
    pub(crate) fn planted(name: &str) -> bool {
        PLANTED.load(Ordering::Relaxed) == hash(name)
    }

    const fn hash(name: &str) -> u64 {
        digest::add(digest::EMPTY, name.as_bytes())
    }
}
