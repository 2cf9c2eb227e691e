//! The network device as smoltcp wants it.

use halligan_solo5::guest::Net;
use smoltcp::phy::{ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

/// Length of an Ethernet header in bytes.
const HEADER: usize = 14;

/// Frames and bytes that went each way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frames {
    /// Frames received.
    pub received: u64,
    /// Bytes received.
    pub received_bytes: u64,
    /// Frames sent.
    pub sent: u64,
    /// Bytes sent.
    pub sent_bytes: u64,
    /// Frames that the host did not take.
    pub unsent: u64,
}

/// A network device with room for one frame each way.
pub struct Link {
    net: Net,
    received: alloc::boxed::Box<[u8]>,
    sent: alloc::boxed::Box<[u8]>,
    /// What it has carried.
    pub frames: Frames,
}

impl Link {
    /// A link over `net`.
    pub fn new(net: Net) -> Self {
        let frame = || alloc::vec![0; HEADER + net.mtu()].into_boxed_slice();
        Self { net, received: frame(), sent: frame(), frames: Frames::default() }
    }
}

impl Device for Link {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Sending<'a>;

    fn receive(&mut self, _timestamp: Instant) -> Option<(Received<'_>, Sending<'_>)> {
        let length = self.net.read(&mut self.received).ok()??;
        self.frames.received += 1;
        self.frames.received_bytes += length as u64;
        let sending = Sending { net: self.net, frame: &mut self.sent, frames: &mut self.frames };
        Some((Received(&self.received[..length]), sending))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<Sending<'_>> {
        Some(Sending { net: self.net, frame: &mut self.sent, frames: &mut self.frames })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = HEADER + self.net.mtu();
        capabilities.checksum = ChecksumCapabilities::default();
        capabilities
    }
}

/// A frame that has come.
pub struct Received<'a>(&'a [u8]);

impl RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

/// Room for a frame to go.
pub struct Sending<'a> {
    net: Net,
    frame: &'a mut [u8],
    frames: &'a mut Frames,
}

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let frame = &mut self.frame[..length];
        let result = write(frame);
        // A frame that is lost is sent again by those that care.
        match self.net.write(frame) {
            Ok(()) => {
                self.frames.sent += 1;
                self.frames.sent_bytes += length as u64;
            }
            Err(_) => self.frames.unsent += 1,
        }
        result
    }
}
