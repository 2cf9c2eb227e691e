//! Records the traffic of a network device as pcapng.
//!
//! The guest has the device's descriptor to itself, so a process of its own stands between the two: it carries frames from
//! the device to the guest's socket and back, and writes them down. It ends with the guest.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::SystemTime;

use pcap_file::DataLink;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{InterfaceDescriptionBlock, InterfaceDescriptionOption};
use pcap_file::pcapng::{PcapNgBlock, PcapNgWriter};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use crate::Error;

/// Argument by which the tender starts itself as a recorder; the device's name and the file follow.
pub const ARGUMENT: &str = "--record";

/// Largest frame in bytes.
const CAPACITY: usize = 1 << 16;

/// Puts a recorder between `device`, called `name`, and the guest, and returns what the guest gets instead.
pub(crate) fn start(name: &str, device: OwnedFd, path: &Path) -> Result<OwnedFd, Error> {
    let failed = |source: io::Error| Error::device(name, format!("cannot record to {}: {source}", path.display()));
    File::create(path).map_err(failed)?;
    let (guest, recorder) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .map_err(|errno| failed(errno.into()))?;
    // The guest asks again where there is no frame; the recorder waits.
    let flags = fcntl_getfl(&guest).map_err(|errno| failed(errno.into()))?;
    fcntl_setfl(&guest, flags | OFlags::NONBLOCK).map_err(|errno| failed(errno.into()))?;
    let mut command = Command::new("/proc/self/exe");
    command.arg(ARGUMENT).arg(name).arg(path).stdin(Stdio::from(device)).stdout(Stdio::from(recorder));
    // It is not waited for: it goes when the guest does.
    command.spawn().map_err(failed)?;
    Ok(guest)
}

/// The recorder: the device is standard input, the guest standard output. Returns when the guest has gone.
///
/// # Errors
/// Fails where the file cannot be written.
pub fn run(name: &OsStr, path: &Path) -> Result<(), Error> {
    let failed = |source: io::Error| Error::host(format!("write {}", path.display()))(source);
    let file = File::create(path).map_err(failed)?;
    let mut recording = Recording::new(BufWriter::new(file), &name.to_string_lossy()).map_err(failed)?;
    let (device, guest) = (io::stdin(), io::stdout());
    let mut frame = vec![0; CAPACITY];
    loop {
        let mut ready = [PollFd::new(&device, PollFlags::IN), PollFd::new(&guest, PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        if poll(&mut ready, Some(&now)) == Ok(0) {
            // Whoever looks at the file while the guest is idle sees all of it.
            recording.flush().map_err(failed)?;
            if poll(&mut ready, None).is_err() {
                continue;
            }
        }
        let [from_device, from_guest] = [ready[0].revents(), ready[1].revents()];
        if from_device.contains(PollFlags::IN)
            && let Some(length) = carry(device.as_fd(), guest.as_fd(), &mut frame)
        {
            recording.write(&frame[..length], Direction::Inbound).map_err(failed)?;
        }
        if from_guest.contains(PollFlags::IN)
            && let Some(length) = carry(guest.as_fd(), device.as_fd(), &mut frame)
        {
            recording.write(&frame[..length], Direction::Outbound).map_err(failed)?;
        } else if from_guest.intersects(PollFlags::HUP | PollFlags::ERR) {
            return recording.flush().map_err(failed);
        }
    }
}

/// Carries a frame over; its length, or nothing where there was none.
fn carry(from: BorrowedFd<'_>, to: BorrowedFd<'_>, frame: &mut [u8]) -> Option<usize> {
    let length = rustix::io::read(from, &mut *frame).ok().filter(|&length| length > 0)?;
    // A device that is full loses a frame, as a wire does.
    let _ = rustix::io::write(to, &frame[..length]);
    Some(length)
}

/// Which way a frame goes, as pcapng's flags count it.
#[derive(Clone, Copy)]
enum Direction {
    Inbound = 1,
    Outbound = 2,
}

struct Recording<W: Write>(PcapNgWriter<W>);

impl<W: Write> Recording<W> {
    fn new(writer: W, interface: &str) -> io::Result<Self> {
        const NANOSECONDS: u8 = 9;
        let mut writer = PcapNgWriter::new(writer).map_err(io::Error::other)?;
        let interface = InterfaceDescriptionBlock {
            linktype: DataLink::ETHERNET,
            snaplen: 0,
            options: vec![
                InterfaceDescriptionOption::IfName(Cow::Borrowed(interface)),
                InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
            ],
        };
        writer.write_block(&interface.into_block()).map_err(io::Error::other)?;
        Ok(Self(writer))
    }

    fn write(&mut self, frame: &[u8], direction: Direction) -> io::Result<()> {
        let packet = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
            original_len: frame.len() as u32,
            data: Cow::Borrowed(frame),
            options: vec![EnhancedPacketOption::Flags(direction as u32)],
        };
        self.0.write_block(&packet.into_block()).map(drop).map_err(io::Error::other)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.get_mut().flush()
    }
}
