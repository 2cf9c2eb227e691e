//! The manifest of an image: which devices it needs, and what was attached to them.

use halligan_solo5::abi::manifest::{BLOCK, Entry, Head, MAX_ENTRIES, NAME_SIZE, NET, RESERVED_FIRST, VERSION};
use zerocopy::{FromBytes, IntoBytes};

use crate::Error;

/// A manifest that has been checked. Everything that a tender fills in is zero at first.
#[derive(Clone, Debug)]
pub struct Manifest {
    entries: Vec<Entry>,
}

/// What is wrong with a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It ends before its head does.
    #[error("it has only {0} bytes")]
    Short(usize),
    /// It has another layout.
    #[error("version {0} is unknown (this tender knows {VERSION})")]
    Version(u32),
    /// It has no entry, or more than Solo5 allows.
    #[error("it has {0} entries, not 1 to {MAX_ENTRIES}")]
    Count(u32),
    /// Its size does not match the number of its entries.
    #[error("its {entries} entries need {expected} bytes, it has {actual}")]
    Size {
        /// Number of entries that it states.
        entries: u32,
        /// Size of a manifest with so many, in bytes.
        expected: usize,
        /// Its size in bytes.
        actual: usize,
    },
    /// The first entry is not the reserved one.
    #[error("entry 0 is not the reserved one")]
    First,
    /// A name does not end, or is no text.
    #[error("the name of entry {0} is not UTF-8 that ends with a NUL")]
    Name(usize),
    /// An entry says that it is attached already.
    #[error("entry {0} says that it is attached already")]
    Attached(usize),
}

impl Manifest {
    /// Reads and checks the manifest in `bytes`, which nothing vouches for.
    ///
    /// # Errors
    /// Says what is wrong and where.
    pub fn parse(bytes: &[u8]) -> Result<Self, Invalid> {
        let (head, rest) = Head::read_from_prefix(bytes).map_err(|_| Invalid::Short(bytes.len()))?;
        if head.version != VERSION {
            return Err(Invalid::Version(head.version));
        }
        if head.entries < 1 || head.entries as usize > MAX_ENTRIES {
            return Err(Invalid::Count(head.entries));
        }
        let expected = size_of::<Head>() + head.entries as usize * size_of::<Entry>();
        if bytes.len() != expected {
            return Err(Invalid::Size { entries: head.entries, expected, actual: bytes.len() });
        }
        let mut entries = Vec::with_capacity(head.entries as usize);
        for (index, raw) in rest.chunks_exact(size_of::<Entry>()).enumerate() {
            let entry = Entry::read_from_bytes(raw).map_err(|_| Invalid::Short(bytes.len()))?;
            if entry.name[NAME_SIZE - 1] != 0 || entry.name().is_none() {
                return Err(Invalid::Name(index));
            }
            if entry.attached != 0 {
                return Err(Invalid::Attached(index));
            }
            // An image must not preset what the tender fills in.
            entries.push(Entry { properties: [0; 2], descriptor: 0, padding0: 0, padding1: [0; 7], ..entry });
        }
        if entries[0].kind != RESERVED_FIRST || entries[0].name[0] != 0 {
            return Err(Invalid::First);
        }
        Ok(Self { entries })
    }

    /// The entries, the reserved one first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The index of the device of this kind and name.
    ///
    /// # Errors
    /// Fails where the image does not declare it.
    pub fn find(&self, kind: u32, name: &str) -> Result<usize, Error> {
        self.entries
            .iter()
            .position(|entry| entry.kind == kind && entry.name() == Some(name))
            .ok_or_else(|| Error::device(name, format!("not declared as {} in the manifest", kind_name(kind))))
    }

    /// The entry at `index`, to be filled in.
    pub(crate) fn entry_mut(&mut self, index: usize) -> &mut Entry {
        &mut self.entries[index]
    }

    /// Checks that every device has been attached.
    ///
    /// # Errors
    /// Names those that have not, and the options to attach them with.
    pub fn check_attached(&self) -> Result<(), Error> {
        let missing = |entry: &&Entry| entry.kind < RESERVED_FIRST && entry.attached == 0;
        let mut missing = self.entries.iter().filter(missing).map(|entry| (entry.name().unwrap_or(""), entry.kind));
        let Some((first, kind)) = missing.next() else { return Ok(()) };
        let hint = match kind {
            BLOCK => format!("declared but not attached: add --block:{first}=PATH"),
            NET => format!("declared but not attached: add --net:{first}=INTERFACE or --net:{first}=@FD"),
            _ => format!("declared as a device of unknown type {kind}"),
        };
        let rest: Vec<&str> = missing.map(|(name, _)| name).collect();
        let rest = if rest.is_empty() { String::new() } else { format!(" (nor are: {})", rest.join(", ")) };
        Err(Error::device(first, hint + &rest))
    }

    /// The manifest as the guest sees it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Head { version: VERSION, entries: self.entries.len() as u32 };
        [head.as_bytes(), self.entries.as_bytes()].concat()
    }
}

fn kind_name(kind: u32) -> &'static str {
    if kind == BLOCK { "a block device" } else { "a network device" }
}
