use alloc::vec::Vec;

use crate::{
    bytes, list,
    model::{
        layout::{Family, family, layout},
        tlv::Tlv,
    },
    octets, range,
};

/// An option (RFC 2132 section 2).
pub type DhcpOption = Tlv<OptionData>;

/// The most bytes that the data of an option take.
const MAX_DATA: usize = 255;

/// An address.
fn address() -> impl crate::Generate<Value = [u8; 4]> {
    octets::<4>()
}

/// Addresses.
fn addresses() -> impl crate::Generate<Value = Vec<[u8; 4]>> {
    list(octets::<4>()).average(2).max(MAX_DATA / 4)
}

/// A name, or other data without a structure.
fn text() -> impl crate::Generate<Value = Vec<u8>> {
    bytes(0..=MAX_DATA)
}

family! {
    /// What an option holds behind code and length. An option whose length its code does not have is an
    /// [`Other`](OptionData::Other). Sections are those of RFC 2132 where no other RFC is named.
    #[code(path = "halligan_generators::model::dhcp::OptionData")]
    OptionData {
        /// DISCOVER 1, OFFER 2, REQUEST 3, DECLINE 4, ACK 5, NAK 6, RELEASE 7, INFORM 8 (RFC 2132 section 9.6).
        #[generate(weight = 30)]
        53 "message type" MessageType(#[generate(with = range(0u8..).often(31, &[1, 2, 3, 4, 5, 6, 7, 8]))] u8),
        /// RFC 2132 section 3.3.
        #[generate(weight = 6)]
        1 "subnet mask" SubnetMask(#[generate(with = address())] [u8; 4]),
        /// Seconds from UTC (section 3.4).
        2 "time offset" TimeOffset(u32),
        /// Section 3.5.
        #[generate(weight = 6)]
        3 "routers" Routers(#[generate(with = addresses())] Vec<[u8; 4]>),
        /// Section 3.6.
        4 "time servers" TimeServers(#[generate(with = addresses())] Vec<[u8; 4]>),
        /// Section 3.7.
        5 "name servers" NameServers(#[generate(with = addresses())] Vec<[u8; 4]>),
        /// Section 3.8.
        #[generate(weight = 6)]
        6 "domain name servers" DomainNameServers(#[generate(with = addresses())] Vec<[u8; 4]>),
        /// Section 3.9.
        7 "log servers" LogServers(#[generate(with = addresses())] Vec<[u8; 4]>),
        /// Section 3.11.
        9 "LPR servers" LprServers(#[generate(with = addresses())] Vec<[u8; 4]>),
        /// Section 3.14.
        #[generate(weight = 3)]
        12 "host name" HostName(#[generate(with = text())] Vec<u8>),
        /// In blocks of 512 bytes (section 3.15).
        13 "boot file size" BootFileSize(u16),
        /// Section 3.17.
        15 "domain name" DomainName(#[generate(with = text())] Vec<u8>),
        /// Section 3.18.
        16 "swap server" SwapServer(#[generate(with = address())] [u8; 4]),
        /// Section 3.19.
        17 "root path" RootPath(#[generate(with = text())] Vec<u8>),
        /// Section 3.20.
        18 "extensions path" ExtensionsPath(#[generate(with = text())] Vec<u8>),
        /// Section 4.1.
        19 "IP forwarding" IpForwarding(u8),
        /// Section 4.2.
        20 "non-local source routing" SourceRouting(u8),
        /// Pairs of address and mask (section 4.3).
        21 "policy filter" PolicyFilter(#[generate(with = addresses())] Vec<[u8; 4]>),
        /// What is reassembled, in bytes (section 4.4).
        22 "maximum datagram" MaximumDatagram(u16),
        /// Section 4.5.
        23 "default TTL" DefaultTtl(u8),
        /// In seconds (section 4.6).
        24 "path MTU timeout" PathMtuTimeout(u32),
        /// Section 4.7.
        25 "path MTU plateaus" PathMtuPlateaus(#[generate(with = list(crate::any::<u16>()).average(2).max(MAX_DATA / 2))] Vec<u16>),
        /// In bytes (section 5.1).
        26 "interface MTU" InterfaceMtu(u16),
        /// Section 5.2.
        27 "all subnets are local" SubnetsLocal(u8),
        /// Section 5.3.
        28 "broadcast address" BroadcastAddress(#[generate(with = address())] [u8; 4]),
        /// Section 5.4.
        29 "mask discovery" MaskDiscovery(u8),
        /// Section 5.5.
        30 "mask supplier" MaskSupplier(u8),
        /// Section 5.6.
        31 "router discovery" RouterDiscovery(u8),
        /// Section 5.7.
        32 "router solicitation address" RouterSolicitation(#[generate(with = address())] [u8; 4]),
        /// Pairs of destination and router (section 5.8).
        33 "static routes" StaticRoutes(#[generate(with = addresses())] Vec<[u8; 4]>),
        /// Section 6.1.
        34 "trailer encapsulation" TrailerEncapsulation(u8),
        /// In seconds (section 6.2).
        35 "ARP cache timeout" ArpTimeout(u32),
        /// Section 6.3.
        36 "Ethernet encapsulation" EthernetEncapsulation(u8),
        /// Section 7.1.
        37 "TCP default TTL" TcpTtl(u8),
        /// In seconds (section 7.2).
        38 "TCP keepalive interval" KeepaliveInterval(u32),
        /// Section 7.3.
        39 "TCP keepalive garbage" KeepaliveGarbage(u8),
        /// Section 8.1.
        40 "NIS domain" NisDomain(#[generate(with = text())] Vec<u8>),
        /// Section 8.2.
        41 "NIS servers" NisServers(#[generate(with = addresses())] Vec<[u8; 4]>),
        /// Section 8.3.
        42 "NTP servers" NtpServers(#[generate(with = addresses())] Vec<[u8; 4]>),
        /// Options of the vendor's own (section 8.4).
        43 "vendor specific" VendorSpecific(#[generate(with = text())] Vec<u8>),
        /// Section 8.5.
        44 "NetBIOS name servers" NetbiosNameServers(#[generate(with = addresses())] Vec<[u8; 4]>),
        /// Section 8.7.
        46 "NetBIOS node type" NetbiosNodeType(u8),
        /// Section 8.8.
        47 "NetBIOS scope" NetbiosScope(#[generate(with = text())] Vec<u8>),
        /// Section 9.1.
        #[generate(weight = 6)]
        50 "requested address" RequestedAddress(#[generate(with = address())] [u8; 4]),
        /// In seconds (section 9.2).
        #[generate(weight = 6)]
        51 "lease time" LeaseTime(u32),
        /// Options stand in the boot file's field 1, the server name's 2, or both 3 (section 9.3).
        #[generate(weight = 4)]
        52 "overload" Overload(#[generate(with = range(0u8..).often(7, &[1, 2, 3]))] u8),
        /// Section 9.7.
        #[generate(weight = 6)]
        54 "server identifier" ServerIdentifier(#[generate(with = address())] [u8; 4]),
        /// Codes of options (section 9.8).
        #[generate(weight = 4)]
        55 "parameter request list" ParameterRequests(#[generate(with = text())] Vec<u8>),
        /// Section 9.9.
        56 "message" Message(#[generate(with = text())] Vec<u8>),
        /// In bytes (section 9.10).
        #[generate(weight = 4)]
        57 "maximum message size" MaximumMessage(u16),
        /// T1, in seconds (section 9.11).
        #[generate(weight = 4)]
        58 "renewal time" RenewalTime(u32),
        /// T2, in seconds (section 9.12).
        #[generate(weight = 4)]
        59 "rebinding time" RebindingTime(u32),
        /// Section 9.13.
        60 "vendor class" VendorClass(#[generate(with = text())] Vec<u8>),
        /// Section 9.14.
        #[generate(weight = 6)]
        61 "client identifier" ClientIdentifier(ClientIdentifier),
        /// Section 9.4.
        66 "TFTP server name" TftpServer(#[generate(with = text())] Vec<u8>),
        /// Section 9.5.
        67 "boot file name" BootFile(#[generate(with = text())] Vec<u8>),
        /// Section 8.13.
        69 "SMTP servers" SmtpServers(#[generate(with = addresses())] Vec<[u8; 4]>),
        /// RFC 3004 section 4.
        77 "user class" UserClass(#[generate(with = text())] Vec<u8>),
        /// RFC 4039 section 4.
        80 "rapid commit" RapidCommit(()),
        /// RFC 4702 section 2.
        81 "client FQDN" ClientName(Domain),
        /// Suboptions (RFC 3046 section 2.0).
        82 "relay agent information" RelayAgent(#[generate(with = text())] Vec<u8>),
        /// RFC 3118 section 2.
        90 "authentication" Authentication(Authentication),
        /// RFC 4578 section 2.1.
        93 "client architectures" Architectures(#[generate(with = list(crate::any::<u16>()).average(2).max(MAX_DATA / 2))] Vec<u16>),
        /// RFC 4578 section 2.2.
        94 "client network interface" NetworkInterface(#[generate(with = text())] Vec<u8>),
        /// RFC 4578 section 2.3.
        97 "client machine identifier" MachineIdentifier(#[generate(with = text())] Vec<u8>),
        /// In seconds (RFC 8925 section 3.1).
        108 "IPv6-only preferred" Ipv6Only(u32),
        /// A URI (RFC 8910 section 2.1).
        114 "captive portal" CaptivePortal(#[generate(with = text())] Vec<u8>),
        /// RFC 2563 section 2.
        116 "auto-configure" AutoConfigure(u8),
        /// RFC 3011 section 2.
        118 "subnet selection" SubnetSelection(#[generate(with = address())] [u8; 4]),
        /// Compressed names (RFC 3397 section 2).
        119 "domain search list" DomainSearch(#[generate(with = text())] Vec<u8>),
        /// Destinations as long as their masks, and routers (RFC 3442).
        121 "classless static routes" ClasslessRoutes(#[generate(with = text())] Vec<u8>),
        /// RFC 5859 section 2.
        150 "TFTP server addresses" TftpServers(#[generate(with = addresses())] Vec<[u8; 4]>),
    }
}

impl OptionData {
    /// The option of this code that holds these bytes.
    #[must_use]
    pub fn of(code: u8, data: &[u8]) -> Self {
        Family::dissect(code, data)
    }
}

layout! {
    /// Who a client is (RFC 2132 section 9.14).
    #[code(path = "halligan_generators::model::dhcp::ClientIdentifier")]
    ClientIdentifier {
        /// The kind of hardware; 0 where it is no hardware address.
        #[generate(with = range(0u8..).often(7, &[1, 0, 255]))]
        kind: u8 = "type",
        ;
        /// The address, or what else identifies the client.
        #[generate(with = bytes(0..=MAX_DATA - 1))]
        identifier: Vec<u8> = "identifier"
    }
}

layout! {
    /// A client's domain name, and who registers it (RFC 4702 section 2).
    #[code(path = "halligan_generators::model::dhcp::Domain")]
    Domain {
        /// No update, encoding of the name, overridden, and whether the server updates.
        flags: u8 = "flags" ["MBZ": 4, "N": 1, "E": 1, "O": 1, "S": 1],
        /// RCODE1 and RCODE2, which are deprecated.
        codes: u16 = "RCODE1 and RCODE2",
        ;
        /// The name.
        #[generate(with = bytes(0..=MAX_DATA - 3))]
        name: Vec<u8> = "domain name"
    }
}

layout! {
    /// Proof of who sent the message (RFC 3118 section 2).
    #[code(path = "halligan_generators::model::dhcp::Authentication")]
    Authentication {
        /// The protocol.
        protocol: u8 = "protocol",
        /// The algorithm.
        algorithm: u8 = "algorithm",
        /// The method that detects replays.
        method: u8 = "replay detection method",
        /// The counter that detects replays.
        counter: u64 = "replay detection",
        ;
        /// The proof.
        #[generate(with = bytes(0..=MAX_DATA - 11))]
        information: Vec<u8> = "authentication information"
    }
}
