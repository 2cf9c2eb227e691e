//! Control messages of RPL (RFC 6550 section 6).

use alloc::{string::ToString, vec::Vec};

use crate::{
    Code, Generate, any, bytes, list,
    model::{
        fields::Fields,
        layout::{MAX, Unit, Value, family, layout, take},
        tlv::{self, Tlv},
    },
    octets, range,
};

family! {
    /// What a control message holds behind its checksum, by code.
    #[code(path = "halligan_generators::model::icmpv6::rpl::Object")]
    Object {
        /// Asks for information objects (RFC 6550 section 6.2).
        0x00 "DODAG information solicitation" Solicitation(Solicitation),
        /// Tells of a DODAG (RFC 6550 section 6.3).
        0x01 "DODAG information object" Information(Information),
        /// Tells parents of destinations (RFC 6550 section 6.4).
        0x02 "destination advertisement object" Advertisement(Advertisement),
        /// The answer to it (RFC 6550 section 6.5).
        0x03 "destination advertisement acknowledgement" Acknowledgment(Acknowledgment),
        /// Checks counters (RFC 6550 section 6.6), behind a security section.
        0x8a "consistency check" ConsistencyCheck(#[generate(with = bytes(0..=MAX))] Vec<u8>),
    }
}

layout! {
    /// A DODAG information solicitation (RFC 6550 section 6.2).
    #[code(path = "halligan_generators::model::icmpv6::rpl::Solicitation")]
    Solicitation {
        /// Zero.
        flags: u8 = "flags",
        /// Zero.
        reserved: u8 = "reserved",
        ;
        /// Options.
        #[generate(with = options())]
        options: Vec<RplOption> = "options"
    }
}

layout! {
    /// A DODAG information object (RFC 6550 section 6.3).
    #[code(path = "halligan_generators::model::icmpv6::rpl::Information")]
    Information {
        /// The instance.
        instance: u8 = "instance",
        /// The version of the DODAG.
        version: u8 = "version number",
        /// The sender's rank.
        rank: u16 = "rank",
        /// Whether the DODAG is grounded, how it works, and how much its root is preferred.
        mode: u8 = "mode" ["grounded": 1, "zero": 1, "mode of operation": 3, "preference": 3],
        /// Triggers advertisements.
        trigger: u8 = "DTSN",
        /// Zero.
        flags: u8 = "flags",
        /// Zero.
        reserved: u8 = "reserved",
        /// The DODAG: an address of its root.
        #[generate(with = octets::<16>())]
        dodag: [u8; 16] = "DODAG ID",
        ;
        /// Options.
        #[generate(with = options())]
        options: Vec<RplOption> = "options"
    }
}

/// A destination advertisement object (RFC 6550 section 6.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::icmpv6::rpl::Advertisement")]
pub struct Advertisement {
    /// The instance.
    pub instance: u8,
    /// Whether an acknowledgment is asked for (K).
    pub acknowledge: bool,
    /// Six bits that are zero.
    #[generate(with = range(0u8..=0x3f).often(7, &[0]))]
    pub flags: u8,
    /// Zero.
    pub reserved: u8,
    /// Counts advertisements.
    pub sequence: u8,
    /// The DODAG, where the instance is a local one; it sets the flag D.
    #[generate(with = octets::<16>().optional())]
    pub dodag: Option<[u8; 16]>,
    /// Options.
    #[generate(with = options())]
    pub options: Vec<RplOption>,
}

/// The answer to a destination advertisement object (RFC 6550 section 6.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Generate, Code)]
#[code(path = "halligan_generators::model::icmpv6::rpl::Acknowledgment")]
pub struct Acknowledgment {
    /// The instance.
    pub instance: u8,
    /// Seven bits that are zero.
    #[generate(with = range(0u8..=0x7f).often(7, &[0]))]
    pub reserved: u8,
    /// That of the advertisement.
    pub sequence: u8,
    /// 0 accepts, above 127 rejects.
    pub status: u8,
    /// The DODAG, where the instance is a local one; it sets the flag D.
    #[generate(with = octets::<16>().optional())]
    pub dodag: Option<[u8; 16]>,
    /// Options.
    #[generate(with = options())]
    pub options: Vec<RplOption>,
}

/// An option of a control message (RFC 6550 section 6.7).
pub type RplOption = Tlv<OptionData>;

family! {
    /// What an option of a control message holds behind type and length.
    #[code(path = "halligan_generators::model::icmpv6::rpl::OptionData")]
    OptionData {
        /// Fills up (RFC 6550 section 6.7.3).
        1 "PadN" PadN(#[generate(with = bytes(0..=MAX))] Vec<u8>),
        /// Metrics (RFC 6550 section 6.7.4, RFC 6551).
        2 "DAG metric container" Metrics(#[generate(with = bytes(0..=MAX))] Vec<u8>),
        /// A route (RFC 6550 section 6.7.5).
        3 "route information" RouteInformation(RouteInformation),
        /// How the DODAG works (RFC 6550 section 6.7.6).
        4 "DODAG configuration" Configuration(Configuration),
        /// A destination (RFC 6550 section 6.7.7).
        5 "RPL target" Target(Target),
        /// A way to the destinations before it (RFC 6550 section 6.7.8).
        6 "transit information" Transit(Transit),
        /// Which DODAGs are asked for (RFC 6550 section 6.7.9).
        7 "solicited information" Solicited(Solicited),
        /// A prefix (RFC 6550 section 6.7.10).
        8 "prefix information" PrefixInformation(super::ndp::PrefixInformation),
        /// Tags the target before it (RFC 6550 section 6.7.11).
        9 "RPL target descriptor" TargetDescriptor(u32),
    }
}

layout! {
    /// A route (RFC 6550 section 6.7.5).
    #[code(path = "halligan_generators::model::icmpv6::rpl::RouteInformation")]
    RouteInformation {
        /// Length of the prefix in bits.
        prefix_length: u8 = "prefix length",
        /// The preference.
        flags: u8 = "flags" ["reserved": 3, "preference": 2, "reserved": 3],
        /// How long it holds, in seconds.
        lifetime: u32 = "route lifetime",
        ;
        /// The prefix, 16 bytes at most.
        #[generate(with = bytes(0..=MAX))]
        prefix: Vec<u8> = "prefix"
    }
}

layout! {
    /// How a DODAG works (RFC 6550 section 6.7.6).
    #[code(path = "halligan_generators::model::icmpv6::rpl::Configuration")]
    Configuration {
        /// Whether it is authenticated (A), and the size of path control (PCS).
        flags: u8 = "flags" ["flags": 4, "authentication": 1, "path control size": 3],
        /// The trickle timer's doublings.
        interval_doublings: u8 = "DIO interval doublings",
        /// The trickle timer's least interval, a power of two of milliseconds.
        interval_minimum: u8 = "DIO interval minimum",
        /// The trickle timer's redundancy.
        redundancy: u8 = "DIO redundancy constant",
        /// How far rank may rise.
        maximum_rank_increase: u16 = "maximum rank increase",
        /// How much rank rises with a hop.
        minimum_hop_rank_increase: u16 = "minimum hop rank increase",
        /// The objective function.
        objective_code_point: u16 = "objective code point",
        /// Zero.
        reserved: u8 = "reserved",
        /// How long routes hold, in lifetime units.
        default_lifetime: u8 = "default lifetime",
        /// A unit, in seconds.
        lifetime_unit: u16 = "lifetime unit",
    }
}

layout! {
    /// A destination (RFC 6550 section 6.7.7).
    #[code(path = "halligan_generators::model::icmpv6::rpl::Target")]
    Target {
        /// Zero.
        flags: u8 = "flags",
        /// Length of the prefix in bits.
        prefix_length: u8 = "prefix length",
        ;
        /// The prefix, 16 bytes at most.
        #[generate(with = bytes(0..=MAX))]
        prefix: Vec<u8> = "prefix"
    }
}

layout! {
    /// A way to a destination (RFC 6550 section 6.7.8).
    #[code(path = "halligan_generators::model::icmpv6::rpl::Transit")]
    Transit {
        /// Whether it is beyond the network (E).
        flags: u8 = "flags" ["external": 1, "flags": 7],
        /// Which parents are preferred.
        path_control: u8 = "path control",
        /// Counts announcements.
        path_sequence: u8 = "path sequence",
        /// How long it holds, in lifetime units.
        path_lifetime: u8 = "path lifetime",
        ;
        /// The parent's address, or nothing.
        #[generate(with = bytes(0..=MAX))]
        parent: Vec<u8> = "parent address"
    }
}

layout! {
    /// Which DODAGs are asked for (RFC 6550 section 6.7.9).
    #[code(path = "halligan_generators::model::icmpv6::rpl::Solicited")]
    Solicited {
        /// The instance.
        instance: u8 = "instance",
        /// Whether version, instance and DODAG must match.
        flags: u8 = "flags" ["version": 1, "instance": 1, "DODAG": 1, "flags": 5],
        /// The DODAG.
        #[generate(with = octets::<16>())]
        dodag: [u8; 16] = "DODAG ID",
        /// The version of the DODAG.
        version: u8 = "version number",
    }
}

fn options() -> impl Generate<Value = Vec<RplOption>> {
    list(any()).average(2).max(MAX)
}

impl Unit for Vec<RplOption> {
    const FIXED: Option<usize> = None;

    fn dissect(bytes: &[u8]) -> Option<Self> {
        Some(tlv::dissect(bytes))
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        tlv::emit_to(self, out);
    }

    fn annotate(&self, _: &'static str, fields: &mut Fields<'_>) {
        tlv::annotate(self, fields);
    }

    fn lies(&self) -> usize {
        tlv::lies(self)
    }
}

/// Takes the DODAG off the front of `rest` where the flag says that there is one.
fn dodag(present: bool, rest: &mut &[u8]) -> Option<Option<[u8; 16]>> {
    if present { take(rest).map(Some) } else { Some(None) }
}

fn annotate_tail(dodag: &Option<[u8; 16]>, options: &Vec<RplOption>, fields: &mut Fields<'_>) {
    dodag.iter().for_each(|dodag| dodag.annotate("DODAG ID", fields));
    options.annotate("", fields);
}

impl Unit for Advertisement {
    const FIXED: Option<usize> = None;

    fn dissect(bytes: &[u8]) -> Option<Self> {
        let rest = &mut { bytes };
        let (instance, flags): (u8, u8) = (take(rest)?, take(rest)?);
        let (reserved, sequence) = (take(rest)?, take(rest)?);
        let dodag = dodag(flags >> 6 & 1 == 1, rest)?;
        let (acknowledge, options) = (flags >> 7 == 1, tlv::dissect(rest));
        Some(Self { instance, acknowledge, flags: flags & 0x3f, reserved, sequence, dodag, options })
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        let flags = u8::from(self.acknowledge) << 7 | u8::from(self.dodag.is_some()) << 6 | self.flags & 0x3f;
        out.extend_from_slice(&[self.instance, flags, self.reserved, self.sequence]);
        self.dodag.iter().for_each(|dodag| dodag.write(out));
        self.options.emit_to(out);
    }

    fn annotate(&self, _: &'static str, fields: &mut Fields<'_>) {
        self.instance.annotate("instance", fields);
        fields.bits("acknowledge", 1, 0..1, u8::from(self.acknowledge).to_string(), false);
        fields.bits("DODAG present", 1, 1..2, u8::from(self.dodag.is_some()).to_string(), false);
        fields.bits("flags", 1, 2..8, (self.flags & 0x3f).to_string(), false);
        self.reserved.annotate("reserved", fields);
        self.sequence.annotate("sequence", fields);
        annotate_tail(&self.dodag, &self.options, fields);
    }

    fn lies(&self) -> usize {
        self.options.lies()
    }
}

impl Unit for Acknowledgment {
    const FIXED: Option<usize> = None;

    fn dissect(bytes: &[u8]) -> Option<Self> {
        let rest = &mut { bytes };
        let (instance, flags): (u8, u8) = (take(rest)?, take(rest)?);
        let (sequence, status) = (take(rest)?, take(rest)?);
        let dodag = dodag(flags >> 7 == 1, rest)?;
        Some(Self { instance, reserved: flags & 0x7f, sequence, status, dodag, options: tlv::dissect(rest) })
    }

    fn emit_to(&self, out: &mut Vec<u8>) {
        let flags = u8::from(self.dodag.is_some()) << 7 | self.reserved & 0x7f;
        out.extend_from_slice(&[self.instance, flags, self.sequence, self.status]);
        self.dodag.iter().for_each(|dodag| dodag.write(out));
        self.options.emit_to(out);
    }

    fn annotate(&self, _: &'static str, fields: &mut Fields<'_>) {
        self.instance.annotate("instance", fields);
        fields.bits("DODAG present", 1, 0..1, u8::from(self.dodag.is_some()).to_string(), false);
        fields.bits("reserved", 1, 1..8, (self.reserved & 0x7f).to_string(), false);
        self.sequence.annotate("sequence", fields);
        self.status.annotate("status", fields);
        annotate_tail(&self.dodag, &self.options, fields);
    }

    fn lies(&self) -> usize {
        self.options.lies()
    }
}
