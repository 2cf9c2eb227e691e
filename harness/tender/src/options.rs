//! The command line, as Solo5's tenders take it, with `--mailbox` added.

use std::ffi::{OsStr, OsString};
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use halligan_solo5::abi::manifest::NAME_SIZE;

use crate::{Error, record};

/// What `--help` says.
pub const HELP: &str = "\
usage: halligan-tender [OPTIONS] [--] KERNEL [ARGS]

Runs the Solo5 unikernel KERNEL, in a sandboxed process (spt) or a virtual machine (hvt), as it was built
for, and passes ARGS on to it.

options:
  --mem=MB                       guest memory in MiB (512)
  --net:NAME=INTERFACE|@FD       attach a TAP interface, or an open descriptor, as network device NAME
  --net-mac:NAME=MAC             its Ethernet address (random)
  --block:NAME=PATH              attach a file or a block device as block device NAME
  --block-sector-size:NAME=SIZE  its block size in bytes, a power of two of at least 512 (512)
  --pcap:NAME=FILE               record the traffic of network device NAME to FILE, as pcapng
  --dumpcore=DIR                 where a guest on hvt aborts, dump its core to the folder DIR
  --x-exec-heap                  make the guest's heap and stack executable (dangerous)
  --mailbox=@MEMFD,@WAKE,@DONE,SIZE
                                 share SIZE bytes of MEMFD with the guest; it waits on the eventfd
                                 WAKE and rings the eventfd DONE
  --snapshots                    take a snapshot where the guest of the mailbox asks for it, and
                                 restore it whenever it asks again
  --help                         show this help
  --version                      show the versions of this tender and of the ABI

exit status: the guest's; 255 where it aborts, 1 where the tender cannot start it.
";

/// A command line that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Size of guest memory in bytes.
    pub memory: u64,
    /// Whether heap and stack are executable.
    pub executable_heap: bool,
    /// What to attach, in the order given.
    pub attachments: Vec<Attachment>,
    /// Folder for the core of a guest that aborts.
    pub cores: Option<PathBuf>,
    /// The mailbox to share.
    pub mailbox: Option<MailboxOption>,
    /// Whether the guest may have snapshots taken and restored; only with a mailbox.
    pub snapshots: bool,
    /// The image.
    pub kernel: PathBuf,
    /// What to pass on to the guest.
    pub arguments: Vec<OsString>,
}

/// An option about a device, with its name in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// A network device is this.
    Net(String, NetBackend),
    /// A network device has this Ethernet address.
    NetMac(String, [u8; 6]),
    /// The traffic of a network device is recorded to the file at this path.
    Pcap(String, PathBuf),
    /// A block device is the file at this path.
    Block(String, PathBuf),
    /// A block device has blocks of so many bytes.
    BlockSize(String, u16),
}

/// What stands behind a network device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetBackend {
    /// A TAP interface of the host.
    Interface(String),
    /// An open file descriptor that carries one frame a read or write.
    Descriptor(RawFd),
}

/// The mailbox's memory and doorbells, as open file descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailboxOption {
    /// The memory.
    pub memory: RawFd,
    /// The eventfd on which the guest waits.
    pub wake: RawFd,
    /// The eventfd with which the guest wakes the harness.
    pub done: RawFd,
    /// Size of the memory in bytes.
    pub size: u64,
}

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Run a guest.
    Run(Options),
    /// Show [`HELP`].
    Help,
    /// Show the version.
    Version,
    /// Record the network device called so to the file at this path: see [`crate::record`].
    Record(OsString, PathBuf),
}

impl Options {
    /// Reads the arguments, without the program's name.
    ///
    /// # Errors
    /// Names the option that makes no sense.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, Error> {
        let mut options = Self {
            memory: 512 << 20,
            executable_heap: false,
            attachments: Vec::new(),
            cores: None,
            mailbox: None,
            snapshots: false,
            kernel: PathBuf::new(),
            arguments: Vec::new(),
        };
        let mut arguments = arguments.into_iter();
        let kernel = loop {
            let Some(argument) = arguments.next() else { break None };
            match argument.as_bytes() {
                b"--help" => return Ok(Request::Help),
                b"--version" => return Ok(Request::Version),
                word if word == record::ARGUMENT.as_bytes() => {
                    let mut next = || arguments.next().unwrap_or_default();
                    return Ok(Request::Record(next(), next().into()));
                }
                b"--" => break arguments.next(),
                [b'-', ..] => options.option(&argument)?,
                _ => break Some(argument),
            }
        };
        if options.snapshots && options.mailbox.is_none() {
            return Err(Error::Usage("--snapshots: only with --mailbox".to_owned()));
        }
        options.kernel = kernel.ok_or_else(|| Error::Usage("missing KERNEL operand".to_owned()))?.into();
        options.arguments = arguments.collect();
        Ok(Request::Run(options))
    }

    fn option(&mut self, argument: &OsStr) -> Result<(), Error> {
        let unknown = || Error::Usage(format!("invalid option '{}'", argument.display()));
        if argument == "--x-exec-heap" {
            self.executable_heap = true;
            return Ok(());
        }
        if argument == "--snapshots" {
            self.snapshots = true;
            return Ok(());
        }
        let (key, value) = split_once(argument.as_bytes(), b'=').ok_or_else(unknown)?;
        let key = str::from_utf8(key).map_err(|_| unknown())?;
        let malformed = |expected: &str| {
            Error::Usage(format!("invalid option '{}': expected {key}={expected}", argument.display()))
        };
        let text = || str::from_utf8(value).ok();
        let (key, name) = match key.split_once(':') {
            None => (key, None),
            Some((key, name)) if is_device_name(name) => (key, Some(name.to_owned())),
            Some((_, name)) => {
                let limit = NAME_SIZE - 1;
                return Err(Error::Usage(format!("invalid device name '{name}': use 1 to {limit} letters and digits")));
            }
        };
        match (key, name) {
            ("--mem", None) => {
                let bytes = text().and_then(|text| text.parse::<u64>().ok()).and_then(|mb| mb.checked_mul(1 << 20));
                self.memory = bytes.filter(|&bytes| bytes > 0).ok_or_else(|| malformed("MB"))?;
            }
            ("--mailbox", None) => {
                let mailbox = text().and_then(MailboxOption::parse);
                self.mailbox = Some(mailbox.ok_or_else(|| malformed("@MEMFD,@WAKE,@DONE,SIZE"))?);
            }
            ("--dumpcore", None) if !value.is_empty() => self.cores = Some(OsStr::from_bytes(value).into()),
            ("--net", Some(name)) => {
                let backend = text().and_then(NetBackend::parse).ok_or_else(|| malformed("INTERFACE or @FD"))?;
                self.attachments.push(Attachment::Net(name, backend));
            }
            ("--net-mac", Some(name)) => {
                let mac = text().and_then(parse_mac).ok_or_else(|| malformed("XX:XX:XX:XX:XX:XX"))?;
                self.attachments.push(Attachment::NetMac(name, mac));
            }
            ("--pcap", Some(name)) if !value.is_empty() => {
                self.attachments.push(Attachment::Pcap(name, OsStr::from_bytes(value).into()));
            }
            ("--block", Some(name)) if !value.is_empty() => {
                self.attachments.push(Attachment::Block(name, OsStr::from_bytes(value).into()));
            }
            ("--block-sector-size", Some(name)) => {
                let size: u16 = text().and_then(|text| text.parse().ok()).ok_or_else(|| malformed("SIZE"))?;
                if size < 512 || !size.is_power_of_two() {
                    let what = "Block size must be a multiple of 2 greater than or equal 512, and a power of two";
                    return Err(Error::Device { name, reason: format!("{what}; it is {size}") });
                }
                self.attachments.push(Attachment::BlockSize(name, size));
            }
            _ => return Err(unknown()),
        }
        Ok(())
    }
}

impl NetBackend {
    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix('@') {
            None if text.is_empty() => None,
            None => Some(Self::Interface(text.to_owned())),
            Some(_) => parse_descriptor(text).map(Self::Descriptor),
        }
    }
}

impl MailboxOption {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let mut descriptor = || parts.next().and_then(parse_descriptor);
        let (memory, wake, done) = (descriptor()?, descriptor()?, descriptor()?);
        let size = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self { memory, wake, done, size })
    }
}

fn split_once(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|&byte| byte == separator)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn is_device_name(name: &str) -> bool {
    (1..NAME_SIZE).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Reads `@FD`.
fn parse_descriptor(text: &str) -> Option<RawFd> {
    text.strip_prefix('@')?.parse().ok().filter(|&fd: &RawFd| fd >= 0)
}

fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut mac {
        let part = parts.next().filter(|part| part.len() <= 2)?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Request, String> {
        Options::parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    fn run(line: &str) -> Options {
        match parse(line) {
            Ok(Request::Run(options)) => options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn reads_every_option() {
        let options = run("--mem=32 --net:a=tap0 --net:b=@7 --net-mac:a=2:aB:0:00:ff:10 --block:c=disk.img \
                           --block-sector-size:c=4096 --dumpcore=cores --mailbox=@3,@4,@5,8192 --snapshots -- kernel -x -- y");
        assert_eq!(options.memory, 32 << 20);
        assert_eq!(
            options.attachments,
            [
                Attachment::Net("a".into(), NetBackend::Interface("tap0".into())),
                Attachment::Net("b".into(), NetBackend::Descriptor(7)),
                Attachment::NetMac("a".into(), [2, 0xab, 0, 0, 0xff, 0x10]),
                Attachment::Block("c".into(), "disk.img".into()),
                Attachment::BlockSize("c".into(), 4096),
            ]
        );
        assert_eq!(options.cores, Some("cores".into()));
        assert_eq!(options.mailbox, Some(MailboxOption { memory: 3, wake: 4, done: 5, size: 8192 }));
        assert!(options.snapshots);
        assert_eq!(options.kernel, PathBuf::from("kernel"));
        assert_eq!(options.arguments, ["-x", "--", "y"]);
    }

    #[test]
    fn asks_for_help_before_the_kernel_only() {
        assert_eq!(parse("--mem=1 --help"), Ok(Request::Help));
        assert_eq!(parse("--version"), Ok(Request::Version));
        assert_eq!(run("kernel --help").arguments, ["--help"]);
    }

    #[test]
    fn names_what_is_wrong() {
        for (line, expected) in [
            ("", "missing KERNEL operand; see --help"),
            ("--", "missing KERNEL operand; see --help"),
            ("-q kernel", "invalid option '-q'; see --help"),
            ("--snapshots kernel", "--snapshots: only with --mailbox; see --help"),
            ("--memory=3 kernel", "invalid option '--memory=3'; see --help"),
            ("--mem=0 kernel", "invalid option '--mem=0': expected --mem=MB; see --help"),
            ("--mem=99999999999999 k", "invalid option '--mem=99999999999999': expected --mem=MB; see --help"),
            ("--net:a= k", "invalid option '--net:a=': expected --net:a=INTERFACE or @FD; see --help"),
            ("--net:a=@-1 k", "invalid option '--net:a=@-1': expected --net:a=INTERFACE or @FD; see --help"),
            ("--net:a-b=tap0 k", "invalid device name 'a-b': use 1 to 67 letters and digits; see --help"),
            (
                "--net-mac:a=02:00 k",
                "invalid option '--net-mac:a=02:00': expected --net-mac:a=XX:XX:XX:XX:XX:XX; see --help",
            ),
            (
                "--mailbox=@3,@4,@5 k",
                "invalid option '--mailbox=@3,@4,@5': expected --mailbox=@MEMFD,@WAKE,@DONE,SIZE; see --help",
            ),
        ] {
            assert_eq!(parse(line), Err(expected.to_owned()), "{line}");
        }
        let error = parse("--block-sector-size:a=521 k").expect_err("no power of two");
        assert!(
            error.starts_with("device 'a': Block size must be a multiple of 2 greater than or equal 512"),
            "{error}"
        );
    }
}
