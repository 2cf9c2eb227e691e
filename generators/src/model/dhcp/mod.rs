//! DHCP messages (RFC 2131), which keep the format of BOOTP (RFC 951).

mod field;
mod option;
mod options;

use alloc::{format, vec::Vec};

pub use self::{
    field::Field,
    option::{Authentication, ClientIdentifier, DhcpOption, Domain, OptionData},
    options::Options,
};
use super::{
    Annotation, Model,
    fields::Fields,
    layout::{Family, Unit, layout},
};
use crate::{Code, Derived, Generate, bytes, derived, octets, range};

/// Length of the fixed part in bytes, magic cookie included.
const FIXED: usize = HEADER + SERVER_NAME + FILE + 4;

/// Lengths in bytes of the parts of the fixed part.
const HEADER: usize = 44;
const SERVER_NAME: usize = 64;
const FILE: usize = 128;

/// The least length of a message (RFC 1542 section 2.1): BOOTP's 64 bytes of vendor information.
const MIN: usize = 300;

/// The magic cookie before the options (RFC 2131 section 3).
const MAGIC: [u8; 4] = [99, 130, 83, 99];

/// The option that puts options into the fields of server name and boot file (RFC 2132 section 9.3).
const OVERLOAD: u8 = 52;

/// The ports of server and client (RFC 2131 section 4.1).
pub(super) const PORTS: [u16; 2] = [67, 68];

/// A DHCP message.
///
/// ```
/// use halligan_generators::{Derived, Model, model::dhcp::{Header, Message, OptionData, Options}};
///
/// let header = Header { operation: 1, hardware_type: 1, hardware_length: 6, ..Header::default() };
/// let discover = Message::new(header, vec![OptionData::MessageType(1).into()]);
/// assert_eq!(discover.emit()[236..244], [99, 130, 83, 99, 53, 1, 1, 255]);
/// assert_eq!(discover.emit().len(), 300);
/// assert_eq!(Message::dissect(&discover.emit()), discover);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Generate, Code)]
pub enum Message {
    /// The fixed part and the options.
    #[generate(weight = 31)]
    Whole {
        /// What stands before the names.
        header: Header,
        /// The server's name (sname), or options.
        server_name: Field<SERVER_NAME>,
        /// The boot file (file), or options.
        file: Field<FILE>,
        /// The magic cookie: 99, 130, 83, 99.
        #[generate(with = derived(octets::<4>()))]
        magic: Derived<[u8; 4]>,
        /// The options; computed padding brings the message to 300 bytes.
        options: Options,
    },
    /// Too few bytes.
    Raw(#[generate(with = bytes(0..=FIXED - 1))] Vec<u8>),
}

layout! {
    /// What stands before the names (RFC 2131 section 2).
    #[code(path = "halligan_generators::model::dhcp::Header")]
    Header {
        /// op: 1 a request, 2 a reply.
        #[generate(with = range(0u8..).often(31, &[1, 2]))]
        operation: u8 = "operation",
        /// htype: 1 is Ethernet.
        #[generate(with = range(0u8..).often(31, &[1]))]
        hardware_type: u8 = "hardware type",
        /// hlen, in bytes.
        #[generate(with = range(0u8..).often(31, &[6]))]
        hardware_length: u8 = "hardware address length",
        /// How many relay agents it came by.
        hops: u8 = "hops",
        /// xid: what a reply is known by.
        transaction: u32 = "transaction ID",
        /// secs: how long the client has been trying, in seconds.
        seconds: u16 = "seconds elapsed",
        /// Whether replies should be broadcast, and 15 bits that are zero.
        #[generate(with = range(0u16..).often(3, &[0, 0x8000]))]
        flags: u16 = "flags" ["broadcast": 1, "reserved": 15],
        /// ciaddr: the client's address, as it says.
        #[generate(with = octets::<4>())]
        client: [u8; 4] = "client address",
        /// yiaddr: the client's address, as the server says.
        #[generate(with = octets::<4>())]
        yours: [u8; 4] = "your address",
        /// siaddr: the server to boot from.
        #[generate(with = octets::<4>())]
        server: [u8; 4] = "next server's address",
        /// giaddr: the first relay agent.
        #[generate(with = octets::<4>())]
        relay: [u8; 4] = "relay agent's address",
        /// chaddr, as far as an address of Ethernet goes.
        #[generate(with = octets::<6>())]
        client_hardware: [u8; 6] = "client hardware address",
        /// The rest of chaddr.
        #[generate(with = crate::favour(&[[0; 10]], octets::<10>()))]
        client_hardware_rest: [u8; 10] = "client hardware address padding",
    }
}

impl Message {
    /// A message without names.
    #[must_use]
    pub fn new(header: Header, options: Vec<DhcpOption>) -> Self {
        let none = Vec::new;
        Self::Whole {
            header,
            server_name: Field::Text(none()),
            file: Field::Text(none()),
            magic: Derived::Auto,
            options: Options { list: options, end: Derived::Auto, padding: Derived::Auto },
        }
    }

    /// The value of the option `code`, joined out of all its instances in options, boot file and server name, in this
    /// order (RFC 3396 section 7).
    #[must_use]
    pub fn option(&self, code: u8) -> Option<Vec<u8>> {
        let Self::Whole { server_name, file, options, .. } = self else { return None };
        let lists = [Some(options), file.options(), server_name.options()];
        let mut values = lists.into_iter().flatten().flat_map(|options| options.values(code)).peekable();
        values.peek()?;
        let mut joined = Vec::new();
        values.for_each(|value| value.emit_to(&mut joined));
        Some(joined)
    }

    /// Visits the fields; `wire` is the emitted message.
    pub(super) fn fields(&self, wire: &[u8], fields: &mut Fields<'_>) {
        let (header, server_name, file, magic, options) = match self {
            Self::Whole { header, server_name, file, magic, options } => (header, server_name, file, magic, options),
            Self::Raw(bytes) => return fields.string("raw", bytes, false),
        };
        header.annotate("", fields);
        server_name.fields("server name", &wire[HEADER..][..SERVER_NAME], fields);
        file.fields("boot file", &wire[HEADER + SERVER_NAME..][..FILE], fields);
        let [a, b, c, d] = magic.or(MAGIC);
        fields.field("magic cookie", 4, format!("{a}.{b}.{c}.{d}"), magic.is_lie());
        options.fields(&wire[FIXED..][..options.len(MIN - FIXED)], fields);
    }
}

impl Model for Message {
    #[inline]
    fn dissect(bytes: &[u8]) -> Self {
        let fixed = bytes.split_at_checked(FIXED);
        let header = fixed.and_then(|(fixed, _)| Header::dissect(&fixed[..HEADER]));
        let (Some((fixed, rest)), Some(header)) = (fixed, header) else { return Self::Raw(bytes.to_vec()) };
        let options = Options::dissect(rest, MIN - FIXED);
        let overload = match options.values(OVERLOAD).next() {
            Some(OptionData::Overload(value)) => *value,
            _ => 0,
        };
        let (names, magic) = fixed[HEADER..].split_at(SERVER_NAME + FILE);
        Self::Whole {
            header,
            server_name: Field::dissect(&names[..SERVER_NAME], overload & 2 != 0),
            file: Field::dissect(&names[SERVER_NAME..], overload & 1 != 0),
            magic: if *magic == MAGIC { Derived::Auto } else { Derived::Lie([magic[0], magic[1], magic[2], magic[3]]) },
            options,
        }
    }

    #[inline]
    fn emit_to(&self, out: &mut Vec<u8>) {
        let (header, server_name, file, magic, options) = match self {
            Self::Whole { header, server_name, file, magic, options } => (header, server_name, file, magic, options),
            Self::Raw(bytes) => return out.extend_from_slice(bytes),
        };
        out.reserve(MIN);
        header.emit_to(out);
        server_name.emit_to(out);
        file.emit_to(out);
        out.extend_from_slice(&magic.or(MAGIC));
        options.emit_to(MIN - FIXED, out);
    }

    fn annotate(&self, visit: &mut dyn FnMut(Annotation)) {
        self.fields(&self.emit(), &mut Fields::new(visit));
    }

    fn lies(&self) -> usize {
        let Self::Whole { server_name, file, magic, options, .. } = self else { return 0 };
        server_name.lies() + file.lies() + magic.lies() + options.lies()
    }
}
