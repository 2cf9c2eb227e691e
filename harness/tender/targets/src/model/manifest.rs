//! Manifests (Solo5's mft_abi.h).

use halligan_generators::{Code, Derived, Generate, any, bytes, favour};
use halligan_solo5::abi::manifest::{BLOCK, NAME_SIZE, NET, RESERVED_FIRST, VERSION};

use super::{MAX, NONE};
use crate::fields::{Fields, take, take_derived};

/// A manifest.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Manifest {
    /// A head and entries.
    #[generate(weight = 31)]
    Whole {
        /// The version of its layout.
        version: Derived<u32>,
        /// The number of entries.
        count: Derived<u32>,
        /// As many as fit.
        entries: Vec<Entry>,
        /// What is behind them.
        #[generate(with = favour(NONE, bytes(0..=MAX)))]
        trailer: Vec<u8>,
    },
    /// Fewer bytes than a head has.
    Raw(#[generate(with = bytes(0..=7))] Vec<u8>),
}

/// A device that is declared.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub struct Entry {
    /// Its name, without the zeros behind it.
    #[generate(with = bytes(0..=NAME_SIZE))]
    pub name: Vec<u8>,
    /// What it is.
    #[generate(with = favour(&[BLOCK, NET, RESERVED_FIRST], any::<u32>()))]
    pub kind: u32,
    /// What a tender fills in, zero as yet.
    pub properties: Derived<[u8; 16]>,
    /// As the properties.
    pub descriptor: Derived<i32>,
    /// As the properties.
    pub padding0: Derived<u32>,
    /// As the properties.
    pub attached: Derived<u8>,
    /// As the properties.
    pub padding1: Derived<[u8; 7]>,
}

impl Manifest {
    pub(super) fn dissect(bytes: &[u8]) -> Self {
        Self::whole(bytes).unwrap_or_else(|| Self::Raw(bytes.to_vec()))
    }

    fn whole(mut rest: &[u8]) -> Option<Self> {
        let (version, count) = (take_derived(&mut rest, VERSION)?, take::<u32>(&mut rest)?);
        let mut entries = Vec::new();
        while let Some(entry) = Entry::take(&mut rest) {
            entries.push(entry);
        }
        let count = Derived::seen(count, entries.len() as u32);
        Some(Self::Whole { version, count, entries, trailer: rest.to_vec() })
    }

    pub(super) fn fields(&self, fields: &mut Fields<'_>) {
        match self {
            Self::Whole { version, count, entries, trailer } => {
                fields.derived("version", *version, VERSION);
                fields.derived("entries", *count, entries.len() as u32);
                entries.iter().for_each(|entry| fields.deeper(|fields| entry.fields(fields)));
                fields.bytes("trailer", trailer);
            }
            Self::Raw(bytes) => fields.bytes("raw", bytes),
        }
    }

    /// Whether a tender has to accept it, by Solo5's `mft_validate`; and that an image presets no device.
    pub fn is_valid(&self) -> bool {
        let Self::Whole { version: Derived::Auto, count: Derived::Auto, entries, trailer } = self else { return false };
        let first = |entry: &Entry| entry.kind == RESERVED_FIRST && entry.name.first().is_none_or(|byte| *byte == 0);
        trailer.is_empty()
            && (1..=64).contains(&entries.len())
            && first(&entries[0])
            && entries.iter().all(Entry::is_valid)
    }
}

impl Entry {
    fn take(rest: &mut &[u8]) -> Option<Self> {
        let mut left = *rest;
        let name: [u8; NAME_SIZE] = take(&mut left)?;
        let length = NAME_SIZE - name.iter().rev().take_while(|byte| **byte == 0).count();
        let entry = Self {
            name: name[..length].to_vec(),
            kind: take(&mut left)?,
            properties: take_derived(&mut left, [0; 16])?,
            descriptor: take_derived(&mut left, 0)?,
            padding0: take_derived(&mut left, 0)?,
            attached: take_derived(&mut left, 0)?,
            padding1: take_derived(&mut left, [0; 7])?,
        };
        *rest = left;
        Some(entry)
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        fields.bytes("name", &self.name);
        fields.bytes("end of name", &[0; NAME_SIZE][self.name.len()..]);
        fields.number("type", self.kind);
        fields.derived("properties", self.properties, [0; 16]);
        fields.derived("descriptor", self.descriptor, 0);
        fields.derived("padding", self.padding0, 0);
        fields.derived("attached", self.attached, 0);
        fields.derived("padding", self.padding1, [0; 7]);
    }

    fn is_valid(&self) -> bool {
        let name = self.name.split(|byte| *byte == 0).next().unwrap_or_default();
        self.name.len() < NAME_SIZE && str::from_utf8(name).is_ok() && self.attached == Derived::Auto
    }
}
