//! The manifest: the devices that an image needs, which the tender fills in with what it attached.

use core::mem::{offset_of, size_of};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Version of the manifest's layout.
pub const VERSION: u32 = 1;

/// Most entries of a manifest, with the reserved one.
pub const MAX_ENTRIES: usize = 64;

/// Size of a device's name in bytes, with the NUL that ends it.
pub const NAME_SIZE: usize = 68;

/// [`Entry::kind`] of a block device.
pub const BLOCK: u32 = 1;

/// [`Entry::kind`] of a network device.
pub const NET: u32 = 2;

/// [`Entry::kind`] of the entry that every manifest begins with.
pub const RESERVED_FIRST: u32 = 1 << 30;

/// What a manifest begins with; the entries follow.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct Head {
    /// [`VERSION`].
    pub version: u32,
    /// Number of entries.
    pub entries: u32,
}

/// A manifest with `N` entries.
#[repr(C)]
pub struct Manifest<const N: usize> {
    /// Version and number of entries.
    pub head: Head,
    /// The entries, the reserved one first.
    pub entries: [Entry; N],
}

impl<const N: usize> Manifest<N> {
    /// A manifest of these entries.
    pub const fn new(entries: [Entry; N]) -> Self {
        Self { head: Head { version: VERSION, entries: N as u32 }, entries }
    }
}

/// A device that an image declares, and what a tender attached as that device.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Entry {
    /// The device's name, ended by a NUL.
    pub name: [u8; NAME_SIZE],
    /// [`BLOCK`], [`NET`] or [`RESERVED_FIRST`].
    pub kind: u32,
    /// A [`Block`] or a [`Net`].
    pub properties: [u64; 2],
    /// The host's file descriptor on spt; private to the tender elsewhere.
    pub descriptor: i32,
    /// Zero.
    pub padding0: u32,
    /// 1 where the tender attached the device.
    pub attached: u8,
    /// Zero.
    pub padding1: [u8; 7],
}

/// Properties of an attached block device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub struct Block {
    /// Capacity in bytes.
    pub capacity: u64,
    /// Size of a block in bytes, a power of two.
    pub block_size: u16,
    /// Zero.
    pub padding: [u16; 3],
}

/// Properties of an attached network device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub struct Net {
    /// Ethernet address.
    pub mac: [u8; 6],
    /// Largest payload of a frame in bytes, without the Ethernet header.
    pub mtu: u16,
    /// Zero.
    pub padding: u64,
}

impl Entry {
    /// The entry that every manifest begins with.
    pub const RESERVED_FIRST: Self = Self::new("", RESERVED_FIRST);

    /// Declares a block device.
    pub const fn block(name: &str) -> Self {
        Self::new(name, BLOCK)
    }

    /// Declares a network device.
    pub const fn net(name: &str) -> Self {
        Self::new(name, NET)
    }

    const fn new(name: &str, kind: u32) -> Self {
        assert!(name.len() < NAME_SIZE, "a device's name has at most 67 bytes");
        let mut bytes = [0; NAME_SIZE];
        bytes.split_at_mut(name.len()).0.copy_from_slice(name.as_bytes());
        Self { name: bytes, kind, properties: [0; 2], descriptor: 0, padding0: 0, attached: 0, padding1: [0; 7] }
    }

    /// The device's name, or nothing where it is not UTF-8 or does not end.
    pub fn name(&self) -> Option<&str> {
        core::ffi::CStr::from_bytes_until_nul(&self.name).ok()?.to_str().ok()
    }

    /// The properties of a block device.
    pub fn as_block(&self) -> Block {
        zerocopy::transmute!(self.properties)
    }

    /// The properties of a network device.
    pub fn as_net(&self) -> Net {
        zerocopy::transmute!(self.properties)
    }
}

impl From<Block> for [u64; 2] {
    fn from(block: Block) -> Self {
        zerocopy::transmute!(block)
    }
}

impl From<Net> for [u64; 2] {
    fn from(net: Net) -> Self {
        zerocopy::transmute!(net)
    }
}

const _: () = assert!(size_of::<Head>() == 8 && align_of::<Head>() == 8);
const _: () = assert!(size_of::<Entry>() == 104 && align_of::<Entry>() == 8);
const _: () = assert!(offset_of!(Entry, kind) == 68);
const _: () = assert!(offset_of!(Entry, properties) == 72);
const _: () = assert!(offset_of!(Entry, descriptor) == 88);
const _: () = assert!(offset_of!(Entry, attached) == 96);
const _: () = assert!(offset_of!(Manifest<2>, entries) == 8 && size_of::<Manifest<2>>() == 216);
const _: () = assert!(size_of::<Block>() == 16 && offset_of!(Block, block_size) == 8);
const _: () = assert!(size_of::<Net>() == 16 && offset_of!(Net, mtu) == 6);
