//! Scripts of hypercalls and entries of a ring: what a guest does, and what reaches its network device meanwhile.
//!
//! ```text
//! u8 0, u8 length, bytes                          a frame arrives
//! u8 1, u16 port, u32 address, u8 length, bytes   the guest stores the bytes at the address as far as it can, and writes
//!                                                 the address to the port
//! u8 2, u32 operation, u32 handle, u64 data,      the guest puts an entry into the slot of the ring that `ent_tail` names,
//!       u32 data length, u32 id                   and counts it there
//! u8 3, u8 counter, u32 value                     the guest stores a value in `ent_tail`, `com_head`, `ent_head`,
//!                                                 `com_tail`, or else `needs_kick`
//! u8 4                                            the tender serves the ring
//! ```
//! All numbers are little-endian.

use halligan_generators::{Code, Derived, Generate, any, bytes, favour};
use halligan_solo5::abi::hvt::HYPERCALL_PORT;
use halligan_solo5::abi::hvt::hypercall::{BLOCK_READ, BLOCK_WRITE, HALT, NET_READ, NET_WRITE, POLL, PUTS, WALL_TIME};
use halligan_solo5::abi::ring::{NET_READ as NET_READ_ENTRY, NET_WRITE as NET_WRITE_ENTRY};

use super::{MAX, NONE};
use crate::fields::{Fields, model, take, take_derived};
use crate::world::{MEMORY, READ_ONLY};

/// A script.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub struct Script {
    /// Step by step.
    pub steps: Vec<Step>,
    /// What is no step.
    #[generate(with = favour(NONE, bytes(0..=MAX)))]
    pub trailer: Vec<u8>,
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Step {
    /// A hypercall, with its arguments at this address.
    #[generate(weight = 7)]
    Call(
        #[generate(with = favour(&[0x1000, 0x2ff0, 0x2fff, 0x3000, 0x4000, 0x7fe8, 0x7ff0, 0x7fff, 0x8000, u32::MAX], any::<u32>()))]
         u32,
        Operation,
    ),
    /// A frame arrives.
    Frame(#[generate(with = bytes(0..=255))] Vec<u8>),
    /// An entry is put into the ring and counted.
    #[generate(weight = 4)]
    Entry(Ask),
    /// A counter of the ring is set.
    Counter(
        #[generate(with = favour(&[0, 1, 2, 3, 4], any::<u8>()))] u8,
        #[generate(with = favour(&[0, 1, 2, 1023, 1024, 1025, 1 << 31, u32::MAX], any::<u32>()))] u32,
    ),
    /// The tender serves the ring.
    #[generate(weight = 2)]
    Serve,
}

/// What an entry of a ring asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
pub struct Ask {
    /// What to do.
    #[generate(with = favour(&[NET_WRITE_ENTRY, NET_READ_ENTRY, 0, 3, u32::MAX], any::<u32>()))]
    pub operation: u32,
    /// The device.
    #[generate(with = favour(&[1, 2, 0, 3, u32::MAX], any::<u32>()))]
    pub handle: u32,
    /// Where in memory.
    #[generate(with = favour(ADDRESSES, any::<u64>()))]
    pub data: u64,
    /// How much.
    #[generate(with = favour(&[512, 0, 1, 4096, MEMORY as u32, u32::MAX, 511, 513], any::<u32>()))]
    pub length: u32,
    /// Comes back.
    pub id: u32,
}

/// Addresses at the edges of memory, of its pages, and of numbers.
const ADDRESSES: &[u64] = &[
    0x1000,
    0,
    READ_ONLY.start - 1,
    READ_ONLY.start,
    READ_ONLY.end,
    MEMORY - 1,
    MEMORY,
    MEMORY - 512,
    1 << 32,
    1 << 63,
    u64::MAX,
    u64::MAX - 511,
];

/// Lengths.
const LENGTHS: &[u64] = &[512, 0, 1, 4096, MEMORY, 1 << 32, 1 << 63, u64::MAX, 511, 513];

/// Handles of devices.
const HANDLES: &[u64] = &[1, 2, 0, 3, 1 << 32 | 1];

/// A hypercall and its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Operation {
    /// Read the clock.
    WallTime,
    /// Write to the console.
    Puts {
        /// Where from.
        #[generate(with = favour(ADDRESSES, any::<u64>()))]
        data: u64,
        /// How much.
        #[generate(with = favour(LENGTHS, any::<u64>()))]
        length: u64,
    },
    /// Wait for a frame.
    Poll {
        /// For so many nanoseconds.
        #[generate(with = favour(&[0, 1, 1000, 999_999_999, 1_000_000_000, u64::MAX], any::<u64>()))]
        timeout: u64,
        /// What the tender sets.
        results: Derived<[u8; 16]>,
    },
    /// Write a block.
    BlockWrite(Block),
    /// Read a block.
    BlockRead(Block),
    /// Send a frame.
    NetWrite(Net),
    /// Receive a frame.
    NetRead(Net),
    /// End.
    Halt {
        /// Where registers are kept.
        #[generate(with = favour(ADDRESSES, any::<u64>()))]
        cookie: u64,
        /// The status.
        status: i32,
        /// Zero.
        padding: Derived<u32>,
    },
    /// Any other port, or other arguments; those above are read as they are.
    Other {
        /// The port.
        #[generate(with = favour(&[HYPERCALL_PORT, 0x501, 0x502, 0x503, 0x504, 0x505, 0x506, 0x507, 0x508, 0x509], any::<u16>()))]
        port: u16,
        /// What the guest stores.
        #[generate(with = bytes(0..=255))]
        arguments: Vec<u8>,
    },
}

/// Arguments of a transfer of blocks.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub struct Block {
    /// The device.
    #[generate(with = favour(HANDLES, any::<u64>()))]
    pub handle: u64,
    /// Where in it.
    #[generate(with = favour(&[0, 512, 4095, 4096, 3584, u64::MAX], any::<u64>()))]
    pub offset: u64,
    /// Where in memory.
    #[generate(with = favour(ADDRESSES, any::<u64>()))]
    pub data: u64,
    /// How much.
    #[generate(with = favour(LENGTHS, any::<u64>()))]
    pub length: u64,
    /// What the tender sets.
    pub result: Derived<u64>,
}

/// Arguments of a transfer of frames.
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub struct Net {
    /// The device.
    #[generate(with = favour(HANDLES, any::<u64>()))]
    pub handle: u64,
    /// Where in memory.
    #[generate(with = favour(ADDRESSES, any::<u64>()))]
    pub data: u64,
    /// How much.
    #[generate(with = favour(LENGTHS, any::<u64>()))]
    pub length: u64,
    /// What the tender sets.
    pub result: Derived<u64>,
}

impl Script {
    fn take_apart(bytes: &[u8]) -> Self {
        let (mut steps, mut rest) = (Vec::new(), bytes);
        while let Some(step) = Step::take(&mut rest) {
            steps.push(step);
        }
        Self { steps, trailer: rest.to_vec() }
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        self.steps.iter().for_each(|step| fields.deeper(|fields| step.fields(fields)));
        fields.bytes("trailer", &self.trailer);
    }
}

model!(Script, Script::take_apart);

impl Step {
    fn take(rest: &mut &[u8]) -> Option<Self> {
        let mut left = *rest;
        let step = match take::<u8>(&mut left)? {
            0 => Self::Frame(string(&mut left)?.to_vec()),
            1 => {
                let (port, at) = (take(&mut left)?, take(&mut left)?);
                Self::Call(at, Operation::dissect(port, string(&mut left)?))
            }
            2 => Self::Entry(Ask::take(&mut left)?),
            3 => Self::Counter(take(&mut left)?, take(&mut left)?),
            4 => Self::Serve,
            _ => return None,
        };
        *rest = left;
        Some(step)
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        match self {
            Self::Frame(bytes) => {
                fields.number("frame arrives", 0u8);
                fields.number("length", bytes.len() as u8);
                fields.bytes("frame", bytes);
            }
            Self::Call(at, operation) => {
                let arguments = operation.arguments();
                fields.number("hypercall", 1u8);
                fields.number("port", operation.port());
                fields.number("address", *at);
                fields.number("length", arguments.len() as u8);
                fields.deeper(|fields| operation.fields(fields));
            }
            Self::Entry(ask) => {
                fields.number("entry", 2u8);
                fields.number("operation", ask.operation);
                fields.number("handle", ask.handle);
                fields.number("data", ask.data);
                fields.number("data length", ask.length);
                fields.number("id", ask.id);
            }
            Self::Counter(counter, value) => {
                fields.number("counter set", 3u8);
                fields.number("counter", *counter);
                fields.number("value", *value);
            }
            Self::Serve => fields.number("ring served", 4u8),
        }
    }
}

fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take::<u8>(rest)?;
    let (bytes, behind) = rest.split_at_checked(length.into())?;
    *rest = behind;
    Some(bytes)
}

impl Operation {
    fn dissect(port: u16, arguments: &[u8]) -> Self {
        let rest = &mut &arguments[..];
        let known = match (port.wrapping_sub(HYPERCALL_PORT), arguments.len()) {
            (WALL_TIME, 0) => Some(Self::WallTime),
            (PUTS, 16) => take(rest).zip(take(rest)).map(|(data, length)| Self::Puts { data, length }),
            (POLL, 24) => {
                take(rest).zip(take_derived(rest, [0; 16])).map(|(timeout, results)| Self::Poll { timeout, results })
            }
            (BLOCK_WRITE, 40) => Block::take(rest).map(Self::BlockWrite),
            (BLOCK_READ, 40) => Block::take(rest).map(Self::BlockRead),
            (NET_WRITE, 32) => Net::take(rest).map(Self::NetWrite),
            (NET_READ, 32) => Net::take(rest).map(Self::NetRead),
            (HALT, 16) => Self::halt(rest),
            _ => None,
        };
        known.unwrap_or_else(|| Self::Other { port, arguments: arguments.to_vec() })
    }

    fn halt(rest: &mut &[u8]) -> Option<Self> {
        Some(Self::Halt { cookie: take(rest)?, status: take(rest)?, padding: take_derived(rest, 0)? })
    }

    /// The port that it is asked for at.
    pub fn port(&self) -> u16 {
        let number = match self {
            Self::WallTime => WALL_TIME,
            Self::Puts { .. } => PUTS,
            Self::Poll { .. } => POLL,
            Self::BlockWrite(_) => BLOCK_WRITE,
            Self::BlockRead(_) => BLOCK_READ,
            Self::NetWrite(_) => NET_WRITE,
            Self::NetRead(_) => NET_READ,
            Self::Halt { .. } => HALT,
            Self::Other { port, .. } => return *port,
        };
        HYPERCALL_PORT + number
    }

    /// What the guest stores for it.
    pub fn arguments(&self) -> Vec<u8> {
        let mut out = Vec::new();
        Fields::write(&mut out, |fields| self.fields(fields));
        out
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        match self {
            Self::WallTime => {}
            Self::Puts { data, length } => {
                fields.number("data", *data);
                fields.number("data length", *length);
            }
            Self::Poll { timeout, results } => {
                fields.number("timeout", *timeout);
                fields.derived("results", *results, [0; 16]);
            }
            Self::BlockWrite(block) | Self::BlockRead(block) => {
                fields.number("handle", block.handle);
                fields.number("offset", block.offset);
                fields.number("data", block.data);
                fields.number("data length", block.length);
                fields.derived("result", block.result, 0);
            }
            Self::NetWrite(net) | Self::NetRead(net) => {
                fields.number("handle", net.handle);
                fields.number("data", net.data);
                fields.number("data length", net.length);
                fields.derived("result", net.result, 0);
            }
            Self::Halt { cookie, status, padding } => {
                fields.number("cookie", *cookie);
                fields.number("status", *status);
                fields.derived("padding", *padding, 0);
            }
            Self::Other { arguments, .. } => fields.bytes("arguments", arguments),
        }
    }
}

impl Ask {
    fn take(rest: &mut &[u8]) -> Option<Self> {
        Some(Self {
            operation: take(rest)?,
            handle: take(rest)?,
            data: take(rest)?,
            length: take(rest)?,
            id: take(rest)?,
        })
    }
}

impl Block {
    fn take(rest: &mut &[u8]) -> Option<Self> {
        Some(Self {
            handle: take(rest)?,
            offset: take(rest)?,
            data: take(rest)?,
            length: take(rest)?,
            result: take_derived(rest, 0)?,
        })
    }
}

impl Net {
    fn take(rest: &mut &[u8]) -> Option<Self> {
        Some(Self { handle: take(rest)?, data: take(rest)?, length: take(rest)?, result: take_derived(rest, 0)? })
    }
}
