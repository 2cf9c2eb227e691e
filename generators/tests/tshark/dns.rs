//! DNS messages.
//!
//! Of every message the header is compared; the rest of those whose counts, lengths and pointers do not lie, for tshark stops where
//! they do. Not compared are
//! - names with octets that tshark prints in a way of its own, and all of that field with them;
//! - owners of SRV records, which it prints in parts;
//! - addresses of class CH, which have another form (RFC 1035 section 3.4.1 has that of IN only);
//! - records and options with data that their type does not have, behind which tshark gives up: messages with those are drawn again.

use halligan_generators::{
    Derived, Generated, Model, Source,
    model::dns::{Data, End, Message, Name, OptionValue, ParameterValue, Record},
};

use super::{Case, DRAWN, Expected, compare, corpus};

/// LINKTYPE_IPV4.
const IPV4: u32 = 228;

#[test]
#[ignore = "needs tshark: ci/check-models runs it"]
fn messages() {
    let mut cases: Vec<_> = corpus("dns_parser").into_iter().filter_map(|(name, bytes)| case(name, &bytes)).collect();
    let mut whole = 0;
    for seed in 0.. {
        let bytes = Message::draw_from(&mut Source::random(seed, 120)).emit();
        let Some(case) = case(format!("drawn {seed}"), &bytes) else { continue };
        whole += usize::from(is_whole(&Message::dissect(&bytes)));
        cases.push(case);
        if whole == DRAWN {
            break;
        }
    }
    compare(IPV4, &["-d", "udp.port==53,dns"], &cases);
}

/// A message in a datagram to port 53; nothing where there is no header.
fn case(name: String, bytes: &[u8]) -> Option<Case> {
    let message = Message::dissect(bytes);
    let expected = expected(&message)?;
    let length = |more: usize| ((bytes.len() + more) as u16).to_be_bytes();
    // 192.0.2.1 to 192.0.2.2, without checksums; each from a port of its own, so that none is a repetition.
    let [high, low] = (1024
        + name.bytes().fold(0u16, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into())) % 60_000)
        .to_be_bytes();
    let mut packet = vec![0x45, 0];
    packet.extend(length(28));
    packet.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, high, low, 0, 53]);
    packet.extend(length(8));
    packet.extend([0, 0]);
    packet.extend_from_slice(bytes);
    Some(Case { name, packet, expected })
}

/// Whether all counts and lengths are right, and all data what their types have.
fn is_whole(message: &Message) -> bool {
    let (mut names, mut written) = (message.clone(), 0);
    names.names(&mut |name| written += usize::from(name.end == Derived::Lie(End::Root)));
    let Message::Whole { header, answers, authorities, additionals, .. } = message else { return false };
    message.lies() == written + header.reserved.lies()
        && [answers, authorities, additionals].into_iter().flatten().all(is_plain)
}

/// Whether tshark reads the record to its end.
fn is_plain(record: &Record) -> bool {
    let is_known = |kind: u16| kind <= 260 || kind >= 32768;
    match record {
        Record::Data { data, .. } => match data {
            Data::Other { kind, .. } => !is_known(*kind) || *kind == 65280,
            Data::Tsig(tsig) => tsig.rest == [0, 0, 0, 7, 0, 0, 0, 0],
            Data::Caa(caa) => !caa.tag.bytes.is_empty(),
            Data::Nsec(nsec) => nsec.windows.iter().all(|window| !window.bitmap.bytes.is_empty()),
            Data::Svcb(service) | Data::Https(service) => {
                service.parameters.iter().all(|parameter| match &parameter.value {
                    ParameterValue::NoDefaultAlpn(value) => value.is_empty(),
                    ParameterValue::Other { code, .. } => *code > 255,
                    _ => true,
                })
            }
            _ => true,
        },
        Record::Opt { options, .. } => options.iter().all(|option| match &option.value {
            OptionValue::Other { code, .. } => *code > 255,
            OptionValue::ClientSubnet(subnet) => {
                matches!((subnet.family, subnet.address.len()), (1, ..=4) | (2, ..=16))
            }
            OptionValue::TcpKeepalive(timeouts) => timeouts.len() < 2,
            _ => true,
        }),
    }
}

/// A name as tshark prints it.
fn text(name: &Name) -> Option<String> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*');
    let is_whole = matches!(name.end, Derived::Auto | Derived::Lie(End::Root));
    let octets: usize = name.labels.iter().map(|label| label.len() + 1).sum();
    if !is_whole || octets > 254 || !name.labels.iter().flatten().all(is_plain) {
        return None;
    }
    let labels: Vec<_> = name.labels.iter().map(|label| str::from_utf8(label).unwrap()).collect();
    Some(if labels.is_empty() { "<Root>".to_owned() } else { labels.join(".") })
}

/// A field of names; nothing where one cannot be compared.
fn names(field: &'static str, names: impl Iterator<Item = Option<String>>) -> Option<Expected> {
    Some(Expected { field, values: names.collect::<Option<_>>()? })
}

fn expected(message: &Message) -> Option<Vec<Expected>> {
    let Message::Whole { header, questions, answers, authorities, additionals, .. } = message else { return None };
    let wire = message.emit();
    let word = |at: usize| u16::from_be_bytes([wire[at], wire[at + 1]]);
    let mut all = vec![
        Expected::new("dns.id", [format!("{:#06x}", header.id)]),
        Expected::new("dns.flags.response", [u8::from(header.response)]),
        Expected::new("dns.flags.opcode", [header.opcode]),
        Expected::new("dns.flags.truncated", [u8::from(header.truncated)]),
        Expected::new("dns.flags.recdesired", [u8::from(header.recursion_desired)]),
        Expected::new("dns.flags.checkdisable", [u8::from(header.checking_disabled)]),
    ];
    if header.opcode != 5 {
        for (index, field) in
            ["dns.count.queries", "dns.count.answers", "dns.count.auth_rr", "dns.count.add_rr"].into_iter().enumerate()
        {
            all.push(Expected::new(field, [word(4 + 2 * index)]));
        }
    }
    if header.response {
        all.push(Expected::new("dns.flags.authoritative", [u8::from(header.authoritative)]));
        all.push(Expected::new("dns.flags.recavail", [u8::from(header.recursion_available)]));
        all.push(Expected::new("dns.flags.rcode", [header.rcode]));
    }
    if !is_whole(message) {
        return Some(all);
    }
    all.extend(names("dns.qry.name", questions.iter().map(|question| text(&question.name))));
    all.push(Expected::new("dns.qry.type", questions.iter().map(|question| question.kind)));
    let class = |high: bool, class: u16| format!("{:#06x}", u16::from(high) << 15 | class);
    let classes = questions.iter().map(|question| class(question.unicast_response, question.class));
    all.push(Expected::new("dns.qry.class", classes));

    let records: Vec<_> = [answers, authorities, additionals].into_iter().flatten().collect();
    let owners = records.iter().filter(|record| record.kind() != 33).map(|record| match record {
        Record::Data { name, .. } | Record::Opt { name, .. } => name,
    });
    all.extend(names("dns.resp.name", owners.map(text)));
    all.push(Expected::new("dns.resp.type", records.iter().flat_map(|record| types(record))));
    let mut lists = Lists::default();
    for record in records {
        match record {
            Record::Data { cache_flush, class: of, ttl, data, .. } => {
                lists.classes.push(class(*cache_flush, *of));
                lists.ttls.push(*ttl);
                lists.data(data, *of != 3);
            }
            Record::Opt { payload_size, extended_rcode, version, dnssec_ok, options, .. } => {
                lists.payloads.push(*payload_size);
                lists.rcodes.push(format!("{extended_rcode:#04x}"));
                lists.versions.push(*version);
                lists.dnssec.push(u8::from(*dnssec_ok));
                lists.codes.extend(options.iter().map(|option| code(&option.value)));
            }
        }
    }
    lists.finish(&mut all);
    Some(all)
}

/// The type of a record, and those that tshark prints behind it: those of NSEC's bitmap.
fn types(record: &Record) -> Vec<u16> {
    let mut types = vec![record.kind()];
    if let Record::Data { data: Data::Nsec(nsec), .. } = record {
        for window in &nsec.windows {
            let bits =
                (0u16..).zip(window.bitmap.bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> (7 - bit) & 1)));
            let block = u16::from(window.block) << 8;
            types.extend(bits.filter(|(_, bit)| *bit == 1).map(|(low, _)| block.wrapping_add(low)));
        }
    }
    types
}

fn code(option: &OptionValue) -> u16 {
    match option {
        OptionValue::NameServerId(_) => 3,
        OptionValue::ClientSubnet(_) => 8,
        OptionValue::Expire(_) => 9,
        OptionValue::Cookie(_) => 10,
        OptionValue::TcpKeepalive(_) => 11,
        OptionValue::Padding(_) => 12,
        OptionValue::ExtendedError(_) => 15,
        OptionValue::Other { code, .. } => *code,
    }
}

/// The fields of records, in their order.
#[derive(Default)]
struct Lists {
    classes: Vec<String>,
    ttls: Vec<u32>,
    payloads: Vec<u16>,
    rcodes: Vec<String>,
    versions: Vec<u8>,
    dnssec: Vec<u8>,
    codes: Vec<u16>,
    addresses: Vec<String>,
    long_addresses: Vec<String>,
    names: Vec<(&'static str, Option<String>)>,
    numbers: Vec<(&'static str, u64)>,
}

impl Lists {
    fn data(&mut self, data: &Data, is_address: bool) {
        let mut name = |field, name: &Name| self.names.push((field, text(name)));
        match data {
            Data::A(address) if is_address => self.addresses.push(std::net::Ipv4Addr::from(*address).to_string()),
            Data::Aaaa(address) => self.long_addresses.push(std::net::Ipv6Addr::from(*address).to_string()),
            Data::Ns(target) => name("dns.ns", target),
            Data::Cname(target) => name("dns.cname", target),
            Data::Ptr(target) => name("dns.ptr.domain_name", target),
            Data::Dname(target) => name("dns.dname", target),
            Data::Mx(mx) => {
                name("dns.mx.mail_exchange", &mx.exchange);
                self.numbers.push(("dns.mx.preference", mx.preference.into()));
            }
            Data::Soa(soa) => {
                name("dns.soa.mname", &soa.primary);
                name("dns.soa.rname", &soa.mailbox);
                self.numbers.push(("dns.soa.serial_number", soa.serial.into()));
                self.numbers.push(("dns.soa.minimum_ttl", soa.minimum.into()));
            }
            Data::Srv(srv) => {
                name("dns.srv.target", &srv.target);
                self.numbers.push(("dns.srv.priority", srv.priority.into()));
                self.numbers.push(("dns.srv.weight", srv.weight.into()));
                self.numbers.push(("dns.srv.port", srv.port.into()));
            }
            Data::Naptr(naptr) => {
                name("dns.naptr.replacement", &naptr.replacement);
                self.numbers.push(("dns.naptr.order", naptr.order.into()));
                self.numbers.push(("dns.naptr.flags_length", naptr.flags.bytes.len() as u64));
                self.numbers.push(("dns.naptr.regex_length", naptr.regexp.bytes.len() as u64));
            }
            Data::Txt(texts) => {
                self.numbers.extend(texts.iter().map(|text| ("dns.txt.length", text.bytes.len() as u64)));
            }
            Data::Hinfo(hinfo) => {
                self.numbers.push(("dns.hinfo.cpu_length", hinfo.cpu.bytes.len() as u64));
                self.numbers.push(("dns.hinfo.os_length", hinfo.os.bytes.len() as u64));
            }
            Data::Rrsig(rrsig) => {
                name("dns.rrsig.signers_name", &rrsig.signer);
                self.numbers.push(("dns.rrsig.type_covered", rrsig.type_covered.into()));
                self.numbers.push(("dns.rrsig.key_tag", rrsig.key_tag.into()));
                self.numbers.push(("dns.rrsig.original_ttl", rrsig.original_ttl.into()));
            }
            Data::Nsec(nsec) => name("dns.nsec.next_domain_name", &nsec.next),
            Data::Dnskey(key) => {
                self.numbers.push(("dns.dnskey.protocol", key.protocol.into()));
                self.numbers.push(("dns.dnskey.algorithm", key.algorithm.into()));
            }
            Data::Tlsa(tlsa) => {
                self.numbers.push(("dns.tlsa.certificate_usage", tlsa.usage.into()));
                self.numbers.push(("dns.tlsa.selector", tlsa.selector.into()));
                self.numbers.push(("dns.tlsa.matching_type", tlsa.matching_type.into()));
            }
            Data::Svcb(service) | Data::Https(service) => {
                name("dns.svcb.targetname", &service.target);
                self.numbers.push(("dns.svcb.svcpriority", service.priority.into()));
            }
            _ => {}
        }
    }

    fn finish(self, all: &mut Vec<Expected>) {
        all.push(Expected::new("dns.resp.class", self.classes));
        all.push(Expected::new("dns.resp.ttl", self.ttls));
        all.push(Expected::new("dns.rr.udp_payload_size", self.payloads));
        all.push(Expected::new("dns.resp.ext_rcode", self.rcodes));
        all.push(Expected::new("dns.resp.edns0_version", self.versions));
        all.push(Expected::new("dns.resp.z.do", self.dnssec));
        all.push(Expected::new("dns.opt.code", self.codes));
        all.push(Expected::new("dns.a", self.addresses));
        all.push(Expected::new("dns.aaaa", self.long_addresses));
        for field in [
            "dns.ns",
            "dns.cname",
            "dns.ptr.domain_name",
            "dns.dname",
            "dns.mx.mail_exchange",
            "dns.soa.mname",
            "dns.soa.rname",
            "dns.srv.target",
            "dns.naptr.replacement",
            "dns.rrsig.signers_name",
            "dns.nsec.next_domain_name",
            "dns.svcb.targetname",
        ] {
            let values = self.names.iter().filter(|(name, _)| *name == field).map(|(_, value)| value.clone());
            all.extend(names(field, values));
        }
        for field in [
            "dns.mx.preference",
            "dns.soa.serial_number",
            "dns.soa.minimum_ttl",
            "dns.srv.priority",
            "dns.srv.weight",
            "dns.srv.port",
            "dns.naptr.order",
            "dns.naptr.flags_length",
            "dns.naptr.regex_length",
            "dns.txt.length",
            "dns.hinfo.cpu_length",
            "dns.hinfo.os_length",
            "dns.rrsig.type_covered",
            "dns.rrsig.key_tag",
            "dns.rrsig.original_ttl",
            "dns.dnskey.protocol",
            "dns.dnskey.algorithm",
            "dns.tlsa.certificate_usage",
            "dns.tlsa.selector",
            "dns.tlsa.matching_type",
            "dns.svcb.svcpriority",
        ] {
            all.push(Expected::new(
                field,
                self.numbers.iter().filter(|(name, _)| *name == field).map(|(_, value)| value),
            ));
        }
    }
}
