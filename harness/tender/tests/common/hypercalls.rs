//! Guests for hvt, made of hypercalls.

use halligan_solo5::abi::hvt::Address;
use halligan_solo5::abi::hvt::hypercall::{HALT, Halt, PUTS, Puts};
use halligan_solo5::abi::manifest::Entry;
use halligan_tender::hvt::Flavour;
use zerocopy::{Immutable, IntoBytes};

use super::{Code, DATA, Image, Note};

/// A guest that makes hypercalls, one after another.
pub struct Hypercalls {
    code: Code,
    data: Vec<u8>,
    devices: Vec<Entry>,
}

impl Hypercalls {
    /// A guest that does nothing yet, or nothing where this machine has no KVM; then says so.
    pub fn new() -> Option<Self> {
        match Flavour::detect() {
            Ok(_) => Some(Self { code: Code::new(), data: Vec::new(), devices: Vec::new() }),
            Err(error) => {
                eprintln!("skipped: {error}");
                None
            }
        }
    }

    /// Has these devices, from entry 1 on.
    pub fn devices(mut self, devices: &[Entry]) -> Self {
        self.devices = devices.to_vec();
        self
    }

    /// Adds data, and returns their address.
    pub fn put(&mut self, value: &(impl IntoBytes + Immutable + ?Sized)) -> Address {
        self.data.resize(self.data.len().next_multiple_of(8), 0);
        let address = DATA + self.data.len() as u64;
        self.data.extend_from_slice(value.as_bytes());
        Address(address)
    }

    /// Makes a hypercall with these arguments.
    pub fn call(mut self, number: u16, arguments: &(impl IntoBytes + Immutable)) -> Self {
        let address = self.put(arguments);
        self.call_at(number, address.0)
    }

    /// Makes a hypercall with arguments at this address.
    pub fn call_at(mut self, number: u16, arguments: u64) -> Self {
        self.code = self.code.hypercall(number, arguments);
        self
    }

    /// Prints `length` bytes at an address.
    pub fn print(self, data: Address, length: u64) -> Self {
        self.call(PUTS, &Puts { data, length })
    }

    /// Ends with this status.
    pub fn exit(self, status: i32) -> Self {
        self.call(HALT, &Halt { cookie: Address(0), status, padding: 0 })
    }

    /// Adds instructions.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.code = self.code.raw(bytes);
        self
    }

    /// Where its next instruction lies.
    pub fn here(&self) -> u64 {
        0x10_0000 + self.code.len() as u64
    }

    /// The image.
    pub fn image(self) -> Image {
        let mut image = Image::with_devices(self.code, &self.data, &self.devices);
        image.notes[0] = Note::abi(1, 2);
        image
    }
}
