//! Hosts: where a target runs.
//!
//! Every host runs the same fuzz agent in a child process and speaks to it through a mailbox; they differ in the program
//! that is started. So a crash of the code under test never takes the harness along, and their answers can be compared.

mod isolation;
mod outcome;
mod process;
mod worker;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use halligan_targets::{AnyTarget, planted};
use halligan_tender::hvt::Flavour;

pub use isolation::Isolation;
pub use outcome::{Death, Outcome, Run};
pub use worker::{Inputs, Options, Worker};

use crate::agents::Agents;
use crate::edges::EdgeTable;

/// A kind of host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An ordinary process.
    Native,
    /// The unikernel under the Solo5 sandboxed process tender.
    Spt,
    /// The unikernel under the Solo5 hardware virtualized tender.
    Hvt,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Native, Self::Spt, Self::Hvt];

    /// What it is, in one line; for hvt with the shape of KVM that this machine has.
    pub fn about(self) -> String {
        match self {
            Self::Native => "an ordinary process".to_owned(),
            Self::Spt => "the unikernel under the Solo5 sandboxed process tender (seccomp)".to_owned(),
            Self::Hvt => {
                let flavour = Flavour::detect().map_or_else(|_| "KVM".to_owned(), |flavour| flavour.to_string());
                format!("the unikernel under the Solo5 hardware virtualized tender ({flavour})")
            }
        }
    }

    /// Whether this machine can run it.
    ///
    /// # Errors
    /// Says why not.
    pub fn available(self) -> Result<()> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            bail!("needs Linux on x86-64");
        }
        if self == Self::Spt && !Path::new("/proc/sys/kernel/seccomp").is_dir() {
            bail!("this kernel has no seccomp filters");
        }
        if self == Self::Hvt {
            Flavour::detect()?;
        }
        Ok(())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Native => "native",
            Self::Spt => "spt",
            Self::Hvt => "hvt",
        })
    }
}

impl FromStr for Kind {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        let kind = Self::ALL.into_iter().find(|kind| kind.to_string() == name);
        kind.with_context(|| format!("there is no host '{name}'; the hosts are native, spt and hvt"))
    }
}

/// A host ready to start workers: its program and the edges of the image that it runs.
#[derive(Clone)]
pub struct Host {
    kind: Kind,
    image: PathBuf,
    tender: PathBuf,
    fault: Option<String>,
    edges: Arc<EdgeTable>,
}

impl Host {
    /// A host of `kind` that runs what was built as `agents`.
    ///
    /// # Errors
    /// Fails where this machine cannot run it, or where the image is missing or corrupt.
    pub fn new(kind: Kind, agents: &Agents) -> Result<Self> {
        kind.available().with_context(|| format!("the host '{kind}' does not work here"))?;
        let image = match kind {
            Kind::Native => agents.native.clone(),
            Kind::Spt => agents.unikernel.clone(),
            Kind::Hvt => agents.unikernel_hvt.clone(),
        };
        let edges = Arc::new(EdgeTable::load(&image)?);
        Ok(Self { kind, image, tender: agents.tender.clone(), fault: agents.fault.clone(), edges })
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The edges of its image.
    pub fn edges(&self) -> &Arc<EdgeTable> {
        &self.edges
    }

    /// A worker that runs `target`; its agent starts with the first input.
    ///
    /// # Errors
    /// Fails where the kernel refuses memory or file descriptors.
    pub fn worker(&self, target: &dyn AnyTarget, options: Options) -> Result<Worker> {
        self.worker_with(&[target.name()], options)
    }

    /// A worker whose agent gets `words` on its command line: the name of a target, or of a misbehaviour that shows a
    /// verdict.
    ///
    /// # Errors
    /// As [`Host::worker`].
    pub fn worker_with(&self, words: &[&str], options: Options) -> Result<Worker> {
        let plant = self.fault.iter().map(|fault| format!("{}{fault}", planted::WORD));
        let words = words.iter().map(ToString::to_string).chain(plant).collect();
        Worker::new(self.kind, &self.image, &self.tender, words, options)
    }
}
